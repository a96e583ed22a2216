// Comparisons of manifests as text, JSON and Markdown.
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "plan/compare.hpp"
#include "plan/json_parts.hpp"
#include "plan/markdown.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

char sign_of(Turn turn) {
  switch (turn) {
    case Turn::same:
      return ' ';
    case Turn::added:
      return '+';
    case Turn::changed:
      return '~';
    case Turn::removed:
      return '-';
  }
  return ' ';
}

/// All that there is to say of a name, after it.
std::string about(const ComparedName& name) {
  std::vector<std::string> parts;
  if (name.turn == Turn::same || name.turn == Turn::added) parts.push_back(name.value);
  parts.insert(parts.end(), name.changes.begin(), name.changes.end());
  if (!name.then.empty()) parts.push_back(name.then);
  if (!name.approval.empty()) parts.push_back("would need approval: " + name.approval);
  return join(parts, "; ");
}

struct Counts {
  std::size_t added = 0, changed = 0, removed = 0, same = 0, approvals = 0;
};

Counts counts_of(const Comparison& comparison) {
  Counts out;
  for (const auto& target : comparison.targets) {
    for (const auto& name : target.names) {
      (name.turn == Turn::added     ? out.added
       : name.turn == Turn::changed ? out.changed
       : name.turn == Turn::removed ? out.removed
                                    : out.same) += 1;
      if (!name.approval.empty()) ++out.approvals;
    }
  }
  return out;
}

std::string whole_sentence(const Comparison& comparison) {
  const auto n = counts_of(comparison);
  std::string out;
  if (!comparison.with_base) {
    return count(comparison.targets.size(), "Target") + ", " + count(n.same, "name") +
           " asked for. No place was looked at.";
  }
  if (!comparison.differs()) return "These manifests ask for the same as before.";
  out = "Names: " + std::to_string(n.added) + " added, " + std::to_string(n.changed) +
        " changed, " + std::to_string(n.removed) + " removed, " + std::to_string(n.same) +
        " as before. No place was looked at.";
  if (n.approvals != 0) {
    out += " " + std::to_string(n.approvals) + " would need a person's yes.";
  }
  return out;
}

std::string sentence(const Comparison& comparison) {
  if (comparison.broken_documents == 0) return whole_sentence(comparison);
  return whole_sentence(comparison) + " But " + broken_text(comparison.broken_documents) +
         ": what it asks for is not shown.";
}

std::string base_note(const Comparison& comparison) {
  if (comparison.base_problems == 0) return "";
  return "The base has " + count(comparison.base_problems, "problem") +
         ": what it broke looks new here.";
}

bool shown(const Comparison& comparison, Turn turn) {
  return !comparison.with_base || turn != Turn::same;
}

}  // namespace

std::string to_text(const Comparison& comparison) {
  std::string out;
  for (const auto& target : comparison.targets) {
    if (!shown(comparison, target.turn)) continue;
    out += harmless(to_string(target.key)) + "   " + harmless(target.place) + "   " +
           harmless(target.environment);
    if (comparison.with_base) out += "   " + std::string(to_string(target.turn));
    out += "\n";
    for (const auto& [gate, why] : target.gates) {
      out += "  " + std::string(to_string(gate)) + ": " + harmless(why) + "\n";
    }
    for (const auto& change : target.changes) out += "  ~ " + harmless(change) + "\n";
    for (const auto& name : target.names) {
      if (!shown(comparison, name.turn)) continue;
      out += "  " + std::string(1, sign_of(name.turn)) + " " + harmless(name.name) + "   " +
             harmless(about(name)) + "\n";
    }
    out += "\n";
  }
  out += sentence(comparison) + "\n";
  const auto note = base_note(comparison);
  return note.empty() ? out : out + note + "\n";
}

std::string to_markdown(const Comparison& comparison, std::span<const api::Problem> problems) {
  std::string out = "### lockstep plan (manifests only)\n\n" + sentence(comparison) + "\n\n";
  if (const auto note = base_note(comparison); !note.empty()) out += note + "\n\n";
  for (const auto& problem : problems) {
    out += "- **Problem** " + code(problem.at.file + ":" + std::to_string(problem.at.line)) + ": " +
           escaped((problem.path.empty() ? "" : problem.path + ": ") + problem.text) + "\n";
  }
  if (!problems.empty()) out += "\n";
  for (const auto& target : comparison.targets) {
    if (!shown(comparison, target.turn)) continue;
    out += "#### " + code(to_string(target.key));
    if (comparison.with_base) out += ": " + std::string(to_string(target.turn));
    out += "\n\n" + code(target.place) + " in " + code(target.environment) + "\n\n";
    for (const auto& [gate, why] : target.gates) {
      out += "**" + std::string(to_string(gate)) + "**: " + escaped(why) + "\n\n";
    }
    for (const auto& change : target.changes) out += "- " + escaped(change) + "\n";
    if (!target.changes.empty()) out += "\n";
    std::string rows;
    for (const auto& name : target.names) {
      if (!shown(comparison, name.turn)) continue;
      rows += "| " + std::string(to_string(name.turn)) + " | " + code(name.name) + " | " +
              escaped(about(name)) + " |\n";
    }
    if (!rows.empty()) out += "| | Secret | What |\n|---|---|---|\n" + rows + "\n";
  }
  return out;
}

std::string to_json(const Comparison& comparison, std::span<const api::Problem> problems) {
  const auto texts = [](const std::vector<std::string>& all) {
    json::array out;
    for (const auto& text : all) out.emplace_back(harmless(text));
    return out;
  };
  json::array targets;
  for (const auto& target : comparison.targets) {
    json::array gates, names;
    for (const auto& [gate, why] : target.gates) {
      gates.push_back(json::object{{"gate", to_string(gate)}, {"reason", harmless(why)}});
    }
    for (const auto& name : target.names) {
      names.push_back(json::object{{"name", harmless(name.name)},
                                   {"turn", to_string(name.turn)},
                                   {"value", harmless(name.value)},
                                   {"changes", texts(name.changes)},
                                   {"then", harmless(name.then)},
                                   {"approval", harmless(name.approval)}});
    }
    targets.push_back(json::object{{"key", harmless(to_string(target.key))},
                                   {"turn", to_string(target.turn)},
                                   {"place", harmless(target.place)},
                                   {"environment", harmless(target.environment)},
                                   {"changes", texts(target.changes)},
                                   {"gates", std::move(gates)},
                                   {"names", std::move(names)}});
  }
  const json::object out{{"version", 1},
                         {"offline", true},
                         {"base", comparison.with_base},
                         {"differs", comparison.differs()},
                         {"baseProblems", comparison.base_problems},
                         {"targets", std::move(targets)},
                         {"problems", problems_json(problems)}};
  return json::serialize(out) + "\n";
}

}  // namespace lockstep::plan
