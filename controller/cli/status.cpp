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
  auto looking = look(session, **app, command.choice, {.wait = command.wait});
  const auto seen = co_await std::move(looking);
  if (!seen) co_return give_up(session, seen.error());
  const auto now = session.clock().wall();
  switch (session.invocation().manner.output) {
    case Output::text:
      session.terminal().out(
          status_text(seen->outcomes, command.verbose, now, seen->broken_documents()));
      break;
    case Output::json:
      session.terminal().out(status_json(seen->outcomes, now, seen->problems));
      break;
    case Output::markdown:
      session.terminal().out(status_markdown(seen->outcomes, now, seen->broken_documents()));
      break;
  }
  co_return exit_of_plan(seen->outcomes, seen->invalid(), false);
}

}  // namespace lockstep::cli
