#include "providers/dotenv/provider.hpp"

#include <gmock/gmock.h>

#include "../world.hpp"
#include "support/dead_disk.hpp"
#include "support/memory_files.hpp"

namespace lockstep::providers::dotenv {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using lockstep::testing::removal;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using O = Receipt::Outcome;

class Fence final : public WriteFence {
 public:
  Status check(Mono) const override {
    if (open) return {};
    return fail(ErrorKind::fenced, "the lock is lost");
  }
  bool open = true;
};

struct DotenvWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::Power power{1};
  lockstep::testing::MemoryFiles files{power};
  Fence fence;
  std::set<std::string> tracked;
  bool index_is_readable = true;
  std::unique_ptr<Offload> offload = make_offload_inline();
  RestedReader reader{files, sim.clock(), *offload};
  DotenvProvider provider{
      files,
      reader,
      sim.clock(),
      fence,
      {.root = "/w", .tracked = [this](const FileReader&, const Path& path) -> Result<bool> {
         if (!index_is_readable) return fail(ErrorKind::storage, "no index");
         return tracked.contains(path.string());
       }}};
  Place place{.kind = PlaceKind::dotenvFile, .parts = {".dev.vars"}};

  void SetUp() override { files.put("/w/README", ""); }
  void at(std::string path) { place.parts = {std::move(path)}; }
  Result<Observation> observe() { return sim.run(provider.observe(place, {}, {})); }
  Result<WriteCheck> check() {
    return sim.run(provider.check_write(place, {}, WriteMode::live, {}));
  }
  template <class... C>
  Result<Applied> apply(C... change) {
    return sim.run(
        provider.apply(place, changes_of(std::move(change)...), {}, WriteMode::live, {}));
  }
  unsigned mode(const Path& path) { return (*files.info(path))->mode; }
};

TEST_F(DotenvWorld, AFileThatIsNotThereIsAnEmptyPlace) {
  const auto seen = observe();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(seen->secrets, IsEmpty());
  EXPECT_THAT(files.paths(), Not(Contains("/w/.dev.vars"))) << "observing makes nothing";
}

// S5
TEST_F(DotenvWorld, AFolderThatIsNotThereIsAMissingPlace) {
  at("apps/cms/.dev.vars");
  EXPECT_EQ(observe().error().kind, ErrorKind::not_found);
  EXPECT_EQ(apply(put("A", "1")).error().kind, ErrorKind::not_found);
  EXPECT_THAT(describe(observe().error()), HasSubstr("there is no folder /w/apps"));
}

TEST_F(DotenvWorld, TheEvidenceOfANameIsItsValue) {
  files.put("/w/.dev.vars", "# hello\nexport B='two'\nA=1\nA=9\nEMPTY=\nnot.ours=x\n");
  const auto seen = observe();
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->secrets.size(), 3U) << "a name that no place takes is not told";
  EXPECT_EQ(seen->secrets[0].name, "A");
  EXPECT_FALSE(seen->find("EMPTY")->token.empty());
  EXPECT_NE(seen->find("A")->token.expose(), seen->find("B")->token.expose());
  EXPECT_EQ(seen->requests, 1U);
  const auto applied = apply(put("A", "9"), put("EMPTY", ""));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].token.expose(), seen->find("A")->token.expose());
  EXPECT_EQ(applied->receipts[1].token.expose(), seen->find("EMPTY")->token.expose());
  EXPECT_THAT(seen->notes, ElementsAre(HasSubstr("1 name set more than once in /w/.dev.vars")));
}

// An editor that has the file open would write its second half into a file that nobody sees.
TEST_F(DotenvWorld, AFileThatADeveloperIsWritingIsLeftToThem) {
  files.tell_time([this] { return sim.clock().wall(); });
  files.put("/w/.dev.vars", "# mine\nA=1\n");
  Scope developer(sim.executor());
  developer.start([](DotenvWorld& at) -> Awaitable<void> {
    auto& clock = at.sim.clock();
    (void)co_await clock.sleep_until(clock.mono() + std::chrono::milliseconds(900));
    at.files.append("/w/.dev.vars", "LATER='half");
    (void)co_await clock.sleep_until(clock.mono() + std::chrono::milliseconds(900));
    at.files.append("/w/.dev.vars", " and half'\n");
  }(*this));
  ASSERT_TRUE(apply(put("B", "2")));
  EXPECT_EQ(files.text("/w/.dev.vars"), "# mine\nA=1\nLATER='half and half'\nB=2\n");
}

