#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/words.hpp"

namespace lockstep::cli {

namespace {

/// The words of the command line before they become enums.
struct Words {
  std::string output = "text";
  std::string colour = "auto";
  std::string log = "text";
  std::string log_level;
  std::string listen;
  std::vector<std::string> approved;
  std::string manifests, folder, local_file, ledger_directory, ledger_key;
  std::string print_address, crds_directory, key_file, export_to;
};

CLI::Validator one_of(std::vector<std::string> allowed) {
  const auto list = join(allowed, ", ");
  return CLI::Validator(
      [allowed = std::move(allowed), list](std::string& word) -> std::string {
        if (std::ranges::find(allowed, word) != allowed.end()) return "";
        return "'" + word + "' is none of: " + list;
      },
      "");
}

CLI::Validator whole_digest() {
  return CLI::Validator(
      [](std::string& word) -> std::string {
        word = to_lower(word);
        const bool hex = word.find_first_not_of("0123456789abcdef") == std::string::npos;
        if (hex && word.size() == 64) return "";
        return "an approval takes all 64 hex digits, as `lockstep plan` prints them";
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

/// Declares all commands on one CLI::App and keeps what they set.
class Parser {
 public:
  Parser() : app_("", "lockstep") {
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "Show this help");
    app_.get_formatter()->column_width(36);
    validate();
    plan();
    apply();
    controller();
    status();
    explain();
    crds();
    keyring();
    command("version", "Show version, compiler and libraries.", "lockstep version");
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
    return finish();
  }

 private:
  CLI::App& command(const std::string& name, const std::string& what, const std::string& example,
                    CLI::App* parent = nullptr) {
    auto* sub = (parent ? parent : &app_)->add_subcommand(name, what);
    sub->footer("\nExample:\n  " + example);
    return *sub;
  }

  void where(CLI::App& sub, bool ledger) {
    sub.add_option("--manifests", words_.manifests, "Folder of manifests [manifests]")
        ->type_name("DIR")
        ->group("Where things are");
    sub.add_option("folder", words_.folder, "The same, without --manifests")->type_name("");
    local_file(sub);
    if (!ledger) return;
    sub.add_option("--ledger-dir", words_.ledger_directory,
                   "lockstep's memory [.lockstep beside the folder of manifests]")
        ->type_name("DIR")
        ->group("Where things are");
    sub.add_option("--ledger-key-file", words_.ledger_key,
                   "Its key [a file in $XDG_STATE_HOME/lockstep or ~/.local/state/lockstep]")
        ->type_name("FILE")
        ->group("Where things are");
  }

  void local_file(CLI::App& sub) {
    sub.add_option("--local", words_.local_file,
                   "What stands in for the Secrets on this machine [lockstep.local.yaml]")
        ->type_name("FILE")
        ->group("Where things are");
  }

  void manner(CLI::App& sub, std::vector<std::string> outputs) {
    if (outputs.size() > 1) {
      const auto list = join(outputs, "|");
      sub.add_option("--output", words_.output, "How results are written [text]")
          ->type_name(list)
          ->check(one_of(std::move(outputs)))
          ->group("Output");
    }
    sub.add_option("--color", words_.colour, "Colours [auto; NO_COLOR is honoured]")
        ->type_name("auto|always|never")
        ->check(one_of({"auto", "always", "never"}))
        ->group("Output");
    sub.add_option("--log", words_.log, "How events on standard error are written [text]")
        ->type_name("text|json")
        ->check(one_of({"text", "json"}))
        ->group("Output");
    sub.add_option("--log-level", words_.log_level,
                   "The least important event that is written [error; controller: info]")
        ->type_name("debug|info|warning|error")
        ->check(one_of({"debug", "info", "warning", "error"}))
        ->group("Output");
  }

  static void choice(CLI::App& sub, Choice& into) {
    sub.add_option("--target", into.targets, "Only this Target; may be repeated")
        ->type_name("NAME|NAMESPACE/NAME")
        ->allow_extra_args(false);
    sub.add_option("--environment", into.environments,
                   "Only Targets of this Environment; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
  }

  void validate() {
    auto& sub = command("validate",
                        "Check every manifest and lockstep.local.yaml, and tell all problems at "
                        "once.\nReads files only.",
                        "lockstep validate manifests");
    where(sub, false);
    manner(sub, {"text", "json"});
  }

  void plan() {
    auto& sub = command("plan",
                        "Look at every place and show what apply would do. Changes nothing, and "
                        "needs no lock.",
                        "lockstep plan --environment staging");
    choice(sub, plan_.choice);
    sub.add_flag("--all", plan_.all, "Show what is in sync too");
    sub.add_flag("--detailed-exit-code", plan_.detailed_exit_code,
                 "Exit 3 when changes are pending");
    where(sub, true);
    manner(sub, {"text", "json", "markdown"});
  }

  void apply() {
    auto& sub = command("apply",
                        "Show the plan, ask, and do it. Changes made by others that the plan shows "
                        "are repaired at once.",
                        "lockstep apply --target cms/cms-production");
    choice(sub, apply_.choice);
    sub.add_flag("--yes", apply_.yes, "Do not ask; covers only what needs no approval");
    sub.add_option("--approve", words_.approved,
                   "Approve what plan showed under this digest; may be repeated")
        ->type_name("DIGEST")
        ->allow_extra_args(false)
        ->transform(whole_digest());
    where(sub, true);
    manner(sub, {"text", "json"});
  }

  void controller() {
    auto& sub = command("controller",
                        "Keep all Targets in step until SIGTERM, which ends the current requests "
                        "within 10 seconds.\nServes /metrics, /healthz and /readyz.",
                        "lockstep controller --listen 127.0.0.1:8460");
    sub.add_option("--listen", words_.listen,
                   "Address of the endpoints; port 0: any [127.0.0.1:8460]. They have no password")
        ->type_name("HOST:PORT");
    sub.add_option("--print-address", words_.print_address,
                   "Write the endpoints' URL to this file once they answer")
        ->type_name("FILE");
    sub.add_flag_callback(
        "--no-secret-names", [this] { controller_.name_secrets = false; },
        "Leave every metric out that names a secret");
    where(sub, true);
    manner(sub, {"text"});
  }

  void status() {
    auto& sub = command("status",
                        "Look at every place and show a line for each Target and for each thing "
                        "that is wrong.\nChanges nothing.",
                        "lockstep status --verbose");
    choice(sub, status_.choice);
    sub.add_flag("--verbose", status_.verbose, "Show how many requests each Target took");
    where(sub, true);
    manner(sub, {"text", "json"});
  }

  void explain() {
    auto& sub = command("explain", "What a kind or a field means, with its bounds and default.",
                        "lockstep explain target.policy.prune");
    sub.add_option("kind", explain_.path, "KIND or KIND.field")->required()->type_name("");
  }

  void crds() {
    auto& sub = command("crds", "Print the CustomResourceDefinitions, or write a file each.",
                        "lockstep crds --dir crds");
    sub.add_option("--dir", words_.crds_directory, "Write them to this folder")->type_name("DIR");
  }

  void keyring_options(CLI::App& sub) {
    sub.add_option("--keyring", keyring_.keyring,
                   "Its name in lockstep.local.yaml; needed when there are several")
        ->type_name("NAME");
    local_file(sub);
  }

  void keyring() {
    auto& ring = command("keyring", "The encrypted file that keeps values which lockstep made.",
                         "lockstep keyring list");
    ring.require_subcommand(0, 1);
    auto& list = command("list", "Show which keys are in it, never a value.",
                         "lockstep keyring list", &ring);
    list.parse_complete_callback([this] { keyring_.action = KeyringList{}; });
    auto& rekey = command("rekey", "Encrypt it with another key.",
                          "lockstep keyring rekey --key-file secure/new.key", &ring);
    auto* file =
        rekey.add_option("--key-file", words_.key_file, "The new key: 32 bytes or 64 hex digits")
            ->type_name("FILE");
    rekey
        .add_option("--passphrase-env", rekey_.passphrase_env,
                    "The environment variable that holds the new passphrase")
        ->type_name("NAME")
        ->excludes(file);
    rekey.parse_complete_callback([this] {
      rekey_.key_file = path_of(words_.key_file);
      keyring_.action = rekey_;
    });
    auto& give =
        command("export",
                "Write the exact bytes of one value to a new file that only "
                "you can read.",
                "lockstep keyring export cms-runtime.AUTH_JWT_SECRET --to jwt.secret", &ring);
    give.add_option("key", export_.key, "KEY, SECRET/KEY or NAMESPACE/SECRET/KEY")
        ->required()
        ->type_name("");
    give.add_option("--to", words_.export_to, "The file to make")->required()->type_name("FILE");
    give.parse_complete_callback([this] {
      export_.to = words_.export_to;
      keyring_.action = export_;
    });
    auto& forget = command("forget-previous", "Drop all values that are not the current ones.",
                           "lockstep keyring forget-previous --keyring main", &ring);
    forget.parse_complete_callback([this] { keyring_.action = KeyringForgetPrevious{}; });
    for (auto* sub : {&list, &rekey, &give, &forget}) keyring_options(*sub);
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

  std::variant<Invocation, Reply> finish() {
    out_.manner = {.output = output_of(words_.output),
                   .colour = colour_of(words_.colour),
                   .log = words_.log == "json" ? LogFormat::json : LogFormat::text,
                   .log_level = level_of(words_.log_level)};
    if (!words_.manifests.empty() && !words_.folder.empty()) {
      return refuse("the folder of manifests is named twice; keep one");
    }
    auto& where = out_.where;
    if (!words_.folder.empty()) where.manifests = words_.folder;
    if (!words_.manifests.empty()) where.manifests = words_.manifests;
    where.local_file_named = !words_.local_file.empty();
    if (where.local_file_named) where.local_file = words_.local_file;
    where.ledger_directory = path_of(words_.ledger_directory);
    where.ledger_key = path_of(words_.ledger_key);
    controller_.print_address = path_of(words_.print_address);
    crds_.directory = path_of(words_.crds_directory);
    apply_.approved = {words_.approved.begin(), words_.approved.end()};
    if (!words_.listen.empty() && !read_listen(words_.listen, controller_)) {
      return refuse("--listen: '" + words_.listen + "' is not HOST:PORT; write 127.0.0.1:8460");
    }
    const auto name = app_.get_subcommands().front()->get_name();
    if (name == "keyring" && app_.get_subcommands().front()->get_subcommands().empty()) {
      return refuse("say what to do: list, rekey, export or forget-previous");
    }
    const auto* rekey = std::get_if<KeyringRekey>(&keyring_.action);
    if (rekey && !rekey->key_file && rekey->passphrase_env.empty()) {
      return refuse("rekey needs the new key: --key-file FILE or --passphrase-env NAME");
    }
    const std::map<std::string, Command> commands = {{"validate", ValidateCommand{}},
                                                     {"plan", plan_},
                                                     {"apply", apply_},
                                                     {"controller", controller_},
                                                     {"status", status_},
                                                     {"explain", explain_},
                                                     {"crds", crds_},
                                                     {"keyring", keyring_},
                                                     {"version", VersionCommand{}}};
    out_.command = commands.at(name);
    return out_;
  }

  CLI::App app_;
  Words words_;
  Invocation out_;
  PlanCommand plan_;
  ApplyCommand apply_;
  ControllerCommand controller_;
  StatusCommand status_;
  ExplainCommand explain_;
  CrdsCommand crds_;
  KeyringCommand keyring_;
  KeyringRekey rekey_;
  KeyringExport export_;
};

}  // namespace

std::variant<Invocation, Reply> parse_command_line(std::span<const std::string> words) {
  return Parser().parse(words);
}

}  // namespace lockstep::cli
