// All commands and options as data: what the parser, the help and the completions are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lockstep::cli {

/// The words of the command line as they were typed, before anybody understands them.
struct Words {
  std::string manifests, folder, local_file, ledger_directory, ledger_key;
  std::string output = "text", colour = "auto", log = "text", log_level;
  std::vector<std::string> targets, environments, approved, allowed_hosts;
  bool all = false, detailed_exit_code = false, offline = false, yes = false, verbose = false;
  bool no_secret_names = false, list = false, release = false;
  std::string base, listen, print_address, path, crds_directory;
  std::string target, name, hold_for, reason, by, wait;
  std::string keyring, key_file, passphrase_env, key, new_key, export_to, shell;
};

/// What can stand where a value is asked for, for completions.
enum class Completes : std::uint8_t { nothing, target, file, folder };

/// One option, or with a name without dashes one word that stands by itself.
struct OptionSpec {
  std::string name;
  std::string value;  ///< `DIR`; empty for a flag
  std::string help;
  std::variant<bool Words::*, std::string Words::*, std::vector<std::string> Words::*> into;
  std::vector<std::string> choices = {};  ///< the only words it takes; empty: any
  std::string group = {};                 ///< heading in the help; empty: `Options`
  bool required = false;
  Completes completes = Completes::nothing;
};

/// One command.
struct CommandSpec {
  std::string name;
  std::string what;     ///< the first lines of its help
  std::string example;  ///< a whole command line
  std::vector<OptionSpec> options = {};
  std::vector<CommandSpec> commands = {};  ///< `list` of `keyring`
};

/// Every command, in the order of the overview. Made afresh at each call.
std::vector<CommandSpec> command_table();

}  // namespace lockstep::cli
