#include "cli/trouble.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/advice.hpp"
#include "plan/diff.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

std::string_view to_string(Urgency urgency) {
  switch (urgency) {
    case Urgency::broken:
      return "broken";
    case Urgency::changed:
      return "changed";
    case Urgency::no_value:
      return "noValue";
    case Urgency::approval:
      return "approval";
    case Urgency::answer:
      return "answer";
    case Urgency::pending:
      return "pending";
    case Urgency::waits:
      return "waits";
    case Urgency::left:
      return "left";
  }
  return "left";
}

std::string_view heading(Urgency urgency) {
  switch (urgency) {
    case Urgency::broken:
      return "BROKEN: stays so until a person acts";
    case Urgency::changed:
      return "CHANGED BY SOMEONE ELSE";
    case Urgency::no_value:
      return "NO VALUE TO WRITE: what is live stays";
    case Urgency::approval:
      return "WAITS FOR A PERSON'S YES";
    case Urgency::answer:
      return "WAITS FOR AN ANSWER: lockstep asks again by itself";
    case Urgency::pending:
      return "DONE NEXT, by itself";
    case Urgency::waits:
      return "WAITS: for a time, or as you said";
    case Urgency::left:
      return "LEFT ALONE ON PURPOSE";
  }
  return "";
}

std::string in_words(Certainty certainty) {
  switch (certainty) {
    case Certainty::none:
      return "";
    case Certainty::digest:
      return "sure: by the provider's digest of the value";
    case Certainty::timestamp:
      return "sure: by the provider's time of the last change";
    case Certainty::version:
      return "sure of the Worker, not of this one name: by its version";
    case Certainty::presumed:
      return "presumed: someone deployed since, or a crash lay between";
    case Certainty::content:
      return "sure: by the value itself";
    case Certainty::existence:
      return "only that the name is there is known";
  }
  return "";
}

