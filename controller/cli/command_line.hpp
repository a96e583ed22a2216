// What the user typed, as plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/files.hpp"
#include "base/time.hpp"
#include "cli/exit_code.hpp"
#include "telemetry/log.hpp"

namespace lockstep::cli {

/// Where things are on this machine.
struct Where {
  Path manifests = "manifests";
  Path local_file = "lockstep.local.yaml";
  bool local_file_named = false;         ///< then its absence is an error
  std::optional<Path> ledger_directory;  ///< nothing: beside the manifests
  std::optional<Path> ledger_key;        ///< nothing: in the user's state directory
};

enum class Output : std::uint8_t { text, json, markdown };
enum class Colour : std::uint8_t { automatic, always, never };

/// How a command speaks.
struct Manner {
  Output output = Output::text;
  Colour colour = Colour::automatic;
  LogFormat log = LogFormat::text;
  std::optional<LogLevel> log_level;  ///< nothing: what suits the command
};

/// Which Targets; nothing named: all. A Target must be in both lists where both name something.
struct Choice {
  std::vector<std::string> targets;  ///< NAME or NAMESPACE/NAME
  std::vector<std::string> environments;
};

/// How long a command that looks waits after the last answer that came, unless told.
inline constexpr Seconds default_wait = std::chrono::minutes(1);

struct ValidateCommand {};
struct PlanCommand {
  Choice choice;
  bool detailed_exit_code = false;
  bool all = false;
  bool offline = false;      ///< manifests only: no ledger, no credentials, no network
  std::optional<Path> base;  ///< with offline: the manifests to compare with
  Seconds wait = default_wait;
};
struct ApplyCommand {
  Choice choice;
  bool yes = false;
  std::set<std::string> approved;  ///< whole digests, 64 lower-case hex digits each
};
struct ControllerCommand {
  /// Loopback, and a port that is not Prometheus' own.
  std::string address = "127.0.0.1";
  std::uint16_t port = 8460;
  std::vector<std::string> allowed_hosts;  ///< names that proxies pass on, as web/ writes them
  std::optional<Path> print_address;
  bool name_secrets = true;  ///< as labels of metrics
};
struct StatusCommand {
  Choice choice;
  bool verbose = false;
  Seconds wait = default_wait;
};
struct DiffCommand {
  Choice choice;
  Seconds wait = default_wait;
};
struct HoldCommand {
  enum class Action : std::uint8_t { place, release, list };
  Action action = Action::place;
  std::string target;  ///< NAME or NAMESPACE/NAME
  std::string name;    ///< of a secret; "" is the whole place
  Seconds time{};
  std::string reason;
  std::string by;  ///< "": user and host
};
struct RolloutCommand {
  Choice choice;
  bool yes = false;
  Seconds wait = default_wait;  ///< of its look; the roll-out itself waits as apply does
};
struct CompletionCommand {
  std::string shell;  ///< bash, zsh or fish; targets: the names of the Targets
};
struct ExplainCommand {
  std::string path;
};
struct CrdsCommand {
  std::optional<Path> directory;
};
struct KeyringList {};
/// Exactly one of the two is set.
struct KeyringRekey {
  std::optional<Path> key_file;
  std::string passphrase_env;
};
struct KeyringExport {
  std::string key;
  Path to;
};
struct KeyringMove {
  std::string from;
  std::string to;
};
struct KeyringForgetPrevious {};
struct KeyringCommand {
  std::string keyring;  ///< empty: the only one there is
  std::variant<KeyringList, KeyringRekey, KeyringExport, KeyringMove, KeyringForgetPrevious> action;
};
struct VersionCommand {};

using Command =
    std::variant<ValidateCommand, PlanCommand, ApplyCommand, ControllerCommand, StatusCommand,
                 DiffCommand, HoldCommand, RolloutCommand, ExplainCommand, CrdsCommand,
                 KeyringCommand, CompletionCommand, VersionCommand>;

struct Invocation {
  Where where;
  Manner manner;
  Command command;
};

/// An answer that needs no command: help (`done`, for standard output) or what is wrong with the
/// command line and how to mend it (`invalid`, for standard error).
struct Reply {
  ExitCode code = ExitCode::done;
  std::string text;
};

/// Understands the words after the program's name. No option takes the value of a secret: other
/// users of a machine can read command lines.
std::variant<Invocation, Reply> parse_command_line(std::span<const std::string> words);

}  // namespace lockstep::cli
