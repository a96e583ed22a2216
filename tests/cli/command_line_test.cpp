#include "cli/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace lockstep::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::variant<Invocation, Reply> parse(std::vector<std::string> words) {
  return parse_command_line(words);
}

Reply refused(std::vector<std::string> words) {
  const auto parsed = parse(std::move(words));
  const auto* reply = std::get_if<Reply>(&parsed);
  return reply ? *reply : Reply{ExitCode::done, "it was accepted"};
}

template <class T>
T accepted(std::vector<std::string> words) {
  const auto parsed = parse(std::move(words));
  if (const auto* reply = std::get_if<Reply>(&parsed)) {
    ADD_FAILURE() << reply->text;
    return {};
  }
  return std::get<T>(std::get<Invocation>(parsed).command);
}

std::string golden(const std::string& name) {
  std::ifstream in(std::string(LOCKSTEP_SOURCE_DIR) + "/tests/cli/help/" + name + ".golden");
  return {std::istreambuf_iterator<char>(in), {}};
}

class Help : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Help, OfEachCommandHasAnExample) {
  std::string file;
  for (const auto& word : GetParam()) file += (file.empty() ? "" : "-") + word;
  auto words = GetParam();
  words.emplace_back("--help");
  const auto reply = refused(words);
  EXPECT_EQ(reply.code, ExitCode::done);
  EXPECT_EQ(reply.text, golden(file))
      << "when it is meant: lockstep " << file << " --help > tests/cli/help/" << file << ".golden";
  EXPECT_THAT(reply.text, HasSubstr("\nExample:\n  lockstep " + GetParam().front()));
}

INSTANTIATE_TEST_SUITE_P(
    Commands, Help,
    ::testing::Values(
        std::vector<std::string>{"validate"}, std::vector<std::string>{"plan"},
        std::vector<std::string>{"apply"}, std::vector<std::string>{"controller"},
        std::vector<std::string>{"status"}, std::vector<std::string>{"explain"},
        std::vector<std::string>{"crds"}, std::vector<std::string>{"keyring"},
        std::vector<std::string>{"keyring", "list"}, std::vector<std::string>{"keyring", "rekey"},
        std::vector<std::string>{"keyring", "export"}, std::vector<std::string>{"keyring", "move"},
        std::vector<std::string>{"keyring", "forget-previous"}, std::vector<std::string>{"diff"},
        std::vector<std::string>{"hold"}, std::vector<std::string>{"rollout"},
        std::vector<std::string>{"completion"}, std::vector<std::string>{"version"}));

TEST(CommandLine, AloneOrWithHelpPrintsTheOverview) {
  EXPECT_EQ(refused({}).code, ExitCode::done);
  EXPECT_EQ(refused({}).text, golden("overview"));
  EXPECT_EQ(refused({"--help"}).text, golden("overview"));
}

TEST(CommandLine, UnknownWordsNameTheNearest) {
  EXPECT_EQ(refused({"paln"}).code, ExitCode::invalid);
  EXPECT_THAT(refused({"paln"}).text, HasSubstr("unknown command paln (did you mean plan?)"));
  EXPECT_THAT(refused({"plan", "--taget", "x"}).text, HasSubstr("(did you mean --target?)"));
  EXPECT_THAT(refused({"plan", "--taget", "x"}).text, HasSubstr("See: lockstep plan --help"));
  EXPECT_THAT(refused({"keyring", "lst"}).text, HasSubstr("(did you mean list?)"));
  EXPECT_THAT(refused({"--output", "json", "plan"}).text,
              HasSubstr("options stand after the command"));
  EXPECT_EQ(refused({"keyring"}).code, ExitCode::invalid);
}

TEST(CommandLine, WordsOutsideTheirChoiceAreRefusedWithIt) {
  EXPECT_THAT(refused({"plan", "--output", "yaml"}).text, HasSubstr("text, json, markdown"));
  EXPECT_THAT(refused({"version", "--output", "markdown"}).text, HasSubstr("text, json"));
  EXPECT_EQ(refused({"plan", "--log-level", "loud"}).code, ExitCode::invalid);
}

TEST(CommandLine, AnEscapeInAWordDoesNotReachTheTerminal) {
  EXPECT_EQ(refused({"\x1b[31mplan"}).text.find('\x1b'), std::string::npos);
}

