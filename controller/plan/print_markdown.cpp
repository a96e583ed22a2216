// Plans as Markdown for comments on pull requests.
#include "plan/markdown.hpp"
#include "plan/print.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

std::string_view picture(char sign) {
  switch (sign) {
    case '+':
      return "➕";
    case '~':
      return "✏️";
    case '-':
      return "🗑️";
    case '!':
      return "⚠️";
    case '?':
      return "❔";
    default:
      return "";
  }
}

std::string table(const TargetPlan& plan, Wall now) {
  std::string rows;
  for (const auto& row : plan.secrets) {
    const auto line = line_of(plan, row, now);
    if (line.quiet) continue;
    rows += "| " + std::string(picture(line.sign)) + " | " + code(line.name) + " | " +
            std::string(to_string(row.state)) + " | " + std::string(line.word) + " | " +
            escaped(line.reason + (line.detail.empty() ? "" : "; " + line.detail)) + " |\n";
  }
  if (rows.empty()) return "";
  return "| | Secret | State | Action | Why |\n|---|---|---|---|---|\n" + rows + "\n";
}

std::string section(const TargetPlan& plan, Wall now, bool alone) {
  std::string out = "#### " + code(to_string(plan.key)) + "\n\n" + code(plan.place.key()) + " in " +
                    code(plan.environment) + ": ";
  if (not_built(plan)) return out + "such places are not built yet, nothing is changed.\n\n";
  if (plan.unreadable) {
    return out + "**Unknown**. Could not be read: " + escaped(describe(*plan.unreadable)) +
           ". Nothing is changed; " + escaped(remedy(*plan.unreadable, now)) + ".\n\n";
  }
  out += std::to_string(plan.in_sync_count()) + " of " + std::to_string(plan.desired_count()) +
         " in sync.\n\n";
  for (const auto& [gate, why] : plan.gates) {
    out += "**" + std::string(to_string(gate)) + "**: " + escaped(why) + "\n\n";
  }
  for (const auto& hold : plan.holds) {
    out += "**Held**: " + (hold.name.empty() ? "all of it" : code(hold.name)) + " " +
           escaped(describe(hold)) + "\n\n";
  }
  out += table(plan, now);
  if (plan.roll_out) out += "Roll-out: " + escaped(roll_out_text(*plan.roll_out)) + "\n\n";
  for (const auto& note : plan.notes) out += "- " + escaped(note) + "\n";
  if (!plan.notes.empty()) out += "\n";
  const auto approval = approval_text(plan, alone);
  if (!approval.empty()) {
    out += "Approval: " + (plan.approval_digest.empty() ? with_code(approval) : code(approval)) +
           "\n\n";
  }
  return out;
}

}  // namespace

std::string to_markdown(std::span<const TargetPlan> plans, Wall now, std::size_t broken_documents) {
  Tally tally{.broken_documents = broken_documents};
  std::string sections;
  for (const auto& plan : plans) {
    tally.add(plan);
    sections += section(plan, now, plans.size() == 1);
  }
  return "### lockstep plan\n\n" + to_sentence(tally) + "\n\n" + sections;
}

}  // namespace lockstep::plan
