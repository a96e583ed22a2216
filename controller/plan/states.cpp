#include "plan/states.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/claims.hpp"
#include "plan/memory.hpp"

namespace lockstep::plan {

namespace {

std::string source_text(const DesiredSecret& secret) {
  switch (secret.kind) {
    case ValueKind::source:
      return "source " + secret.source_name;
    case ValueKind::generate:
      return "generated, kept in " + secret.source_name;
    case ValueKind::literal:
      return secret.source_name.empty() ? "literal" : secret.source_name;
    case ValueKind::variable:
      return "variable " + secret.source_name;
    case ValueKind::external:
      return "written by others";
    case ValueKind::absent:
      return "declared absent";
  }
  return "";
}

State drift_or_value_state(const NameRecord* known, bool there, const ValueSight& value) {
  if (known && known->drift_state != State::InSync) return known->drift_state;
  switch (value.kind) {
    case ValueSight::Kind::unavailable:
      return State::SourceUnavailable;
    case ValueSight::Kind::missing:
      return State::SourceMissing;
    case ValueSight::Kind::invalid:
      return State::Invalid;
    case ValueSight::Kind::available:
      break;
  }
  if (!there) return State::Missing;
  // Without a ledger key nothing can be compared, and nothing is known to differ.
  if (!value.fingerprint.empty() && value.fingerprint != known->fingerprint) return State::Stale;
  return known->staged ? State::Staged : State::InSync;
}

std::string reason_text(State state, const ValueSight& value, bool optional) {
  switch (state) {
    case State::Unknown:
      return "the place could not be read";
    case State::Unadopted:
      return "was there before lockstep";
    case State::Removed:
      return "removed by someone else";
    case State::ChangedOutOfBand:
      return "changed by someone else";
    case State::Unverifiable:
      return "may have been changed";
    case State::SourceUnavailable:
      return value.problem;
    case State::SourceMissing:
      return optional ? value.problem + " (optional)" : value.problem;
    case State::Invalid:
      return value.problem;
    case State::Missing:
      return "not there";
    case State::Stale:
      return "source changed";
    case State::Staged:
      return "written, not live yet";
    case State::InSync:
      return "in sync";
    case State::Extra:
      return "extra";
  }
  return "";
}

/// The action for a state whose value is at hand.
ActionKind reaction(const DiffInput& input, State state, bool there, bool new_value) {
  const auto write = there ? ActionKind::update : ActionKind::create;
  const auto& policy = input.target.policy;
  switch (state) {
    case State::Missing:
    case State::Stale:
      return write;
    case State::Removed:
    case State::ChangedOutOfBand:
      return new_value || policy.drift == api::Drift::Repair ? write : ActionKind::none;
    case State::Unverifiable:
      return new_value || policy.on_unverifiable == api::OnUnverifiable::Rewrite ? write
                                                                                 : ActionKind::none;
    case State::Unadopted:
      switch (policy.adopt) {
        case api::Adopt::Refuse:
          return ActionKind::none;
        case api::Adopt::Trust:
          return ActionKind::adopt;
        case api::Adopt::Overwrite:
          return ActionKind::update;
      }
      return ActionKind::none;
    case State::Unknown:
    case State::SourceUnavailable:
    case State::SourceMissing:
    case State::Invalid:
    case State::Staged:
    case State::InSync:
    case State::Extra:
      return ActionKind::none;
  }
  return ActionKind::none;
}

std::optional<Wall> undesired_since(const PlaceRecord& record, const std::string& name) {
  const auto found = record.names.find(name);
  return found == record.names.end() ? std::nullopt : found->second.undesired_since;
}

PlannedSecret external_row(PlannedSecret row, bool there) {
  row.state = there ? State::InSync : State::Missing;
  row.certainty = there ? Certainty::existence : Certainty::none;
  row.reason = there ? "there; written by others" : "not there; others must write it";
  return row;
}

/// Whether a name that others write is older than its entry allows: by the provider's time, else
/// since it was first seen, which is "at least".
bool too_old(const DiffInput& input, const DesiredSecret& secret) {
  const auto* seen = input.observation.find(secret.name);
  if (!secret.external_max_age || !seen) return false;
  const auto known = input.record.names.find(secret.name);
  const auto since = seen->updated_at                    ? seen->updated_at
                     : known == input.record.names.end() ? std::nullopt
                                                         : known->second.first_seen;
  return since && input.now - *since > *secret.external_max_age;
}

PlannedSecret absent_row(PlannedSecret row, bool there) {
  row.state = there ? State::Extra : State::InSync;
  row.certainty = Certainty::existence;
  row.absent = true;
  row.reason = there ? "declared absent" : "not there, as declared";
  if (there) row.action = ActionKind::remove;
  return row;
}

/// An entry that waits because another one claims its name, or may do so in a document that is not
/// understood: what is there is not its own.
PlannedSecret newcomer_row(PlannedSecret row, const DesiredSecret& secret, const NameRecord* known,
                           bool there) {
  row.state = !there ? (known ? State::Removed : State::Missing)
                     : (known ? State::Stale : State::Unadopted);
  row.reason = secret.rival.empty() ? "a document that is broken may claim the name"
                                    : "another entry claims the name";
  row.action = there ? ActionKind::update : ActionKind::create;
  return row;
}

/// What the policy adds to the reason of a row that is only reported.
std::string_view policy_text(State state) {
  switch (state) {
    case State::Removed:
    case State::ChangedOutOfBand:
      return " (drift: Report)";
    case State::Unverifiable:
      return " (onUnverifiable: Report)";
    case State::Unadopted:
      return " (adopt: Refuse)";
    case State::Unknown:
    case State::SourceUnavailable:
    case State::SourceMissing:
    case State::Invalid:
    case State::Missing:
    case State::Stale:
    case State::Staged:
    case State::InSync:
    case State::Extra:
      return "";
  }
  return "";
}

}  // namespace

const NameRecord* ours(const PlaceRecord& record, const std::string& name) {
  const auto found = record.names.find(name);
  return found != record.names.end() && is_ours(found->second) ? &found->second : nullptr;
}

PlannedSecret desired_row(const DiffInput& input, const DesiredSecret& secret) {
  PlannedSecret row;
  row.name = secret.name;
  row.desired = true;
  row.optional = secret.optional;
  row.claimant = claimant(secret.secret_set.name);
  row.source = source_text(secret);
  row.id = secret.id;
  const bool there = input.observation.find(secret.name) != nullptr;
  if (secret.kind == ValueKind::external) {
    row.due = too_old(input, secret);
    return external_row(std::move(row), there);
  }
  if (secret.kind == ValueKind::absent) {
    row.since = undesired_since(input.record, secret.name);
    return absent_row(std::move(row), there);
  }

  const auto* known = ours(input.record, secret.name);
  if (!works_here(input.target, input.record, secret)) {
    return newcomer_row(std::move(row), secret, known, there);
  }
  const auto found = input.values.find(secret.name);
  const ValueSight value = found != input.values.end() ? found->second : ValueSight{};
  row.fingerprint = value.fingerprint;
  row.state = there && !known ? State::Unadopted : drift_or_value_state(known, there, value);
  row.reason = reason_text(row.state, value, secret.optional);
  if (row.state == State::SourceUnavailable) row.needs_answer_of = value.needs_answer_of;
  if (known) {
    row.certainty = certainty_of(input.target.place.kind, *known);
    row.who = known->drift_by;
    row.since = known->drift_since;
    row.value_since = known->value_since;
    if (known->value_since && secret.rotation.max_age) {
      row.due_at = *known->value_since + *secret.rotation.max_age;
      row.due = input.now > *row.due_at;
    }
  }
  const bool have_value = value.kind == ValueSight::Kind::available;
  const bool new_value =
      have_value && known && !value.fingerprint.empty() && value.fingerprint != known->fingerprint;
  if (have_value ||
      (row.state == State::Unadopted && input.target.policy.adopt == api::Adopt::Trust)) {
    row.action = reaction(input, row.state, there, new_value);
    if (row.action == ActionKind::none) row.reason += policy_text(row.state);
  } else if (row.state != State::SourceMissing && row.state != State::SourceUnavailable &&
             row.state != State::Invalid && !value.problem.empty()) {
    row.reason += "; " + value.problem;
  }
  if (new_value && row.state != State::Stale) row.reason += "; source changed too";
  const bool drift = row.state == State::Removed || row.state == State::ChangedOutOfBand ||
                     row.state == State::Unverifiable;
  row.repair = drift && row.action != ActionKind::none && !new_value;
  return row;
}

PlannedSecret extra_row(const DiffInput& input, const std::string& name) {
  PlannedSecret row;
  row.name = name;
  row.state = State::Extra;
  row.certainty = Certainty::existence;
  const auto* known = ours(input.record, name);
  if (known) {
    row.claimant = known->claimant;
    row.certainty = certainty_of(input.target.place.kind, *known);
  }
  row.since = undesired_since(input.record, name);
  const bool still_ours =
      known && known->origin == Origin::created && known->drift_state == State::InSync;
  switch (input.target.policy.prune) {
    case api::Prune::Never:
      row.reason = "extra (prune: Never)";
      break;
    case api::Prune::Owned:
      row.reason = still_ours ? "no longer desired"
                   : known && known->origin == Origin::created
                       ? "extra, ours but changed by someone else since (prune: Owned)"
                       : "extra, not ours (prune: Owned)";
      if (still_ours) row.action = ActionKind::remove;
      break;
    case api::Prune::All:
      row.reason = still_ours ? "no longer desired" : "extra (prune: All)";
      row.action = ActionKind::remove;
      break;
  }
  return row;
}

}  // namespace lockstep::plan