TEST(CommandLine, ApprovalTakesAllDigits) {  // S13
  EXPECT_THAT(refused({"apply", "--approve", "abc"}).text, HasSubstr("64 hex digits"));
  EXPECT_EQ(refused({"apply", "--approve", std::string(63, 'a')}).code, ExitCode::invalid);
  EXPECT_EQ(refused({"apply", "--approve", std::string(65, 'a')}).code, ExitCode::invalid);
  EXPECT_EQ(refused({"apply", "--approve", std::string(64, 'g')}).code, ExitCode::invalid);
  const auto command = accepted<ApplyCommand>(
      {"apply", "--approve", std::string(64, 'A'), "--approve", std::string(64, 'b')});
  EXPECT_EQ(command.approved, (std::set<std::string>{std::string(64, 'a'), std::string(64, 'b')}));
  EXPECT_FALSE(command.yes);
}

TEST(CommandLine, WhatLooksWaitsAMinuteUnlessToldLonger) {
  EXPECT_EQ(accepted<StatusCommand>({"status"}).wait, std::chrono::minutes(1));
  EXPECT_EQ(accepted<PlanCommand>({"plan", "--wait", "15m"}).wait, std::chrono::minutes(15));
  EXPECT_EQ(accepted<StatusCommand>({"status", "--wait", "2h"}).wait, std::chrono::hours(2));
  EXPECT_EQ(accepted<DiffCommand>({"diff", "--wait", "24h"}).wait, std::chrono::hours(24));
  EXPECT_EQ(accepted<RolloutCommand>({"rollout", "a", "--wait", "60s"}).wait,
            std::chrono::minutes(1));
  for (const auto* word : {"59s", "25h", "soon", "-1m"}) {
    EXPECT_THAT(refused({"plan", "--wait", word}).text, HasSubstr("--wait"));
  }
}

TEST(CommandLine, ChoiceMayBeRepeated) {
  const auto command = accepted<PlanCommand>({"plan", "--target", "a", "--target", "ns/b",
                                              "--environment", "staging", "--detailed-exit-code"});
  EXPECT_EQ(command.choice.targets, (std::vector<std::string>{"a", "ns/b"}));
  EXPECT_EQ(command.choice.environments, std::vector<std::string>{"staging"});
  EXPECT_TRUE(command.detailed_exit_code);
}

TEST(CommandLine, PlacesAndMannerAreTaken) {
  const auto parsed = parse({"plan", "deploy files", "--local", "my.yaml", "--ledger-dir", "l",
                             "--ledger-key-file", "k", "--output", "markdown", "--color", "never",
                             "--log", "json", "--log-level", "debug"});
  ASSERT_TRUE(std::holds_alternative<Invocation>(parsed));
  const auto& [where, manner, command] = std::get<Invocation>(parsed);
  EXPECT_EQ(where.manifests, "deploy files");
  EXPECT_EQ(where.local_file, "my.yaml");
  EXPECT_TRUE(where.local_file_named);
  EXPECT_EQ(where.ledger_directory, "l");
  EXPECT_EQ(where.ledger_key, "k");
  EXPECT_EQ(manner.output, Output::markdown);
  EXPECT_EQ(manner.colour, Colour::never);
  EXPECT_EQ(manner.log, LogFormat::json);
  EXPECT_EQ(manner.log_level, LogLevel::debug);
}

TEST(CommandLine, DefaultsAreThoseTheHelpNames) {
  const auto parsed = parse({"controller"});
  const auto& [where, manner, command] = std::get<Invocation>(parsed);
  EXPECT_EQ(where.manifests, "manifests");
  EXPECT_EQ(where.local_file, "lockstep.local.yaml");
  EXPECT_FALSE(where.local_file_named);
  EXPECT_FALSE(where.ledger_directory || where.ledger_key);
  EXPECT_EQ(manner.log_level, std::nullopt);
  EXPECT_EQ(std::get<ControllerCommand>(command).address, "127.0.0.1");
  EXPECT_EQ(std::get<ControllerCommand>(command).port, 8460);
}

TEST(CommandLine, FolderNamedTwiceIsRefused) {
  EXPECT_EQ(refused({"plan", "a", "--manifests", "b"}).code, ExitCode::invalid);
}

TEST(CommandLine, ListenTakesHostAndPort) {
  EXPECT_EQ(accepted<ControllerCommand>({"controller", "--listen", "[::1]:0"}).address, "::1");
  EXPECT_EQ(accepted<ControllerCommand>({"controller", "--listen", "0.0.0.0:81"}).port, 81);
  EXPECT_FALSE(accepted<ControllerCommand>({"controller", "--no-secret-names"}).name_secrets);
  EXPECT_TRUE(accepted<ControllerCommand>({"controller"}).name_secrets);
  for (const auto* wrong : {"8460", ":8460", "localhost:", "a:99999", "a:8x"}) {
    EXPECT_EQ(refused({"controller", "--listen", wrong}).code, ExitCode::invalid) << wrong;
  }
}

