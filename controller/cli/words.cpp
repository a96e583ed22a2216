#include "cli/words.hpp"

#include <charconv>

namespace lockstep::cli {

const std::string_view overview =
    R"(lockstep keeps secrets where they run in step with what your manifests say.

Usage: lockstep COMMAND [OPTIONS]

Every day:
  validate    check the manifests; touches nothing else
  plan        show what apply would do; changes nothing
  apply       do it, after showing it and asking
  status      show every Target and what is wrong with it
  controller  do it all the time, until stopped

To look things up:
  explain     what a kind or a field means
  crds        the CustomResourceDefinitions for Kubernetes
  keyring     the encrypted file of values that lockstep made
  version     version, compiler and libraries

Start with:  lockstep validate manifests
Each command explains itself:  lockstep plan --help
Exit codes: 0 done or only waiting, 1 failed, 2 invalid input, 3 changes pending (plan
--detailed-exit-code)
)";

Output output_of(std::string_view word) {
  if (word == "json") return Output::json;
  return word == "markdown" ? Output::markdown : Output::text;
}

Colour colour_of(std::string_view word) {
  if (word == "always") return Colour::always;
  return word == "never" ? Colour::never : Colour::automatic;
}

std::optional<LogLevel> level_of(std::string_view word) {
  if (word == "debug") return LogLevel::debug;
  if (word == "info") return LogLevel::info;
  if (word == "warning") return LogLevel::warning;
  if (word == "error") return LogLevel::error;
  return std::nullopt;
}

bool read_listen(const std::string& text, ControllerCommand& command) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  auto host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data() + colon + 1, end, command.port);
  if (error != std::errc() || last != end || host.empty()) return false;
  command.address = std::move(host);
  return true;
}

std::optional<Path> path_of(const std::string& word) {
  return word.empty() ? std::nullopt : std::optional<Path>(word);
}

}  // namespace lockstep::cli
