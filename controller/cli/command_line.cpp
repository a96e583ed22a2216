#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/command_table.hpp"
#include "cli/words.hpp"

namespace lockstep::cli {

namespace {

CLI::Validator one_of(std::vector<std::string> allowed) {
  const auto list = join(allowed, ", ");
  return CLI::Validator(
      [allowed = std::move(allowed), list](std::string& word) -> std::string {
        if (std::ranges::find(allowed, word) != allowed.end()) return "";
        return "'" + word + "' is none of: " + list;
      },
      "");
}

/// One blank line between parts, where the library writes none or two.
std::string tidy(std::string help) {
  for (auto at = help.find("\n\n\n"); at != std::string::npos; at = help.find("\n\n\n")) {
    help.erase(at, 1);
  }
  help.insert(help.find("Usage:"), "\n");
  return help;
}

/// Declares the command table on one CLI::App and keeps what it sets.
class Parser {
 public:
  Parser() : app_("", "lockstep") {
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "Show this help");
    app_.get_formatter()->column_width(36);
    for (const auto& command : command_table()) declare(app_, command);
  }

  std::variant<Invocation, Reply> parse(std::span<const std::string> words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    try {
      app_.parse(reversed);
    } catch (const CLI::CallForHelp&) {
      const bool alone = app_.get_subcommands().empty();
      return Reply{ExitCode::done, alone ? std::string(overview) : tidy(app_.help())};
    } catch (const CLI::ExtrasError&) {
      return refuse(unexpected());
    } catch (const CLI::ParseError& error) {
      return refuse(error.what());
    }
    if (app_.get_subcommands().empty()) return Reply{ExitCode::done, std::string(overview)};
    std::vector<std::string> path;
    for (const auto* at = &deepest(); at != &app_; at = at->get_parent()) {
      path.insert(path.begin(), at->get_name());
    }
    auto understood = understand(path, words_);
    if (understood) return std::move(*understood);
    return refuse(understood.error().message);
  }

 private:
  void declare(CLI::App& parent, const CommandSpec& spec) {
    auto* sub = parent.add_subcommand(spec.name, spec.what);
    sub->footer("\nExample:\n  " + spec.example);
    for (const auto& option : spec.options) declare(*sub, option);
    if (!spec.commands.empty()) sub->require_subcommand(0, 1);
    for (const auto& command : spec.commands) declare(*sub, command);
  }

  void declare(CLI::App& sub, const OptionSpec& spec) {
    const bool alone = !spec.name.starts_with('-');
    CLI::Option* option = nullptr;
    if (const auto* flag = std::get_if<bool Words::*>(&spec.into)) {
      option = sub.add_flag(spec.name, words_.*(*flag), spec.help);
    } else if (const auto* list = std::get_if<std::vector<std::string> Words::*>(&spec.into)) {
      option = sub.add_option(spec.name, words_.*(*list), spec.help)->type_name(spec.value);
      if (!alone) option->allow_extra_args(false);
    } else {
      option =
          sub.add_option(spec.name, words_.*std::get<std::string Words::*>(spec.into), spec.help)
              ->type_name(spec.value);
    }
    if (!spec.choices.empty()) option->check(one_of(spec.choices));
    if (!spec.group.empty()) option->group(spec.group);
    if (spec.required) option->required();
  }

  /// The words that the command line ends with, as far as they were understood: `lockstep plan`.
  const CLI::App& deepest() const {
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return *at;
  }

  std::string full_name(const CLI::App& sub) const {
    return sub.get_parent() ? full_name(*sub.get_parent()) + " " + sub.get_name() : sub.get_name();
  }

  std::string unexpected() const {
    // What stands before the command belongs to the program, which has no options of its own.
    const auto before = app_.remaining(false);
    const auto& sub = before.empty() ? deepest() : app_;
    const auto left = before.empty() ? app_.remaining(true) : before;
    const auto word = left.empty() ? std::string() : left.front().substr(0, left.front().find('='));
    std::vector<std::string> known;
    const bool option = word.starts_with('-');
    if (option) {
      for (const auto* o : sub.get_options()) {
        for (const auto& name : o->get_lnames()) known.push_back("--" + name);
      }
    } else {
      for (const auto* s : sub.get_subcommands([](const CLI::App*) { return true; })) {
        known.push_back(s->get_name());
      }
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const auto near = nearest(word, candidates);
    auto text = (option          ? "unknown option "
                 : known.empty() ? "unexpected word "
                                 : "unknown command ") +
                word;
    if (!near.empty()) return text + " (did you mean " + std::string(near) + "?)";
    if (option && &sub == &app_) return text + "; options stand after the command";
    return text;
  }

  Reply refuse(std::string_view text) const {
    const auto name = full_name(deepest());
    return {ExitCode::invalid,
            "lockstep: " + only_harmless(text, "\uFFFD") + "\nSee: " + name + " --help\n"};
  }

  CLI::App app_;
  Words words_;
};

}  // namespace

std::variant<Invocation, Reply> parse_command_line(std::span<const std::string> words) {
  return Parser().parse(words);
}

}  // namespace lockstep::cli
