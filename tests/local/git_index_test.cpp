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

/// Repositories that only variables of the environment name.
struct GitVariablesTest : GitWorld, ::testing::Test {
  const Index plain = Index::layouts().front();
  GitVariables set;

  Result<bool> tracked(const std::string& path) {
    files.put(path, "secrets: {}\n");
    return tracked_by_git(files, path, set);
  }
  std::string unclear(const std::string& path) {
    const auto answer = tracked(path);
    return answer ? (*answer ? "(tracked)" : "(untracked)") : answer.error().message;
  }
  /// Dotfiles: no `.git` lies around them.
  void keep_dotfiles() {
    files.put("/user/.dotfiles/HEAD", "ref: refs/heads/main\n");
    files.put("/user/.dotfiles/config", "[core]\n  bare = true\n");
    files.put("/user/.dotfiles/index", plain.with({"app/lockstep.local.yaml"}).bytes());
    set.git_dir = "/user/.dotfiles";
  }
};

TEST_F(GitVariablesTest, ABareRepositoryOfDotfilesIsAskedToo_S4) {
  keep_dotfiles();
  set.work_tree = "/user";
  EXPECT_TRUE(tracked("/user/app/lockstep.local.yaml").value());
  EXPECT_FALSE(tracked("/user/app/other").value());
  EXPECT_FALSE(tracked("/app/lockstep.local.yaml").value());
  set = {};
  EXPECT_FALSE(tracked("/user/app/lockstep.local.yaml").value()) << "nothing names it";
}

TEST_F(GitVariablesTest, WhatLiesAroundIsAskedAsWell_S4) {
  keep_dotfiles();
  set.work_tree = "/user";
  files.put("/repo/.git/index", plain.with({".dev.vars"}).bytes());
  EXPECT_TRUE(tracked("/repo/.dev.vars").value());
}

TEST_F(GitVariablesTest, ItsConfigurationNamesTheWorkTreeWhereNoVariableDoes_S4) {
  keep_dotfiles();
  files.put("/user/.dotfiles/config", "[core]\n  worktree = /user\n");
  EXPECT_TRUE(tracked("/user/app/lockstep.local.yaml").value());
}

TEST_F(GitVariablesTest, AnotherIndexIsReadBesideTheRepositorysOwn_S4) {
  files.put("/repo/.git/index", plain.with({"kept"}).bytes());
  files.put("/repo/.git/next-index", plain.with({"app/.dev.vars"}).bytes());
  for (const auto* name : {"/repo/.git/next-index", ".git/next-index"}) {
    set.index_file = name;
    EXPECT_TRUE(tracked("/repo/app/.dev.vars").value()) << name;
    EXPECT_TRUE(tracked("/repo/kept").value()) << name;
    EXPECT_FALSE(tracked("/repo/other").value()) << name;
  }
  set.index_file = "/repo/.git/not-made-yet";
  EXPECT_FALSE(tracked("/repo/app/.dev.vars").value());
}

TEST_F(GitVariablesTest, AnotherWorkTreeCountsForTheRepositoryAround_S4) {
  files.put("/repo/.git/index", plain.with({"vars/.dev.vars"}).bytes());
  set.work_tree = "/repo/app";
  files.put_directory("/repo/app", 0700);
  EXPECT_TRUE(tracked("/repo/app/vars/.dev.vars").value());
}

TEST_F(GitVariablesTest, WhatIsNotUnderstoodIsAnErrorWithTheWayOut_S4) {
  set.git_dir = "/user/.dotfiles";
  EXPECT_THAT(unclear("/w/a"), HasSubstr("it is not known whether git tracks /w/a: GIT_DIR names "
                                         "/user/.dotfiles, which is not there; correct or unset "
                                         "it"));
  files.put("/user/.dotfiles/index", "DIRC");
  EXPECT_THAT(unclear("/w/a"), HasSubstr("which is no repository; correct or unset it"));
  keep_dotfiles();
  set.work_tree = "/gone";
  EXPECT_THAT(unclear("/w/a"), HasSubstr("GIT_WORK_TREE names /gone, which cannot be reached; "
                                         "correct or unset it"));
  set.work_tree = "/w";
  files.put("/user/.dotfiles/index", "DIRC");
  EXPECT_THAT(unclear("/w/a"), HasSubstr("or unset GIT_DIR"));
}

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
