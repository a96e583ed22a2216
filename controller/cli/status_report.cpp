#include "cli/status_report.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/advice.hpp"
#include "cli/table.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

/// One thing that is wrong with a Target; `name` is empty for the Target as a whole.
struct Wrong {
  std::string name;
  std::string state;
  std::string certainty;
  std::string gate;
  std::optional<Wall> since;
  std::string who;
  std::string why;
  std::string advice;
};

bool is_drift(State state) {
  return state == State::Removed || state == State::ChangedOutOfBand ||
         state == State::Unverifiable;
}

Wrong wrong_with(const TargetPlan& plan, const PlannedSecret& row) {
  auto why = row.reason;
  const auto told_above = std::ranges::find(plan.gates, row.gate.value_or(Gate::Suspended),
                                            &std::pair<Gate, std::string>::first);
  if (row.gate && told_above == plan.gates.end() && !row.gate_reason.empty()) {
    why += (why.empty() ? "" : "; ") + row.gate_reason;
  }
  return {.name = row.name,
          .state = std::string(to_string(row.state)),
          .certainty = std::string(to_string(row.certainty)),
          .gate = row.gate ? std::string(to_string(*row.gate)) : "",
          .since = row.since,
          .who = row.who,
          .why = std::move(why),
          .advice = advice(plan, row)};
}

std::vector<Wrong> all_wrong(const reconcile::PassOutcome& outcome, Wall now) {
  const auto& plan = outcome.status.plan;
  std::vector<Wrong> out;
  const auto* error = plan.unreadable ? &*plan.unreadable
                      : outcome.error ? &*outcome.error
                                      : nullptr;
  if (error) {
    out.push_back({.state = std::string(to_string(State::Unknown)),
                   .why = describe(*error),
                   .advice = plan::remedy(*error, now)});
  }
  for (const auto& [gate, why] : plan.gates) {
    PlannedSecret any;
    any.gate = gate;
    out.push_back({.gate = std::string(to_string(gate)), .why = why, .advice = advice(plan, any)});
  }
  if (plan.unreadable) return out;
  for (const auto& row : plan.secrets) {
    if (plan::fate_of(row) != plan::Fate::quiet || row.due) out.push_back(wrong_with(plan, row));
  }
  return out;
}

const Condition* ready(const TargetStatus& status) {
  const auto found = std::ranges::find(status.conditions, "Ready", &Condition::type);
  return found == status.conditions.end() ? nullptr : &*found;
}

std::size_t drifted(const TargetPlan& plan) {
  return static_cast<std::size_t>(
      std::ranges::count_if(plan.secrets, [](const auto& row) { return is_drift(row.state); }));
}

std::string ago(const std::optional<Wall>& when, Wall now) {
  if (!when) return "not now";
  const auto passed = now - *when;
  return passed < std::chrono::seconds(1) ? "now" : to_human(passed) + " ago";
}

std::vector<std::string> summary_row(const TargetStatus& status, bool verbose, Wall now) {
  const auto* condition = ready(status);
  const auto drifts = drifted(status.plan);
  const bool unknown = status.plan.unreadable.has_value();
  std::vector<std::string> row = {to_string(status.key),
                                  !condition          ? "Unknown"
                                  : condition->status ? "True"
                                                      : "False (" + condition->reason + ")",
                                  status.environment,
                                  status.place,
                                  (unknown ? "?" : std::to_string(status.plan.in_sync_count())) +
                                      "/" + std::to_string(status.plan.desired_count()),
                                  unknown       ? "?"
                                  : drifts == 0 ? "no"
                                                : std::to_string(drifts),
                                  ago(status.last_observed, now)};
  if (verbose) {
    row.push_back(std::to_string(status.reads));
    row.push_back(std::to_string(status.writes));
  }
  return row;
}

