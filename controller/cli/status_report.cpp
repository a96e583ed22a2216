#include "cli/status_report.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "cli/table.hpp"
#include "cli/trouble.hpp"
#include "plan/json_parts.hpp"
#include "plan/markdown.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

using Outcomes = std::span<const reconcile::PassOutcome>;
using plan::harmless;

const Condition* ready(const TargetStatus& status) {
  const auto found = std::ranges::find(status.conditions, "Ready", &Condition::type);
  return found == status.conditions.end() ? nullptr : &*found;
}

std::size_t drifted(const TargetPlan& plan) {
  return static_cast<std::size_t>(std::ranges::count_if(plan.secrets, [](const auto& row) {
    return row.state == State::Removed || row.state == State::ChangedOutOfBand ||
           row.state == State::Unverifiable;
  }));
}

/// Of what is told already the part that this belongs to: a gate of the whole Target, or names with
/// the same trouble, as a foreign change of a Worker doubts them all.
Trouble* told_in(std::vector<Trouble>& out, const Trouble& trouble) {
  const auto facts = [](const Trouble& t) {
    return std::tie(t.target, t.urgency, t.state, t.certainty, t.gate, t.why, t.since, t.who,
                    t.next, t.advice);
  };
  const auto found = std::ranges::find_if(out, [&](const auto& other) {
    if (trouble.name.empty() || other.target != trouble.target) return false;
    if (!other.part.empty()) return trouble.gate.empty() && trouble.state == other.state;
    if (other.name.empty()) return !trouble.gate.empty() && other.gate == trouble.gate;
    return facts(other) == facts(trouble);
  });
  return found == out.end() ? nullptr : &*found;
}

/// The troubles of all Targets, the most urgent first.
std::vector<Trouble> all_troubles(Outcomes outcomes, Wall now) {
  std::vector<Trouble> out;
  for (const auto& outcome : outcomes) {
    if (plan::not_built(outcome.status.plan)) continue;
    for (auto& trouble : troubles_of(outcome, now)) {
      auto* told = told_in(out, trouble);
      if (!told) {
        out.push_back(std::move(trouble));
      } else if (told->name.empty()) {
        told->stops.push_back(told->part.empty() ? trouble.name + " (" + trouble.state + ")"
                                                 : trouble.name);
      } else {
        told->name += ", " + trouble.name;
      }
    }
  }
  std::ranges::sort(out, {},
                    [](const auto& t) { return std::tie(t.urgency, t.target, t.name, t.gate); });
  return out;
}

std::string sentence(Outcomes outcomes, std::span<const Trouble> troubles, std::size_t broken) {
  std::map<Urgency, std::size_t> counts;
  for (const auto& trouble : troubles) {
    counts[trouble.urgency] += 1 + static_cast<std::size_t>(std::ranges::count(trouble.name, ','));
  }
  constexpr std::pair<Urgency, std::string_view> words[] = {
      {Urgency::broken, "broken"},
      {Urgency::changed, "changed by someone else"},
      {Urgency::no_value, "without a value"},
      {Urgency::approval, "waiting for a yes"},
      {Urgency::answer, "waiting for an answer"},
      {Urgency::pending, "done next"},
      {Urgency::waits, "waiting"},
      {Urgency::left, "left alone"}};
  std::vector<std::string> parts;
  if (broken != 0) parts.push_back(plan::broken_text(broken));
  for (const auto& [urgency, word] : words) {
    if (const auto n = counts[urgency]; n != 0)
      parts.push_back(std::to_string(n) + " " + std::string(word));
  }
  std::size_t targets = 0, secrets = 0, in_sync = 0;
  for (const auto& outcome : outcomes) {
    if (plan::not_built(outcome.status.plan)) continue;
    ++targets;
    secrets += outcome.status.plan.desired_count();
    in_sync += outcome.status.plan.in_sync_count();
  }
  auto out = count(targets, "Target") + ", " + std::to_string(in_sync) + " of " +
             count(secrets, "secret") + " in sync";
  return out + (parts.empty() ? ": nothing is wrong." : ": " + join(parts, ", ") + ".");
}

/// What of the Target it is about.
std::string subject(const Trouble& trouble) {
  if (!trouble.part.empty()) return trouble.part;
  return trouble.name.empty() ? std::string("all of it") : harmless(trouble.name);
}

