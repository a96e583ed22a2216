#include "plan/gates.hpp"

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "plan/claims.hpp"
#include "plan/states.hpp"
#include "plan/window.hpp"

namespace lockstep::plan {

Closed closed_for_target(const DiffInput& input) {
  Closed first;
  for (const auto* gates : {&input.target.gates, &input.gates}) {
    for (const auto& gate : *gates) {
      if (!first || gate.first < first->first) first = gate;
    }
  }
  return first;
}

Closed closed_window(const DiffInput& input) {
  const auto& windows = input.target.policy.write_windows;
  if (window_open(windows, input.now)) return {};
  const auto next = next_opening(windows, input.now);
  return std::pair(Gate::Window, next ? "the next write window opens " + to_rfc3339(*next)
                                      : std::string("no write window opens within 8 days"));
}

const DesiredSecret* desired_of(const DiffInput& input, const PlannedSecret& row) {
  for (const auto& secret : input.target.secrets) {
    if (secret.name == row.name && claimant(secret.secret_set.name) == row.claimant) return &secret;
  }
  return nullptr;
}

namespace {

/// One reason to wait, or none.
using Check = Closed (*)(const DiffInput&, const PlannedSecret&);

Closed whole_target(const DiffInput& input, const PlannedSecret&) {
  return closed_for_target(input);
}

Closed conflict(const DiffInput& input, const PlannedSecret& row) {
  const auto* secret = desired_of(input, row);
  if (!secret || works_here(input.target, input.record, *secret)) return {};
  if (!secret->rival.empty()) {
    return std::pair(Gate::Conflict, "also claimed at " + secret->rival + "; remove or rename one");
  }
  return std::pair(Gate::Conflict, "waits until this is mended: " + input.target.deletions_blocked +
                                       "; until then " + remembered_claim(input.record, row.name) +
                                       " keeps the name");
}

Closed held(const DiffInput& input, const PlannedSecret& row) {
  for (const auto& hold : input.holds) {
    if (hold.until <= input.now || (!hold.name.empty() && hold.name != row.name)) continue;
    return std::pair(Gate::Hold, "held " + describe(hold));
  }
  return {};
}

Closed permission(const DiffInput& input, const PlannedSecret& row) {
  if (input.target.place.kind == PlaceKind::dotenvFile) return {};
  const bool takes_over = row.state == State::Unadopted;
  const auto needed = row.action == ActionKind::remove ? api::Action::Delete
                      : takes_over                     ? api::Action::TakeOver
                                                       : api::Action::Write;
  if (input.target.permitted.contains(needed)) return {};
  const std::string word = needed == api::Action::Delete     ? "Delete"
                           : needed == api::Action::TakeOver ? "TakeOver"
                                                             : "Write";
  return std::pair(Gate::NotPermitted, "Credential " + input.target.credential +
                                           " does not grant " + word +
                                           " at this place; add it to its spec.grants");
}

Closed taken(const DiffInput& input, const PlannedSecret& row) {
  const auto found = input.observation.taken.find(row.name);
  if (found == input.observation.taken.end()) return {};
  return std::pair(Gate::NameTaken, "the name is held by a binding of type " + found->second +
                                        "; rename one of them");
}

Closed limits(const DiffInput& input, const PlannedSecret& row) {
  const auto value = input.values.find(row.name);
  const auto most = max_value_bytes(input.target.place.kind);
  if (value == input.values.end() || value->second.size <= most) return {};
  return std::pair(Gate::LimitExceeded, "the value has " + std::to_string(value->second.size) +
                                            " bytes, " +
                                            std::string(to_string(input.target.place.kind)) +
                                            " takes " + std::to_string(most));
}

Closed contested(const DiffInput& input, const PlannedSecret& row) {
  const auto* known = ours(input.record, row.name);
  if (!row.repair || (!input.record.contested && !(known && known->contested))) return {};
  return std::pair(
      Gate::Contested,
      std::string("someone keeps overwriting it after three repairs in an hour; settle "
                  "who owns it, then: lockstep apply --target ") +
          to_string(input.target.key));
}

Closed waiting_repair(const DiffInput& input, const PlannedSecret& row) {
  if (!row.repair || input.at_once || !row.since) return {};
  if (contested(input, row)) return {};  // no time would bring the repair
  const auto due = *row.since + input.target.policy.repair_after;
  if (input.now >= due) return {};
  return std::pair(Gate::WaitingRepair, "repaired in " + to_human(due - input.now));
}

Closed waiting_prune(const DiffInput& input, const PlannedSecret& row) {
  if (row.action != ActionKind::remove) return {};
  if (!input.target.deletions_blocked.empty()) {
    return std::pair(Gate::WaitingPrune, "no deletions: " + input.target.deletions_blocked);
  }
  const auto known = input.record.names.find(row.name);
  const auto since =
      known == input.record.names.end() ? std::nullopt : known->second.undesired_since;
  const auto due = since.value_or(input.now) + input.target.policy.prune_after;
  if (since && input.now >= due) return {};
  return std::pair(Gate::WaitingPrune, "deleted in " + to_human(due - input.now));
}

/// Why a deletion needs a person's yes.
std::string deletion_consent(const DiffInput& input, const PlannedSecret& row) {
  const auto* known = ours(input.record, row.name);
  const bool pruned_all = input.target.policy.prune == api::Prune::All && !row.desired;
  if (pruned_all && input.target.approval != api::ApprovalRule::None) {
    if (!known || known->origin != Origin::created) {
      return "prune: All deletes what lockstep did not create";
    }
    if (known->drift_state != State::InSync) {
      return "prune: All deletes what someone else changed since";
    }
  }
  const bool nothing_left = std::ranges::all_of(
      input.target.secrets, [](const auto& s) { return s.kind == ValueKind::absent; });
  if (nothing_left) return "nothing is desired at this place any more";
  return may_be_wanted(input.target, input.record, row.name);
}

/// What gives a renamed SecretSet the value that lockstep made under its former name; "" where the
/// former claimant is no SecretSet of this namespace.
std::string keeping_hint(const std::string& former, const DesiredSecret& secret) {
  constexpr std::string_view prefix = "SecretSet/";
  const auto& set = secret.secret_set.name;
  if (!former.starts_with(prefix) || !secret.source_key.starts_with(set + ".")) return "";
  const auto name = former.substr(prefix.size());
  if (name == set || name.contains('/')) return "";
  return "; to keep the old one: lockstep keyring move " + name +
         secret.source_key.substr(set.size()) + " " + secret.source_key;
}

/// Why a write needs a person's yes.
std::string write_consent(const DiffInput& input, const PlannedSecret& row) {
  const auto* secret = desired_of(input, row);
  const auto* known = ours(input.record, row.name);
  const bool there = input.observation.find(row.name) != nullptr;
  const bool same_value =
      known && !row.fingerprint.empty() && known->fingerprint == row.fingerprint;
  const bool guarded = secret && secret->rotation.policy == api::RotationPolicy::CompromisedOnly;
  if ((guarded || (known && known->compromised_only)) && (there || known) &&
      !(same_value && !there)) {
    std::string text = "CompromisedOnly.";
    if (secret && !secret->rotation.consequence.empty()) text += " " + secret->rotation.consequence;
    if (text.back() != '.') text += ".";
    return text + (same_value ? " The value is the one lockstep last wrote"
                              : " The value is not the one lockstep last wrote");
  }
  if (const auto former = taken_from(input.target, input.record, row); !former.empty()) {
    const bool new_value = secret && secret->kind == ValueKind::generate && row.fingerprint.empty();
    return former + ", and " + row.claimant +
           (new_value ? " makes a new value for the name" +
                            keeping_hint(remembered_claim(input.record, row.name), *secret)
                      : " has another value for the name");
  }
  if (row.state == State::Unadopted && input.target.approval != api::ApprovalRule::None) {
    return "adopt: Overwrite replaces what was there before lockstep";
  }
  return "";
}

std::string consent(const DiffInput& input, const PlannedSecret& row) {
  if (row.action == ActionKind::adopt) return "";  // writes nothing outside
  auto text =
      row.action == ActionKind::remove ? deletion_consent(input, row) : write_consent(input, row);
  if (text.empty() && input.target.approval == api::ApprovalRule::Always) {
    text = "Environment " + input.target.environment + " says approval: Always";
  }
  return text;
}

constexpr Check chain[] = {whole_target, conflict,       held,          permission, taken,
                           limits,       waiting_repair, waiting_prune, contested};

/// Recording what is there writes nothing outside, so only these can stand in its way.
constexpr Check adoption_chain[] = {whole_target, conflict, held, permission};

/// Of all gates that are closed for a row, the first in the order of the enum Gate.
class Gatekeeper {
 public:
  explicit Gatekeeper(const DiffInput& input) : input_(input) {}

