#include "local/git_index.hpp"

#include <gtest/gtest.h>

#include "support/memory_files.hpp"

namespace lockstep {
namespace {

/// Whether git keeps that file, which is there.
Result<bool> tracked(testing::MemoryFiles& files, const std::string& path) {
  files.put(path, "secrets: {}\n");
  return tracked_by_git(files, path);
}

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
  return out;
}

/// An index as git writes it (https://git-scm.com/docs/index-format), without the checksum that
/// nothing here reads.
std::string index_of(std::uint32_t version, const std::vector<std::string>& names) {
  std::string out =
      "DIRC" + big_endian(version) + big_endian(static_cast<std::uint32_t>(names.size()));
  std::string before;
  for (const auto& name : names) {
    std::string entry(62, '\x01');
    entry[60] = entry[61] = '\0';
    if (version == 4) {
      std::size_t shared = 0;
      while (shared < before.size() && shared < name.size() && before[shared] == name[shared])
        ++shared;
      entry += static_cast<char>(before.size() - shared);
      entry += name.substr(shared) + '\0';
    } else {
      entry += name + '\0';
      entry.resize((entry.size() + 7) / 8 * 8, '\0');
    }
    out += entry;
    before = name;
  }
  return out;
}

class GitIndex : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  testing::Power power{1};
  testing::MemoryFiles files{power};
};

TEST_P(GitIndex, AFileThatIsGoneMayStillBeInTheIndex) {
  files.put("/w/.git/index", index_of(GetParam(), {"apps/.dev.vars"}));
  files.put("/w/apps/other", "");
  EXPECT_EQ(tracked_by_git(files, "/w/apps/.dev.vars"), true);
  EXPECT_EQ(tracked_by_git(files, "/w/apps/.dev.vars.local"), false);
}

TEST_P(GitIndex, TellsWhatGitKeeps) {
  files.put("/repo/.git/index",
            index_of(GetParam(), {"README.md", "deploy/a", "deploy/lockstep.local.yaml", "z"}));
  EXPECT_TRUE(tracked(files, "/repo/deploy/lockstep.local.yaml").value());
  EXPECT_TRUE(tracked(files, "/repo/z").value());
  EXPECT_FALSE(tracked(files, "/repo/lockstep.local.yaml").value());
  EXPECT_FALSE(tracked(files, "/repo/deploy/lockstep.local.yam").value());
}

INSTANTIATE_TEST_SUITE_P(Versions, GitIndex, ::testing::Values(2U, 3U, 4U));

using GitIndexFaults = GitIndex;

TEST_P(GitIndexFaults, AreNotTakenForUntracked) {
  const auto whole = index_of(2, {"lockstep.local.yaml", "other"});
  files.put("/repo/.git/index", whole.substr(0, GetParam()));
  const auto answer = tracked(files, "/repo/other");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
}

INSTANTIATE_TEST_SUITE_P(Cut, GitIndexFaults, ::testing::Values(0U, 3U, 11U, 20U, 75U, 100U));

TEST(GitIndexPlaces, OutsideARepositoryAndBeforeTheFirstAddNothingIsTracked) {
  testing::Power power(1);
  testing::MemoryFiles files(power);
  EXPECT_FALSE(tracked(files, "/lockstep.local.yaml").value());
  files.put("/repo/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_FALSE(tracked(files, "/repo/lockstep.local.yaml").value());
}

TEST(GitIndexPlaces, AWorkTreePointsToItsIndex) {
  testing::Power power(1);
  testing::MemoryFiles files(power);
  files.put("/tree/.git", "gitdir: /main/.git/worktrees/tree\n");
  files.put("/main/.git/worktrees/tree/index", index_of(2, {"lockstep.local.yaml"}));
  EXPECT_TRUE(tracked(files, "/tree/lockstep.local.yaml").value());
}

}  // namespace
}  // namespace lockstep
