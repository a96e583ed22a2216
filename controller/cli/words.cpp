#include "cli/words.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "model/hold.hpp"
#include "web/host_names.hpp"

namespace lockstep::cli {

const std::string_view overview =
    R"(lockstep keeps secrets where they run in step with what your manifests say.

Usage: lockstep COMMAND [OPTIONS]

Every day:
  validate    check the manifests; touches nothing else
  plan        show what apply would do; changes nothing
  apply       do it, after showing it and asking
  status      what is wrong, the most urgent first, and what to do
  diff        only what differs; for people and scripts
  controller  do it all the time, until stopped

Now and then:
  hold        leave a Target or a name alone for a while; also while a controller runs
  rollout     release what is written but not live yet

To look things up:
  explain     what a kind or a field means
  crds        the CustomResourceDefinitions for Kubernetes
  keyring     the encrypted file of values that lockstep made
  completion  make your shell complete lockstep's words
  version     version, compiler and libraries

Start with:  lockstep validate manifests
Each command explains itself:  lockstep plan --help
Exit codes: 0 done or only waiting, 1 failed, 2 invalid input, 3 something differs (diff, plan
--detailed-exit-code)
)";

namespace {

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

std::optional<Path> path_of(const std::string& word) {
  return word.empty() ? std::nullopt : std::optional<Path>(word);
}

std::unexpected<Error> refuse(std::string text) {
  return fail(ErrorKind::invalid, std::move(text));
}

Choice choice_of(const Words& words) {
  return {.targets = words.targets, .environments = words.environments};
}

/// `--wait`, or what it is without.
Result<Seconds> wait_of(const Words& words) {
  if (words.wait.empty()) return default_wait;
  const auto time = read_duration(words.wait);
  if (time && *time >= default_wait && *time <= std::chrono::hours(24)) return *time;
  return refuse("--wait: '" + words.wait + "' is no time from 1m to 24h; write 15m or 2h");
}

Result<Command> plan(const Words& words) {
  TRY(const auto wait, wait_of(words));
  if (!words.base.empty() && !words.offline) {
    return refuse("--base compares manifests only: say --offline too");
  }
  return PlanCommand{.choice = choice_of(words),
                     .detailed_exit_code = words.detailed_exit_code,
                     .all = words.all,
                     .offline = words.offline,
                     .base = path_of(words.base),
                     .wait = wait};
}

Result<Command> apply(const Words& words) {
  ApplyCommand out{.choice = choice_of(words), .yes = words.yes, .approved = {}};
  for (const auto& word : words.approved) {
    auto digest = to_lower(word);
    const bool hex = digest.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex || digest.size() != 64) {
      return refuse(
          "--approve: an approval takes all 64 hex digits, as `lockstep plan` prints them");
    }
    out.approved.insert(std::move(digest));
  }
  return out;
}

Result<Command> controller(const Words& words) {
  ControllerCommand out;
  out.print_address = path_of(words.print_address);
  out.name_secrets = !words.no_secret_names;
  if (!words.listen.empty() && !read_listen(words.listen, out)) {
    return refuse("--listen: '" + words.listen + "' is not HOST:PORT; write 127.0.0.1:8460");
  }
  for (const auto& word : words.allowed_hosts) {
    auto name = web::read_host_name(word);
    if (!name) {
      return refuse("--allowed-host: '" + word +
                    "' is not a host name alone; write lockstep.example.com, without scheme, port "
                    "and path");
    }
    out.allowed_hosts.push_back(std::move(*name));
  }
  return out;
}

Result<Command> status(const Words& words) {
  TRY(const auto wait, wait_of(words));
  return StatusCommand{.choice = choice_of(words), .verbose = words.verbose, .wait = wait};
}

Result<Command> diff(const Words& words) {
  TRY(const auto wait, wait_of(words));
  return DiffCommand{.choice = choice_of(words), .wait = wait};
}

Result<Command> hold(const Words& words) {
  const bool places = !words.hold_for.empty() || !words.reason.empty();
  HoldCommand out{.target = words.target, .name = words.name, .by = words.by};
  if (words.list) {
    if (!words.target.empty() || places || words.release) {
      return refuse("--list shows all holds and stands alone");
    }
    out.action = HoldCommand::Action::list;
    return out;
  }
  if (words.target.empty()) return refuse("name a Target, or say --list");
  if (words.release) {
    if (places) return refuse("--release takes a hold back: no --for and no --reason");
    out.action = HoldCommand::Action::release;
    return out;
  }
  if (words.hold_for.empty() || words.reason.empty()) {
    return refuse("a hold takes --for and --reason, such as: --for 4h --reason \"sale\"");
  }
  const auto time = read_duration(words.hold_for);
  if (!time || time->count() == 0 || *time > max_hold_time) {
    return refuse("--for: '" + words.hold_for + "' is no time from 1s to 30d; write 45m, 4h or 2d");
  }
  out.time = *time;
  out.reason = words.reason;
  return out;
}

