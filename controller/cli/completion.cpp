// lockstep completion
#include "cli/completion.hpp"

#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/commands.hpp"
#include "local/manifest_directory.hpp"

namespace lockstep::cli {

namespace {

constexpr std::string_view bash_head =
    R"(# lockstep's words for bash; made by: lockstep completion bash
_lockstep() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev='' path='' words='' word i
  (( COMP_CWORD > 0 )) && prev=${COMP_WORDS[COMP_CWORD-1]}
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word=${COMP_WORDS[i]}
    case "$path $word" in
)";

constexpr std::string_view bash_tail = R"(  esac
  COMPREPLY=( $(compgen -W "$words" -- "$cur") )
}
complete -F _lockstep lockstep
)";

constexpr std::string_view ask_targets = "$(lockstep completion targets 2>/dev/null)";

bool is_option(const OptionSpec& option) {
  return option.name.starts_with('-');
}

bool takes_value(const OptionSpec& option) {
  return is_option(option) && !std::holds_alternative<bool Words::*>(option.into);
}

/// Every command with its path: `keyring list`.
struct Entry {
  std::string path;
  CommandSpec spec;
};

void collect(const std::string& before, const CommandSpec& spec, std::vector<Entry>& out) {
  const auto path = before.empty() ? spec.name : before + " " + spec.name;
  out.push_back({path, spec});
  for (const auto& inner : spec.commands) collect(path, inner, out);
}

std::vector<Entry> all_commands() {
  std::vector<Entry> out;
  for (const auto& spec : command_table()) collect("", spec, out);
  return out;
}

/// What a word that an option or position takes is completed from.
std::string source_of(const OptionSpec& option) {
  if (!option.choices.empty()) return "words='" + join(option.choices, " ") + "'";
  switch (option.completes) {
    case Completes::target:
      return "words=\"" + std::string(ask_targets) + "\"";
    case Completes::file:
      return "COMPREPLY=( $(compgen -f -- \"$cur\") ); return";
    case Completes::folder:
      return "COMPREPLY=( $(compgen -d -- \"$cur\") ); return";
    case Completes::nothing:
      return "return";
  }
  return "return";
}

std::string bash_script() {
  const auto commands = all_commands();
  std::string out(bash_head);
  for (const auto& [path, spec] : commands) {
    const auto pattern = path.find(' ') == std::string::npos ? " " + path : path;
    out += "      '" + pattern + "') path='" + path + "' ;;\n";
  }
  out += "    esac\n  done\n  case \"$path $prev\" in\n";
  for (const auto& [path, spec] : commands) {
    for (const auto& option : spec.options) {
      if (!takes_value(option)) continue;
      out += "    '" + path + " " + option.name + "') " + source_of(option);
      if (!option.choices.empty() || option.completes == Completes::target) {
        out += "; COMPREPLY=( $(compgen -W \"$words\" -- \"$cur\") ); return";
      }
      out += " ;;\n";
    }
  }
  out += "  esac\n  case \"$path\" in\n";
  std::vector<std::string> names;
  for (const auto& spec : command_table()) names.push_back(spec.name);
  out += "    '') words='" + join(names, " ") + " --help' ;;\n";
  for (const auto& [path, spec] : commands) {
    std::vector<std::string> words;
    for (const auto& inner : spec.commands) words.push_back(inner.name);
    for (const auto& option : spec.options) {
      if (is_option(option)) words.push_back(option.name);
    }
    words.emplace_back("--help");
    std::string list = join(words, " ");
    for (const auto& option : spec.options) {
      if (is_option(option)) continue;
      if (!option.choices.empty()) list += " " + join(option.choices, " ");
      if (option.completes == Completes::target) list += " " + std::string(ask_targets);
      if (option.completes == Completes::folder) list += " $(compgen -d -- \"$cur\")";
    }
    out += "    '" + path + "') words=\"" + list + "\" ;;\n";
  }
  return out + std::string(bash_tail);
}

/// zsh runs bash's script through its own `bashcompinit`
/// (https://zsh.sourceforge.io/Doc/Release/Completion-System.html).
std::string zsh_script() {
  return "#compdef lockstep\n# lockstep's words for zsh; made by: lockstep completion zsh\n"
         "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
         bash_script();
}

/// Text in fish's single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, text.find('\n'))) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// https://fishshell.com/docs/current/cmds/complete.html
std::string fish_script() {
  std::string out =
      "# lockstep's words for fish; made by: lockstep completion fish\n"
      "complete -c lockstep -f\n";
  const std::string targets = " -a '(lockstep completion targets 2>/dev/null)'";
  for (const auto& [path, spec] : all_commands()) {
    const auto words = split(path, ' ');
    const auto seen = [](const std::string& word) { return "__fish_seen_subcommand_from " + word; };
    out += "complete -c lockstep -n '" +
           (words.size() == 1 ? std::string("__fish_use_subcommand") : seen(words.front())) +
           "' -a " + words.back() + " -d " + fish_quoted(spec.what) + "\n";
    const auto when = "complete -c lockstep -n '" + seen(words.back()) + "'";
    for (const auto& option : spec.options) {
      auto line = when;
      if (is_option(option))
        line += " -l " + option.name.substr(2) + " -d " + fish_quoted(option.help);
      const bool path_word =
          option.completes == Completes::file || option.completes == Completes::folder;
      if (takes_value(option)) line += path_word ? " -r -F" : " -x";
      if (!option.choices.empty()) line += " -a " + fish_quoted(join(option.choices, " "));
      if (option.completes == Completes::target) line += targets;
      if (!is_option(option) && path_word) line += " -a '(__fish_complete_directories)'";
      const bool offers = is_option(option) || path_word || !option.choices.empty() ||
                          option.completes == Completes::target;
      if (offers) out += line + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "fish") return fish_script();
  return shell == "zsh" ? zsh_script() : bash_script();
}

Awaitable<ExitCode> run_completion(Session& session, CompletionCommand command) {
  if (command.shell != "targets") {
    session.terminal().out(completion_script(command.shell));
    co_return ExitCode::done;
  }
  const auto store = make_manifest_directory(
      {.root = session.invocation().where.manifests, .admin_folders = {}}, session.reader());
  auto loading = reconcile::load_world(*store);
  const auto world = co_await std::move(loading);
  // Nobody reads an error here: where there are no manifests, nothing is offered.
  if (!world) co_return ExitCode::done;
  for (const auto& target : world->desired.targets) {
    // bash expands the words it is offered: nothing but what a name is made of may reach it.
    const auto key = to_string(target.key);
    const bool plain = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-./") == key.npos;
    if (plain) session.terminal().out(key + "\n");
  }
  co_return ExitCode::done;
}

}  // namespace lockstep::cli