  Closed closed(const PlannedSecret& row) {
    const bool adopts = row.action == ActionKind::adopt;
    Closed first;
    const auto offer = [&](Closed other) {
      if (other && (!first || other->first < first->first)) first = std::move(other);
    };
    const auto checks =
        adopts ? std::span<const Check>(adoption_chain) : std::span<const Check>(chain);
    for (const auto check : checks) offer(check(input_, row));
    if (!adopts) offer(window_closed());
    return first;
  }

 private:
  const Closed& window_closed() {
    if (!window_) window_ = closed_window(input_);
    return *window_;
  }

  const DiffInput& input_;
  std::optional<Closed> window_;
};

/// Closes that gate of the row; where none is closed a person's yes may still be missing.
void close(PlannedSecret& row, Closed closed) {
  if (!closed && !row.needs_approval.empty()) {
    closed = std::pair(Gate::AwaitingApproval, row.needs_approval);
  }
  if (!closed) return;
  row.gate = closed->first;
  row.gate_reason = std::move(closed->second);
}

}  // namespace

void close_gates(const DiffInput& input, TargetPlan& plan) {
  const auto names = std::max(input.record.names_at_window_start, input.observation.secrets.size());
  const auto allowed = input.target.policy.max_deletions.allowed(names);
  auto deletions = input.record.deletions.size();
  Gatekeeper keeper(input);
  for (auto& row : plan.secrets) {
    if (row.action == ActionKind::none) continue;
    row.needs_approval = consent(input, row);
    auto closed = keeper.closed(row);
    if (!closed && row.action == ActionKind::remove && ++deletions > allowed &&
        row.needs_approval.empty()) {
      row.needs_approval =
          "more than " + count(allowed, "deletion") + " here in a day (maxDeletions)";
    }
    close(row, std::move(closed));
  }
}

void close_gate(const DiffInput& input, PlannedSecret& row) {
  row.needs_approval = consent(input, row);
  close(row, Gatekeeper(input).closed(row));
}

}  // namespace lockstep::plan
