#include "plan/roll_out.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/gates.hpp"
#include "plan/states.hpp"

namespace lockstep::plan {

namespace {

bool writes(const PlannedSecret& row) {
  return row.runs() && row.action != ActionKind::adopt;
}

std::string rollout_command(const DiffInput& input) {
  return "lockstep rollout " + to_string(input.target.key);
}

/// A hold of the place, or of a name that the roll-out would make live.
const Hold* held(const DiffInput& input) {
  for (const auto& hold : input.holds) {
    if (hold.until <= input.now) continue;
    if (hold.name.empty()) return &hold;
    const auto known = input.record.names.find(hold.name);
    if (known != input.record.names.end() && known->second.staged) return &hold;
  }
  return nullptr;
}

std::string runs_the_old_set(std::size_t machines) {
  return count(machines, "machine") + (machines == 1 ? " runs" : " run") + " the old set";
}

/// The first gate that is closed, in the order of the enum.
Closed closed(const DiffInput& input, std::size_t machines) {
  auto first = closed_for_target(input);
  const auto offer = [&](Gate gate, std::string why) {
    if (!first || gate < first->first) first = std::pair(gate, std::move(why));
  };
  if (const auto* hold = held(input)) {
    offer(Gate::Hold, "held " + describe(*hold));
  }
  const bool wanted = input.roll_out || input.target.policy.apply == api::Apply::Live;
  if (wanted && !input.target.permitted.contains(api::Action::RollOut)) {
    offer(Gate::NotPermitted, "Credential " + input.target.credential +
                                  " does not grant RollOut at this place; " +
                                  runs_the_old_set(machines) +
                                  "; add RollOut to its spec.grants, or say policy.apply: Staged");
  }
  if (auto window = closed_window(input)) offer(window->first, std::move(window->second));
  return first;
}

/// What comes next for what is written, in a few words; "" where nothing is known.
std::string what_next(const DiffInput& input, const TargetPlan& plan) {
  const auto& roll_out = plan.roll_out;
  if (!roll_out) {
    const bool known = input.observation.live.has_value() || input.scope;
    return known ? "live with the first deployment" : "";
  }
  if (roll_out->gate) return "the roll-out waits (" + std::string(to_string(*roll_out->gate)) + ")";
  if (!roll_out->gate_reason.empty()) return roll_out->gate_reason;
  return "rolls out next";
}

/// True when writing the row again changes nothing at the place but the number of its last write.
/// Never what is CompromisedOnly (S16) or what others fight over (S20).
bool may_be_repeated(const DiffInput& input, const PlannedSecret& row) {
  const auto* known = ours(input.record, row.name);
  const auto* secret = desired_of(input, row);
  const bool stands = row.state == State::Staged || row.state == State::InSync;
  if (!stands || !known || !secret) return false;
  const bool guarded =
      known->compromised_only || secret->rotation.policy == api::RotationPolicy::CompromisedOnly;
  // A row that is Staged or InSync has the value that is known, where values can be compared.
  return known->written && !guarded && !known->contested && !row.fingerprint.empty();
}

/// The number of the app's secrets, which an update of a machine must name to be sure, comes only
/// with a write. Where a crash lost it one of our names is written again with its own value,
/// through the gates of any write: one that they let pass, else one that they hold up.
void learn_number(const DiffInput& input, TargetPlan& plan) {
  if (!plan.roll_out || !plan.roll_out->runs() || !input.record.evidence.version.empty()) return;
  if (std::ranges::any_of(plan.secrets, writes)) return;
  PlannedSecret* found = nullptr;
  PlannedSecret repeated;
  for (auto& row : plan.secrets) {
    if (!may_be_repeated(input, row)) continue;
    auto again = row;
    again.action = ActionKind::update;
    again.gate.reset();
    again.reason = "written again: the number of the last write was lost in a crash";
    close_gate(input, again);
    if (found && !again.runs()) continue;
    found = &row;
    repeated = std::move(again);
    if (repeated.runs()) break;
  }
  if (!found) {
    plan.roll_out->gate_reason =
        "the number of the last write was lost in a crash; it rolls out with the next write here";
    return;
  }
  plan.roll_out->gate = repeated.gate;
  if (repeated.gate) {
    plan.roll_out->gate_reason = "the number of the last write was lost in a crash, and writing " +
                                 repeated.name + " again waits: " + repeated.gate_reason;
  }
  *found = std::move(repeated);
}

std::optional<RollOutPlan> plan_roll_out(const DiffInput& input, const TargetPlan& plan) {
  const bool will_write = std::ranges::any_of(plan.secrets, writes);
  const auto& scope = input.scope ? input.scope : input.observation.roll_out;
  const bool due = input.record.roll_out_due.has_value();
  if (!scope || (!due && !will_write)) return std::nullopt;
  RollOutPlan out{.scope = *scope, .forecast = !due};
  const auto machines = out.scope.machines();
  // Nothing left to update, but a roll-out of ours has not seen them healthy: its last step is due.
  const bool to_confirm = due && input.record.roll_out_begun;
  if (machines == 0 && !to_confirm) return std::nullopt;
  if (auto gate = closed(input, machines)) {
    out.gate = gate->first;
    out.gate_reason = std::move(gate->second);
  } else if (!input.roll_out && !will_write && input.record.roll_out_stopped) {
    out.gate_reason =
        "stopped: " + *input.record.roll_out_stopped + "; mend it, then: " + rollout_command(input);
  } else if (!input.roll_out && input.target.policy.apply == api::Apply::Staged) {
    out.gate_reason = "waits for: " + rollout_command(input);
  }
  out.stopped = input.record.roll_out_stopped && !will_write && !input.roll_out;
  return out;
}

}  // namespace

void settle_roll_out(const DiffInput& input, TargetPlan& plan) {
  if (!capabilities_of(input.target.place.kind).roll_out) return;
  plan.roll_out = plan_roll_out(input, plan);
  learn_number(input, plan);
  const auto next = what_next(input, plan);
  if (next.empty()) return;
  for (auto& row : plan.secrets) {
    if (row.state == State::Staged && row.action == ActionKind::none) {
      row.reason = "written, not live yet: " + next;
    }
  }
}

}  // namespace lockstep::plan
