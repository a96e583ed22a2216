#include "reconcile/summary.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/window.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::reconcile {

namespace {

bool needs_person(const PlannedSecret& row) {
  switch (row.state) {
    case State::Unknown:
    case State::Unadopted:
    case State::SourceUnavailable:
    case State::Invalid:
      return true;
    case State::SourceMissing:
      return !row.optional;
    case State::Removed:
    case State::ChangedOutOfBand:
    case State::Unverifiable:
    case State::Missing:
    case State::Stale:
    case State::Staged:
    case State::InSync:
    case State::Extra:
      return row.gate && !is_patient(*row.gate);
  }
  return true;
}

bool target_wide_patience(const TargetPlan& plan) {
  return !plan.gates.empty() &&
         std::ranges::all_of(plan.gates, [](const auto& g) { return is_patient(g.first); });
}

/// A machine stopped the roll-out, or a gate that is a failure keeps it from beginning.
bool roll_out_fails(const TargetPlan& plan) {
  const auto& roll_out = plan.roll_out;
  return roll_out && (roll_out->stopped || (roll_out->gate && !is_patient(*roll_out->gate)));
}

Condition ready(const TargetPlan& plan) {
  if (plan.unreadable) {
    const bool planned =
        plan.unreadable->kind == ErrorKind::unsupported && target_wide_patience(plan);
    return {"Ready", false, planned ? "Unsupported" : "PlaceUnreadable",
            describe(*plan.unreadable)};
  }
  if (is_content(plan)) {
    const bool pending = std::ranges::any_of(
        plan.secrets, [](const auto& row) { return row.action != ActionKind::none; });
    return {"Ready", true, pending ? "WaitsForOthers" : "InSync",
            std::to_string(plan.in_sync_count()) + "/" + std::to_string(plan.desired_count()) +
                " in sync"};
  }
  if (plan.roll_out && plan.roll_out->stopped) {
    return {"Ready", false, "RollOutStopped", plan.roll_out->gate_reason};
  }
  if (roll_out_fails(plan)) {
    return {"Ready", false, std::string(to_string(*plan.roll_out->gate)),
            plan.roll_out->gate_reason};
  }
  for (const auto& row : plan.secrets) {
    if (!needs_person(row) && !row.runs()) continue;
    return {"Ready", false, std::string(row.gate ? to_string(*row.gate) : to_string(row.state)),
            row.name + ": " + (row.gate ? row.gate_reason : row.reason)};
  }
  return {"Ready", false, "Pending", "changes are pending"};
}

std::optional<Wall> next_wake(const PassOutcome& outcome, const DesiredTarget& target) {
  std::optional<Wall> earliest;
  const auto want = [&](std::optional<Wall> at) {
    if (at && (!earliest || *at < *earliest)) earliest = at;
  };
  for (const auto& hold : outcome.status.plan.holds) want(hold.until);
  for (const auto& row : outcome.status.plan.secrets) {
    if (row.gate == Gate::WaitingRepair && row.since) want(*row.since + target.policy.repair_after);
    if (row.gate == Gate::WaitingPrune && row.since) want(*row.since + target.policy.prune_after);
    if (row.gate == Gate::Window) {
      want(plan::next_opening(target.policy.write_windows, outcome.status.plan.observed_at));
    }
  }
  const auto& roll_out = outcome.status.plan.roll_out;
  if (roll_out && roll_out->gate == Gate::Window) {
    want(plan::next_opening(target.policy.write_windows, outcome.status.plan.observed_at));
  }
  return earliest;
}

}  // namespace

bool is_content(const TargetPlan& plan) {
  if (target_wide_patience(plan)) return true;
  if (plan.unreadable || roll_out_fails(plan)) return false;
  if (plan.roll_out && plan.roll_out->runs()) return false;
  return std::ranges::none_of(plan.secrets,
                              [](const auto& row) { return row.runs() || needs_person(row); });
}

void summarize(PassOutcome& outcome, const DesiredTarget& target) {
  auto& status = outcome.status;
  const auto& plan = status.plan;
  status.key = target.key;
  status.place = target.place.key();
  status.provider = provider_name(target.place.kind);
  status.environment = target.environment;
  status.error = outcome.error;
  if (!plan.unreadable) status.last_observed = plan.observed_at;
  const bool waits = plan.waits_for_approval();
  auto is_ready = ready(plan);
  if (outcome.error && is_ready.status && !target_wide_patience(plan)) {
    is_ready = {"Ready", false, "PassFailed", describe(*outcome.error)};
  }
  const bool stalled = !is_ready.status && !outcome.more;
  status.conditions = {
      is_ready,
      {"Reconciling", outcome.more, outcome.more ? "MoreToDo" : "Settled", ""},
      {"Stalled", stalled, stalled ? is_ready.reason : "Fine", ""},
      {"Drifted", outcome.before.drifted(), outcome.before.drifted() ? "Drift" : "NoDrift", ""},
      {"AwaitingApproval", waits, waits ? "Waits" : "NothingWaits", ""}};
  outcome.wake_at = next_wake(outcome, target);
}

void export_gauges(Metrics& metrics, const DesiredTarget& target, const PassOutcome& outcome) {
  TargetGauges gauges;
  for (const auto& row : outcome.status.plan.secrets) {
    ++gauges.by_state[std::string(to_string(row.state))];
    if (row.value_since) {
      metrics.rotation(labels_of(target), row.name, *row.value_since, row.due_at.value_or(Wall{}));
    }
    if (row.gate) ++gauges.by_gate[std::string(to_string(*row.gate))];
    const bool left_out = row.optional && row.state == State::SourceMissing;
    if (row.state == State::InSync || left_out) continue;
    gauges.drift.push_back({.secret = row.name,
                            .state = std::string(to_string(row.state)),
                            .certainty = std::string(to_string(row.certainty))});
  }
  for (const auto& [gate, reason] : outcome.status.plan.gates) {
    gauges.by_gate.emplace(std::string(to_string(gate)), outcome.status.plan.secrets.size());
  }
  gauges.last_observed = outcome.status.last_observed.value_or(Wall{});
  metrics.target(labels_of(target), gauges);
}

void report_drift(const Services& services, const DesiredTarget& target, const PlaceRecord& before,
                  const PlaceRecord& after, bool count) {
  if (!count) return;
  for (const auto& [name, known] : after.names) {
    if (known.drift_state == State::InSync) continue;
    const auto old = before.names.find(name);
    if (old != before.names.end() && old->second.drift_state == known.drift_state) continue;
    services.metrics.drift_detected(labels_of(target), to_string(known.drift_state));
    services.log.warning("drift detected", {{"target", to_string(target.key)},
                                            {"place", target.place.key()},
                                            {"name", name},
                                            {"state", to_string(known.drift_state)},
                                            {"by", known.drift_by}});
  }
}

}  // namespace lockstep::reconcile
