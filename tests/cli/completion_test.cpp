// Completions, tried in the shells that are there.
#include "cli/completion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/command_table.hpp"

namespace lockstep::cli {
namespace {

using ::testing::HasSubstr;

std::string run(const std::string& command) {
  std::string out;
  auto* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return out;
  std::array<char, 4096> bytes{};
  for (std::size_t n = 0; (n = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
    out.append(bytes.data(), n);
  }
  ::pclose(pipe);
  return out;
}

/// What bash offers for the last of these words.
std::string offered(const std::string& words) {
  const auto folder = std::filesystem::path(::testing::TempDir());
  auto pattern = (folder / "lockstep-completion-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) return "no folder";
  const auto script = std::filesystem::path(pattern) / "script";
  std::ofstream(script) << completion_script("bash") << "lockstep() { echo cms/app cms/second; }\n"
                        << "COMP_WORDS=(lockstep " << words << ")\n"
                        << "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))\n_lockstep\n"
                        << "echo \"${COMPREPLY[*]}\"\n";
  auto out = run("bash " + script.string() + " 2>&1");
  std::filesystem::remove_all(pattern);
  return out;
}

TEST(Completion, BashOffersCommandsOptionsWordsAndTargets) {
  EXPECT_EQ(offered("pl"), "plan\n");
  EXPECT_EQ(offered("plan --out"), "--output\n");
  EXPECT_EQ(offered("plan --output ''"), "text json markdown\n");
  EXPECT_EQ(offered("plan --target cms/s"), "cms/second\n");
  EXPECT_EQ(offered("hold cms/a"), "cms/app\n");
  EXPECT_EQ(offered("keyring l"), "list\n");
  EXPECT_EQ(offered("keyring list --key"), "--keyring\n");
  EXPECT_EQ(offered("completion b"), "bash\n");
  EXPECT_EQ(offered("apply --approve ''"), "\n");
}

TEST(Completion, EveryShellKnowsEveryCommand) {
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell);
    for (const auto& command : command_table()) {
      EXPECT_THAT(script, HasSubstr(command.name)) << shell;
    }
  }
  if (std::filesystem::exists("/usr/bin/zsh")) {
    std::ofstream(std::filesystem::path(::testing::TempDir()) / "_lockstep.zsh")
        << completion_script("zsh");
    EXPECT_EQ(run("zsh -n " + ::testing::TempDir() + "/_lockstep.zsh 2>&1"), "");
  }
}

}  // namespace
}  // namespace lockstep::cli
