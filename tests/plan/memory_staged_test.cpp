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

/// A staged write of a new value for B, interrupted; its version is `v3`.
Scene interrupted_beside(const std::string& attempt) {
  auto s = staged();
  s.record.names["B"].intent = Intent{.fingerprint = testing::fingerprint("B", 2),
                                      .attempt = attempt,
                                      .started = s.now - 90s,
                                      .was_there = true,
                                      .staged = true};
  s.value("B", 2);
  return s;
}

TEST(StagedIntents, AreJudgedByTheirVersionAndNotByTheHistory) {
  auto s = interrupted_beside("a1");
  s.event(Effect::changes_secrets, "secret");
  s.look();
  EXPECT_FALSE(s.record.names["B"].intent);
  EXPECT_EQ(s.record.names["B"].fingerprint, testing::fingerprint("B", 1)) << "no such version";
  EXPECT_EQ(s.record.names["B"].drift_state, State::ChangedOutOfBand) << "the change is theirs";

  auto found = interrupted_beside("a1");
  found.seen.attempts = {"a1"};
  found.look();
  EXPECT_EQ(found.record.names["B"].fingerprint, testing::fingerprint("B", 2));
  EXPECT_TRUE(found.record.names["B"].staged);
  EXPECT_FALSE(found.record.names["B"].presumed) << "as sure as any write";
}

TEST(StagedIntents, AYoungOneStaysOpenWhateverTheHistoryTells) {
  auto s = interrupted_beside("a1");
  s.record.names["B"].intent->started = s.now - 5s;
  s.event(Effect::changes_secrets, "secret");
  s.look();
  EXPECT_TRUE(s.record.names["B"].intent);
}

TEST(StagedIntents, ARemovalNeedsOnlyItsVersion) {
  auto s = interrupted_beside("a1");
  s.record.names["B"].intent->remove = true;
  s.seen.attempts = {"a1"};
  s.look();
  EXPECT_FALSE(s.record.names.contains("B")) << "it is still there in the deployed version";
  auto put = interrupted_beside("a1");
  put.seen.attempts = {"a1"};
  put.gone("B");
  put.look();
  EXPECT_EQ(put.record.names["B"].fingerprint, testing::fingerprint("B", 1))
      << "a name that is not there was not put";
}

TEST(StagedIntents, DoNotSpeakForALiveAttemptBesideThem) {
  auto s = interrupted_beside("a1");
  s.desire("C");
  s.record.names["C"].intent = Intent{.fingerprint = testing::fingerprint("C", 1),
                                      .attempt = "a2",
                                      .started = s.now - 90s,
                                      .staged = false};
  s.there("C");
  s.tokens.clear();
  s.record.names["B"].intent->remove = true;
  s.event(Effect::changes_secrets, "secret");
  s.look();
  EXPECT_TRUE(s.record.names["C"].written) << "the one change is that of C";
  EXPECT_EQ(s.record.names["C"].drift_state, State::InSync);
  EXPECT_FALSE(s.record.names["C"].staged);
}

TEST(StagedIntents, ARemovalThatIsSeenInEveryVersionIsDone) {
  auto s = interrupted_beside("a1");
  s.record.names["B"].intent->remove = true;
  s.seen.attempts = {"a1"};
  s.gone("B");
  s.look();
  EXPECT_FALSE(s.record.names.contains("B"));
}

TEST(StagedVersion, OnceDeployedTheHistoryCountsAgain) {
  auto s = staged();
  s.seen.staged->live = true;
  s.event(Effect::changes_secrets, "secret");
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand);
}

TEST(StagedVersion, WhatIsPresumedStaysPresumedWhileItWaits) {
  auto s = staged();
  s.record.names["A"].presumed = true;
  s.look();
  EXPECT_TRUE(s.record.names["A"].presumed);
}

}  // namespace
}  // namespace lockstep
