// lockstep diff
#include "cli/commands.hpp"
#include "cli/diff_report.hpp"
#include "cli/look.hpp"

namespace lockstep::cli {

Awaitable<ExitCode> run_diff(Session& session, DiffCommand command) {
  const NoWrites fence("diff only looks");
  auto opening = session.open(OpenMode::read, fence);
  const auto app = co_await std::move(opening);
  if (!app) co_return give_up(session, app.error());
  auto looking = look(session, **app, command.choice, {.wait = command.wait});
  const auto seen = co_await std::move(looking);
  if (!seen) co_return give_up(session, seen.error());
  const auto now = session.clock().wall();
  switch (session.invocation().manner.output) {
    case Output::text:
      session.terminal().out(diff_text(seen->outcomes, now, seen->broken_documents()));
      break;
    case Output::json:
      session.terminal().out(diff_json(seen->outcomes, now, seen->problems));
      break;
    case Output::markdown:
      session.terminal().out(diff_markdown(seen->outcomes, now, seen->broken_documents()));
      break;
  }
  if (seen->invalid()) co_return ExitCode::invalid;
  const auto found = differences(seen->outcomes);
  if (found.unread != 0) co_return ExitCode::failed;
  co_return found.rows != 0 ? ExitCode::pending : ExitCode::done;
}

}  // namespace lockstep::cli