TEST_F(DotenvWorld, NothingIsNotedOfNamesThatAreThereOnce) {
  files.put("/w/.dev.vars", "A=1\nB=2\n");
  EXPECT_THAT(observe()->notes, IsEmpty());
}

TEST_F(DotenvWorld, ReadsTheFileOnlyForWhatCanBeWritten) {
  const auto refused = apply(put("A", "'\"`\n"));
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused->receipts.size(), 1U);
  EXPECT_EQ(refused->receipts[0].outcome, O::failed);
  EXPECT_EQ(refused->reads, 0U);
  const auto written = apply(put("A", "1"));
  EXPECT_EQ(written->reads, 1U);
  EXPECT_EQ(written->writes, 1U);
}

// S5
TEST_F(DotenvWorld, OtherPlacesAreUnsupported) {
  EXPECT_EQ(&provider.capabilities(), &capabilities_of(PlaceKind::dotenvFile));
  for (const auto& other : {Place{PlaceKind::flyApp, {".dev.vars"}},
                            Place{PlaceKind::dotenvFile, {".dev.vars", "x"}}}) {
    place = other;
    EXPECT_EQ(observe().error().kind, ErrorKind::unsupported);
    EXPECT_EQ(apply(put("A", "'\"`\n")).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(sim.run(provider.attribute(place, "A", {})).error().kind, ErrorKind::unsupported);
  }
  at("../.dev.vars");
  EXPECT_THAT(observe().error().message, HasSubstr("must be a .dev.vars file below the folder"));
}

TEST_F(DotenvWorld, KeepsEveryOtherByte) {
  files.put("/w/.dev.vars", "# by hand\r\n\r\nB = 'x' # why\r\nnot.ours=1\r\nA=1");
  ASSERT_TRUE(apply(put("A", "two words"), removal("B"), put("C", "3")));
  EXPECT_EQ(files.text("/w/.dev.vars"), "# by hand\r\n\r\nnot.ours=1\r\nA='two words'\r\nC=3\r\n");
}

TEST_F(DotenvWorld, WritesForItsOwnerOnly) {
  ASSERT_TRUE(apply(put("A", "1")));
  EXPECT_EQ(mode("/w/.dev.vars"), 0600U);
  files.put("/w/.dev.vars.staging", "A=1\n", 0664);
  at(".dev.vars.staging");
  ASSERT_TRUE(apply(put("A", "2")));
  EXPECT_EQ(mode("/w/.dev.vars.staging"), 0600U);
}

TEST_F(DotenvWorld, AnExampleIsOpenLikeTheCodeBesideIt) {
  at(".dev.vars.example");
  ASSERT_TRUE(apply(put("A", "put yours here")));
  EXPECT_EQ(mode("/w/.dev.vars.example"), 0644U);
  files.put("/w/.dev.vars.example", "A=1\n", 0664);
  ASSERT_TRUE(apply(put("A", "2")));
  EXPECT_EQ(mode("/w/.dev.vars.example"), 0664U);
}

TEST_F(DotenvWorld, AFileThatGitTracksIsNotWritten) {
  tracked = {"/w/.dev.vars", "/w/.dev.vars.example"};
  const auto checked = check();
  ASSERT_TRUE(checked);
  EXPECT_FALSE(checked->ok);
  EXPECT_EQ(checked->gate, Gate::NotPermitted);
  EXPECT_EQ(checked->reason,
            "git tracks /w/.dev.vars; run: git rm --cached /w/.dev.vars, and add it to .gitignore");
  EXPECT_EQ(apply(put("A", "1")).error().kind, ErrorKind::forbidden);
  EXPECT_EQ(files.text("/w/.dev.vars"), "");
  at(".dev.vars.example");
  EXPECT_TRUE(check()->ok);
  EXPECT_TRUE(apply(put("A", "1")));
}

// The reads before it are answered; then the disk hangs, and the loop goes on.
TEST_F(DotenvWorld, AWriteThatHangsIsUnknownAndItsPlaceIsLeftAloneUntilItEnds_S14) {
  using namespace std::chrono_literals;
  files.put("/w/.dev.vars", "A=1\n", 0600);
  lockstep::testing::DeadDisk disk(sim.clock(), 2);
  RestedReader impatient(files, sim.clock(), disk);
  DotenvProvider on_it(
      files, impatient, sim.clock(), fence,
      {.root = "/w",
       .tracked = [](const FileReader&, const Path&) -> Result<bool> { return false; }});
  const auto began = sim.clock().mono();
  const auto applied =
      sim.run(on_it.apply(place, changes_of(put("A", "2")), {}, WriteMode::live, {}));
  EXPECT_LT(sim.clock().mono() - began, 31s);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].outcome, O::unknown);
  EXPECT_EQ(files.text("/w/.dev.vars"), "A=1\n");
  EXPECT_EQ(sim.run(on_it.observe(place, {}, {})).error().kind, ErrorKind::transient);
  disk.answer();
  EXPECT_EQ(files.text("/w/.dev.vars"), "A=2\n");
  EXPECT_TRUE(sim.run(on_it.observe(place, {}, {})));
}

