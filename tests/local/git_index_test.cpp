#include "local/git_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/git_index.hpp"
#include "support/memory_files.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using testing::Index;

class GitWorld {
 public:
  testing::Power power{1};
  testing::MemoryFiles files{power};

  /// Whether git keeps that file, which is there.
  Result<bool> tracked(const std::string& path) {
    files.put(path, "secrets: {}\n");
    return tracked_by_git(files, path);
  }
  /// Why that is not known.
  std::string unclear(const std::string& path) {
    const auto answer = tracked(path);
    if (answer) return *answer ? "(tracked)" : "(untracked)";
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
    return answer.error().message;
  }
};

/// Every layout of an index that is read.
class GitIndex : public GitWorld, public ::testing::TestWithParam<Index> {};

TEST_P(GitIndex, AFileThatIsGoneMayStillBeInTheIndex) {
  files.put("/w/.git/index", GetParam().with({"apps/.dev.vars"}).bytes());
  files.put("/w/apps/other", "");
  EXPECT_EQ(tracked_by_git(files, "/w/apps/.dev.vars"), true);
  EXPECT_EQ(tracked_by_git(files, "/w/apps/.dev.vars.local"), false);
}

TEST_P(GitIndex, TellsWhatGitKeeps) {
  files.put("/repo/.git/index",
            GetParam().with({"README.md", "deploy/a", "deploy/lockstep.local.yaml", "z"}).bytes());
  EXPECT_TRUE(tracked("/repo/deploy/lockstep.local.yaml").value());
  EXPECT_TRUE(tracked("/repo/z").value());
  EXPECT_FALSE(tracked("/repo/lockstep.local.yaml").value());
  EXPECT_FALSE(tracked("/repo/deploy/lockstep.local.yam").value());
}

TEST_P(GitIndex, PassesOverExtensionsThatAreNotMandatory) {
  files.put("/repo/.git/index",
            GetParam().with({"a"}).extension("TREE", "cached").extension("sdir", "").bytes());
  EXPECT_TRUE(tracked("/repo/a").value());
  EXPECT_FALSE(tracked("/repo/b").value());
}

TEST_P(GitIndex, AMandatoryExtensionThatIsNotKnownLeavesItOpen) {
  files.put("/repo/.git/index", GetParam().with({"a"}).extension("next", "?").bytes());
  EXPECT_THAT(unclear("/repo/b"), HasSubstr("mandatory extension"));
}

TEST_P(GitIndex, ASplitIndexIsReadTogetherWithTheFileItRestsOn) {
  const auto shared = GetParam().with({"a", "b", "c"});
  files.put("/repo/.git/sharedindex." + shared.checksum(), shared.bytes());
  files.put("/repo/.git/index",
            GetParam().with({"", "d"}).link(shared, {.dropped = 0b010, .replaced = 0b100}).bytes());
  EXPECT_TRUE(tracked("/repo/a").value()) << "left as it is";
  EXPECT_FALSE(tracked("/repo/b").value()) << "dropped";
  EXPECT_TRUE(tracked("/repo/c").value()) << "replaced: its name is in the other file only";
  EXPECT_TRUE(tracked("/repo/d").value()) << "added";
  EXPECT_FALSE(tracked("/repo/e").value());
}

TEST_P(GitIndex, ASplitIndexWithoutTheFileItRestsOnLeavesItOpen) {
  const auto shared = GetParam().with({"a"});
  const auto path = "/repo/.git/sharedindex." + shared.checksum();
  files.put("/repo/.git/index", GetParam().with({"d"}).link(shared, {}).bytes());
  EXPECT_THAT(unclear("/repo/a"), HasSubstr("git update-index --no-split-index"));
  files.put(path, GetParam().with({"b"}).bytes());
  EXPECT_THAT(unclear("/repo/a"), HasSubstr("git update-index --no-split-index"));
  files.put(path, shared.bytes().substr(1));
  EXPECT_THAT(unclear("/repo/a"), HasSubstr(path + " is not whole"));
}

TEST_P(GitIndex, APathInAFolderThatASparseIndexKeepsAsOneEntryLeavesItOpen) {
  files.put("/repo/.git/index", GetParam().with({"a", "secure/"}).extension("sdir", "").bytes());
  EXPECT_TRUE(tracked("/repo/a").value());
  EXPECT_FALSE(tracked("/repo/b").value());
  EXPECT_THAT(unclear("/repo/secure/keys/.dev.vars"),
              HasSubstr("git sparse-checkout reapply --no-sparse-index"));
}