TEST(CommandLine, AllowedHostsAreNamesAlone) {
  const auto command = accepted<ControllerCommand>(
      {"controller", "--allowed-host", "Lockstep.Example.com", "--allowed-host", "lockstep"});
  EXPECT_THAT(command.allowed_hosts, ElementsAre("lockstep.example.com", "lockstep"));
  for (const auto* wrong : {"https://a.example", "a.example:443", "*.example.com", "*", "a/b"}) {
    const auto reply = refused({"controller", "--allowed-host", wrong});
    EXPECT_EQ(reply.code, ExitCode::invalid) << wrong;
    EXPECT_THAT(reply.text, HasSubstr("without scheme, port and path"));
  }
}

TEST(CommandLine, AHoldTakesATimeAndAReason) {
  const auto command =
      accepted<HoldCommand>({"hold", "cms/app", "KEY", "--for", "2d", "--reason", "a sale"});
  EXPECT_EQ(command.action, HoldCommand::Action::place);
  EXPECT_EQ(command.target, "cms/app");
  EXPECT_EQ(command.name, "KEY");
  EXPECT_EQ(command.time, std::chrono::hours(48));
  EXPECT_EQ(accepted<HoldCommand>({"hold", "--list"}).action, HoldCommand::Action::list);
  EXPECT_EQ(accepted<HoldCommand>({"hold", "a", "--release"}).action, HoldCommand::Action::release);
  for (const auto& wrong :
       std::vector<std::vector<std::string>>{{"hold"},
                                             {"hold", "a"},
                                             {"hold", "a", "--for", "1h"},
                                             {"hold", "a", "--reason", "x"},
                                             {"hold", "a", "--release", "--for", "1h"},
                                             {"hold", "a", "--list"},
                                             {"hold", "a", "--for", "31d", "--reason", "x"},
                                             {"hold", "a", "--for", "0", "--reason", "x"},
                                             {"hold", "a", "--for", "4", "--reason", "x"},
                                             {"hold", "a", "--for", "-4h", "--reason", "x"},
                                             {"hold", "a", "--for", "04h", "--reason", "x"}}) {
    EXPECT_EQ(refused(wrong).code, ExitCode::invalid) << wrong.size();
  }
}

TEST(CommandLine, DiffAndRolloutTakeTargets) {
  EXPECT_EQ(accepted<DiffCommand>({"diff", "a", "b/c"}).choice.targets,
            (std::vector<std::string>{"a", "b/c"}));
  EXPECT_EQ(accepted<RolloutCommand>({"rollout", "a"}).choice.targets,
            std::vector<std::string>{"a"});
  EXPECT_EQ(refused({"rollout"}).code, ExitCode::invalid);
  EXPECT_EQ(refused({"completion", "tcsh"}).code, ExitCode::invalid);
  EXPECT_EQ(refused({"plan", "--base", "x"}).code, ExitCode::invalid);
}

TEST(CommandLine, KeyringActionsAreTold) {
  const auto give =
      accepted<KeyringCommand>({"keyring", "export", "KEY", "--to", "f", "--keyring", "main"});
  EXPECT_EQ(give.keyring, "main");
  EXPECT_EQ(std::get<KeyringExport>(give.action).key, "KEY");
  EXPECT_EQ(std::get<KeyringExport>(give.action).to, "f");
  const auto rekey = accepted<KeyringCommand>({"keyring", "rekey", "--passphrase-env", "NEW"});
  EXPECT_EQ(std::get<KeyringRekey>(rekey.action).passphrase_env, "NEW");
  EXPECT_EQ(refused({"keyring", "rekey"}).code, ExitCode::invalid);
  EXPECT_EQ(refused({"keyring", "rekey", "--passphrase-env", "NEW", "--key-file", "f"}).code,
            ExitCode::invalid);
  const auto move = accepted<KeyringCommand>({"keyring", "move", "a.KEY", "b.KEY"});
  EXPECT_EQ(std::get<KeyringMove>(move.action).from, "a.KEY");
  EXPECT_EQ(std::get<KeyringMove>(move.action).to, "b.KEY");
  EXPECT_EQ(refused({"keyring", "move", "a.KEY"}).code, ExitCode::invalid);
  EXPECT_TRUE(std::holds_alternative<KeyringForgetPrevious>(
      accepted<KeyringCommand>({"keyring", "forget-previous"}).action));
}

}  // namespace
}  // namespace lockstep::cli
