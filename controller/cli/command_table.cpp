#include "cli/command_table.hpp"

#include "base/text.hpp"

namespace lockstep::cli {

namespace {

using Options = std::vector<OptionSpec>;
constexpr const char* where_group = "Where things are";
constexpr const char* output_group = "Output";

Options operator+(Options all, Options more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

Options local_file() {
  return {{.name = "--local",
           .value = "FILE",
           .help = "What stands in for the Secrets on this machine [lockstep.local.yaml]",
           .into = &Words::local_file,
           .group = where_group,
           .completes = Completes::file}};
}

Options manifests() {
  return {{.name = "--manifests",
           .value = "DIR",
           .help = "Folder of manifests [manifests]",
           .into = &Words::manifests,
           .group = where_group,
           .completes = Completes::folder}};
}

/// The folder by itself, where no other word stands by itself.
Options folder() {
  return {{.name = "folder",
           .value = "",
           .help = "The same, without --manifests",
           .into = &Words::folder,
           .completes = Completes::folder}};
}

Options ledger() {
  return {{.name = "--ledger-dir",
           .value = "DIR",
           .help = "lockstep's memory [.lockstep beside the folder of manifests]",
           .into = &Words::ledger_directory,
           .group = where_group,
           .completes = Completes::folder},
          {.name = "--ledger-key-file",
           .value = "FILE",
           .help = "Its key [a file in $XDG_STATE_HOME/lockstep or ~/.local/state/lockstep]",
           .into = &Words::ledger_key,
           .group = where_group,
           .completes = Completes::file}};
}

Options output(std::vector<std::string> words) {
  const auto list = join(words, "|");
  return {{.name = "--output",
           .value = list,
           .help = "How results are written [text]",
           .into = &Words::output,
           .choices = std::move(words),
           .group = output_group}};
}

Options manner() {
  return {{.name = "--color",
           .value = "auto|always|never",
           .help = "Colours [auto; NO_COLOR is honoured]",
           .into = &Words::colour,
           .choices = {"auto", "always", "never"},
           .group = output_group},
          {.name = "--log",
           .value = "text|json",
           .help = "How events on standard error are written [text]",
           .into = &Words::log,
           .choices = {"text", "json"},
           .group = output_group},
          {.name = "--log-level",
           .value = "debug|info|warning|error",
           .help = "The least important event that is written [error; controller: info]",
           .into = &Words::log_level,
           .choices = {"debug", "info", "warning", "error"},
           .group = output_group}};
}

const std::vector<std::string> every_form = {"text", "json", "markdown"};

Options choice() {
  return {{.name = "--target",
           .value = "NAME|NAMESPACE/NAME",
           .help = "Only this Target; may be repeated",
           .into = &Words::targets,
           .completes = Completes::target},
          {.name = "--environment",
           .value = "NAME",
           .help = "Only Targets of this Environment; may be repeated",
           .into = &Words::environments}};
}

Options patience() {
  return {{.name = "--wait",
           .value = "DURATION",
           .help = "How long to wait, after the last answer, for a provider that limits requests "
                   "or is silent; 1m to 24h [1m]",
           .into = &Words::wait}};
}

OptionSpec named_targets(std::string help, bool required) {
  return {.name = "TARGET",
          .value = "",
          .help = std::move(help),
          .into = &Words::targets,
          .required = required,
          .completes = Completes::target};
}

OptionSpec flag(std::string name, std::string help, bool Words::* into) {
  return {.name = std::move(name), .value = "", .help = std::move(help), .into = into};
}

CommandSpec validate() {
  return {.name = "validate",
          .what =
              "Check every manifest and lockstep.local.yaml, and tell all problems at once.\n"
              "Reads files only.",
          .example = "lockstep validate manifests",
          .options = manifests() + folder() + local_file() + output(every_form) + manner()};
}

CommandSpec plan() {
  return {.name = "plan",
          .what =
              "Look at every place and show what apply would do. Changes nothing, and needs no "
              "lock.\nWith --offline nothing is looked at: what the manifests ask for, or with "
              "--base what\nhas changed since that folder of them. No ledger, no credentials, no "
              "network.",
          .example = "lockstep plan --environment staging",
          .options = choice() +
                     Options{flag("--all", "Show what is in sync too", &Words::all),
                             flag("--detailed-exit-code", "Exit 3 when changes are pending",
                                  &Words::detailed_exit_code),
                             flag("--offline", "Read manifests only", &Words::offline),
                             {.name = "--base",
                              .value = "DIR",
                              .help = "With --offline: the manifests as they were before",
                              .into = &Words::base,
                              .completes = Completes::folder}} +
                     patience() + manifests() + folder() + local_file() + ledger() +
                     output(every_form) + manner()};
}

CommandSpec apply() {
  return {.name = "apply",
          .what =
              "Show the plan, ask, and do it. Changes made by others that the plan shows are "
              "repaired at once.",
          .example = "lockstep apply --target cms/cms-production",
          .options =
              choice() +
              Options{flag("--yes", "Do not ask; covers only what needs no approval", &Words::yes),
                      {.name = "--approve",
                       .value = "DIGEST",
                       .help = "Approve what plan showed under this digest; may be repeated",
                       .into = &Words::approved}} +
              manifests() + folder() + local_file() + ledger() + output(every_form) + manner()};
}

CommandSpec controller() {
  return {
      .name = "controller",
      .what =
          "Keep all Targets in step until SIGTERM, which ends the current requests within "
          "10 seconds.\nServes /metrics, /healthz and /readyz.",
      .example = "lockstep controller --listen 127.0.0.1:8460",
      .options =
          Options{{.name = "--listen",
                   .value = "HOST:PORT",
                   .help = "Address of the endpoints; port 0: any [127.0.0.1:8460]. They have no "
                           "password",
                   .into = &Words::listen},
                  {.name = "--allowed-host",
                   .value = "NAME",
                   .help = "Answer under this host name too, as a proxy in front passes it on; "
                           "may be repeated",
                   .into = &Words::allowed_hosts},
                  {.name = "--print-address",
                   .value = "FILE",
                   .help = "Write the endpoints' URL to this file once they answer",
                   .into = &Words::print_address,
                   .completes = Completes::file},
                  flag("--no-secret-names", "Leave every metric out that names a secret",
                       &Words::no_secret_names)} +
          manifests() + folder() + local_file() + ledger() + manner()};
}

CommandSpec status() {
  return {.name = "status",
          .what =
              "Look at every place and show what is wrong, the most urgent first: since when, "
              "how surely,\nby whom, what happens next, and what to do. Changes nothing.",
          .example = "lockstep status --verbose",
          .options = choice() +
                     Options{flag("--verbose", "Show how many requests each Target took",
                                  &Words::verbose)} +
                     patience() + manifests() + folder() + local_file() + ledger() +
                     output(every_form) + manner()};
}

CommandSpec diff() {
  return {.name = "diff",
          .what =
              "Look at every place and show only what differs from the manifests: what is, and "
              "what shall be.\nExits 0 when nothing differs and 3 when something does. Changes "
              "nothing.",
          .example = "lockstep diff cms/cms-production",
          .options = Options{named_targets("Only these Targets: NAME or NAMESPACE/NAME", false)} +
                     Options{choice().back()} + patience() + manifests() + local_file() + ledger() +
                     output(every_form) + manner()};
}

CommandSpec hold() {
  return {.name = "hold",
          .what =
              "Leave a Target, or one name there, alone until a time. Works while a controller "
              "or an apply\nruns: it sees the hold at its next pass.",
          .example = "lockstep hold cms/cms-production STRIPE_API_KEY --for 4h --reason \"sale\"",
          .options = Options{{.name = "TARGET",
                              .value = "",
                              .help = "NAME or NAMESPACE/NAME",
                              .into = &Words::target,
                              .completes = Completes::target},
                             {.name = "NAME",
                              .value = "",
                              .help = "One name there; left out: the whole place",
                              .into = &Words::name},
                             {.name = "--for",
                              .value = "DURATION",
                              .help = "How long, such as 45m, 4h or 2d; at most 30d",
                              .into = &Words::hold_for},
                             {.name = "--reason",
                              .value = "TEXT",
                              .help = "Why; everyone who looks reads it",
                              .into = &Words::reason},
                             {.name = "--by",
                              .value = "WHO",
                              .help = "Who holds it [user@host]",
                              .into = &Words::by},
                             flag("--release", "Take the hold back", &Words::release),
                             flag("--list", "Show all holds", &Words::list)} +
                     manifests() + local_file() + ledger() + output(every_form) + manner()};
}

CommandSpec rollout() {
  return {.name = "rollout",
          .what =
              "Release what is written at these Targets but not live yet, and go on where a "
              "roll-out stopped.\nShows what restarts and asks.",
          .example = "lockstep rollout molecule/control-plane",
          .options = Options{named_targets("NAME or NAMESPACE/NAME", true),
                             flag("--yes", "Do not ask", &Words::yes)} +
                     patience() + manifests() + local_file() + ledger() + output(every_form) +
                     manner()};
}

Options ring() {
  return Options{{.name = "--keyring",
                  .value = "NAME",
                  .help = "Its name in lockstep.local.yaml; needed when there are several",
                  .into = &Words::keyring}} +
         local_file();
}

std::vector<CommandSpec> keyring_commands() {
  return {{.name = "list",
           .what = "Show which keys are in it, never a value.",
           .example = "lockstep keyring list",
           .options = ring() + output({"text", "json"})},
          {.name = "rekey",
           .what = "Encrypt it with another key.",
           .example = "lockstep keyring rekey --key-file secure/new.key",
           .options = Options{{.name = "--key-file",
                               .value = "FILE",
                               .help = "The new key: 32 bytes or 64 hex digits",
                               .into = &Words::key_file,
                               .completes = Completes::file},
                              {.name = "--passphrase-env",
                               .value = "NAME",
                               .help = "The environment variable that holds the new passphrase",
                               .into = &Words::passphrase_env}} +
                      ring()},
          {.name = "export",
           .what = "Write the exact bytes of one value to a new file that only you can read.",
           .example = "lockstep keyring export cms-runtime.AUTH_JWT_SECRET --to jwt.secret",
           .options = Options{{.name = "key",
                               .value = "",
                               .help = "KEY, SECRET/KEY or NAMESPACE/SECRET/KEY",
                               .into = &Words::key,
                               .required = true},
                              {.name = "--to",
                               .value = "FILE",
                               .help = "The file to make",
                               .into = &Words::export_to,
                               .required = true,
                               .completes = Completes::file}} +
                      ring()},
          {.name = "move",
           .what = "Give a value another name: a SecretSet that was renamed finds it as "
                   "SECRETSET.NAME.",
           .example = "lockstep keyring move shop.SESSION_KEY store.SESSION_KEY",
           .options = Options{{.name = "old",
                               .value = "",
                               .help = "Its name: KEY, SECRET/KEY or NAMESPACE/SECRET/KEY",
                               .into = &Words::key,
                               .required = true},
                              {.name = "new",
                               .value = "",
                               .help = "KEY, beside the old one, or NAMESPACE/SECRET/KEY",
                               .into = &Words::new_key,
                               .required = true}} +
                      ring()},
          {.name = "forget-previous",
           .what = "Drop all values that are not the current ones.",
           .example = "lockstep keyring forget-previous --keyring main",
           .options = ring()}};
}

CommandSpec look_up(std::string name, std::string what, std::string example, Options options) {
  return {.name = std::move(name),
          .what = std::move(what),
          .example = std::move(example),
          .options = std::move(options)};
}

}  // namespace

std::vector<CommandSpec> command_table() {
  std::vector<CommandSpec> all = {validate(), plan(), apply(), controller(),
                                  status(),   diff(), hold(),  rollout()};
  all.push_back(look_up("explain", "What a kind or a field means, with its bounds and default.",
                        "lockstep explain target.policy.prune",
                        Options{{.name = "kind",
                                 .value = "",
                                 .help = "KIND or KIND.field",
                                 .into = &Words::path,
                                 .required = true}} +
                            output({"text", "json"})));
  all.push_back(look_up("crds", "Print the CustomResourceDefinitions, or write a file each.",
                        "lockstep crds --dir crds",
                        {{.name = "--dir",
                          .value = "DIR",
                          .help = "Write them to this folder",
                          .into = &Words::crds_directory,
                          .completes = Completes::folder}}));
  all.push_back({.name = "keyring",
                 .what = "The encrypted file that keeps values which lockstep made.",
                 .example = "lockstep keyring list",
                 .commands = keyring_commands()});
  all.push_back(
      look_up("completion", "Print what makes a shell complete lockstep's words.",
              "lockstep completion bash > ~/.local/share/bash-completion/completions/"
              "lockstep",
              Options{{.name = "shell",
                       .value = "",
                       .help = "bash, zsh or fish; targets: the names that the completions offer",
                       .into = &Words::shell,
                       .choices = {"bash", "zsh", "fish", "targets"},
                       .required = true}} +
                  manifests()));
  all.push_back(look_up("version", "Show version, compiler and libraries.", "lockstep version",
                        output({"text", "json"})));
  return all;
}

}  // namespace lockstep::cli
