#include "cli/diff_report.hpp"

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

bool differs(const PlannedSecret& row) {
  return row.state != State::InSync && !(row.optional && row.state == State::SourceMissing);
}

/// True when nobody expects a look at it: left alone on purpose, or not built in this release.
bool left_alone(const TargetPlan& plan) {
  return !plan.gates.empty() &&
         std::ranges::all_of(plan.gates, [](const auto& gate) { return is_patient(gate.first); });
}

std::string what_is(const PlannedSecret& row) {
  switch (row.state) {
    case State::Unknown:
      return "not known";
    case State::Unadopted:
      return "there, from before lockstep";
    case State::Removed:
      return "not there: someone else removed it";
    case State::ChangedOutOfBand:
      return "written by someone else";
    case State::Unverifiable:
      return "perhaps written by someone else";
    case State::SourceUnavailable:
    case State::SourceMissing:
    case State::Invalid:
      return "as it was";
    case State::Missing:
      return "not there";
    case State::Stale:
      return "the value before this one";
    case State::Staged:
      return "written, not live";
    case State::InSync:
    case State::Extra:
      return "there";
  }
  return "";
}

std::string what_shall_be(const PlannedSecret& row) {
  if (row.state == State::Extra) return row.absent ? "not there: declared absent" : "not asked for";
  if (!row.needs_answer_of.empty()) return row.reason;
  if (row.state == State::SourceUnavailable || row.state == State::SourceMissing ||
      row.state == State::Invalid) {
    return "no good value: " + row.reason;
  }
  if (row.state == State::Staged) return "live";
  return row.source.empty() ? "there" : "the value of " + row.source;
}

std::string since_of(const PlannedSecret& row, Wall now) {
  std::string out = row.since ? plan::day_or_time(*row.since, now) : "";
  if (!row.who.empty()) out += (out.empty() ? "by " : " by ") + row.who;
  return out;
}

std::string state_of(const PlannedSecret& row) {
  std::string out(to_string(row.state));
  if (row.certainty != Certainty::none) out += " (" + std::string(to_string(row.certainty)) + ")";
  return out;
}

/// A gate of the whole Target is told once, above its names.
std::string gate_of(const TargetPlan& plan, const PlannedSecret& row) {
  if (!row.gate) return "";
  const std::pair told(*row.gate, row.gate_reason);
  if (std::ranges::find(plan.gates, told) != plan.gates.end()) {
    return std::string(to_string(*row.gate));
  }
  return std::string(to_string(*row.gate)) +
         (row.gate_reason.empty() ? "" : ": " + row.gate_reason);
}

std::string unread_text(const Error& error) {
  return "could not be read, so nothing is known: " + describe(error);
}

std::string sentence(const Differences& found, std::size_t targets, std::size_t broken) {
  auto out = found.rows == 0
                 ? "Nothing differs in " + count(targets, "Target")
                 : count(found.rows, "name") + (found.rows == 1 ? " differs" : " differ");
  if (found.unread != 0) out += ", " + count(found.unread, "Target") + " could not be read";
  if (broken != 0) out += ", but " + plan::broken_text(broken);
  return out + ".";
}

}  // namespace

Differences differences(Outcomes outcomes) {
  Differences out;
  for (const auto& outcome : outcomes) {
    const auto& plan = outcome.status.plan;
    if (plan.unreadable || outcome.error) {
      if (!left_alone(plan)) ++out.unread;
    }
    if (plan.unreadable) continue;
    out.rows += static_cast<std::size_t>(std::ranges::count_if(plan.secrets, differs));
  }
  return out;
}

