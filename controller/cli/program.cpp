#include "cli/program.hpp"

#include <boost/system/system_error.hpp>
#include <exception>
#include <system_error>

#include "base/system_error.hpp"
#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "telemetry/error_stream.hpp"

namespace lockstep::cli {

namespace {

/// For a reader of standard error who is slow, at the end.
constexpr auto last_wait = std::chrono::seconds(1);

/// A command that waits for nothing, as the others are.
Awaitable<ExitCode> at_once(ExitCode code) {
  co_return code;
}

Awaitable<ExitCode> start(Session& session, const Command& command) {
  struct Start {
    Session& session;
    Awaitable<ExitCode> operator()(const ValidateCommand&) { return run_validate(session); }
    Awaitable<ExitCode> operator()(const PlanCommand& c) { return run_plan(session, c); }
    Awaitable<ExitCode> operator()(const ApplyCommand& c) { return run_apply(session, c); }
    Awaitable<ExitCode> operator()(const ControllerCommand& c) {
      return run_controller(session, c);
    }
    Awaitable<ExitCode> operator()(const StatusCommand& c) { return run_status(session, c); }
    Awaitable<ExitCode> operator()(const DiffCommand& c) { return run_diff(session, c); }
    Awaitable<ExitCode> operator()(const HoldCommand& c) { return run_hold(session, c); }
    Awaitable<ExitCode> operator()(const RolloutCommand& c) { return run_rollout(session, c); }
    Awaitable<ExitCode> operator()(const CompletionCommand& c) {
      return run_completion(session, c);
    }
    Awaitable<ExitCode> operator()(const KeyringCommand& c) { return run_keyring(session, c); }
    Awaitable<ExitCode> operator()(const ExplainCommand& c) {
      return at_once(run_explain(session.terminal(), c, session.invocation().manner.output));
    }
    Awaitable<ExitCode> operator()(const CrdsCommand& c) {
      return at_once(run_crds(session.terminal(), session.files(), c));
    }
    Awaitable<ExitCode> operator()(const VersionCommand&) {
      const bool json = session.invocation().manner.output == Output::json;
      session.terminal().out(json ? version_json() : version_text());
      return at_once(ExitCode::done);
    }
  };
  return std::visit(Start{session}, command);
}

ExitCode run_invocation(const Invocation& invocation, const Environment& environment,
                        Terminal& terminal) {
  const bool serves = std::holds_alternative<ControllerCommand>(invocation.command);
  auto session = std::make_unique<Session>(invocation, environment, terminal,
                                           serves ? LogLevel::info : LogLevel::error);
  const auto code = session->run(start(*session, invocation.command));
  // Given up on purpose: joining its threads may wait for work that nobody needs any more.
  (void)session.release();
  return code;
}

}  // namespace

std::string last_words(const std::exception& thrown) {
  std::error_code error;
  if (const auto* of_asio = dynamic_cast<const boost::system::system_error*>(&thrown)) {
    error = of_asio->code();
  } else if (const auto* of_std = dynamic_cast<const std::system_error*>(&thrown)) {
    error = of_std->code();
  }
  if (const auto spent = exhausted(error)) return "cannot go on: " + spent->message;
  return "this is a defect of lockstep, please report it: " + std::string(thrown.what());
}

ExitCode run_program(std::span<const std::string> words, const Environment& environment) {
  const auto text_of = [&](std::string_view name) {
    const auto* value = environment.find(name);
    return value ? std::string(value->expose()) : std::string();
  };
  Terminal terminal(Terminal::detect(!text_of("NO_COLOR").empty(), text_of("TERM")));
  auto code = ExitCode::failed;
  try {
    const auto parsed = parse_command_line(words);
    if (const auto* reply = std::get_if<Reply>(&parsed)) {
      code = reply->code;
      code == ExitCode::done ? terminal.out(reply->text) : terminal.err(reply->text);
    } else {
      code = run_invocation(std::get<Invocation>(parsed), environment, terminal);
    }
  } catch (const std::exception& thrown) {
    terminal.error(last_words(thrown));
    code = ExitCode::failed;
  }
  standard_error().flush(last_wait);
  return terminal.failed() ? ExitCode::failed : code;
}

}  // namespace lockstep::cli