TEST_F(DotenvWorld, AnIndexOnADiskThatHangsIsAnErrorInTime_S14) {
  using namespace std::chrono_literals;
  lockstep::testing::DeadDisk disk(sim.clock());
  RestedReader impatient(files, sim.clock(), disk);
  DotenvProvider on_it(
      files, impatient, sim.clock(), fence,
      {.root = "/w",
       .tracked = [](const FileReader&, const Path&) -> Result<bool> { return false; }});
  const auto began = sim.clock().mono();
  EXPECT_FALSE(sim.run(on_it.check_write(place, {}, WriteMode::live, {})));
  EXPECT_LT(sim.clock().mono() - began, 31s);
}

TEST_F(DotenvWorld, AnIndexThatCannotBeReadIsNotTakenForNo) {
  index_is_readable = false;
  EXPECT_EQ(check().error().kind, ErrorKind::protocol);
  EXPECT_EQ(apply(put("A", "1")).error().kind, ErrorKind::protocol);
  EXPECT_EQ(files.text("/w/.dev.vars"), "");
}

// S3
TEST_F(DotenvWorld, AFileThatIsNotUnderstoodIsNeverWritten) {
  const std::string text = "A=1\nhunter2hunter2\n";
  files.put("/w/.dev.vars", text);
  const auto seen = observe();
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().kind, ErrorKind::protocol);
  EXPECT_THAT(describe(seen.error()), HasSubstr("/w/.dev.vars:2: "));
  EXPECT_THAT(describe(seen.error()), Not(HasSubstr("hunter2"))) << "S4";
  EXPECT_EQ(apply(put("A", "2")).error().kind, ErrorKind::protocol);
  EXPECT_EQ(files.text("/w/.dev.vars"), text);
}

TEST_F(DotenvWorld, AFileThatCannotBeReadStopsOnlyItself) {
  files.put("/w/.dev.vars", "A=1\n");
  files.break_reading("/w/.dev.vars");
  EXPECT_EQ(observe().error().kind, ErrorKind::protocol) << "storage would stop all writes";
}

// S15
TEST_F(DotenvWorld, AFileThatIsTooLargeIsRefused) {
  files.put("/w/.dev.vars", std::string((1 << 20) + 1, '\n'));
  EXPECT_EQ(observe().error().kind, ErrorKind::invalid);
}

TEST_F(DotenvWorld, OnlyDevVarsBelowTheRootArePlaces) {
  files.put("/outside/.dev.vars", "A=1\n");
  for (const auto* path : {"/outside/.dev.vars", "../outside/.dev.vars", "a/../.dev.vars", ".env",
                           "apps/", "./.dev.vars", ""}) {
    at(path);
    EXPECT_EQ(observe().error().kind, ErrorKind::invalid) << path;
    EXPECT_EQ(apply(put("A", "2")).error().kind, ErrorKind::invalid) << path;
  }
  EXPECT_EQ(files.text("/outside/.dev.vars"), "A=1\n");
}

TEST_F(DotenvWorld, AFolderOfThatNameIsNoPlace) {
  files.put_directory("/w/.dev.vars", 0755);
  EXPECT_EQ(observe().error().kind, ErrorKind::invalid);
  files.put("/w/file", "");
  at("file/.dev.vars");
  EXPECT_EQ(observe().error().kind, ErrorKind::invalid);
}

