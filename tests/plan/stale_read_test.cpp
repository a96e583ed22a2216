// Whether an answer may be from before our last write (S3): a table a kind of place.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/memory.hpp"

namespace lockstep::plan {
namespace {

using namespace std::chrono_literals;
using testing::Scene;

/// A place where A was written ten seconds ago, and a look at it.
struct Young : Scene {
  explicit Young(PlaceKind kind = PlaceKind::flyApp) : Scene(kind) {
    wrote("A").written_at = now - 10s;
    known().updated_at = now - 10s;
    shown("A", now - 10s);
  }
  NameRecord& known() { return record.names["A"]; }
  void shown(const std::string& name, std::optional<Wall> at) {
    there(name);
    std::ranges::find(seen.secrets, name, &ObservedSecret::name)->updated_at = at;
  }
  bool stale() const { return predates_our_write(target.place.kind, record, seen, now); }
};

TEST(StaleRead, ShowsTheWriteOrSomethingLater) {
  Young scene;
  EXPECT_FALSE(scene.stale());
  scene.shown("A", scene.now - 11s);
  EXPECT_TRUE(scene.stale()) << "an older time";
  scene.shown("A", std::nullopt);
  EXPECT_FALSE(scene.stale()) << "no time says nothing";
  scene.shown("A", scene.now);
  EXPECT_FALSE(scene.stale());
  scene.known().updated_at.reset();
  scene.shown("A", scene.now - 1h);
  EXPECT_FALSE(scene.stale()) << "the time of the write is not known";
}

TEST(StaleRead, AMissingNameNeedsAWitness) {
  for (const auto kind : {PlaceKind::flyApp, PlaceKind::githubRepository}) {
    Young scene(kind);
    scene.gone("A");
    EXPECT_TRUE(scene.stale());
    scene.shown("B", scene.now - 11s);
    EXPECT_TRUE(scene.stale()) << "older than the write";
    scene.shown("B", std::nullopt);
    EXPECT_TRUE(scene.stale());
    scene.shown("B", scene.now - 10s);
    EXPECT_EQ(scene.stale(), kind != PlaceKind::flyApp) << "one call wrote both, or two did";
    scene.shown("B", scene.now - 9s);
    EXPECT_FALSE(scene.stale()) << "newer than the write";
    scene.known().updated_at.reset();
    EXPECT_TRUE(scene.stale()) << "when the write was is not known";
  }
}

TEST(StaleRead, OnlyAYoungWriteThatIsSettledCounts) {
  Young scene;
  scene.gone("A");
  ASSERT_TRUE(scene.stale());
  scene.known().intent = Intent{};
  EXPECT_FALSE(scene.stale()) << "the next look resolves it";
  scene.known().intent.reset();
  scene.known().written_at = scene.now - 60s;
  EXPECT_FALSE(scene.stale());
  scene.known().written_at = scene.now - 59s;
  EXPECT_TRUE(scene.stale());
  scene.known().written_at = scene.now + 59s;
  EXPECT_TRUE(scene.stale()) << "the wall clock was set back a little";
  scene.known().written_at = scene.now + 60s;
  EXPECT_FALSE(scene.stale()) << "set back by more must not hold the place for as long";
  scene.known().written_at.reset();
  EXPECT_FALSE(scene.stale());
}

TEST(StaleRead, OnWorkersTheHistoryTells) {
  Young scene(PlaceKind::cloudflareWorker);
  scene.gone("A");
  EXPECT_FALSE(scene.stale()) << "names come with the deployment";
  scene.seen.history_complete = false;
  EXPECT_TRUE(scene.stale());
  Young fly;
  fly.seen.history_complete = false;
  EXPECT_FALSE(fly.stale()) << "elsewhere there is none";
}

TEST(StaleRead, OnWorkersAStagedWriteMustShowItsVersion) {
  Young scene(PlaceKind::cloudflareWorker);
  scene.known().staged = true;
  scene.record.staged_version = "v2";
  EXPECT_TRUE(scene.stale());
  scene.seen.staged = StagedFate{.version = "v2"};
  EXPECT_FALSE(scene.stale());
  scene.seen.staged.reset();
  scene.known().staged = false;
  EXPECT_FALSE(scene.stale());
  scene.known().staged = true;
  scene.record.staged_version.reset();
  EXPECT_FALSE(scene.stale());
  Young fly;
  fly.known().staged = true;
  fly.record.staged_version = "v2";
  EXPECT_FALSE(fly.stale());
}

TEST(StaleRead, AFileIsReadAsItIs) {
  Young scene(PlaceKind::dotenvFile);
  scene.gone("A");
  EXPECT_FALSE(scene.stale());
}

}  // namespace
}  // namespace lockstep::plan
