// lockstep explain
#include "api/explain.hpp"

#include "cli/commands.hpp"

namespace lockstep::cli {

ExitCode run_explain(Terminal& terminal, const ExplainCommand& command) {
  const auto text = api::explain(command.path);
  if (!text) {
    terminal.error(text.error());
    return exit_of(text.error());
  }
  terminal.out(*text);
  return ExitCode::done;
}

}  // namespace lockstep::cli