/// `STATE, gate GATE`, whichever there is. What is only planned has no state.
std::string state_of(const Trouble& trouble) {
  if (trouble.gate.empty() && trouble.state.empty()) {
    const bool failed = trouble.urgency == Urgency::broken || trouble.urgency == Urgency::answer;
    return failed ? "failed" : "planned";
  }
  if (trouble.gate.empty()) return trouble.state;
  return trouble.state.empty() ? trouble.gate : trouble.state + ", " + trouble.gate;
}

std::string block(const Trouble& trouble, Wall now) {
  const auto line = [](std::string_view label, const std::string& text) {
    return text.empty() ? std::string() : "    " + std::string(label) + harmless(text) + "\n";
  };
  const bool left = trouble.urgency == Urgency::left;
  return "  " + harmless(trouble.target) + "  " + subject(trouble) + ": " + state_of(trouble) +
         "\n" + line("what   ", trouble.why) +
         line(trouble.part.empty() ? "stops  " : "names  ", join(trouble.stops, ", ")) +
         line("since  ", since_line(trouble, now)) + line("next   ", left ? "" : trouble.next) +
         line("do     ", trouble.advice);
}

std::string release_of(const ObjectKey& key, const Hold& hold) {
  return "lockstep hold " + to_string(key) + (hold.name.empty() ? "" : " " + hold.name) +
         " --release";
}

std::string holds_of(Outcomes outcomes) {
  std::string out;
  for (const auto& outcome : outcomes) {
    for (const auto& hold : outcome.status.plan.holds) {
      const auto& key = outcome.status.key;
      out += "  " + harmless(to_string(key)) + "  " +
             (hold.name.empty() ? std::string("all of it") : harmless(hold.name)) + ": held " +
             harmless(describe(hold)) +
             "\n    do     to take it back: " + harmless(release_of(key, hold)) + "\n";
    }
  }
  return out.empty() ? "" : "HELD BY A PERSON\n" + out + "\n";
}

/// The Targets with which nothing is wrong, in one line.
std::string quiet_line(Outcomes outcomes, std::span<const Trouble> troubles) {
  std::vector<std::string> names;
  for (const auto& outcome : outcomes) {
    const auto key = to_string(outcome.status.key);
    if (plan::not_built(outcome.status.plan)) continue;
    if (std::ranges::find(troubles, key, &Trouble::target) != troubles.end()) continue;
    names.push_back(harmless(key) + " (" + std::to_string(outcome.status.plan.desired_count()) +
                    ")");
  }
  return names.empty() ? "" : "IN SYNC: " + join(names, ", ") + "\n";
}

/// Places of kinds that lockstep cannot look after yet, in one line.
std::string not_built_line(Outcomes outcomes) {
  std::vector<std::string> names;
  for (const auto& outcome : outcomes) {
    if (!plan::not_built(outcome.status.plan)) continue;
    names.push_back(harmless(to_string(outcome.status.key)) + " (" +
                    std::string(to_string(outcome.status.plan.place.kind)) + ")");
  }
  return names.empty() ? "" : "NOT BUILT YET, never touched: " + join(names, ", ") + "\n";
}

std::string requests(Outcomes outcomes) {
  std::vector<std::vector<std::string>> rows = {
      {"TARGET", "READY", "ENVIRONMENT", "PLACE", "IN-SYNC", "READS", "WRITES"}};
  for (const auto& outcome : outcomes) {
    const auto& status = outcome.status;
    const auto* condition = ready(status);
    const bool unknown = status.plan.unreadable.has_value();
    rows.push_back({to_string(status.key),
                    !condition          ? "Unknown"
                    : condition->status ? "True"
                                        : "False (" + condition->reason + ")",
                    status.environment, status.place,
                    (unknown ? "?" : std::to_string(status.plan.in_sync_count())) + "/" +
                        std::to_string(status.plan.desired_count()),
                    std::to_string(status.reads), std::to_string(status.writes)});
  }
  return to_table(rows);
}

