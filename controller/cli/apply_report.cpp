#include "cli/apply_report.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"
#include "plan/markdown.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

std::string harmless(std::string_view text) {
  return only_harmless(text, "\uFFFD");
}

std::string_view past_tense(ActionKind action) {
  switch (action) {
    case ActionKind::create:
      return "created";
    case ActionKind::update:
      return "updated";
    case ActionKind::remove:
      return "deleted";
    case ActionKind::adopt:
      return "adopted";
    case ActionKind::none:
      return "kept";
  }
  return "kept";
}

char sign_of(ActionKind action) {
  switch (action) {
    case ActionKind::create:
      return '+';
    case ActionKind::remove:
      return '-';
    case ActionKind::update:
    case ActionKind::adopt:
    case ActionKind::none:
      return '~';
  }
  return '~';
}

/// `2 machines run the new set (1, 2)`.
std::string in_words(const RollOutDeed& deed) {
  std::vector<std::string> parts;
  const auto n = deed.machines.size();
  if (n != 0) {
    parts.push_back(count(n, "machine") + (n == 1 ? " runs" : " run") + " the new set (" +
                    join(deed.machines, ", ") + ")");
  }
  if (!deed.stopped.empty()) parts.push_back(deed.stopped);
  return join(parts, "; ");
}

/// Fills `done` and `why` of one deed.
void judge(Deed& deed, const reconcile::PassOutcome& outcome, bool open) {
  const auto& after = outcome.status.plan;
  const auto* error = after.unreadable ? &*after.unreadable
                      : outcome.error  ? &*outcome.error
                                       : nullptr;
  if (open) {
    deed.unknown = true;
    deed.why = "it was sent, and its answer was lost; the next plan or apply looks";
    return;
  }
  if (after.unreadable) {
    deed.why = describe(*error);
    return;
  }
  const auto row = std::ranges::find(after.secrets, deed.name, &PlannedSecret::name);
  if (row == after.secrets.end()) {
    deed.done = deed.action == ActionKind::remove;
    if (!deed.done) deed.why = "it is no longer asked for";
    return;
  }
  const bool settled = row->state == State::InSync || row->state == State::Staged;
  deed.done = settled && row->action == ActionKind::none;
  if (deed.done) return;
  deed.why = row->gate ? row->gate_reason : error ? describe(*error) : row->reason;
}

}  // namespace

std::vector<Deed> deeds_of(std::span<const reconcile::PassOutcome> outcomes,
                           const OpenWrites& open) {
  std::vector<Deed> out;
  for (const auto& outcome : outcomes) {
    for (const auto& row : outcome.before.secrets) {
      if (!row.runs()) continue;
      Deed deed{.target = to_string(outcome.before.key), .name = row.name, .action = row.action};
      const auto of_target = open.find(outcome.before.key);
      judge(deed, outcome, of_target != open.end() && of_target->second.contains(row.name));
      out.push_back(std::move(deed));
    }
  }
  return out;
}

std::vector<RollOutDeed> roll_outs_of(std::span<const reconcile::PassOutcome> outcomes) {
  const auto is_stopped = [](const TargetPlan& plan) {
    return plan.roll_out && plan.roll_out->stopped;
  };
  std::vector<RollOutDeed> out;
  for (const auto& outcome : outcomes) {
    const auto& after = outcome.status.plan;
    const bool stopped = is_stopped(after) && !is_stopped(outcome.before);
    if (outcome.machines.empty() && !stopped) continue;
    out.push_back({.target = to_string(outcome.before.key),
                   .machines = outcome.machines,
                   .stopped = stopped ? plan::why_not_rolled_out(after) : ""});
  }
  return out;
}

std::size_t changes_to_make(std::span<const TargetPlan> plans, bool approved) {
  std::size_t out = 0;
  for (const auto& plan : plans) {
    out += static_cast<std::size_t>(std::ranges::count_if(plan.secrets, [&](const auto& row) {
      return row.runs() && (approved || row.needs_approval.empty());
    }));
    const bool writes = std::ranges::any_of(plan.secrets, &PlannedSecret::runs);
    if (!writes && plan.pending()) ++out;  // a roll-out of what was written before
  }
  return out;
}

reconcile::PassOptions apply_options(const ApplyCommand& command, bool write) {
  return {.write = write,
          .at_once = true,
          .retry_contested = !command.choice.targets.empty(),
          .approved = command.approved,
          .wait = write ? std::nullopt : std::optional<Nanos>(default_wait)};
}

bool covered_by_yes(const TargetPlan& shown) {
  return !shown.unreadable;
}

