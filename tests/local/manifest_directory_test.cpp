#include "local/manifest_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/manifest_walk.hpp"
#include "support/memory_files.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;
using namespace std::chrono_literals;

std::string secret_set(const std::string& name, const std::string& extra = "") {
  return "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\nmetadata: {name: " + name +
         ", namespace: cms}\nspec:\n  targets: {matchLabels: {app: cms}}\n" + extra +
         "  secrets:\n  - {name: API_KEY}\n";
}
std::string environment(const std::string& name) {
  return "apiVersion: lockstep.dev/v1alpha1\nkind: Environment\nmetadata: {name: " + name +
         ", namespace: cms}\nspec:\n  places: [\"flyApp/cms-*\"]\n  sources:\n"
         "  - {name: values, secretRef: {name: cms-production}}\n";
}

struct World {
  ManifestSnapshot load(std::vector<Path> admin = {}) {
    const auto store =
        make_manifest_directory({.root = "manifests", .admin_folders = admin}, reader);
    auto loaded = sim.run(store->load());
    EXPECT_TRUE(loaded);
    return *std::move(loaded);
  }
  static std::vector<std::string> names(const ManifestSnapshot& snapshot) {
    std::vector<std::string> out;
    for (const auto& document : snapshot.documents) {
      out.push_back(std::string(api::kind_name(document)) + " " + api::metadata(document).name);
    }
    return out;
  }
  static std::vector<std::string> problems(const ManifestSnapshot& snapshot) {
    std::vector<std::string> out;
    for (const auto& problem : snapshot.problems) out.push_back(api::to_string(problem));
    return out;
  }
  static std::vector<std::string> notes(const ManifestSnapshot& snapshot) {
    std::vector<std::string> out;
    for (const auto& note : snapshot.notes) out.push_back(api::to_string(note));
    return out;
  }

  testing::Power power{1};
  testing::MemoryFiles files{power};
  std::unique_ptr<Offload> offload = make_offload_inline();
  testing::Simulation sim;
  RestedReader reader{files, sim.clock(), *offload};
};

TEST(ManifestDirectory, ReadsYamlFilesInOrderAndSkipsTheRest) {
  World world;
  world.files.put("manifests/b.yml", secret_set("b"));
  world.files.put("manifests/a/z.yaml", secret_set("az"));
  world.files.put("manifests/a.yaml", secret_set("a") + "---\n" + secret_set("a2"));
  world.files.put("manifests/README.md", "# not a manifest");
  world.files.put("manifests/values.json", "{");
  world.files.put("manifests/.git/x.yaml", ": :");
  world.files.put("manifests/.draft.yaml", ": :");
  const auto snapshot = world.load();
  EXPECT_THAT(World::problems(snapshot), IsEmpty());
  EXPECT_THAT(World::names(snapshot),
              ElementsAre("SecretSet az", "SecretSet a", "SecretSet a2", "SecretSet b"));
  EXPECT_FALSE(snapshot.incomplete);
  EXPECT_EQ(api::location(snapshot.documents[0]).file, "manifests/a/z.yaml");
}

TEST(ManifestDirectory, RevisionFollowsNamesAndContents) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  const auto first = world.load().revision;
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(world.load().revision, first);
  world.files.put("manifests/a.yaml", secret_set("a") + "# changed\n");
  const auto second = world.load().revision;
  EXPECT_NE(second, first);
  world.files.drop("manifests/a.yaml");
  world.files.put("manifests/b.yaml", secret_set("a") + "# changed\n");
  EXPECT_NE(world.load().revision, second);
}

TEST(ManifestDirectory, EndingsInAnyCaseAreRead_S2) {
  World world;
  world.files.put("manifests/a.YAML", secret_set("a"));
  world.files.put("manifests/b.Yml", secret_set("b"));
  const auto snapshot = world.load();
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet a", "SecretSet b"));
  EXPECT_THAT(World::notes(snapshot), IsEmpty());
}

