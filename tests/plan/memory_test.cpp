// What a look at a place with digests (Fly) makes of memory; Workers are in
// memory_history_test.cpp.
#include "plan/memory.hpp"

#include <gtest/gtest.h>

#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::fingerprint;
using testing::row;
using testing::Scene;
using testing::token;

/// A write of `name` that a crash interrupted: the intent is durable, the evidence is not.
NameRecord& interrupt(Scene& s, const std::string& name, int version, Seconds ago = Seconds(90)) {
  const auto* seen = s.seen.find(name);
  auto& known = s.record.names[name];
  known.claimant = "SecretSet/runtime";
  known.intent = Intent{.fingerprint = fingerprint(name, version),
                        .attempt = "a1",
                        .started = s.now - ago,
                        .was_there = seen != nullptr,
                        .token_before = seen ? s.tokens.at(name) : "",
                        .place_before = s.record.evidence};
  return known;
}

TEST(Memory, ASteadyPlaceGivesAnEqualRecordBack) {
  // S11: a second pass does nothing.
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD");
  s.desire("B");
  s.wrote("B");
  s.there("B", 5);
  s.there("FOREIGN");
  s.look();
  const auto once = encode(s.record);
  s.now += 5min;
  s.look();
  EXPECT_EQ(encode(s.record), once);
}

TEST(Memory, DriftKeepsItsFirstHourAndEndsWhenTheDigestIsOursAgain) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  const auto first = s.now;
  EXPECT_EQ(row(s.pass(), "A").since, first);
  s.there("A", 6);
  EXPECT_EQ(row(s.pass_after(5min), "A").since, first);
  s.gone("A");
  EXPECT_EQ(row(s.pass_after(5min), "A").state, State::Removed);
  EXPECT_EQ(row(s.diff(), "A").since, first);
  s.there("A", 1);
  EXPECT_EQ(row(s.pass_after(5min), "A").state, State::InSync);
  EXPECT_FALSE(s.record.names["A"].drift_since);
}

TEST(Memory, ForgetsWhatIsNeitherThereNorDesired) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD");
  s.gone("OLD");
  s.look();
  EXPECT_TRUE(s.record.names.contains("A"));
  EXPECT_FALSE(s.record.names.contains("OLD"));
}

TEST(Memory, ForgetsNothingOfOursWhileTheManifestsCannotBeTrusted) {
  // S2, S16: the entry of KEY may stand in a document that does not parse today.
  Scene s;
  s.wrote("KEY").compromised_only = true;
  s.gone("KEY");
  s.target.deletions_blocked = "SecretSet cms/x is invalid";
  s.look();
  EXPECT_TRUE(s.record.names.contains("KEY"));
}

TEST(Memory, RepairsAndDeletionsAreForgottenAfterTheirTime) {
  Scene s;
  s.desire("A");
  s.wrote("A").repairs = {s.now - 60min, s.now - 59min};
  s.record.deletions = {s.now - 24h, s.now - 23h};
  s.look();
  EXPECT_EQ(s.record.names["A"].repairs.size(), 1U);
  EXPECT_EQ(s.record.deletions.size(), 1U);
}

TEST(Memory, ADriftThatIsOverIsForgottenWhole) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  s.look();
  s.record.names["A"].drift_by = "jane";
  s.there("A", 1);
  EXPECT_EQ(row(s.pass_after(5min), "A").who, "");
}

TEST(Memory, ADriftWithoutABeginningBeginsNow) {
  Scene s;
  s.desire("A");
  s.wrote("A").drift_state = State::ChangedOutOfBand;
  s.there("A", 5);
  s.look();
  EXPECT_EQ(s.record.names["A"].drift_since, s.now);
}

TEST(Memory, WhatIsNotOursIsRememberedOnlyWhileItsClockRuns) {
  Scene s;
  s.target.policy.prune = api::Prune::All;
  s.desire("A");
  s.there("FOREIGN");
  s.look();
  EXPECT_EQ(s.record.names["FOREIGN"].undesired_since, s.now);
  EXPECT_EQ(s.record.names["FOREIGN"].first_seen, s.now);
  s.pass_after(5min);
  EXPECT_EQ(s.record.names["FOREIGN"].first_seen, s.now - 5min);
  s.target.policy.prune = api::Prune::Owned;
  s.record.names["FOREIGN"].undesired_since.reset();
  s.look();
  EXPECT_FALSE(s.record.names.contains("FOREIGN"));
  s.target.policy.prune = api::Prune::All;
  s.look();
  s.gone("FOREIGN");
  s.look();
  EXPECT_FALSE(s.record.names.contains("FOREIGN")) << "it went by itself";
}

// ---- a new digest scheme of the provider --------------------------------------------------------