std::string to_text(std::span<const Deed> deeds, std::span<const RollOutDeed> roll_outs) {
  if (deeds.empty() && roll_outs.empty()) return "";
  std::string out;
  std::map<ActionKind, std::size_t> done;
  std::size_t failed = 0, unknown = 0;
  for (const auto& deed : deeds) {
    const char sign = deed.done ? sign_of(deed.action) : deed.unknown ? '?' : '!';
    out += "  " + std::string(1, sign) + " " + harmless(deed.target) + "  " + harmless(deed.name) +
           "  ";
    if (deed.done) {
      out += std::string(past_tense(deed.action)) + "\n";
      ++done[deed.action];
    } else if (deed.unknown) {
      out += "not known whether " + std::string(past_tense(deed.action)) + ": " +
             harmless(deed.why) + "\n";
      ++unknown;
    } else {
      out += "not " + std::string(past_tense(deed.action)) + ": " + harmless(deed.why) + "\n";
      ++failed;
    }
  }
  std::size_t machines = 0;
  for (const auto& one : roll_outs) {
    out += std::string(one.stopped.empty() ? "  ~ " : "  ! ") + harmless(one.target) +
           "  roll-out  " + harmless(in_words(one)) + "\n";
    machines += one.machines.size();
    if (!one.stopped.empty()) ++failed;
  }
  std::vector<std::string> parts;
  for (const auto& [action, n] : done) {
    parts.push_back(std::to_string(n) + " " + std::string(past_tense(action)));
  }
  if (machines != 0) parts.push_back(count(machines, "machine") + " updated");
  if (failed != 0) parts.push_back(std::to_string(failed) + " not done");
  if (unknown != 0) parts.push_back(std::to_string(unknown) + " not known");
  return out + join(parts, ", ") + ".\n";
}

std::string interrupted(std::span<const Deed> deeds, std::size_t unseen) {
  const auto all = deeds.size();
  const auto done = static_cast<std::size_t>(std::ranges::count(deeds, true, &Deed::done));
  std::vector<std::string> open;
  for (const auto& deed : deeds) {
    if (deed.unknown) open.push_back(deed.target + " " + deed.name);
  }
  std::string out = "interrupted";
  if (all != 0) {
    out += ": of " + count(all, "change") + " " + std::to_string(done) + " done, " +
           std::to_string(all - done - open.size()) + " not done";
  }
  if (!open.empty()) {
    out += ", " + std::to_string(open.size()) + " not known (" + join(open, ", ") +
           "): sent, but the answer was lost; the next plan or apply finds out";
  }
  if (unseen != 0) {
    out += std::string(all != 0 ? "; " : ": ") + count(unseen, "Target") +
           (unseen == 1 ? " was" : " were") + " not looked at";
  }
  return out + "; run it again to go on";
}

std::string to_markdown(const std::string& planned, std::span<const Deed> deeds,
                        std::span<const RollOutDeed> roll_outs, const std::string& left) {
  if (deeds.empty() && roll_outs.empty()) return left;
  std::string out = planned + "### lockstep apply\n\n| Target | Secret | |\n|---|---|---|\n";
  for (const auto& deed : deeds) {
    const auto past = std::string(past_tense(deed.action));
    out += "| " + plan::code(deed.target) + " | " + plan::code(deed.name) + " | " +
           (deed.done ? past
                      : "**not " + std::string(deed.unknown ? "known whether " : "") + past +
                            "**: " + plan::escaped(deed.why)) +
           " |\n";
  }
  for (const auto& one : roll_outs) {
    out += "| " + plan::code(one.target) + " | the roll-out | " + plan::escaped(in_words(one)) +
           " |\n";
  }
  return out + "\nWhat is left:\n\n" + left;
}

std::string to_json(const std::string& planned, std::span<const Deed> deeds,
                    std::span<const RollOutDeed> roll_outs, const std::string& left) {
  const auto list = [&](bool done) {
    JsonWriter json;
    json.begin_array();
    for (const auto& deed : deeds) {
      if (deed.done != done) continue;
      json.begin_object();
      json.key("target").string(harmless(deed.target));
      json.key("name").string(harmless(deed.name));
      json.key("action").string(to_string(deed.action));
      json.key("why").string(harmless(deed.why));
      json.end_object();
    }
    json.end_array();
    return std::string(view(json.take()));
  };
  JsonWriter rolled;
  rolled.begin_array();
  for (const auto& one : roll_outs) {
    rolled.begin_object();
    rolled.key("target").string(harmless(one.target));
    rolled.key("machines").begin_array();
    for (const auto& id : one.machines) rolled.string(harmless(id));
    rolled.end_array();
    rolled.key("stopped").string(harmless(one.stopped));
    rolled.end_object();
  }
  rolled.end_array();
  const auto document = [](const std::string& text) {
    return text.empty() ? std::string("null") : std::string(trim(text));
  };
  return R"({"version":1,"planned":)" + document(planned) + R"(,"done":)" + list(true) +
         R"(,"failed":)" + list(false) + R"(,"rolledOut":)" + std::string(view(rolled.take())) +
         R"(,"left":)" + document(left) + "}\n";
}

}  // namespace lockstep::cli
