// S19: what may reach a developer's file, by what stands in for it and by nothing else.
#include "sources/local_files.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "sources/fixtures.hpp"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct LocalFilesTest : ::testing::Test {
  testing::ArrangedFiles files;
};

TEST_F(LocalFilesTest, S19_AStandInThatSaysNothingFeedsNoDevelopersFile) {
  StandIns machine;
  machine.secrets[{"cms", "values"}] = EnvPrefix{"CMS_"};
  const auto problem = local_file_problem(machine, files, {"cms", "values", "TOKEN"});
  EXPECT_THAT(problem, HasSubstr("lockstep.local.yaml: secrets.cms/values:"));
  EXPECT_THAT(problem, HasSubstr("write localFiles: true there"));
  machine.local_files[{"cms", "values"}] = {.all = false, .keys = {}};
  EXPECT_NE(local_file_problem(machine, files, {"cms", "values", "TOKEN"}), "");
  EXPECT_NE(local_file_problem(machine, files, {"cms", "unknown", "TOKEN"}), "");
}

TEST_F(LocalFilesTest, S19_SaidAtTheSecretItHoldsForItsKeysAndForNoOther) {
  StandIns machine;
  machine.local_files[{"cms", "dev"}] = {.all = true, .keys = {}};
  EXPECT_EQ(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}), "");
  EXPECT_NE(local_file_problem(machine, files, {"cms", "values", "TOKEN"}), "");
  EXPECT_NE(local_file_problem(machine, files, {"other", "dev", "TOKEN"}), "");
}

TEST_F(LocalFilesTest, S19_WhatAKeySaysCountsForIt) {
  StandIns machine;
  machine.local_files[{"cms", "dev"}] = {.all = true, .keys = {{"LIVE", false}}};
  EXPECT_NE(local_file_problem(machine, files, {"cms", "dev", "LIVE"}), "");
  EXPECT_EQ(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}), "");
  machine.local_files[{"cms", "dev"}] = {.all = false, .keys = {{"TOKEN", true}}};
  EXPECT_EQ(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}), "");
  EXPECT_NE(local_file_problem(machine, files, {"cms", "dev", "LIVE"}), "");
}

// The mark at one of two names for the same thing is not enough: no manifest must say so.
TEST_F(LocalFilesTest, S19_WhatAnUnmarkedStandInNamesTooFeedsNoDevelopersFile) {
  StandIns machine;
  machine.secrets[{"cms", "dev"}] = EnvPrefix{"SHARED_"};
  machine.secrets[{"cms", "production"}] = EnvPrefix{"SHARED_"};
  machine.local_files[{"cms", "dev"}] = {.all = true, .keys = {}};
  EXPECT_THAT(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}),
              HasSubstr("may stand in for secrets.cms/production too"));
  machine.local_files[{"cms", "production"}] = {.all = true, .keys = {{"LIVE", false}}};
  EXPECT_NE(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}), "");
  machine.local_files[{"cms", "production"}].keys.clear();
  EXPECT_EQ(local_file_problem(machine, files, {"cms", "dev", "TOKEN"}), "");
}

/// Two Secrets on one machine: `dev` and `production`.
struct SharedStandIns : ::testing::Test {
  void SetUp() override {
    std::string name = ::testing::TempDir() + "lockstep-shared-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    fs::create_directory(folder / "secure");
    for (const auto* file : {"dev.env", "production.env", "secure/production.env"}) {
      std::ofstream(folder / file) << "A=fake\n";
    }
  }
  void TearDown() override { fs::remove_all(folder); }

  bool shares(StandIn dev, StandIn production, std::string key = "A") {
    StandIns machine;
    machine.secrets[{"prod", "dev"}] = std::move(dev);
    machine.secrets[{"prod", "production"}] = std::move(production);
    return may_share(machine, *files, {"prod", "dev", std::move(key)}, {"prod", "production"});
  }
  /// As files of values and as single files, in every pair.
  bool shares_path(const Path& dev, const Path& production) {
    const StandIn ours[] = {EnvFile{.path = dev}, Keys{{{"A", FromFile{dev}}}}};
    const StandIn theirs[] = {EnvFile{.path = production}, Keys{{{"X", FromFile{production}}}}};
    std::set<bool> found;
    for (const auto& one : ours) {
      for (const auto& other : theirs) found.insert(shares(one, other));
    }
    EXPECT_EQ(found.size(), 1U) << "every kind of stand-in alike";
    return found.contains(true);
  }