std::vector<std::string> wrong_row(const std::string& target, const Wrong& wrong, Wall now) {
  auto state = wrong.state;
  if (!wrong.certainty.empty() && wrong.certainty != "none") state += " (" + wrong.certainty + ")";
  auto since = wrong.since ? plan::day_or_time(*wrong.since, now) : std::string();
  if (!wrong.who.empty()) since += (since.empty() ? "by " : " by ") + wrong.who;
  const auto dash = [](std::string text) { return text.empty() ? std::string("-") : text; };
  return {target,      dash(wrong.name), dash(std::move(state)), dash(wrong.gate),
          dash(since), dash(wrong.why),  dash(wrong.advice)};
}

void write_wrong(JsonWriter& json, const Wrong& wrong) {
  const auto text = [&](std::string_view key, std::string_view value) {
    json.key(key).string(only_harmless(value, "\uFFFD"));
  };
  json.begin_object();
  text("name", wrong.name);
  text("state", wrong.state);
  text("certainty", wrong.certainty);
  json.key("gate");
  wrong.gate.empty() ? json.null() : json.string(wrong.gate);
  json.key("since");
  wrong.since ? json.string(to_rfc3339(*wrong.since)) : json.null();
  text("who", wrong.who);
  text("why", wrong.why);
  text("advice", wrong.advice);
  json.end_object();
}

void write_target(JsonWriter& json, const reconcile::PassOutcome& outcome, Wall now) {
  const auto& status = outcome.status;
  const auto* condition = ready(status);
  const auto text = [&](std::string_view key, std::string_view value) {
    json.key(key).string(only_harmless(value, "\uFFFD"));
  };
  const auto number = [&](std::string_view key, std::size_t value) {
    json.key(key).integer(static_cast<std::int64_t>(value));
  };
  json.begin_object();
  text("key", to_string(status.key));
  text("environment", status.environment);
  text("place", status.place);
  json.key("ready").boolean(condition && condition->status);
  text("reason", condition ? condition->reason : "");
  text("message", condition ? condition->message : "");
  number("secrets", status.plan.desired_count());
  number("inSync", status.plan.in_sync_count());
  number("drifted", drifted(status.plan));
  json.key("lastObserved");
  status.last_observed ? json.string(to_rfc3339(*status.last_observed)) : json.null();
  number("reads", status.reads);
  number("writes", status.writes);
  json.key("wrong").begin_array();
  for (const auto& wrong : all_wrong(outcome, now)) write_wrong(json, wrong);
  json.end_array().end_object();
}

}  // namespace

std::string status_text(std::span<const reconcile::PassOutcome> outcomes, bool verbose, Wall now) {
  if (outcomes.empty()) return "There are no Targets.\n";
  std::vector<std::vector<std::string>> summary = {
      {"TARGET", "READY", "ENVIRONMENT", "PLACE", "IN-SYNC", "DRIFT", "LAST OBSERVED"}};
  if (verbose) summary.front().insert(summary.front().end(), {"READS", "WRITES"});
  std::vector<std::vector<std::string>> wrong = {
      {"TARGET", "SECRET", "STATE", "GATE", "SINCE (UTC)", "WHY", "WHAT TO DO"}};
  std::string notes;
  for (const auto& outcome : outcomes) {
    const auto target = to_string(outcome.status.key);
    summary.push_back(summary_row(outcome.status, verbose, now));
    for (const auto& one : all_wrong(outcome, now)) wrong.push_back(wrong_row(target, one, now));
    for (const auto& note : outcome.status.plan.notes) {
      notes += "note: " + target + ": " + only_harmless(note, "\uFFFD") + "\n";
    }
  }
  auto out = to_table(summary);
  if (wrong.size() > 1) out += "\n" + to_table(wrong);
  if (!notes.empty()) out += "\n" + notes;
  return out;
}

std::string status_json(std::span<const reconcile::PassOutcome> outcomes, Wall now) {
  JsonWriter json;
  json.begin_object().key("version").integer(1);
  json.key("at").string(to_rfc3339(now));
  json.key("targets").begin_array();
  for (const auto& outcome : outcomes) write_target(json, outcome, now);
  json.end_array().end_object();
  return std::string(view(json.take())) + "\n";
}

}  // namespace lockstep::cli
