// The same question put to git itself, in repositories that it made. Without git these are skipped.
#include <gtest/gtest.h>

#include <cstdlib>

#include "local/git_index.hpp"

namespace lockstep {
namespace {

class RealGit : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!run("git --version")) GTEST_SKIP() << "git is not installed";
    auto path = ::testing::TempDir() + "lockstep-git-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = std::filesystem::canonical(path);
    repository = folder_ / "repository";
    ASSERT_TRUE(run("git init --object-format=" + GetParam() + " repository"));
    ASSERT_TRUE(
        in_repository("mkdir -p kept away && touch kept/.dev.vars away/.dev.vars new && "
                      "touch lockstep.local.yaml taken && git add kept away taken "
                      "lockstep.local.yaml && git commit -m begin"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  bool in_repository(const std::string& command) {
    return run("cd " + repository.string() + " && " + command);
  }
  /// What git says, and what is read in its index, about every file.
  void expect_same_answers() {
    for (const auto* name : {"lockstep.local.yaml", "kept/.dev.vars", "away/.dev.vars", "taken",
                             "new", "added", "gone"}) {
      const bool listed =
          in_repository(set() + "git ls-files --error-unmatch " + std::string(name));
      EXPECT_EQ(tracked_by_git(*files, repository / name, variables), listed) << name;
    }
  }
  /// The variables, for a shell.
  std::string set() const {
    std::string out;
    for (const auto& [name, value] : {std::pair("GIT_DIR", variables.git_dir),
                                      std::pair("GIT_WORK_TREE", variables.work_tree)}) {
      if (!value.empty()) out += std::string("export ") + name + "=" + value + " && ";
    }
    return out;
  }

  std::unique_ptr<Files> files = make_system_files();
  Path repository;
  GitVariables variables;

 private:
  /// With no configuration but the repository's own.
  bool run(const std::string& command) const {
    const std::string clean =
        "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t "
        "GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com && ";
    const auto there = folder_.empty() ? Path("/") : folder_;
    return std::system((clean + "cd " + there.string() + " && (" + command + ") >/dev/null 2>&1")
                           .c_str()) == 0;
  }

  Path folder_;
};

TEST_P(RealGit, AgreesOnAPlainIndexOfEachVersion) {
  expect_same_answers();
  ASSERT_TRUE(in_repository("git update-index --index-version 4 && touch added && git add added"));
  expect_same_answers();
  ASSERT_TRUE(in_repository("git rm --cached taken && git add -N new"));
  expect_same_answers();
}

TEST_P(RealGit, AgreesOnASplitIndex) {
  ASSERT_TRUE(in_repository("git update-index --split-index && touch added && git add added"));
  expect_same_answers();
  ASSERT_TRUE(in_repository("git rm --cached taken && echo 1 > kept/.dev.vars && git add kept"));
  expect_same_answers();
}

TEST_P(RealGit, AgreesInALinkedWorkTree) {
  ASSERT_TRUE(in_repository("git worktree add ../tree && rm taken && git add taken"));
  repository = repository.parent_path() / "tree";
  ASSERT_TRUE(in_repository("touch added && git add added && git rm --cached lockstep.local.yaml"));
  expect_same_answers();
}

TEST_P(RealGit, AgreesOnASparseIndexButForTheFolderThatIsOneEntry) {
  ASSERT_TRUE(
      in_repository("git sparse-checkout set --cone --sparse-index kept && mkdir -p away "
                    "&& touch away/.dev.vars"));
  const auto open = tracked_by_git(*files, repository / "away/.dev.vars");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().kind, ErrorKind::invalid);
  EXPECT_EQ(tracked_by_git(*files, repository / "kept/.dev.vars"), true);
  EXPECT_EQ(tracked_by_git(*files, repository / "new"), false);
  ASSERT_TRUE(in_repository("git sparse-checkout reapply --no-sparse-index"))
      << "what the error says to do";
  expect_same_answers();
}

// Git run from elsewhere, with nothing but variables to go by.
TEST_P(RealGit, AgreesOnWhatVariablesName) {
  ASSERT_TRUE(
      in_repository("mv .git ../dotfiles && git --git-dir=../dotfiles config core.bare true"));
  const Path git = repository.parent_path() / "dotfiles";
  variables = {.git_dir = git.string(), .work_tree = repository.string(), .index_file = ""};
  expect_same_answers();
  EXPECT_EQ(tracked_by_git(*files, repository / "taken", variables), true);
  EXPECT_EQ(tracked_by_git(*files, repository / "taken"), false) << "nothing names it";
  ASSERT_TRUE(in_repository(set() + "cp ../dotfiles/index other && GIT_INDEX_FILE=other git rm "
                                    "--cached taken && GIT_INDEX_FILE=other git add new"));
  variables.index_file = "other";
  EXPECT_EQ(tracked_by_git(*files, repository / "new", variables), true);
}

TEST_P(RealGit, AgreesOnARepositoryThatIsFoundAndAWorkTreeThatIsNamed) {
  ASSERT_TRUE(in_repository("mkdir inner && mv kept away taken lockstep.local.yaml inner"));
  variables = {.git_dir = "", .work_tree = (repository / "inner").string(), .index_file = ""};
  ASSERT_TRUE(in_repository(set() + "git ls-files --error-unmatch inner/kept/.dev.vars") == false);
  ASSERT_TRUE(in_repository(set() + "cd inner && git ls-files --error-unmatch kept/.dev.vars"));
  EXPECT_EQ(tracked_by_git(*files, repository / "inner/kept/.dev.vars", variables), true);
}

INSTANTIATE_TEST_SUITE_P(ObjectFormats, RealGit, ::testing::Values("sha1", "sha256"));

}  // namespace
}  // namespace lockstep
