// lockstep plan
#include "plan/print.hpp"

#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "cli/selection.hpp"
#include "local/manifest_directory.hpp"
#include "plan/compare.hpp"

namespace lockstep::cli {

namespace {

std::string printed(Session& session, const Seen& seen, bool all) {
  const auto& manner = session.invocation().manner;
  const auto now = session.clock().wall();
  const auto plans = seen.plans();
  switch (manner.output) {
    case Output::json:
      return plan::to_json(plans, now, seen.problems);
    case Output::markdown:
      return plan::to_markdown(plans, now, seen.broken_documents());
    case Output::text:
      return plan::to_text(plans, {.colour = session.terminal().colour(manner.colour),
                                   .now = now,
                                   .width = session.terminal().width(),
                                   .all = all,
                                   .broken_documents = seen.broken_documents()});
  }
  return "";
}

Awaitable<Result<reconcile::World>> read_manifests(Session& session, Path folder) {
  // lockstep.local.yaml belongs to a machine; who may grant access is not asked here.
  const auto store =
      make_manifest_directory({.root = std::move(folder), .admin_folders = {}}, session.reader());
  auto loading = reconcile::load_world(*store);
  co_return co_await std::move(loading);
}

/// Leaves only the chosen Targets.
Status choose(reconcile::World& world, const Choice& choice) {
  TRY(const auto chosen, select_targets(world, choice));
  std::vector<DesiredTarget> kept;
  for (const auto* target : chosen) kept.push_back(*target);
  world.desired.targets = std::move(kept);
  return {};
}

Awaitable<Result<ExitCode>> compare(Session& session, PlanCommand command) {
  auto reading = read_manifests(session, session.invocation().where.manifests);
  CO_TRY(auto head, co_await std::move(reading));
  std::optional<reconcile::World> base;
  if (command.base) {
    auto reading_base = read_manifests(session, *command.base);
    CO_TRY(base, co_await std::move(reading_base));
  }
  const auto problems = head.problems();
  session.terminal().problems(problems);
  session.terminal().notes(head.snapshot.notes);
  if (!command.choice.targets.empty() || !command.choice.environments.empty()) {
    CO_TRY_OK(choose(head, command.choice));
    if (base) {
      std::erase_if(base->desired.targets, [&](const auto& target) {
        return std::ranges::find(head.desired.targets, target.key, &DesiredTarget::key) ==
               head.desired.targets.end();
      });
    }
  }
  auto comparison = plan::compare(base ? &base->desired : nullptr, head.desired);
  comparison.broken_documents = head.documents().broken;
  if (base) comparison.base_problems = base->problems().size();
  switch (session.invocation().manner.output) {
    case Output::json:
      session.terminal().out(plan::to_json(comparison, problems));
      break;
    case Output::markdown:
      session.terminal().out(plan::to_markdown(comparison, problems));
      break;
    case Output::text:
      session.terminal().out(plan::to_text(comparison));
      break;
  }
  if (!problems.empty()) co_return ExitCode::invalid;
  co_return command.detailed_exit_code&& comparison.differs() ? ExitCode::pending : ExitCode::done;
}

}  // namespace

Awaitable<ExitCode> run_plan(Session& session, PlanCommand command) {
  if (command.offline) {
    auto comparing = compare(session, std::move(command));
    const auto code = co_await std::move(comparing);
    co_return code ? *code : give_up(session, code.error());
  }
  const NoWrites fence("plan only looks");
  auto opening = session.open(OpenMode::read, fence);
  const auto app = co_await std::move(opening);
  if (!app) co_return give_up(session, app.error());
  // As apply would: changes made by others that it would repair at once are shown so.
  auto looking = look(session, **app, command.choice, {.at_once = true, .wait = command.wait});
  const auto seen = co_await std::move(looking);
  if (!seen) co_return give_up(session, seen.error());
  session.terminal().out(printed(session, *seen, command.all));
  co_return exit_of_plan(seen->outcomes, seen->invalid(), command.detailed_exit_code);
}

}  // namespace lockstep::cli
