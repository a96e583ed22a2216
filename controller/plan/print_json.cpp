// Plans as JSON for programs. No value and no fingerprint is ever in a plan's printed form (S4).
#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "plan/json_parts.hpp"
#include "plan/print.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

json::object counts(const Tally& tally) {
  return {{"secrets", tally.secrets},
          {"inSync", tally.in_sync},
          {"create", tally.of(ActionKind::create)},
          {"update", tally.of(ActionKind::update)},
          {"delete", tally.of(ActionKind::remove)},
          {"adopt", tally.of(ActionKind::adopt)},
          {"waitForApproval", tally.of(Fate::approval)},
          {"wait", tally.of(Fate::waits)},
          {"blocked", tally.of(Fate::blocked)},
          {"needValue", tally.of(Fate::no_value)},
          {"waitForAnswer", tally.of(Fate::answer)},
          {"leftDrifted", tally.of(Fate::drifted)},
          {"leftUnadopted", tally.of(Fate::unadopted)},
          {"leftExtra", tally.of(Fate::extra)},
          {"staged", tally.of(Fate::staged)},
          {"unknown", tally.of(Fate::unknown)}};
}

json::object secret(const PlannedSecret& row) {
  return {{"name", harmless(row.name)},
          {"state", to_string(row.state)},
          {"certainty", to_string(row.certainty)},
          {"action", to_string(row.action)},
          {"runs", row.runs()},
          {"gate", row.gate ? json::value(to_string(*row.gate)) : json::value(nullptr)},
          {"gateReason", harmless(row.gate_reason)},
          {"reason", harmless(row.reason)},
          {"source", harmless(row.source)},
          {"since", time_or_null(row.since)},
          {"who", harmless(row.who)},
          {"needsApproval", harmless(row.needs_approval)},
          {"desired", row.desired},
          {"optional", row.optional},
          {"due", row.due}};
}

json::value roll_out_or_null(const std::optional<RollOutPlan>& roll_out) {
  if (!roll_out) return nullptr;
  json::array unmanaged;
  for (const auto& id : roll_out->scope.unmanaged) unmanaged.emplace_back(harmless(id));
  return json::object{
      {"restarts", roll_out->scope.restarts},
      {"stopped", roll_out->scope.stopped},
      {"unmanaged", std::move(unmanaged)},
      {"runs", roll_out->runs()},
      {"halted", roll_out->stopped},
      {"gate", roll_out->gate ? json::value(to_string(*roll_out->gate)) : json::value(nullptr)},
      {"gateReason", harmless(roll_out->gate_reason)}};
}

json::object target(const TargetPlan& plan, const Tally& tally) {
  json::array gates;
  for (const auto& [gate, why] : plan.gates) {
    gates.push_back(json::object{{"gate", to_string(gate)}, {"reason", harmless(why)}});
  }
  json::array secrets;
  for (const auto& row : plan.secrets) secrets.push_back(secret(row));
  json::array notes;
  for (const auto& note : plan.notes) notes.emplace_back(harmless(note));
  const bool read = !plan.unreadable;
  return {{"key", harmless(to_string(plan.key))},
          {"place", harmless(plan.place.key())},
          {"environment", harmless(plan.environment)},
          {"observedAt", read ? json::value(to_rfc3339(plan.observed_at)) : json::value(nullptr)},
          {"error", error_or_null(plan.unreadable)},
          {"gates", std::move(gates)},
          {"secrets", std::move(secrets)},
          {"rollOut", roll_out_or_null(plan.roll_out)},
          {"notes", std::move(notes)},
          {"holds", holds_json(plan.holds)},
          {"summary", counts(tally)},
          {"approvalDigest", plan.approval_digest.empty() ? json::value(nullptr)
                                                          : json::value(plan.approval_digest)}};
}

}  // namespace

std::string to_json(std::span<const TargetPlan> plans, Wall now,
                    std::span<const api::Problem> problems) {
  Tally whole;
  json::array targets;
  for (const auto& plan : plans) {
    whole.add(plan);
    Tally own;
    own.add(plan);
    targets.push_back(target(plan, own));
  }
  const json::object out{{"version", 1},
                         {"at", to_rfc3339(now)},
                         {"summary", counts(whole)},
                         {"targets", std::move(targets)},
                         {"problems", problems_json(problems)}};
  return json::serialize(out) + "\n";
}

}  // namespace lockstep::plan
