#include "cli/advice.hpp"

#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

std::string apply_command(const std::string& target) {
  return "lockstep apply --target " + target;
}

std::string staged_advice(const TargetPlan& plan) {
  if (plan.roll_out) return roll_out_advice(plan);
  if (plan.place.kind == PlaceKind::cloudflareWorker) {
    return deploy_command(plan.place, plan.staged_version);
  }
  return "deploy the app: it starts with what is written";
}

std::string state_advice(const TargetPlan& plan, const PlannedSecret& row) {
  switch (row.state) {
    case State::Unknown:
      return "let lockstep read the place";
    case State::Unadopted:
      return "set policy.adopt to Trust or Overwrite, or remove the name there";
    case State::Removed:
    case State::ChangedOutOfBand:
      return "only reported (policy.drift: Report); to undo it set drift: Repair";
    case State::Unverifiable:
      return "to be sure set policy.onUnverifiable: Rewrite";
    case State::SourceUnavailable:
      if (!row.needs_answer_of.empty()) {
        return "see what keeps " + row.needs_answer_of + " from answering: lockstep status";
      }
      return "mend the source; what is live stays";
    case State::SourceMissing:
      return "give the source a value; what is live stays";
    case State::Invalid:
      return "correct the value at its source; what is live stays";
    case State::Missing:
      return "someone else writes it: ask them to";
    case State::Stale:
      return "see why it is not written: lockstep plan";
    case State::Staged:
      return staged_advice(plan);
    case State::InSync:
      return row.due ? "rotate it" : "";
    case State::Extra:
      if (!plan.unclear.empty()) return "first mend what may ask for it: " + plan.unclear;
      return "to be rid of it declare it absent; to keep it quiet add it to policy.ignore";
  }
  return "";
}

}  // namespace

std::string deploy_command(const Place& place, const std::string& version) {
  return "npx wrangler versions deploy " + (version.empty() ? "" : version + "@100% ") + "--name " +
         place.parts.back();
}

std::string roll_out_advice(const TargetPlan& plan) {
  const auto target = to_string(plan.key);
  const auto& roll_out = *plan.roll_out;
  if (roll_out.gate) return advice(*roll_out.gate, target);
  if (roll_out.runs()) return "at once: " + apply_command(target);
  const auto command = "lockstep rollout " + target;
  if (!roll_out.stopped) return command;
  return "see why it is not healthy (`fly logs`, `fly machine status`), mend it, then: " + command;
}

std::string advice(Gate gate, const std::string& target) {
  switch (gate) {
    case Gate::Suspended:
      return "set suspend: false to go on";
    case Gate::Observe:
      return "set mode: Manage to let lockstep write";
    case Gate::Conflict:
      return "keep one of two claims; mend the document that it names as broken";
    case Gate::Hold:
      return "wait, or take it back: lockstep hold " + target +
             " --release (a name alone: lockstep "
             "hold --list)";
    case Gate::NotPermitted:
      return "add the action to the grants of its Credential";
    case Gate::PlaceMissing:
      return "create the place, or correct spec.place";
    case Gate::NewerVersion:
      return "deploy the newest version there, or remove it; lockstep would ship it";
    case Gate::ResourceMissing:
      return "create it, or correct spec.requires of the Environment";
    case Gate::ExpectationUnmet:
      return "mend the settings there, or correct spec.place";
    case Gate::NameTaken:
      return "free the name there, or use another one";
    case Gate::LimitExceeded:
      return "make the value smaller, or have fewer names there";
    case Gate::Window:
      return "wait for policy.writeWindows";
    case Gate::WaitingRepair:
      return "the controller repairs it then; at once: " + apply_command(target);
    case Gate::WaitingPrune:
      return "deleted then; to keep it ask for it again or add it to policy.ignore";
    case Gate::AwaitingApproval:
      return "approve it: lockstep plan --target " + target;
    case Gate::Contested:
      return "find who else writes it, then: " + apply_command(target);
    case Gate::Unsupported:
      return "not in this release: take it out, or leave it";
  }
  return "";
}

std::string advice(const TargetPlan& plan, const PlannedSecret& row) {
  const auto target = to_string(plan.key);
  if (row.gate == Gate::AwaitingApproval) {
    if (!plan.approval_digest.empty()) return plan::approval_text(plan, false);
    return apply_command(target) +
           " does the rest and prints the digest; then: " + apply_command(target) +
           " --approve DIGEST";
  }
  const bool file = plan.place.kind == PlaceKind::dotenvFile;
  if (file && row.gate == Gate::NotPermitted) return "run the command beside it, then apply";
  if (row.gate == Gate::WaitingRepair && !row.needs_approval.empty()) {
    return apply_command(target) + " asks for that yes at once";
  }
  if (row.gate == Gate::WaitingPrune && !row.needs_approval.empty()) {
    return "to keep it ask for it again or add it to policy.ignore; a yes can be given then";
  }
  if (row.gate) return advice(*row.gate, target);
  if (row.runs()) return apply_command(target);
  return state_advice(plan, row);
}

}  // namespace lockstep::cli
