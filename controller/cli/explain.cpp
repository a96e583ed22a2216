// lockstep explain
#include "api/explain.hpp"

#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "cli/commands.hpp"

namespace lockstep::cli {

ExitCode run_explain(Terminal& terminal, const ExplainCommand& command, Output output) {
  const auto text = api::explain(command.path);
  if (!text) {
    terminal.error(text.error());
    return exit_of(text.error());
  }
  if (output == Output::json) {
    terminal.out(
        json::serialize(json::object{{"version", 1}, {"path", command.path}, {"text", *text}}) +
        "\n");
  } else {
    terminal.out(*text);
  }
  return ExitCode::done;
}

}  // namespace lockstep::cli
