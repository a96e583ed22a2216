// What a look at a place with a history (Workers) makes of memory.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/memory.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using Effect = PlaceEvent::Effect;
using testing::fingerprint;
using testing::row;
using testing::Scene;

/// A Worker with A and B written by lockstep.
Scene worker() {
  Scene s(PlaceKind::cloudflareWorker);
  for (const auto* name : {"A", "B"}) {
    s.desire(name);
    s.wrote(name).token.clear();
  }
  s.tokens.clear();
  return s;
}

TEST(History, QuietIsInSyncByVersion) {
  auto s = worker();
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::version);
  const auto once = encode(s.record);
  s.pass_after(5min);
  EXPECT_EQ(encode(s.record), once);
}

TEST(History, AForeignSecretChangeMarksAllOursAndSaysWho) {
  auto s = worker();
  s.event(Effect::changes_secrets, "secret");
  const auto plan = s.pass();
  for (const auto* name : {"A", "B"}) {
    EXPECT_EQ(row(plan, name).state, State::ChangedOutOfBand);
    EXPECT_EQ(row(plan, name).certainty, Certainty::version);
    EXPECT_EQ(row(plan, name).who, "jane@example.com (secret)");
  }
  EXPECT_EQ(plan.notes.at(0),
            "jane@example.com made deployment d2 (secret) at 2026-01-15T11:57:00Z");
}

TEST(History, TheMarkStaysWithANameUntilItIsWrittenEvenWhenTheEvidenceHasMovedOn) {
  auto s = worker();
  s.event(Effect::changes_secrets, "secret");
  s.pass();
  EXPECT_EQ(s.record.evidence.event, "d2") << "the next look asks only for what came after";
  EXPECT_EQ(row(s.pass_after(5min), "A").state, State::ChangedOutOfBand);

  // lockstep writes A; B waits for an approval.
  auto& known = s.record.names["A"];
  known.drift_state = State::InSync;
  known.drift_since.reset();
  known.drift_by.clear();
  const auto plan = s.pass_after(5min);
  EXPECT_EQ(row(plan, "A").state, State::InSync);
  EXPECT_EQ(row(plan, "B").state, State::ChangedOutOfBand);
  EXPECT_EQ(row(plan, "B").who, "jane@example.com (secret)");
  EXPECT_EQ(row(plan, "B").since, testing::time(testing::noon));
}

TEST(History, AnOrdinaryDeployKeepsSecretsAndMakesThemPresumed) {
  auto s = worker();
  s.event(Effect::keeps_secrets, "upload");
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::presumed);
  EXPECT_TRUE(s.diff().notes.empty()) << "deploys are everyday business";
  EXPECT_EQ(row(s.pass_after(5min), "A").certainty, Certainty::presumed)
      << "until it is written again";
}

TEST(History, AnOrdinaryDeployDoesNotExcuseAnEarlierChange) {
  auto s = worker();
  s.event(Effect::changes_secrets, "secret", "d2");
  s.pass();
  s.pass_after(5min);
  s.event(Effect::keeps_secrets, "upload", "d3");
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand);
}

TEST(History, ARollbackOrAnUnknownTriggerIsUnverifiable) {
  auto s = worker();
  s.event(Effect::may_change, "rollback");
  EXPECT_EQ(row(s.pass(), "A").state, State::Unverifiable);
  EXPECT_EQ(row(s.diff(), "A").who, "jane@example.com (rollback)");
  EXPECT_EQ(row(s.pass_after(5min), "A").state, State::Unverifiable);
  s.seen.events.clear();
  s.event(Effect::changes_secrets, "secret", "d3");
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand) << "the surer word wins";
}

TEST(History, ACutHistoryIsUnverifiable) {
  auto s = worker();
  s.seen.history_complete = false;
  EXPECT_EQ(row(s.pass(), "A").state, State::Unverifiable);
  EXPECT_EQ(row(s.diff(), "A").who, "someone whom the history no longer shows");
}

TEST(History, ARemovedNameIsToldAndItsReturnByAnyTriggerIsNotOurs) {
  auto s = worker();
  s.gone("A");
  s.event(Effect::changes_secrets, "secret", "d2");
  EXPECT_EQ(row(s.pass(), "A").state, State::Removed);
  s.pass_after(5min);
  s.there("A");
  s.event(Effect::keeps_secrets, "upload", "d3");
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand);
}

TEST(History, NothingIsPrunedAsOwnedAfterSomeoneChangedSecrets) {
  // S1: presumed suffices, a change or an unknown trigger does not.
  const auto action_after = [](Effect effect) {
    auto s = worker();
    s.wrote("OLD");
    s.event(effect, "x");
    return row(s.pass(), "OLD").action;
  };
  EXPECT_EQ(action_after(Effect::keeps_secrets), ActionKind::remove);
  EXPECT_EQ(action_after(Effect::may_change), ActionKind::none);
  EXPECT_EQ(action_after(Effect::changes_secrets), ActionKind::none);
}

// ---- intents that a crash left (S6) -------------------------------------------------------------

/// A bulk write of new values for A and B and of the new name C, interrupted.
Scene interrupted() {
  auto s = worker();
  s.desire("C");
  for (const auto* name : {"A", "B", "C"}) {
    s.value(name, 2);
    s.record.names[name].intent = Intent{.fingerprint = fingerprint(name, 2),
                                         .started = s.now - 5s,
                                         .was_there = name != std::string_view("C"),
                                         .place_before = s.record.evidence};
  }
  return s;
}