Result<Command> rollout(const Words& words) {
  TRY(const auto wait, wait_of(words));
  return RolloutCommand{.choice = choice_of(words), .yes = words.yes, .wait = wait};
}

Result<Command> keyring_list(const Words& words) {
  return KeyringCommand{.keyring = words.keyring, .action = KeyringList{}};
}

Result<Command> keyring_rekey(const Words& words) {
  const bool file = !words.key_file.empty(), phrase = !words.passphrase_env.empty();
  if (file == phrase) {
    return refuse(file ? "--key-file and --passphrase-env are two keys; keep one"
                       : "rekey needs the new key: --key-file FILE or --passphrase-env NAME");
  }
  return KeyringCommand{.keyring = words.keyring,
                        .action = KeyringRekey{.key_file = path_of(words.key_file),
                                               .passphrase_env = words.passphrase_env}};
}

Result<Command> keyring_export(const Words& words) {
  return KeyringCommand{.keyring = words.keyring,
                        .action = KeyringExport{.key = words.key, .to = words.export_to}};
}

Result<Command> keyring_move(const Words& words) {
  return KeyringCommand{.keyring = words.keyring,
                        .action = KeyringMove{.from = words.key, .to = words.new_key}};
}

Result<Command> keyring_forget(const Words& words) {
  return KeyringCommand{.keyring = words.keyring, .action = KeyringForgetPrevious{}};
}

using Understand = Result<Command> (*)(const Words&);
constexpr std::pair<std::string_view, Understand> commands[] = {
    {"validate", [](const Words&) -> Result<Command> { return ValidateCommand{}; }},
    {"plan", plan},
    {"apply", apply},
    {"controller", controller},
    {"status", status},
    {"diff", diff},
    {"hold", hold},
    {"rollout", rollout},
    {"explain", [](const Words& w) -> Result<Command> { return ExplainCommand{.path = w.path}; }},
    {"crds",
     [](const Words& w) -> Result<Command> {
       return CrdsCommand{.directory = path_of(w.crds_directory)};
     }},
    {"keyring",
     [](const Words&) -> Result<Command> {
       return refuse("say what to do: list, rekey, export, move or forget-previous");
     }},
    {"keyring list", keyring_list},
    {"keyring rekey", keyring_rekey},
    {"keyring export", keyring_export},
    {"keyring move", keyring_move},
    {"keyring forget-previous", keyring_forget},
    {"completion",
     [](const Words& w) -> Result<Command> { return CompletionCommand{.shell = w.shell}; }},
    {"version", [](const Words&) -> Result<Command> { return VersionCommand{}; }}};

}  // namespace

Result<Invocation> understand(std::span<const std::string> command, const Words& words) {
  Invocation out;
  out.manner = {.output = output_of(words.output),
                .colour = colour_of(words.colour),
                .log = words.log == "json" ? LogFormat::json : LogFormat::text,
                .log_level = level_of(words.log_level)};
  if (!words.manifests.empty() && !words.folder.empty()) {
    return refuse("the folder of manifests is named twice; keep one");
  }
  auto& where = out.where;
  if (!words.folder.empty()) where.manifests = words.folder;
  if (!words.manifests.empty()) where.manifests = words.manifests;
  where.local_file_named = !words.local_file.empty();
  if (where.local_file_named) where.local_file = words.local_file;
  where.ledger_directory = path_of(words.ledger_directory);
  where.ledger_key = path_of(words.ledger_key);
  const auto name = join(command, " ");
  const auto known =
      std::ranges::find(commands, name, &std::pair<std::string_view, Understand>::first);
  TRY(out.command, known->second(words));
  return out;
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

std::optional<Seconds> read_duration(std::string_view text) {
  if (text.size() < 2 || text.size() > 7 || (text.front() == '0' && text.size() > 2)) return {};
  constexpr std::string_view units = "smhd";
  constexpr int seconds[] = {1, 60, 3600, 86'400};
  const auto unit = units.find(text.back());
  if (unit == std::string_view::npos) return {};
  int number = 0;
  const auto* end = text.data() + text.size() - 1;
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || last != end || number < 0) return {};
  return Seconds(static_cast<std::int64_t>(number) * seconds[unit]);
}

}  // namespace lockstep::cli