json::object wrong_json(const Trouble& wrong) {
  return {{"urgency", to_string(wrong.urgency)},
          {"name", harmless(wrong.name)},
          {"part", wrong.part},
          {"state", wrong.state},
          {"certainty", wrong.certainty},
          {"gate", wrong.gate.empty() ? json::value(nullptr) : json::value(wrong.gate)},
          {"since", plan::time_or_null(wrong.since)},
          {"who", harmless(wrong.who)},
          {"why", harmless(wrong.why)},
          {"next", harmless(wrong.next)},
          {"advice", harmless(wrong.advice)}};
}

json::object target_json(const reconcile::PassOutcome& outcome, Wall now) {
  const auto& status = outcome.status;
  const auto* condition = ready(status);
  json::array wrong;
  for (const auto& trouble : troubles_of(outcome, now)) wrong.push_back(wrong_json(trouble));
  return {{"key", harmless(to_string(status.key))},
          {"environment", harmless(status.environment)},
          {"place", harmless(status.place)},
          {"ready", condition && condition->status},
          {"reason", harmless(condition ? condition->reason : "")},
          {"message", harmless(condition ? condition->message : "")},
          {"secrets", status.plan.desired_count()},
          {"inSync", status.plan.in_sync_count()},
          {"drifted", drifted(status.plan)},
          {"lastObserved", plan::time_or_null(status.last_observed)},
          {"reads", status.reads},
          {"writes", status.writes},
          {"holds", plan::holds_json(status.plan.holds)},
          {"wrong", std::move(wrong)}};
}

}  // namespace

std::string status_text(Outcomes outcomes, bool verbose, Wall now, std::size_t broken_documents) {
  if (outcomes.empty()) {
    return std::string("There are no Targets") +
           (broken_documents == 0 ? "" : ", but " + plan::broken_text(broken_documents)) + ".\n";
  }
  const auto troubles = all_troubles(outcomes, now);
  auto out = sentence(outcomes, troubles, broken_documents) + "\n\n";
  std::optional<Urgency> last;
  for (const auto& trouble : troubles) {
    if (last && last != trouble.urgency) out += "\n";
    if (last != trouble.urgency) out += std::string(heading(trouble.urgency)) + "\n";
    last = trouble.urgency;
    out += block(trouble, now);
  }
  if (last) out += "\n";
  out += holds_of(outcomes);
  std::string notes;
  for (const auto& outcome : outcomes) {
    for (const auto& note : outcome.status.plan.notes) {
      notes += "note: " + harmless(to_string(outcome.status.key)) + ": " + harmless(note) + "\n";
    }
  }
  if (!notes.empty()) out += notes + "\n";
  out += quiet_line(outcomes, troubles) + not_built_line(outcomes);
  while (out.ends_with("\n\n")) out.pop_back();
  return verbose ? out + "\n" + requests(outcomes) : out;
}

std::string status_markdown(Outcomes outcomes, Wall now, std::size_t broken_documents) {
  using plan::code, plan::escaped;
  const auto troubles = all_troubles(outcomes, now);
  auto out = "### lockstep status\n\n" + sentence(outcomes, troubles, broken_documents) + "\n\n";
  if (!troubles.empty()) {
    out +=
        "| Target | Secret | State | What | Since | Next | Do |\n|---|---|---|---|---|---|---|\n";
  }
  for (const auto& t : troubles) {
    out += "| " + code(t.target) + " | " + (t.name.empty() ? subject(t) : code(t.name)) + " | " +
           state_of(t) + " | " + escaped(t.why) + " | " + escaped(since_line(t, now)) + " | " +
           escaped(t.next) + " | " + escaped(t.advice) + " |\n";
  }
  for (const auto& outcome : outcomes) {
    for (const auto& hold : outcome.status.plan.holds) {
      out += "\n- " + code(to_string(outcome.status.key)) + " " +
             (hold.name.empty() ? "" : code(hold.name) + " ") + "held " + escaped(describe(hold)) +
             "\n";
    }
  }
  return out;
}

std::string status_json(Outcomes outcomes, Wall now, std::span<const api::Problem> problems) {
  json::array targets;
  for (const auto& outcome : outcomes) targets.push_back(target_json(outcome, now));
  return json::serialize(json::object{{"version", 1},
                                      {"at", to_rfc3339(now)},
                                      {"targets", std::move(targets)},
                                      {"problems", plan::problems_json(problems)}}) +
         "\n";
}

}  // namespace lockstep::cli
