#include "plan/diff.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/error_codes.hpp"
#include "base/text.hpp"
#include "plan/gates.hpp"
#include "plan/roll_out.hpp"
#include "plan/states.hpp"
#include "plan/verdict.hpp"

namespace lockstep::plan {

namespace {

TargetPlan header(const DesiredTarget& target, Wall at) {
  TargetPlan plan;
  plan.key = target.key;
  plan.unclear = target.deletions_blocked;
  plan.place = target.place;
  plan.environment = target.environment;
  plan.observed_at = at;
  plan.gates = target.gates;
  return plan;
}

bool ignored(const DesiredTarget& target, const std::string& name) {
  return std::ranges::any_of(target.policy.ignore,
                             [&](const auto& pattern) { return glob_match(pattern, name, '\0'); });
}

}  // namespace

TargetPlan diff(const DiffInput& input) {
  auto plan = header(input.target, input.observation.at);
  plan.gates.insert(plan.gates.end(), input.gates.begin(), input.gates.end());
  plan.requests = input.observation.requests;
  plan.holds = in_force(input.holds, input.now);
  std::set<std::string> desired;
  for (const auto& secret : input.target.secrets) {
    desired.insert(secret.name);
    plan.secrets.push_back(desired_row(input, secret));
  }
  for (const auto& secret : input.observation.secrets) {
    if (desired.contains(secret.name) || ignored(input.target, secret.name)) continue;
    plan.secrets.push_back(extra_row(input, secret.name));
  }
  close_gates(input, plan);
  settle_roll_out(input, plan);
  if (!input.observation.liveness_note.empty())
    plan.notes.push_back(input.observation.liveness_note);
  plan.notes.insert(plan.notes.end(), input.observation.notes.begin(),
                    input.observation.notes.end());
  for (const auto& event : input.observation.events) {
    if (event.effect == PlaceEvent::Effect::keeps_secrets) continue;
    plan.notes.push_back(author_text(event) + " made deployment " + event.id + " (" +
                         trigger_text(event) + ") at " + to_rfc3339(event.at));
  }
  return plan;
}

std::string until_text(Wall end, Wall now) {
  const auto text = to_rfc3339(std::chrono::ceil<std::chrono::minutes>(end));
  const bool today = text.substr(0, 10) == to_rfc3339(now).substr(0, 10);
  return today ? text.substr(11, 5) + "Z" : text;
}

std::string limit_text(const Error& error, Wall now) {
  if (error.kind != ErrorKind::throttled || !error.retry_at) return "";
  return (error.code == own_budget ? "held back by lockstep's own request budget until "
                                   : "rate limited until ") +
         until_text(*error.retry_at, now);
}

Error with_limit(Error error, const std::string& credential, Wall now) {
  if (const auto limit = limit_text(error, now); !limit.empty()) {
    error.message = limit + ", Credential " + credential + ": " + error.message;
  }
  return error;
}

std::string wait_option(Wall until, Wall now) {
  return "--wait " + to_text(std::chrono::ceil<std::chrono::minutes>(
                         std::max<Nanos>(until - now, std::chrono::minutes(1))));
}

TargetPlan unreadable(const DesiredTarget& target, Error error, Wall now) {
  auto plan = header(target, now);
  const auto limit = limit_text(error, now);
  if (error.kind == ErrorKind::not_found) {
    const bool file = target.place.kind == PlaceKind::dotenvFile;
    plan.gates.emplace_back(
        Gate::PlaceMissing,
        file ? "its folder does not exist" : "the provider says that the place does not exist");
  }
  for (const auto& secret : target.secrets) {
    PlannedSecret row;
    row.name = secret.name;
    row.desired = true;
    row.optional = secret.optional;
    row.claimant = claimant(secret.secret_set.name);
    row.reason = limit.empty() ? "the place could not be read"
                               : limit + "; " + wait_option(*error.retry_at, now) + " waits for it";
    plan.secrets.push_back(std::move(row));
  }
  plan.unreadable = std::move(error);
  return plan;
}

void settle_approvals(TargetPlan& plan, const PlaceRecord& record, const Observation& observation,
                      const std::map<std::string, std::string>& tokens,
                      const std::set<std::string>& approved) {
  const auto waits = [](const PlannedSecret& row) { return row.gate == Gate::AwaitingApproval; };
  const bool others = std::ranges::any_of(plan.secrets, [](const auto& row) { return row.runs(); });
  if (others || std::ranges::none_of(plan.secrets, waits)) return;

  // Each part is preceded by its length, so that no two plans share a text.
  std::string text = "lockstep-approval-v1\n";
  const auto add = [&](std::string_view part) {
    text += std::to_string(part.size()) + ":" + std::string(part) + "\n";
  };
  add(to_string(plan.key));
  add(plan.place.key());
  add(std::to_string(record.sequence));
  add(observation.evidence.event);
  add(observation.evidence.version);
  for (const auto& row : plan.secrets) {
    if (!waits(row)) continue;
    add(row.name);
    add(to_string(row.action));
    add(to_string(row.state));
    add(row.fingerprint);
    const auto token = tokens.find(row.name);
    add(token == tokens.end() ? "" : token->second);
    const auto* seen = observation.find(row.name);
    add(seen && seen->updated_at ? to_rfc3339_exact(*seen->updated_at) : "");
  }
  plan.approval_digest = sha256_hex(text);
  if (!approved.contains(plan.approval_digest)) return;
  for (auto& row : plan.secrets) {
    if (!waits(row)) continue;
    row.gate.reset();
    row.gate_reason.clear();
  }
}

PlaceRecord digest_contest(PlaceKind kind, PlaceRecord record, bool retry) {
  constexpr std::size_t most_repairs = 3;
  const bool whole_place = capabilities_of(kind).certainty == Certainty::version;
  bool drifted = false;
  for (auto& [name, known] : record.names) {
    const bool drifts = known.drift_state != State::InSync;
    drifted = drifted || drifts;
    if (whole_place) continue;
    if (retry)
      known.contested = false;
    else if (drifts && known.repairs.size() >= most_repairs)
      known.contested = true;
  }
  if (whole_place) {
    if (retry)
      record.contested = false;
    else if (drifted && record.repairs.size() >= most_repairs)
      record.contested = true;
  }
  return record;
}

}  // namespace lockstep::plan