TEST(HistoryIntents, ExactlyOneChangeAndAllNamesThereMeansItLanded) {
  auto s = interrupted();
  s.there("C");
  s.tokens.clear();
  s.event(Effect::changes_secrets, "secret");
  const auto plan = s.pass();
  for (const auto* name : {"A", "B", "C"}) {
    EXPECT_EQ(row(plan, name).state, State::InSync) << name;
    EXPECT_EQ(row(plan, name).certainty, Certainty::presumed) << name;
  }
}

TEST(HistoryIntents, NoEventMeansItDidNot) {
  auto s = interrupted();
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").state, State::Stale);
  EXPECT_EQ(row(plan, "C").state, State::Missing);
}

TEST(HistoryIntents, OneChangeThatDoesNotFitIsSomeoneElses) {
  auto s = interrupted();  // C is not there: our bulk write did not land
  s.event(Effect::changes_secrets, "secret");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").state, State::ChangedOutOfBand);
  EXPECT_EQ(row(plan, "C").state, State::Missing);
}

TEST(HistoryIntents, ACrowdedHistoryIsDriftOfEveryName) {
  auto s = interrupted();
  s.there("C");
  s.tokens.clear();
  s.event(Effect::changes_secrets, "secret", "d2");
  s.event(Effect::changes_secrets, "secret", "d3");
  const auto plan = s.pass();
  for (const auto* name : {"A", "B", "C"}) {
    EXPECT_EQ(row(plan, name).state, State::ChangedOutOfBand) << name;
    EXPECT_FALSE(s.record.names[name].intent) << name;
  }
}

TEST(HistoryIntents, ARemovalThatDidNotLandDoesNotHideAForeignChange) {
  auto s = worker();
  s.wrote("OLD").intent = Intent{.remove = true, .started = s.now - 5s, .was_there = true};
  s.tokens.clear();
  s.event(Effect::changes_secrets, "secret");
  EXPECT_EQ(row(s.pass(), "A").state, State::ChangedOutOfBand);
}

TEST(History, WhatWasSeenIsRememberedSoThatNamesNeedNotBeReadAgain) {
  auto s = worker();
  s.there("FOREIGN");
  s.seen.taken = {{"KV", "kv_namespace"}};
  s.event(Effect::keeps_secrets, "upload", "d2");
  s.look();
  EXPECT_EQ(s.record.evidence, s.seen.evidence);
  EXPECT_EQ(s.record.seen, s.seen.evidence);
  EXPECT_EQ(s.record.seen_names, (std::vector<std::string>{"A", "B", "FOREIGN"}));
  EXPECT_EQ(s.record.seen_taken, s.seen.taken);
}

TEST(History, S20_RepairsOfThePlaceAreForgottenAfterAnHour) {
  auto s = worker();
  s.record.repairs = {s.now - 60min, s.now - 59min};
  s.look();
  EXPECT_EQ(s.record.repairs.size(), 1U);
}

TEST(History, ADriftThatIsOverLeavesNobodyToBlame) {
  auto s = worker();
  s.gone("A");
  s.event(Effect::changes_secrets, "secret", "d2");
  s.look();
  EXPECT_NE(s.record.names["A"].drift_by, "");
  auto& known = s.record.names["A"];
  known.intent = Intent{.fingerprint = fingerprint("A", 1), .started = s.now - 5s};
  s.there("A");
  s.tokens.clear();
  s.seen.events.clear();
  s.event(Effect::changes_secrets, "secret", "d3");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").state, State::InSync);
  EXPECT_EQ(row(plan, "A").who, "");
  EXPECT_FALSE(row(plan, "A").since);
  EXPECT_EQ(s.record.names["A"].repairs.size(), 1U) << "S20: it was a repair";
}

TEST(HistoryIntents, AChangeThatIsPresumedOursMakesEveryNamePresumed) {
  auto s = worker();
  s.record.names["A"].intent =
      Intent{.fingerprint = fingerprint("A", 2), .started = s.now - 5s, .was_there = true};
  s.record.names["SEEN"].undesired_since = s.now;
  s.event(Effect::changes_secrets, "secret");
  s.look();
  EXPECT_TRUE(s.record.names["A"].presumed);
  EXPECT_TRUE(s.record.names["B"].presumed) << "it may have been of any name";
  EXPECT_FALSE(s.record.names["SEEN"].presumed);
  s.pass_after(5min);
  EXPECT_TRUE(s.record.names["B"].presumed) << "until it is written again";
}

TEST(HistoryIntents, S6_NothingIsPresumedBesideARollbackOrACutHistory) {
  for (const bool cut : {true, false}) {
    auto s = interrupted();
    s.there("C");
    s.tokens.clear();
    s.event(Effect::changes_secrets, "secret", "d2");
    if (cut) s.seen.history_complete = false;
    if (!cut) s.event(Effect::may_change, "rollback", "d3");
    EXPECT_EQ(row(s.pass(), "B").state, State::ChangedOutOfBand);
  }
}

TEST(HistoryIntents, AYoungAttemptStaysOpenOnlyWhileNobodyChangedSecrets) {
  auto s = interrupted();
  s.look();
  EXPECT_TRUE(s.record.names["A"].intent);
  auto cut = interrupted();
  cut.seen.history_complete = false;
  cut.look();
  EXPECT_FALSE(cut.record.names["A"].intent) << "what happened is not told any more";
  auto changed = interrupted();
  changed.event(Effect::changes_secrets, "secret");
  changed.look();
  EXPECT_FALSE(changed.record.names["A"].intent);
}

}  // namespace
}  // namespace lockstep
