// What a look at a Fly app makes of what is staged there, and of writes whose answer was lost.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/memory.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::fingerprint;
using testing::row;
using testing::Scene;

/// A is written and waits; machines run the old set.
struct StagedApp : Scene {
  StagedApp() {
    target.permitted.insert(api::Action::RollOut);
    desire("A");
    wrote("A").staged = true;
    record.roll_out_due = now - 1h;
    record.machines = {"m1/i1"};
    record.evidence.version = "42";
    seen.machines = {"m1/i1", "m2/i1"};
    live(false);
  }
  void live(bool all) {
    seen.live = all;
    for (auto& secret : seen.secrets) secret.live = all;
  }
  NameRecord& a() { return record.names["A"]; }
};

TEST(MemoryRollOut, WhateverMadeItLiveNothingIsLeftToDo) {
  StagedApp s;
  s.record.roll_out_stopped = "machine m1: it is failed";
  s.record.roll_out_begun = s.now - 1h;
  s.look();
  EXPECT_TRUE(s.record.roll_out_due && s.record.roll_out_begun && s.record.roll_out_stopped);
  EXPECT_TRUE(s.a().staged);
  s.live(true);
  s.look();
  EXPECT_FALSE(s.record.roll_out_due || s.record.roll_out_begun || s.record.roll_out_stopped);
  EXPECT_FALSE(s.a().staged);
}

TEST(MemoryRollOut, WhatOthersRolledOutIsLive) {
  StagedApp s;
  s.live(true);
  s.look();
  EXPECT_FALSE(s.record.roll_out_due);
  EXPECT_FALSE(s.a().staged);
}

TEST(MemoryRollOut, OursIsLiveOnlyWhenItsLastStepSaysSo) {
  StagedApp s;
  s.record.roll_out_begun = s.now - 1min;
  s.live(true);
  s.look();
  EXPECT_TRUE(s.a().staged);
  EXPECT_TRUE(s.record.roll_out_due && s.record.roll_out_begun);
}

TEST(MemoryRollOut, WhoMayNotRollOutGoesByWhatRuns) {
  for (const bool granted : {true, false}) {
    StagedApp s;
    s.record.roll_out_begun = s.now - 1min;
    s.look();
    ASSERT_TRUE(s.record.roll_out_begun);
    if (granted) s.target.policy.apply = api::Apply::Staged;
    if (!granted) s.target.permitted.erase(api::Action::RollOut);
    s.look();
    EXPECT_FALSE(s.record.roll_out_begun);
  }
}

TEST(MemoryRollOut, WhoeverRunsCountsAsOldWhereThatIsNotKnown) {
  StagedApp s;
  s.record.machines.clear();
  s.record.roll_out_due.reset();
  s.look();
  EXPECT_EQ(s.record.machines, s.seen.machines);
  EXPECT_EQ(s.record.roll_out_due, s.now) << "something is staged";
  s.record.machines = {"m1/i1"};
  s.record.roll_out_due = s.now - 1h;
  s.look();
  EXPECT_EQ(s.record.machines.size(), 1U) << "it is known";
  EXPECT_EQ(s.record.roll_out_due, s.now - 1h);
  s.a().staged = false;
  s.record.machines.clear();
  s.look();
  EXPECT_EQ(s.record.machines, s.seen.machines) << "a deletion is due";
  s.record.roll_out_due.reset();
  s.record.machines.clear();
  s.look();
  EXPECT_TRUE(s.record.machines.empty()) << "nothing is";
  EXPECT_FALSE(s.record.roll_out_due);
}

TEST(MemoryRollOut, WhatIsNotKnownToBeLiveStaysStaged) {
  StagedApp s;
  s.seen.live.reset();
  s.seen.secrets[0].live.reset();
  s.look();
  EXPECT_TRUE(s.a().staged);
  EXPECT_EQ(s.record.roll_out_due, s.now - 1h);
}

TEST(MemoryRollOut, OtherPlacesHaveNone) {
  Scene s(PlaceKind::githubRepository);
  s.record.roll_out_due = s.now;
  s.record.roll_out_stopped = "x";
  s.seen.live = true;
  s.seen.machines = {"m1/i1"};
  s.look();
  EXPECT_TRUE(s.record.roll_out_due && s.record.roll_out_stopped);
  EXPECT_TRUE(s.record.machines.empty());
}

/// The answer to a write of a new value for A was lost; the value is there.
struct LostWrite : StagedApp {
  LostWrite() {
    a().staged = false;
    a().value_since = now - 24h;
    a().answered_at = now - 24h;
    a().drift_state = State::ChangedOutOfBand;
    a().drift_since = now - 1h;
    a().drift_by = "jane";
    a().intent = Intent{.fingerprint = fingerprint("A", 2),
                        .started = now - 90s,
                        .was_there = true,
                        .token_before = testing::token("A", 1)};
    there("A", 2);
    value("A", 2);
    live(false);
    record.roll_out_stopped = "machine m1: it is failed";
  }
};

TEST(LostWrite, CountsAsWrittenWhenItBegan) {
  LostWrite s;
  const auto plan = s.pass();
  EXPECT_EQ(s.a().written_at, s.now - 90s);
  EXPECT_EQ(s.a().value_since, s.now - 90s) << "another value";
  EXPECT_FALSE(s.a().answered_at);
  EXPECT_EQ(row(plan, "A").state, State::Staged);
  EXPECT_EQ(row(plan, "A").who, "");
  LostWrite same;
  same.a().intent->fingerprint = fingerprint("A", 1);
  same.look();
  EXPECT_EQ(same.a().value_since, same.now - 24h);
}

TEST(LostWrite, LosesTheNumberOfTheSetAndWhoRanTheOldOne) {
  for (const bool removes : {true, false}) {
    LostWrite s;
    s.a().intent->remove = removes;
    if (removes) s.gone("A");
    s.look();
    EXPECT_EQ(s.record.evidence.version, "");
    EXPECT_EQ(s.record.machines, s.seen.machines);
    EXPECT_EQ(s.record.roll_out_due, s.now - 1h) << "since when something waits";
    EXPECT_FALSE(s.record.roll_out_stopped) << "there is something new to roll out";
    s.record.roll_out_due.reset();
  }
  LostWrite first;
  first.record.roll_out_due.reset();
  first.look();
  EXPECT_EQ(first.record.roll_out_due, first.now - 90s);
}

TEST(LostWrite, IsSeenByItsTimeAlone) {
  LostWrite s;
  s.there("A", 1);
  s.seen.secrets[0].updated_at = s.now - 80s;
  s.look();
  EXPECT_EQ(s.a().fingerprint, fingerprint("A", 2));
}

}  // namespace
}  // namespace lockstep
