// What a look makes of memory while a Worker's version waits for its deployment.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/memory.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using Effect = PlaceEvent::Effect;
using testing::row;
using testing::Scene;

/// A Worker with A and B written by lockstep, A in version v2, which is not deployed.
Scene staged() {
  Scene s(PlaceKind::cloudflareWorker);
  for (const auto* name : {"A", "B"}) {
    s.desire(name);
    s.wrote(name).token.clear();
  }
  s.tokens.clear();
  s.record.names["A"].staged = true;
  s.record.staged_version = "v2";
  s.seen.staged = StagedFate{.version = "v2"};
  return s;
}

TEST(StagedVersion, WaitsAndIsSteady) {
  auto s = staged();
  EXPECT_EQ(row(s.pass(), "A").state, State::Staged);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::version);
  EXPECT_EQ(row(s.diff(), "B").state, State::InSync);
  const auto once = encode(s.record);
  s.pass_after(5min);
  EXPECT_EQ(encode(s.record), once);
}

TEST(StagedVersion, IsLiveWhenDeployed) {
  auto s = staged();
  s.seen.staged->live = true;
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::version);
  EXPECT_EQ(s.record.staged_version, std::nullopt);
}

TEST(StagedVersion, ADeploymentOfOthersDoesNotTouchWhatWaits) {
  auto s = staged();
  s.event(Effect::changes_secrets, "secret");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").state, State::Staged);
  EXPECT_EQ(row(plan, "B").state, State::ChangedOutOfBand);
}

TEST(StagedVersion, SomeoneElsesVersionOnTopMakesItPresumed) {
  auto s = staged();
  s.seen.staged->surely = false;
  EXPECT_EQ(row(s.pass(), "A").state, State::Staged);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::presumed);
}

TEST(StagedVersion, OutOfSightTogetherWithTheHistoryIsUnverifiable) {
  auto s = staged();
  s.seen.staged.reset();
  s.seen.history_complete = false;
  EXPECT_EQ(row(s.pass(), "A").state, State::Unverifiable);
  EXPECT_EQ(s.record.staged_version, std::nullopt);
}

/// An interrupted attempt to stage a new value of B.
Scene interrupted() {
  auto s = staged();
  s.record.names["B"].intent = Intent{.fingerprint = s.record.names["B"].fingerprint,
                                      .attempt = "b7",
                                      .started = s.now,
                                      .was_there = true,
                                      .staged = true};
  return s;
}

// S6
TEST(StagedVersion, S6_AnAttemptLandedWhenItsVersionIsThere) {
  auto s = interrupted();
  s.seen.attempts = {"b7"};
  s.seen.staged = StagedFate{.version = "v3"};
  EXPECT_EQ(row(s.pass(), "B").state, State::Staged);
  EXPECT_EQ(row(s.diff(), "B").certainty, Certainty::version);
  EXPECT_FALSE(s.record.names["B"].intent);
  EXPECT_EQ(s.record.staged_version, "v3");
}

// S6
TEST(StagedVersion, S6_ASecretChangeOfOthersIsNotTakenForTheAttempt) {
  auto s = interrupted();
  s.event(Effect::changes_secrets, "secret");
  s.now += 2min;
  s.pass();
  EXPECT_FALSE(s.record.names["B"].intent);
  EXPECT_FALSE(s.record.names["B"].staged);
  EXPECT_EQ(row(s.diff(), "B").state, State::ChangedOutOfBand);
}

// S6
TEST(StagedVersion, S6_AnAttemptThatIsNotSeenWaitsForReplicasAndIsThenForgotten) {
  auto s = interrupted();
  s.pass_after(30s);
  EXPECT_TRUE(s.record.names["B"].intent);
  s.pass_after(60s);
  EXPECT_FALSE(s.record.names["B"].intent);
  EXPECT_EQ(row(s.diff(), "B").state, State::InSync);
}

TEST(StagedVersion, AReadWithoutAVersionJustMadeIsStale) {
  auto s = staged();
  s.record.names["A"].written_at = s.now;
  s.seen.staged.reset();
  EXPECT_TRUE(plan::predates_our_write(PlaceKind::cloudflareWorker, s.record, s.seen, s.now + 30s));
  EXPECT_FALSE(
      plan::predates_our_write(PlaceKind::cloudflareWorker, s.record, s.seen, s.now + 90s));
}

TEST(StagedVersion, ALiveWriteOfAWorkerIsNotStagedAfterACrash) {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A");
  s.wrote("A").token.clear();
  s.tokens.clear();
  s.record.names["A"].intent = Intent{.fingerprint = s.record.names["A"].fingerprint,
                                      .attempt = "b7",
                                      .started = s.now,
                                      .was_there = true,
                                      .staged = false};
  s.event(Effect::changes_secrets, "secret");
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::presumed);
}

}  // namespace
}  // namespace lockstep
