#include "cli/rollout_report.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/advice.hpp"
#include "cli/table.hpp"
#include "plan/markdown.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::cli {

namespace {

using plan::harmless;

std::vector<std::string> staged_names(const TargetPlan& plan) {
  std::vector<std::string> out;
  for (const auto& row : plan.secrets) {
    if (row.state == State::Staged) out.push_back(row.name);
  }
  return out;
}

std::string_view word_of(Release::Kind kind) {
  switch (kind) {
    case Release::Kind::possible:
      return "possible";
    case Release::Kind::nothing:
      return "nothing";
    case Release::Kind::by_deploy:
      return "byDeploy";
    case Release::Kind::unwritten:
      return "unwritten";
    case Release::Kind::not_granted:
      return "notGranted";
    case Release::Kind::gated:
      return "gated";
    case Release::Kind::unread:
      return "unread";
  }
  return "nothing";
}

json::array texts(const std::vector<std::string>& all) {
  json::array out;
  for (const auto& text : all) out.emplace_back(harmless(text));
  return out;
}

/// The names that are live now.
std::vector<std::string> live_of(const Released& one) {
  std::vector<std::string> out;
  if (one.before.kind != Release::Kind::possible) return out;
  std::ranges::copy_if(one.before.names, std::back_inserter(out), [&](const auto& name) {
    return std::ranges::find(one.left, name) == one.left.end();
  });
  return out;
}

}  // namespace

Release release_of(const DesiredTarget& target, const reconcile::PassOutcome& outcome, Wall now) {
  const auto& plan = outcome.status.plan;
  const auto key = to_string(target.key);
  Release out{.kind = Release::Kind::nothing,
              .target = key,
              .names = {},
              .restarts = {},
              .remedy = {},
              .notes = plan.notes};
  if (plan.unreadable) {
    out.kind = Release::Kind::unread;
    out.remedy = describe(*plan.unreadable) + "; " + plan::remedy(*plan.unreadable, now);
    return out;
  }
  out.names = staged_names(plan);
  const auto& can = capabilities_of(target.place.kind);
  if (target.place.kind == PlaceKind::cloudflareWorker && !out.names.empty()) {
    out.kind = Release::Kind::by_deploy;
    out.remedy = "a Worker's version is made live by a deploy: " +
                 deploy_command(target.place, plan.staged_version);
    return out;
  }
  if (!can.roll_out) {
    out.remedy = out.names.empty() ? "what is written here is live as soon as it is written"
                                   : "goes live with the next deploy of it";
    if (!out.names.empty()) out.kind = Release::Kind::by_deploy;
    return out;
  }
  const auto unwritten = std::ranges::count_if(plan.secrets, &PlannedSecret::runs);
  if (unwritten != 0) {
    out.kind = Release::Kind::unwritten;
    out.remedy = count(static_cast<std::size_t>(unwritten), "change") +
                 " not written yet, which would be released too; first: lockstep apply --target " +
                 key;
    return out;
  }
  if (!plan.roll_out) {
    if (!out.names.empty()) out.kind = Release::Kind::by_deploy;
    out.remedy = out.names.empty()
                     ? "everything written here is live"
                     : "no machine is known that could be updated; live with the next deploy";
    return out;
  }
  if (!target.permitted.contains(api::Action::RollOut)) {
    out.kind = Release::Kind::not_granted;
    out.remedy = "Credential " + target.credential +
                 " does not grant RollOut at this place; add it to its spec.grants";
    return out;
  }
  if (const auto gate = plan.roll_out->gate) {
    out.kind = Release::Kind::gated;
    out.remedy = std::string(to_string(*gate)) + ": " + plan.roll_out->gate_reason + "; " +
                 advice(*gate, key);
    return out;
  }
  out.kind = Release::Kind::possible;
  auto agreed = *plan.roll_out;
  agreed.gate_reason.clear();
  out.restarts = plan::roll_out_text(agreed);
  return out;
}

std::string to_text(std::span<const Release> releases) {
  std::string out;
  for (const auto& release : releases) {
    out += harmless(release.target) + "\n";
    if (!release.names.empty()) {
      out += "  written, not live: " + harmless(join(release.names, ", ")) + "\n";
    }
    if (!release.restarts.empty()) out += "  roll-out: " + release.restarts + "\n";
    for (const auto& note : release.notes) out += "  " + harmless(note) + "\n";
    if (!release.remedy.empty()) out += "  " + harmless(release.remedy) + "\n";
  }
  return out;
}

Released released_of(Release before, const reconcile::PassOutcome* after) {
  Released out{.before = std::move(before), .left = {}, .machines = {}, .why = {}, .notes = {}};
  if (!after) {
    out.left = out.before.names;
    out.why = out.before.remedy;
    return out;
  }
  const auto& plan = after->status.plan;
  out.machines = after->machines;
  out.notes = plan.notes;
  const auto* error = plan.unreadable ? &*plan.unreadable : after->error ? &*after->error : nullptr;
  out.left = plan.unreadable ? out.before.names : staged_names(plan);
  if (error) out.why = describe(*error);
  if (plan.roll_out && plan.roll_out->stopped) out.why = plan::why_not_rolled_out(plan);
  if (!out.left.empty() && out.why.empty()) {
    out.why = "it goes on with: lockstep rollout " + out.before.target;
  }
  return out;
}

std::string print_released(std::span<const Released> all, Output output) {
  if (output == Output::json) {
    json::array targets;
    for (const auto& one : all) {
      targets.push_back(json::object{{"key", harmless(one.before.target)},
                                     {"kind", word_of(one.before.kind)},
                                     {"live", texts(live_of(one))},
                                     {"left", texts(one.left)},
                                     {"machines", texts(one.machines)},
                                     {"why", harmless(one.why)},
                                     {"remedy", harmless(one.before.remedy)},
                                     {"notes", texts(one.notes)}});
    }
    return json::serialize(json::object{{"version", 1}, {"targets", std::move(targets)}}) + "\n";
  }
  if (output == Output::markdown) {
    using plan::code, plan::escaped;
    std::string out =
        "### lockstep rollout\n\n| Target | Live now | Left | Machines updated | Why "
        "|\n|---|---|---|---|---|\n";
    for (const auto& one : all) {
      out += "| " + code(one.before.target) + " | " + escaped(join(live_of(one), ", ")) + " | " +
             escaped(join(one.left, ", ")) + " | " + escaped(join(one.machines, ", ")) + " | " +
             escaped(one.why) + " |\n";
    }
    return out;
  }
  std::vector<std::vector<std::string>> rows = {
      {"TARGET", "LIVE NOW", "NOT LIVE", "MACHINES UPDATED", "WHY"}};
  std::string notes;
  for (const auto& one : all) {
    const auto dash = [](std::string text) { return text.empty() ? std::string("-") : text; };
    rows.push_back({one.before.target, dash(join(live_of(one), ", ")), dash(join(one.left, ", ")),
                    dash(join(one.machines, ", ")), dash(one.why)});
    for (const auto& note : one.notes) {
      notes += "note: " + harmless(one.before.target) + ": " + harmless(note) + "\n";
    }
  }
  return to_table(rows) + notes;
}

}  // namespace lockstep::cli