TEST(ManifestDirectory, WhatMayHaveBeenMeantToBeReadIsNamed) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  const std::string left[] = {".a.yaml",        ".a.yaml.swp", "a.json",         "a.yaml.bak",
                              "a.yml.orig",     "a.yaml~",     "a.yml.disabled", "shop.bak",
                              "web/A.YAML.old", "a.ymal",      "a.txt",          "a"};
  for (const auto& name : left) world.files.put("manifests/" + name, secret_set("x"));
  const std::string others[] = {
      "README.md", ".gitkeep", ".gitignore",  "package.json", ".pre-commit-config.yaml",
      "notes.txt", "Makefile", ".git/a.yaml", "..data/a.yaml"};
  for (const auto& name : others) {
    world.files.put("manifests/" + name, name[1] == '.' ? secret_set("x") : "repos: []\n");
  }
  world.files.put("manifests/.old/web/c.yaml", secret_set("c"));
  const auto snapshot = world.load();
  std::vector<std::string> expected = {
      "manifests/.old: a folder whose name starts with a dot is not read, and web/c.yaml in it is "
      "a manifest; rename the folder, or move it away"};
  for (const auto& name : left) {
    expected.push_back("manifests/" + name +
                       ": it is not read: names of manifests end in .yaml or .yml and do not start "
                       "with a dot; rename it, or move it away");
  }
  EXPECT_THAT(World::notes(snapshot), UnorderedElementsAreArray(expected));
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet a"));
  EXPECT_THAT(World::problems(snapshot), IsEmpty());
  EXPECT_FALSE(snapshot.incomplete) << "a name that someone changed on purpose stops nothing";
}

TEST(ManifestDirectory, WhatWasSetAsideIsNamedWhateverItHolds) {
  World world;
  std::vector<std::string> expected;
  for (const std::string name : {"shop.bak", "shop.disabled", "shop.old", "shop.orig"}) {
    world.files.put("manifests/" + name, "kind: SecretSet\n");
    expected.push_back("manifests/" + name +
                       ": it is not read: names of manifests end in .yaml or .yml and do not start "
                       "with a dot; rename it, or move it away");
  }
  EXPECT_THAT(World::notes(world.load()), UnorderedElementsAreArray(expected));
}

TEST(ManifestDirectory, ANewNoteIsANewRevision) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  const auto before = world.load().revision;
  world.files.put("manifests/b.yaml~", "");
  EXPECT_NE(world.load().revision, before);
}

TEST(ManifestDirectory, ACheckoutThatTakesSecondsIsSeenWhole_S2) {
  World world;
  world.files.tell_time([&] { return world.sim.clock().wall(); });
  world.files.put("manifests/a.yaml", secret_set("a-old"));
  world.files.put("manifests/b.yaml", secret_set("b-old"));
  Scope checkout(world.sim.executor());
  checkout.start([](World& at) -> Awaitable<void> {
    auto& clock = at.sim.clock();
    const auto pause = [&] { return clock.sleep_until(clock.mono() + 700ms); };
    at.files.drop("manifests/a.yaml");
    (void)co_await pause();
    at.files.put("manifests/a.yaml", secret_set("a").substr(0, 60));
    (void)co_await pause();
    at.files.append("manifests/a.yaml", secret_set("a").substr(60));
    (void)co_await pause();
    at.files.put("manifests/b.yaml", secret_set("b"));
  }(world));
  EXPECT_THAT(World::names(world.load()), ElementsAre("SecretSet a", "SecretSet b"));
}

TEST(ManifestDirectory, AStoreSeesChangesAtItsNextLoad) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  const auto store =
      make_manifest_directory({.root = "manifests", .admin_folders = {}}, world.reader);
  EXPECT_EQ(world.sim.run(store->load())->documents.size(), 1U);
  EXPECT_EQ(world.sim.run(store->load())->documents.size(), 1U);
  world.files.put("manifests/b.yaml", secret_set("b"));
  EXPECT_EQ(world.sim.run(store->load())->documents.size(), 2U);
}

TEST(ManifestDirectory, AFileThatCannotBeReadMakesItIncomplete_S2) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  world.files.put("manifests/b.yaml", secret_set("b"));
  world.files.break_reading("manifests/b.yaml");
  const auto snapshot = world.load();
  EXPECT_TRUE(snapshot.incomplete);
  EXPECT_EQ(snapshot.why_incomplete, "manifests/b.yaml was not read");
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet a"));
  EXPECT_THAT(World::problems(snapshot),
              ElementsAre("manifests/b.yaml: the file cannot be read; check its permissions"));
}

TEST(ManifestDirectory, ATextThatDoesNotParseMakesItIncomplete_S2) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  world.files.put("manifests/b.yaml", "kind: \"SecretSet\nmetadata: {");
  const auto snapshot = world.load();
  EXPECT_TRUE(snapshot.incomplete);
  ASSERT_FALSE(snapshot.problems.empty());
  EXPECT_EQ(snapshot.why_incomplete,
            to_string(snapshot.problems.front().at) + " is not understood");
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet a"));
}