namespace {

bool is_drift(State state) {
  return state == State::Removed || state == State::ChangedOutOfBand ||
         state == State::Unverifiable;
}

Urgency urgency_of(const TargetPlan& plan, const PlannedSecret& row) {
  const auto fate = plan::fate_of(row);
  // A machine stopped the roll-out: no later pass goes on by itself.
  const bool halted = plan.roll_out && plan.roll_out->stopped;
  if (fate == plan::Fate::staged && halted) return Urgency::broken;
  if (fate == plan::Fate::blocked || fate == plan::Fate::unknown || fate == plan::Fate::unadopted) {
    return Urgency::broken;
  }
  if (is_drift(row.state)) return Urgency::changed;
  switch (fate) {
    case plan::Fate::no_value:
      return Urgency::no_value;
    case plan::Fate::answer:
      return Urgency::answer;
    case plan::Fate::approval:
      return Urgency::approval;
    case plan::Fate::runs:
      return Urgency::pending;
    case plan::Fate::waits:
    case plan::Fate::staged:
      return Urgency::waits;
    case plan::Fate::drifted:
      return Urgency::changed;
    case plan::Fate::blocked:
    case plan::Fate::unknown:
    case plan::Fate::unadopted:
      return Urgency::broken;
    case plan::Fate::extra:
    case plan::Fate::quiet:
      return Urgency::left;
  }
  return Urgency::left;
}

std::string next_of(Gate gate, const std::string& reason) {
  switch (gate) {
    case Gate::Suspended:
      return "nothing, until someone sets suspend: false";
    case Gate::Observe:
      return "nothing: mode Observe never writes";
    case Gate::Conflict:
      return "the claim that worked before goes on; this one waits";
    case Gate::Hold:
      return "nothing before the hold ends; then lockstep goes on by itself";
    case Gate::NotPermitted:
      return "nothing, until the grant is there";
    case Gate::PlaceMissing:
      return "nothing: lockstep makes no places";
    case Gate::NewerVersion:
      return "nothing, until that version is deployed or removed; then written by itself";
    case Gate::ResourceMissing:
      return "nothing, until it exists; then written by itself";
    case Gate::ExpectationUnmet:
      return "nothing, until the settings fit; then written by itself";
    case Gate::NameTaken:
    case Gate::LimitExceeded:
      return "nothing, until a person acts";
    case Gate::Window:
      return reason;
    case Gate::WaitingRepair:
    case Gate::WaitingPrune:
      return "the controller acts: " + reason;
    case Gate::AwaitingApproval:
      return "nothing, until a person approves this exact plan";
    case Gate::Contested:
      return "nothing, until a person applies it by name";
    case Gate::Unsupported:
      return "nothing in this release";
  }
  return "";
}

/// What becomes of what is written and not live.
std::string next_of_staged(const std::optional<RollOutPlan>& roll_out) {
  if (!roll_out) return "stays written and not live until someone deploys";
  if (roll_out->runs()) return "the controller's next pass makes it live";
  if (roll_out->gate) return next_of(*roll_out->gate, roll_out->gate_reason);
  if (roll_out->stopped) return "nothing, until a person rolls it out or a new value is written";
  return "nothing, until a person rolls it out";
}

Urgency urgency_of(const RollOutPlan& roll_out) {
  if (roll_out.stopped && !roll_out.gate) return Urgency::broken;
  if (roll_out.gate) return is_patient(*roll_out.gate) ? Urgency::waits : Urgency::broken;
  return roll_out.runs() ? Urgency::pending : Urgency::waits;
}

/// What is written and not live, where machines must restart for it.
Trouble of_roll_out(const TargetPlan& plan) {
  auto shown = *plan.roll_out;
  shown.gate.reset();
  shown.gate_reason = plan::why_not_rolled_out(plan);
  auto why = plan::roll_out_text(shown);
  if (!plan.roll_out->runs() && shown.gate_reason.empty()) {
    const auto n = shown.scope.machines();
    why = count(n, "machine") + (n == 1 ? " runs" : " run") + " the old set (policy.apply: Staged)";
  }
  return {.urgency = urgency_of(*plan.roll_out),
          .target = to_string(plan.key),
          .name = {},
          .part = "the roll-out",
          .state = plan.roll_out->forecast ? "" : std::string(to_string(State::Staged)),
          .certainty = {},
          .gate = plan.roll_out->gate ? std::string(to_string(*plan.roll_out->gate)) : "",
          .why = std::move(why),
          .since = {},
          .who = {},
          .surely = {},
          .next = next_of_staged(plan.roll_out),
          .advice = roll_out_advice(plan),
          .stops = {}};
}

std::string next_of(const TargetPlan& plan, const PlannedSecret& row) {
  const bool waits = row.gate == Gate::WaitingRepair || row.gate == Gate::WaitingPrune;
  if (waits && !row.needs_approval.empty()) {
    return "nothing without a person's yes (" + row.needs_approval +
           "); asked for later: " + row.gate_reason;
  }
  if (row.gate) return next_of(*row.gate, row.gate_reason);
  if (row.runs()) {
    return "the controller's next pass does it (" + std::string(to_string(row.action)) + ")";
  }
  switch (row.state) {
    case State::SourceUnavailable:
      if (!row.needs_answer_of.empty()) {
        return "made and written by itself once " + row.needs_answer_of + " has answered";
      }
      return "written by itself once there is a good value";
    case State::SourceMissing:
    case State::Invalid:
      return "written by itself once there is a good value";
    case State::Staged:
      return next_of_staged(plan.roll_out);
    case State::Unknown:
    case State::Unadopted:
    case State::Removed:
    case State::ChangedOutOfBand:
    case State::Unverifiable:
    case State::Missing:
    case State::Stale:
    case State::InSync:
    case State::Extra:
      return "left as it is";
  }
  return "";
}

Trouble of_row(const TargetPlan& plan, const PlannedSecret& row) {
  auto why = row.reason;
  const auto told_above = std::ranges::find(plan.gates, row.gate.value_or(Gate::Suspended),
                                            &std::pair<Gate, std::string>::first);
  // Gates of time say only when, which is told as what happens next.
  const bool only_when = row.gate == Gate::WaitingRepair || row.gate == Gate::WaitingPrune;
  if (row.gate && told_above == plan.gates.end() && !row.gate_reason.empty() && !only_when) {
    why += (why.empty() ? "" : "; ") + row.gate_reason;
  }
  if (row.due) why += (why.empty() ? "" : "; ") + std::string("its rotation is due");
  return {.urgency = urgency_of(plan, row),
          .target = to_string(plan.key),
          .name = row.name,
          .part = {},
          .state = std::string(to_string(row.state)),
          .certainty = std::string(to_string(row.certainty)),
          .gate = row.gate ? std::string(to_string(*row.gate)) : "",
          .why = std::move(why),
          .since = row.since,
          .who = row.who,
          .surely = in_words(row.certainty),
          .next = next_of(plan, row),
          .advice = advice(plan, row),
          .stops = {}};
}

/// What becomes of a Target whose pass an error ended.
std::string next_of(const Error& error, bool read, Wall now) {
  if (error.kind == ErrorKind::outcome_unknown) {
    return "whether the change was made is unknown; the controller's next look finds out";
  }
  const std::string kept =
      read ? "nothing more is changed; " : "nothing is changed, what is live stays; ";
  if (error.kind == ErrorKind::unauthorized) return kept + "the controller tries rarely";
  if (!plan::limit_text(error, now).empty()) {
    return kept + "the controller asks again after " + plan::until_text(*error.retry_at, now);
  }
  return kept + "the controller tries again";
}

/// What ended a pass: the place could not be read, or it was and the next step failed, which says
/// nothing of the names there.
Trouble cut_short(const TargetPlan& plan, const Error& error, Wall now) {
  const bool read = !plan.unreadable;
  return {.urgency = plan::passes_by_itself(error) ? Urgency::answer : Urgency::broken,
          .target = to_string(plan.key),
          .name = {},
          .part = read ? "the step after the read" : "",
          .state = read ? "" : std::string(to_string(State::Unknown)),
          .certainty = std::string(to_string(Certainty::none)),
          .gate = {},
          .why = (read ? "" : "could not be read: ") + describe(error),
          .since = {},
          .who = {},
          .surely = {},
          .next = next_of(error, read, now),
          .advice = plan::remedy(error, now),
          .stops = {}};
}

}  // namespace

