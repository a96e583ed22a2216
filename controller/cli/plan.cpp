// lockstep plan
#include "plan/print.hpp"

#include "cli/commands.hpp"
#include "cli/look.hpp"

namespace lockstep::cli {

namespace {

std::string printed(Session& session, std::span<const TargetPlan> plans, bool all) {
  const auto& manner = session.invocation().manner;
  const auto now = session.clock().wall();
  switch (manner.output) {
    case Output::json:
      return plan::to_json(plans, now);
    case Output::markdown:
      return plan::to_markdown(plans, now);
    case Output::text:
      return plan::to_text(plans, {.colour = session.terminal().colour(manner.colour),
                                   .now = now,
                                   .width = session.terminal().width(),
                                   .all = all});
  }
  return "";
}

}  // namespace

Awaitable<ExitCode> run_plan(Session& session, PlanCommand command) {
  const NoWrites fence("plan only looks");
  auto opening = session.open(OpenMode::read, fence);
  const auto app = co_await std::move(opening);
  if (!app) co_return give_up(session, app.error());
  // As apply would: changes made by others that it would repair at once are shown so.
  auto looking = look(session, **app, command.choice, {.at_once = true});
  const auto seen = co_await std::move(looking);
  if (!seen) co_return give_up(session, seen.error());
  session.terminal().out(printed(session, seen->plans(), command.all));
  co_return exit_of_plan(seen->outcomes, seen->invalid, command.detailed_exit_code);
}

}  // namespace lockstep::cli