// S7
TEST_F(DotenvWorld, NoWritePassesTheFence) {
  fence.open = false;
  EXPECT_EQ(apply(put("A", "1")).error().kind, ErrorKind::fenced);
  EXPECT_THAT(files.paths(), Not(Contains("/w/.dev.vars")));
}

TEST_F(DotenvWorld, AValueThatNoQuotesCarryIsRefusedAndTheRestIsWritten) {
  const auto applied = apply(put("A", "fake'\"`value"), put("B", "2"));
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_EQ(applied->receipts[0].outcome, O::failed);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::invalid);
  EXPECT_THAT(all_text(applied), Not(HasSubstr("fake'"))) << "S4";
  EXPECT_EQ(applied->receipts[1].outcome, O::done);
  EXPECT_EQ(files.text("/w/.dev.vars"), "B=2\n");
}

// S6: whether the new file stands is not known.
TEST_F(DotenvWorld, ADiskThatFailsLeavesTheOutcomeUnknown) {
  power.cut_after(0);
  const auto applied =
      sim.run(provider.apply(place, changes_of(put("A", "1")), {}, WriteMode::live, {}));
  if (applied) {
    EXPECT_EQ(applied->receipts[0].outcome, O::unknown);
    EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::outcome_unknown);
  } else {
    EXPECT_EQ(applied.error().kind, ErrorKind::protocol);
  }
}

TEST_F(DotenvWorld, HasNoRollOutAndNobodysName) {
  EXPECT_EQ(sim.run(provider.roll_out(place, {}, {})).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(sim.run(provider.attribute(place, "A", {}))->who, "");
}

/// Links are a matter of the real file system.
class OnDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "dotenv-XXXXXX";
    root = ::mkdtemp(name.data());
    std::filesystem::create_directory(root / "real");
    std::filesystem::create_directory_symlink(root / "real", root / "link");
    std::filesystem::create_symlink("elsewhere", root / ".dev.vars");
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  Path root;
};

// A name that no file can have is a failed read of that place: "storage" would stop all writes.
TEST_F(OnDisk, APathThatCannotBeLookedAtStopsOnlyItself) {
  lockstep::testing::Simulation sim;
  const Fence fence;
  const auto files = make_system_files();
  const auto inline_work = make_offload_inline();
  RestedReader real_reader(*files, sim.clock(), *inline_work);
  DotenvProvider provider(
      *files, real_reader, sim.clock(), fence,
      {.root = root, .tracked = [](const FileReader&, const Path&) -> Result<bool> { return false; }});
  const std::string too_long(300, 'x');
  for (const auto& path : {".dev.vars." + too_long, too_long + "/.dev.vars"}) {
    const Place place{.kind = PlaceKind::dotenvFile, .parts = {path}};
    const auto seen = sim.run(provider.observe(place, {}, {}));
    ASSERT_FALSE(seen) << path;
    EXPECT_EQ(seen.error().kind, ErrorKind::protocol) << describe(seen.error());
  }
}

TEST_F(OnDisk, LinksAreNotFollowed) {
  lockstep::testing::Simulation sim;
  const Fence fence;
  const auto files = make_system_files();
  const auto inline_work = make_offload_inline();
  RestedReader real_reader(*files, sim.clock(), *inline_work);
  DotenvProvider provider(
      *files, real_reader, sim.clock(), fence,
      {.root = root,
       .tracked = [](const FileReader&, const Path&) -> Result<bool> { return false; }});
  for (const auto* path : {".dev.vars", "link/.dev.vars"}) {
    const Place place{.kind = PlaceKind::dotenvFile, .parts = {path}};
    const auto seen = sim.run(provider.observe(place, {}, {}));
    ASSERT_FALSE(seen) << path;
    EXPECT_EQ(seen.error().kind, ErrorKind::invalid);
    EXPECT_THAT(describe(seen.error()), HasSubstr("links are not followed"));
    const auto applied =
        sim.run(provider.apply(place, changes_of(put("A", "1")), {}, WriteMode::live, {}));
    EXPECT_FALSE(applied);
  }
  EXPECT_FALSE(std::filesystem::exists(root / "elsewhere"));
  EXPECT_FALSE(std::filesystem::exists(root / "real/.dev.vars"));
}

}  // namespace
}  // namespace lockstep::providers::dotenv