std::string diff_text(Outcomes outcomes, Wall now, std::size_t broken_documents) {
  std::string out;
  for (const auto& outcome : outcomes) {
    const auto& plan = outcome.status.plan;
    std::vector<std::vector<std::string>> rows = {
        {"  SECRET", "STATE", "IS", "SHALL BE", "SINCE (UTC)", "WAITS FOR"}};
    if (!plan.unreadable) {
      for (const auto& row : plan.secrets) {
        if (!differs(row)) continue;
        const auto dash = [](std::string text) { return text.empty() ? std::string("-") : text; };
        rows.push_back({"  " + row.name, state_of(row), what_is(row), what_shall_be(row),
                        dash(since_of(row, now)), dash(gate_of(plan, row))});
      }
    }
    const bool unread = (plan.unreadable || outcome.error) && !left_alone(plan);
    if (rows.size() == 1 && !unread) continue;
    out += harmless(to_string(plan.key)) + "   " + harmless(plan.place.key()) + "   " +
           harmless(plan.environment) + "\n";
    if (unread) {
      const auto& error = plan.unreadable ? *plan.unreadable : *outcome.error;
      out += "  ? " + harmless(unread_text(error)) + "\n    " + harmless(plan::remedy(error, now)) +
             "\n";
    }
    for (const auto& [gate, why] : plan.gates) {
      out += "  " + std::string(to_string(gate)) + ": " + harmless(why) + "\n";
    }
    if (rows.size() > 1) out += to_table(rows);
    for (const auto& note : plan.notes) out += "  note: " + harmless(note) + "\n";
    out += "\n";
  }
  return out + sentence(differences(outcomes), outcomes.size(), broken_documents) + "\n";
}

std::string diff_markdown(Outcomes outcomes, Wall now, std::size_t broken_documents) {
  using plan::code, plan::escaped;
  auto out = "### lockstep diff\n\n" +
             sentence(differences(outcomes), outcomes.size(), broken_documents) + "\n\n";
  for (const auto& outcome : outcomes) {
    const auto& plan = outcome.status.plan;
    std::string rows;
    if (!plan.unreadable) {
      for (const auto& row : plan.secrets) {
        if (!differs(row)) continue;
        rows += "| " + code(row.name) + " | " + state_of(row) + " | " + escaped(what_is(row)) +
                " | " + escaped(what_shall_be(row)) + " | " + escaped(since_of(row, now)) + " | " +
                escaped(gate_of(plan, row)) + " |\n";
      }
    }
    const bool unread = (plan.unreadable || outcome.error) && !left_alone(plan);
    if (rows.empty() && !unread) continue;
    out += "#### " + code(to_string(plan.key)) + "\n\n";
    if (unread) {
      const auto& error = plan.unreadable ? *plan.unreadable : *outcome.error;
      out += "**Unknown**: " + escaped(unread_text(error)) + "; " +
             escaped(plan::remedy(error, now)) + "\n\n";
    }
    if (rows.empty()) continue;
    out +=
        "| Secret | State | Is | Shall be | Since (UTC) | Waits for "
        "|\n|---|---|---|---|---|---|\n" +
        rows + "\n";
  }
  return out;
}

std::string diff_json(Outcomes outcomes, Wall now, std::span<const api::Problem> problems) {
  json::array targets;
  for (const auto& outcome : outcomes) {
    const auto& plan = outcome.status.plan;
    json::array rows;
    for (const auto& row : plan.secrets) {
      if (plan.unreadable || !differs(row)) continue;
      rows.push_back(json::object{
          {"name", harmless(row.name)},
          {"state", to_string(row.state)},
          {"certainty", to_string(row.certainty)},
          {"is", what_is(row)},
          {"shallBe", harmless(what_shall_be(row))},
          {"since", plan::time_or_null(row.since)},
          {"who", harmless(row.who)},
          {"gate", row.gate ? json::value(to_string(*row.gate)) : json::value(nullptr)},
          {"gateReason", harmless(row.gate_reason)}});
    }
    targets.push_back(json::object{
        {"key", harmless(to_string(plan.key))},
        {"place", harmless(plan.place.key())},
        {"environment", harmless(plan.environment)},
        {"error", plan::error_or_null(plan.unreadable ? plan.unreadable : outcome.error)},
        {"differences", std::move(rows)}});
  }
  return json::serialize(json::object{{"version", 1},
                                      {"at", to_rfc3339(now)},
                                      {"differs", differences(outcomes).rows != 0},
                                      {"targets", std::move(targets)},
                                      {"problems", plan::problems_json(problems)}}) +
         "\n";
}

}  // namespace lockstep::cli