  Path folder;
  std::unique_ptr<Files> files = make_system_files();
};

TEST_F(SharedStandIns, S19_TwoFilesAreApart) {
  EXPECT_FALSE(shares_path(folder / "dev.env", folder / "production.env"));
  EXPECT_FALSE(shares_path(folder / "production.env", folder / "secure/production.env"));
}

TEST_F(SharedStandIns, S19_OneFileByAnotherNameIsOne) {
  EXPECT_TRUE(shares_path(folder / "production.env", folder / "production.env"));
  EXPECT_TRUE(shares_path(folder / "secure/../production.env", folder / "production.env"));
  fs::create_symlink("production.env", folder / "link.env");
  EXPECT_TRUE(shares_path(folder / "link.env", folder / "production.env"));
  EXPECT_TRUE(shares_path(folder / "production.env", folder / "link.env"));
  fs::create_directory_symlink("secure", folder / "linked");
  EXPECT_TRUE(shares_path(folder / "linked/production.env", folder / "secure/production.env"));
  EXPECT_TRUE(shares_path(folder / "linked/../production.env", folder / "production.env"))
      << "through a linked folder";
  fs::create_hard_link(folder / "production.env", folder / "hard.env");
  EXPECT_TRUE(shares_path(folder / "hard.env", folder / "production.env"));
}

TEST_F(SharedStandIns, S19_AFileThatCannotBeReachedCountsAsTheSame) {
  fs::create_symlink("nowhere.env", folder / "dangling.env");
  EXPECT_TRUE(shares_path(folder / "dev.env", folder / "dangling.env"));
  EXPECT_TRUE(shares_path(folder / "dangling.env", folder / "production.env"));
  EXPECT_TRUE(shares_path(folder / "dev.env", folder / "not-mounted/production.env"));
}

TEST_F(SharedStandIns, S19_VariablesByNameAndByPrefix) {
  const StandIn listed = Keys{{{"X", FromEnv{"PROD_A"}}, {"Y", FromEnv{"OWN"}}}};
  EXPECT_TRUE(shares(EnvPrefix{"PROD_"}, listed)) << "its key A is PROD_A";
  EXPECT_FALSE(shares(EnvPrefix{"PROD_"}, listed, "B"));
  EXPECT_TRUE(shares(Keys{{{"A", FromEnv{"PROD_A"}}}}, EnvPrefix{"PROD_"}));
  EXPECT_FALSE(shares(Keys{{{"A", FromEnv{"DEV_A"}}}}, EnvPrefix{"PROD_"}));
  EXPECT_TRUE(shares(Keys{{{"A", FromEnv{"OWN"}}}}, listed));
}

TEST_F(SharedStandIns, S19_PrefixesThatOverlap) {
  EXPECT_TRUE(shares(EnvPrefix{"CMS_"}, EnvPrefix{"CMS_PROD_"}, "PROD_TOKEN"));
  EXPECT_FALSE(shares(EnvPrefix{"CMS_"}, EnvPrefix{"CMS_PROD_"}, "TOKEN"));
  EXPECT_TRUE(shares(EnvPrefix{"CMS_DEV_"}, EnvPrefix{"CMS_"}, "TOKEN"))
      << "production has the key DEV_TOKEN";
  EXPECT_TRUE(shares(EnvPrefix{"CMS_"}, EnvPrefix{"CMS_"}, "TOKEN"));
  EXPECT_FALSE(shares(EnvPrefix{"DEV_"}, EnvPrefix{"PROD_"}, "TOKEN"));
}

TEST_F(SharedStandIns, S19_AKeyringKeepsSecretsApart) {
  EXPECT_FALSE(shares(InKeyring{"main"}, InKeyring{"main"}));
  EXPECT_FALSE(shares(InKeyring{"main"}, EnvPrefix{""}));
}

}  // namespace
}  // namespace lockstep