std::vector<Trouble> troubles_of(const reconcile::PassOutcome& outcome, Wall now) {
  const auto& plan = outcome.status.plan;
  std::vector<Trouble> out;
  const auto* error = plan.unreadable ? &*plan.unreadable
                      : outcome.error ? &*outcome.error
                                      : nullptr;
  const bool by_choice = std::ranges::any_of(
      plan.gates, [](const auto& gate) { return gate.first == Gate::Unsupported; });
  // That the place is not there is told by its gate.
  const bool missing = plan.unreadable && error->kind == ErrorKind::not_found;
  if (error && !by_choice && !missing) out.push_back(cut_short(plan, *error, now));
  for (const auto& [gate, why] : plan.gates) {
    PlannedSecret any;
    any.gate = gate;
    out.push_back({.urgency = is_patient(gate) ? Urgency::waits : Urgency::broken,
                   .target = to_string(plan.key),
                   .name = {},
                   .part = {},
                   .state = {},
                   .certainty = {},
                   .gate = std::string(to_string(gate)),
                   .why = why,
                   .since = {},
                   .who = {},
                   .surely = {},
                   .next = next_of(gate, why),
                   .advice = advice(plan, any),
                   .stops = {}});
  }
  if (plan.unreadable) return out;
  if (plan.roll_out) out.push_back(of_roll_out(plan));
  for (const auto& row : plan.secrets) {
    if (plan::fate_of(row) != plan::Fate::quiet || row.due) out.push_back(of_row(plan, row));
  }
  std::ranges::sort(out, {}, [](const auto& t) { return std::tie(t.urgency, t.name, t.gate); });
  return out;
}

std::string since_line(const Trouble& trouble, Wall now) {
  if (trouble.state == to_string(State::Unknown) && !trouble.since) {
    return "one look does not tell; the controller's log and metrics do";
  }
  std::vector<std::string> parts;
  if (trouble.since) parts.push_back(plan::day_or_time(*trouble.since, now) + " UTC");
  const bool drift = trouble.urgency == Urgency::changed;
  if (!trouble.who.empty()) {
    parts.push_back("by " + trouble.who);
  } else if (drift) {
    parts.emplace_back("by whom the provider does not tell");
  }
  if (!trouble.surely.empty() && (drift || trouble.certainty == "presumed")) {
    parts.push_back(trouble.surely);
  }
  return join(parts, ", ");
}

}  // namespace lockstep::cli