TEST(ManifestDirectory, ABrokenDocumentIsNamedAndTheOthersWork) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a", "  patern: x\n") + "---\n" + secret_set("b"));
  const auto snapshot = world.load();
  EXPECT_FALSE(snapshot.incomplete);
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet b"));
  ASSERT_EQ(snapshot.broken.size(), 1U);
  EXPECT_EQ(snapshot.broken[0].kind, "SecretSet");
  EXPECT_EQ(snapshot.broken[0].ns, "cms");
  EXPECT_EQ(snapshot.broken[0].name, "a");
}

TEST(ManifestDirectory, ADuplicateIsNamedAtBothPlacesAndNeitherIsUsed) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("same"));
  world.files.put("manifests/b.yaml", secret_set("other") + "---\n" + secret_set("same"));
  const auto snapshot = world.load();
  EXPECT_THAT(World::names(snapshot), ElementsAre("SecretSet other"));
  EXPECT_EQ(snapshot.broken.size(), 2U);
  EXPECT_FALSE(snapshot.incomplete);
  const auto problems = World::problems(snapshot);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(problems[0], HasSubstr("SecretSet cms/same is written again at manifests/b.yaml:"));
  EXPECT_THAT(problems[0], HasSubstr("; keep one of them"));
  EXPECT_THAT(problems[1], HasSubstr("SecretSet cms/same is written again at manifests/a.yaml:"));
  EXPECT_TRUE(problems[1].starts_with("manifests/b.yaml:")) << problems[1];
}

TEST(ManifestDirectory, OnlyAdminFoldersGrantAccess_S17) {
  World world;
  world.files.put("manifests/cms/all.yaml", secret_set("a") + "---\n" + environment("production"));
  world.files.put("platform/production.yaml", environment("production"));
  const auto snapshot = world.load({"platform/"});
  ASSERT_THAT(World::names(snapshot), ElementsAre("SecretSet a", "Environment production"));
  EXPECT_EQ(api::location(snapshot.documents[1]).file, "platform/production.yaml");
  EXPECT_FALSE(snapshot.incomplete);
  const auto problems = World::problems(snapshot);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(problems[0].starts_with("manifests/cms/all.yaml:")) << problems[0];
  EXPECT_THAT(problems[0], HasSubstr("Environment cms/production does not count here: "
                                     "adminManifests allows it in platform/ only; move it there"));
  // An admin folder inside the root is walked once.
  world.files.put("manifests/platform/staging.yaml", environment("staging"));
  const auto inside = world.load({"manifests/platform"});
  EXPECT_THAT(World::names(inside), ElementsAre("SecretSet a", "Environment staging"));
}

TEST(ManifestDirectory, AMissingAdminFolderMakesItIncomplete_S2) {
  World world;
  world.files.put("manifests/a.yaml", secret_set("a"));
  const auto snapshot = world.load({"platform"});
  EXPECT_TRUE(snapshot.incomplete);
  EXPECT_THAT(World::problems(snapshot),
              ElementsAre("platform: the adminManifests folder is not there; make it, or correct "
                          "adminManifests"));
}

TEST(ManifestDirectory, AMissingRootIsAnError) {
  World world;
  const auto store =
      make_manifest_directory({.root = "manifests", .admin_folders = {}}, world.reader);
  const auto loaded = world.sim.run(store->load());
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::invalid);
  EXPECT_EQ(loaded.error().message,
            "there is no folder manifests with manifests; name the right one");
}

TEST(ManifestWalk, StopsAtItsBoundsAndSaysSo_S15) {
  World world;
  world.files.put("manifests/big.yaml", std::string(max_manifest_file_bytes + 1, '#'));
  Path deep = "manifests";
  for (std::size_t i = 0; i <= max_manifest_depth; ++i) deep /= "d";
  world.files.put(deep / "x.yaml", "");
  const auto found = *find_manifests(world.files, "manifests", {});
  EXPECT_TRUE(found.incomplete);
  EXPECT_TRUE(found.files.empty());
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].text, "the file is larger than 16 MiB; split it");
  EXPECT_EQ(found.problems[1].text, "folders lie deeper than 32 levels; flatten them");
}

}  // namespace
}  // namespace lockstep
