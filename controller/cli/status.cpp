// lockstep status
#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "cli/status_report.hpp"

namespace lockstep::cli {

Awaitable<ExitCode> run_status(Session& session, StatusCommand command) {
  const NoWrites fence("status only looks");
  auto opening = session.open(OpenMode::read, fence);
  const auto app = co_await std::move(opening);
  if (!app) co_return give_up(session, app.error());
  auto looking = look(session, **app, command.choice, {});
  const auto seen = co_await std::move(looking);
  if (!seen) co_return give_up(session, seen.error());
  const auto now = session.clock().wall();
  session.terminal().out(session.invocation().manner.output == Output::json
                             ? status_json(seen->outcomes, now)
                             : status_text(seen->outcomes, command.verbose, now));
  co_return exit_of_plan(seen->outcomes, seen->invalid, false);
}

}  // namespace lockstep::cli