Scene two_names_in_a_new_scheme() {
  Scene s;
  for (const auto* name : {"A", "B"}) {
    s.desire(name);
    s.wrote(name).updated_at = s.now - 24h;
    s.there(name, 9);
  }
  for (auto& seen : s.seen.secrets) seen.updated_at = s.now - 24h;
  return s;
}

TEST(DigestScheme, AllDigestsNewAndNoTimeMovedIsNoDrift) {
  auto s = two_names_in_a_new_scheme();
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").state, State::InSync);
  EXPECT_EQ(row(plan, "A").certainty, Certainty::presumed);
  EXPECT_EQ(s.record.names["A"].token, token("A", 9))
      << "the new digest is what the next look compares";
  s.there("B", 5);
  EXPECT_EQ(row(s.pass(), "B").state, State::ChangedOutOfBand);
}

TEST(DigestScheme, OneTimeMovedOrOneDigestTheSameIsDrift) {
  auto moved = two_names_in_a_new_scheme();
  moved.seen.secrets[0].updated_at = moved.now;
  EXPECT_EQ(row(moved.pass(), "A").state, State::ChangedOutOfBand);
  EXPECT_EQ(row(moved.diff(), "B").state, State::ChangedOutOfBand);

  auto same = two_names_in_a_new_scheme();
  same.tokens["B"] = token("B", 1);
  EXPECT_EQ(row(same.pass(), "A").state, State::ChangedOutOfBand);
  EXPECT_EQ(row(same.diff(), "B").state, State::InSync);
}

TEST(DigestScheme, OnlyWhatIsOursAndHasADigestTells) {
  auto s = two_names_in_a_new_scheme();
  s.record.names["SEEN"].token = token("SEEN", 1);
  s.there("SEEN", 9);
  s.record.names["SEEN"].undesired_since = s.now;
  s.desire("TRUSTED");
  s.wrote("TRUSTED").token.clear();
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync) << "no time of theirs counts";
}

TEST(DigestScheme, WithoutTimesOrWithOneNameItIsDrift) {
  auto timeless = two_names_in_a_new_scheme();
  for (auto& seen : timeless.seen.secrets) seen.updated_at.reset();
  EXPECT_EQ(row(timeless.pass(), "A").state, State::ChangedOutOfBand);
  auto never_timed = two_names_in_a_new_scheme();
  for (auto& seen : never_timed.seen.secrets) seen.updated_at.reset();
  for (auto& [name, known] : never_timed.record.names) known.updated_at.reset();
  EXPECT_EQ(row(never_timed.pass(), "A").state, State::ChangedOutOfBand);
}

// ---- intents that a crash left (S6) -------------------------------------------------------------

TEST(Intents, ALandedCreateIsOursAndPresumed) {
  Scene s;
  s.desire("A");
  interrupt(s, "A", 1);
  s.there("A", 1);
  const auto plan = s.pass();
  const auto& known = s.record.names["A"];
  EXPECT_FALSE(known.intent);
  EXPECT_TRUE(known.written);
  EXPECT_EQ(known.token, token("A", 1));
  EXPECT_EQ(row(plan, "A").state, State::InSync);
  EXPECT_EQ(row(plan, "A").certainty, Certainty::presumed);
}

TEST(Intents, ACreateThatDidNotLandIsMissingAgain) {
  Scene s;
  s.desire("A");
  interrupt(s, "A", 1);
  EXPECT_EQ(row(s.pass(), "A").state, State::Missing);
  EXPECT_TRUE(s.record.names.empty());
}

TEST(Intents, AYoungOneThatIsNotSeenStaysOpen) {
  // S6: the read may be from before the write; were it forgotten, what lockstep made would later
  // look as if it had been there before lockstep.
  Scene s;
  s.desire("A");
  interrupt(s, "A", 1, 5s);
  EXPECT_EQ(row(s.pass(), "A").state, State::Missing);
  EXPECT_TRUE(s.record.names["A"].intent);
  s.there("A", 1);
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
}

TEST(Intents, ALandedUpdateHasTheNewFingerprint) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  interrupt(s, "A", 2);
  s.there("A", 2);
  s.value("A", 2);
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(s.record.names["A"].fingerprint, fingerprint("A", 2));
}

TEST(Intents, AfterACrashWhoeverRunsNowCountsAsRunningTheOldSet) {
  // The machines of before our write are unknown: to call them live could be wrong.
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.record.machines = {"m1/i1"};
  interrupt(s, "A", 2);
  s.there("A", 2);
  s.value("A", 2);
  s.seen.secrets[0].live = false;
  s.seen.machines = {"m1/i9", "m2/i2"};
  EXPECT_EQ(row(s.pass(), "A").state, State::Staged);
  EXPECT_EQ(s.record.machines, s.seen.machines);
}