TEST_P(GitIndex, WithoutAChecksumItMustFitToTheLastByte) {
  const auto index = GetParam().with({"a", "some/longer/name"});
  files.put("/repo/.git/index", index.unsealed());
  EXPECT_TRUE(tracked("/repo/a").value());
  EXPECT_FALSE(tracked("/repo/b").value());
  files.put("/repo/.git/index", index.unsealed() + '\0');
  EXPECT_THAT(unclear("/repo/b"), HasSubstr("is not whole"));
}

TEST_P(GitIndex, CutOrChangedAnywhereItIsNotTakenForOneWithoutTheFile) {
  const auto whole = GetParam().with({"lockstep.local.yaml", "other"}).bytes();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    files.put("/repo/.git/index", whole.substr(0, i));
    EXPECT_THAT(unclear("/repo/new"), HasSubstr("is not whole")) << i;
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    files.put("/repo/.git/index", changed);
    EXPECT_THAT(unclear("/repo/new"), HasSubstr("is not whole")) << i;
  }
}

std::string layout(const ::testing::TestParamInfo<Index>& info) {
  return info.param.name();
}
INSTANTIATE_TEST_SUITE_P(Layouts, GitIndex, ::testing::ValuesIn(Index::layouts()), layout);

struct GitRepositories : GitWorld, ::testing::Test {
  const Index plain = Index::layouts().front();
};

TEST_F(GitRepositories, OutsideOfOneAndBeforeTheFirstAddNothingIsTracked) {
  EXPECT_FALSE(tracked("/lockstep.local.yaml").value());
  files.put("/repo/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_FALSE(tracked("/repo/lockstep.local.yaml").value());
}

TEST_F(GitRepositories, OneAtTheRootCounts) {
  files.put("/.git/index", plain.with({"etc/lockstep.local.yaml"}).bytes());
  EXPECT_TRUE(tracked("/etc/lockstep.local.yaml").value());
}

TEST_F(GitRepositories, NoneHidesAnOuterOne) {
  files.put("/repo/.git/HEAD", "ref: refs/heads/main\n");
  files.put("/repo/.git/index", plain.with({"app/.dev.vars", "own/.dev.vars"}).bytes());
  files.put("/repo/app/.git/description", "");
  files.put("/repo/own/.git/HEAD", "ref: refs/heads/main\n");
  EXPECT_TRUE(tracked("/repo/app/.dev.vars").value());
  EXPECT_TRUE(tracked("/repo/own/.dev.vars").value()) << "a repository of its own";
  EXPECT_FALSE(tracked("/repo/own/other").value());
}

TEST_F(GitRepositories, AWorkTreePointsToItsIndex) {
  files.put("/tree/.git", "gitdir: /main/.git/worktrees/tree\r\n");
  files.put("/main/.git/worktrees/tree/HEAD", "ref: refs/heads/main\n");
  files.put("/main/.git/worktrees/tree/index", plain.with({"lockstep.local.yaml"}).bytes());
  EXPECT_TRUE(tracked("/tree/lockstep.local.yaml").value());
}

TEST_F(GitRepositories, OneThatIsNotWhereItsWorkTreePointsLeavesItOpen) {
  files.put("/tree/.git", "gitdir: /gone/.git/worktrees/tree\n");
  EXPECT_THAT(unclear("/tree/lockstep.local.yaml"), HasSubstr("git worktree repair"));
  files.put("/tree/.git", "hello\n");
  EXPECT_THAT(unclear("/tree/lockstep.local.yaml"), HasSubstr("git worktree repair"));
}

TEST_F(GitRepositories, NamesBeginWhereItsConfigurationSaysToo) {
  files.put("/around/.git/HEAD", "ref: refs/heads/main\n");
  files.put("/around/.git/index", plain.with({".dev.vars"}).bytes());
  files.put("/around/app/x", "");
  EXPECT_FALSE(tracked("/around/app/.dev.vars").value());
  files.put("/around/.git/config", "[core]\n\tbare = false\n[Core] WorkTree = ../app\n[a]\nb = c");
  EXPECT_TRUE(tracked("/around/app/.dev.vars").value());
  EXPECT_TRUE(tracked("/around/.dev.vars").value());
  EXPECT_FALSE(tracked("/around/app/other").value());
  files.put("/around/.git/config", "[core]\n\tworktree = ../gone\n");
  EXPECT_THAT(unclear("/around/.dev.vars"), HasSubstr("core.worktree"));
  files.put("/around/.git/config", "[core]\n\tworktree = \"../app\"\n");
  EXPECT_THAT(unclear("/around/.dev.vars"), HasSubstr("core.worktree"));
}

TEST_F(GitRepositories, WhatCannotBeReadIsNotTakenForNothing) {
  files.put("/repo/.git/index", plain.with({"a"}).bytes());
  files.break_reading("/repo/.git/index");
  const auto answer = tracked("/repo/.dev.vars");
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("whether git tracks /repo/.dev.vars"));
}

}  // namespace
}  // namespace lockstep