TEST(Intents, AnUpdateThatDidNotLandIsStaleAgain) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  interrupt(s, "A", 2);
  s.value("A", 2);
  EXPECT_EQ(row(s.pass(), "A").state, State::Stale);
  EXPECT_EQ(s.record.names["A"].fingerprint, fingerprint("A", 1));
}

TEST(Intents, AnOverwriteOfAForeignNameThatDidNotLandLeavesItUnadopted) {
  // S1, S6: what stands there is still the other's value; to call it ours would hide it for ever.
  Scene s;
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.desire("A");
  s.there("A", 7);
  interrupt(s, "A", 1).origin = Origin::adopted;
  EXPECT_EQ(row(s.pass(), "A").state, State::Unadopted);
}

TEST(Intents, ARemovalIsResolvedByTheNameAlone) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD");
  interrupt(s, "OLD", 1).intent->remove = true;
  auto& known = s.record.names["OLD"];
  s.look();
  EXPECT_TRUE(s.record.names.contains("OLD"));
  EXPECT_FALSE(known.intent);
  interrupt(s, "OLD", 1).intent->remove = true;
  s.gone("OLD");
  s.look();
  EXPECT_FALSE(s.record.names.contains("OLD"));
}

TEST(Intents, S1_ARemovalWhoseAnswerWasLostCountsAgainstTheDay) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  for (const auto* name : {"OLD", "OLDER"}) {
    s.wrote(name);
    interrupt(s, name, 1).intent->remove = true;
  }
  s.look();
  EXPECT_TRUE(s.record.deletions.empty()) << "it did not land";
  for (const auto* name : {"OLD", "OLDER"}) {
    interrupt(s, name, 1).intent->remove = true;
    s.gone(name);
  }
  s.look();
  EXPECT_EQ(s.record.deletions, std::vector(2, s.now - 90s));
  EXPECT_EQ(s.record.names_at_window_start, 2U) << "as many as were surely there before";
  s.record.names_at_window_start = 8;
  s.wrote("OLD");
  interrupt(s, "OLD", 1).intent->remove = true;
  s.gone("OLD");
  s.look();
  EXPECT_EQ(s.record.deletions.size(), 3U);
  EXPECT_EQ(s.record.names_at_window_start, 8U) << "the day began before";
}

TEST(Intents, S20_ARepairWhoseAnswerWasLostCountsOnceForThePlace) {
  Scene s;
  for (const auto* name : {"A", "B", "NEW", "STALE"}) {
    s.desire(name);
    if (name == std::string_view("NEW")) continue;
    s.wrote(name).drift_state = State::ChangedOutOfBand;
  }
  s.record.names["STALE"].drift_state = State::InSync;
  for (const auto* name : {"A", "B", "NEW"}) interrupt(s, name, 1).intent->token_before = "other";
  interrupt(s, "STALE", 2).intent->token_before = "other";
  s.there("NEW");
  s.look();
  const std::vector once(1, s.now - 90s);
  EXPECT_EQ(s.record.repairs, once);
  EXPECT_EQ(s.record.names["A"].repairs, once);
  EXPECT_EQ(s.record.names["B"].repairs, once);
  EXPECT_TRUE(s.record.names["NEW"].repairs.empty());
  EXPECT_TRUE(s.record.names["STALE"].repairs.empty());
}

TEST(Intents, S20_ALaterRepairWhoseAnswerWasLostIsAnotherOne) {
  Scene s;
  s.desire("A");
  s.wrote("A").drift_state = State::ChangedOutOfBand;
  s.record.repairs = {s.now - 10min};
  interrupt(s, "A", 1).intent->token_before = "other";
  s.look();
  EXPECT_EQ(s.record.repairs.size(), 2U);
}

TEST(Intents, S20_TheSameValueOverNoDriftIsNoRepair) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  interrupt(s, "A", 1).intent->token_before = "before a new number was learnt";
  s.look();
  EXPECT_TRUE(s.record.repairs.empty());
  EXPECT_TRUE(s.record.names["A"].repairs.empty());
}

TEST(Intents, OfAStagedWriteToAnAppTheDigestTells) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  interrupt(s, "A", 2).intent->staged = true;
  s.there("A", 2);
  s.value("A", 2);
  s.look();
  EXPECT_EQ(s.record.names["A"].fingerprint, fingerprint("A", 2));
}

TEST(Intents, S20_ANewValueOverDriftOrAWriteThatDidNotLandIsNoRepair) {
  Scene s;
  for (const auto* name : {"A", "B"}) {
    s.desire(name);
    s.wrote(name).drift_state = State::ChangedOutOfBand;
  }
  interrupt(s, "A", 2).intent->token_before = "other";
  interrupt(s, "B", 1);
  s.look();
  EXPECT_TRUE(s.record.repairs.empty());
  EXPECT_TRUE(s.record.names["A"].repairs.empty());
  EXPECT_TRUE(s.record.names["B"].repairs.empty());
}

}  // namespace
}  // namespace lockstep
