// Manifests are edited, passes go over them, and they are edited again: what no edit gave up for
// sure is neither deleted nor overwritten without a person's yes (S2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/story.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::Story;

/// Each story under the two rules that delete.
class ClaimStories : public ::testing::TestWithParam<std::string> {
 protected:
  ClaimStories() {
    s.prune = GetParam();
    s.target("app");
    for (const auto* name : {"KEPT", "KEY_1", "KEY_2", "OTHER"}) {
      s.value(name, std::string("value-of-") + name);
    }
  }
  /// What waits for a yes and is still there with its value.
  void expect_waits(const std::string& name, const std::string& why) {
    const auto plan = s.passes();
    EXPECT_THAT(Story::gate(plan, name), StartsWith("AwaitingApproval: ")) << name;
    EXPECT_THAT(Story::gate(plan, name), HasSubstr(why)) << name;
    EXPECT_EQ(s.at(name), "value-of-" + name);
  }
  void expect_gone(const std::string& name) {
    (void)s.passes();
    EXPECT_EQ(s.at(name), "(not there)") << name;
  }
  Story s;
};

// ---- sets that come and go under one name -------------------------------------------------------

TEST_P(ClaimStories, ASetRenamedToTheNameOfOneThatGoesKeepsTheNamesOfBoth_S2) {
  s.set("a", "{name: KEPT}");
  s.set("b", "{name: KEY_1}");
  (void)s.passes();
  s.leave_out("a");
  s.set("b", "{name: KEPT}");
  expect_waits("KEY_1", "SecretSet/a");
  EXPECT_EQ(s.claim("KEPT"), "SecretSet/b") << "the same value goes over";
}

TEST_P(ClaimStories, SetsRenamedInAChainOverwriteNothingUnasked_S2) {
  s.set("a", "{name: KEPT}");
  s.set("b", "{name: KEY_1}");
  (void)s.passes();
  s.leave_out("a");
  s.set("b", "{name: KEPT}");
  s.set("c", "{name: KEY_1, value: {literal: another}}");
  expect_waits("KEY_1", "SecretSet/c has another value");
  s.set("c", "{name: KEY_1}");
  EXPECT_EQ(Story::gate(s.passes(), "KEY_1"), "") << "the same value goes over";
  EXPECT_EQ(s.claim("KEY_1"), "SecretSet/c");
}

TEST_P(ClaimStories, RenamedSetsGoOnAndLaterRemovalsAreOrdinary) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.leave_out("a");
  s.set("a2", "{name: KEPT}, {name: KEY_1}");
  (void)s.passes();
  s.set("a2", "{name: KEPT}");
  expect_gone("KEY_1");
}

TEST_P(ClaimStories, ASetSplitInTwoAndOneHalfLeftOutLosesNothing_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  (void)s.passes();
  s.leave_out("a");
  s.set("a1", "{name: KEPT}");
  expect_waits("KEY_1", "SecretSet/a is not in the manifests any more");
  s.set("a2", "{name: KEY_1}");
  (void)s.passes();
  EXPECT_EQ(s.claim("KEPT") + s.claim("KEY_1"), "SecretSet/a1SecretSet/a2");
}

TEST_P(ClaimStories, TwoSetsMergedIntoOneDropNothingOfEitherUnasked_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}, {name: KEY_2}");
  (void)s.passes();
  s.leave_out("b");
  s.set("a", "{name: KEPT}, {name: OTHER}");
  expect_waits("KEY_2", "SecretSet/b is not in the manifests any more");
  expect_waits("KEY_1", "SecretSet/b");
  EXPECT_EQ(s.claim("OTHER"), "SecretSet/a");
}

// ---- entries that move --------------------------------------------------------------------------

TEST_P(ClaimStories, AKeyThatMovesToASetThatStopsSelectingTheTargetWaits_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.target("else", "else");
  s.set("a", "{name: KEPT}", "{names: [app]}");
  s.set("b", "{name: OTHER}, {name: KEY_1}", "{names: [else]}");
  expect_waits("KEY_1", "SecretSet/b, which may claim it now, no longer selects this Target");
  expect_waits("OTHER", "SecretSet/b no longer selects this Target");
  s.set("b", "{name: OTHER}, {name: KEY_1}");
  EXPECT_EQ(Story::gate(s.passes(), "KEY_1"), "") << "it is seen again, and has the name";
}

TEST_P(ClaimStories, AKeyThatMovesToASetWhoseSelectorIsMistypedWaits_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  (void)s.passes();
  s.set("a", "{name: KEPT}");
  s.set("c", "{name: KEY, alsoAs: [KEY_1]}", "{matchLabels: {app: shpo}}");
  expect_waits("KEY_1", "SecretSet/c lists it, and selects no Target");
  s.set("c", "{name: KEY_1}");
  EXPECT_EQ(Story::gate(s.passes(), "KEY_1"), "") << "corrected, it has the name";
  EXPECT_EQ(s.claim("KEY_1"), "SecretSet/c");
}

TEST_P(ClaimStories, AKeyThatMovesToASetThatHasNoNameHereYetAndIsLeftOutWaits_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: NOT_THERE, value: {external: {}}}");
  (void)s.passes();
  s.set("a", "{name: KEPT}");
  s.leave_out("b");
  expect_waits("KEY_1", "SecretSet/b, which may claim it now, is not in the manifests any more");
}

TEST_P(ClaimStories, WhatWasGivenUpIsBelievedOnceTheOtherSetIsSeenWithoutIt) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.set("a", "{name: KEPT}");
  s.leave_out("b");
  expect_waits("KEY_1", "SecretSet/b");
  s.set("b", "{name: OTHER}");
  expect_gone("KEY_1");
}

TEST_P(ClaimStories, ALaterRemovalWaitsTooWhileAnotherSetsNamesDo_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.leave_out("b");
  expect_waits("OTHER", "SecretSet/b");
  s.set("a", "{name: KEPT}");
  expect_waits("KEY_1", "SecretSet/b, which may claim it now");
}

TEST_P(ClaimStories, OnceASetThatWentIsSettledRemovalsAreOrdinary) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.leave_out("b");
  const auto waiting = s.passes();
  s.read();
  (void)s.bench.pass({.write = true, .at_once = true, .approved = {waiting.approval_digest}});
  EXPECT_EQ(s.at("OTHER"), "(not there)");
  (void)s.pass();
  s.set("a", "{name: KEPT}");
  expect_gone("KEY_1");
}

TEST_P(ClaimStories, AnotherValueOverANameThatASetOutOfSightMayHaveWaits_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  s.set("c", "{name: KEY_2}");
  (void)s.passes();
  s.set("a", "{name: KEPT}");
  s.leave_out("b");
  s.set("c", "{name: KEY_2}, {name: KEY_1, value: {literal: another}}");
  expect_waits("KEY_1", "SecretSet/c has another value");
}

TEST_P(ClaimStories, TwoSetsSwapTheirKeysAndEachGoesOn) {
  s.set("a", "{name: KEY_1}");
  s.set("b", "{name: KEY_2}, {name: KEPT}");
  (void)s.passes();
  s.set("a", "{name: KEY_2}");
  s.set("b", "{name: KEY_1, value: {literal: swapped}}, {name: KEPT}");
  (void)s.passes();
  EXPECT_EQ(s.at("KEY_1"), "swapped") << "a is seen whole, and claims it no more";
  EXPECT_EQ(s.at("KEY_2"), "value-of-KEY_2");
  EXPECT_EQ(s.claim("KEY_1") + s.claim("KEY_2"), "SecretSet/bSecretSet/a");
}

TEST_P(ClaimStories, ASwapWaitsWhileOneOfTheSetsIsBroken_S2) {
  s.set("a", "{name: KEY_1}, {name: KEPT}");
  s.set("b", "{name: KEY_2}, {name: OTHER}");
  (void)s.passes();
  s.set("a", "{name: KEY_2, value: {literal: taken}}, {name: KEPT}");
  s.set("b", "{name: KEY_1}, {name: OTHER}");
  s.misspell("b");
  EXPECT_THAT(Story::gate(s.passes(), "KEY_2"), StartsWith("Conflict: "));
  EXPECT_EQ(s.at("KEY_2"), "value-of-KEY_2");
  EXPECT_EQ(s.at("KEY_1"), "value-of-KEY_1");
  s.set("b", "{name: KEY_1}, {name: OTHER}");
  (void)s.passes();
  EXPECT_EQ(s.at("KEY_2"), "taken");
  EXPECT_EQ(s.at("KEY_1"), "value-of-KEY_1");
}

TEST_P(ClaimStories, ASetThatIsBrokenAndThenLeftOutIsNotForgotten_S2) {
  s.set("a", "{name: KEPT}, {name: KEY_1}");
  s.set("b", "{name: OTHER}");
  (void)s.passes();
  s.set("a", "{name: KEPT}");
  s.misspell("b");
  (void)s.passes();
  EXPECT_EQ(s.at("KEY_1"), "value-of-KEY_1");
  s.leave_out("b");
  expect_waits("KEY_1", "SecretSet/b, which may claim it now");
}

INSTANTIATE_TEST_SUITE_P(Prune, ClaimStories, ::testing::Values("All", "Owned"),
                         [](const auto& info) { return info.param; });

// ---- names that lockstep never wrote ------------------------------------------------------------

struct ForeignClaims : ::testing::Test {
  ForeignClaims() {
    s.value("KEPT", "value-of-KEPT");
    s.bench.set("FOREIGN", "of others");
    s.set("a", "{name: KEPT}");
    s.set("b", "{name: FOREIGN, value: {external: {}}}");
  }
  void expect_waits() {
    EXPECT_THAT(Story::gate(s.passes(), "FOREIGN"),
                HasSubstr("SecretSet/b is not in the manifests any more"));
    EXPECT_EQ(s.at("FOREIGN"), "of others");
  }
  Story s;
};

TEST_F(ForeignClaims, AnExternalEntryThatMovesAndIsLeftOutWaits_S2) {
  (void)s.passes();
  s.set("a", "{name: KEPT}, {name: FOREIGN, value: {external: {}}}");
  s.leave_out("b");
  (void)s.passes();
  EXPECT_EQ(s.claim("FOREIGN"), "SecretSet/a");
  s.leave_out("a");
  s.set("c", "{name: KEPT}");
  EXPECT_THAT(Story::gate(s.passes(), "FOREIGN"), HasSubstr("SecretSet/a is not in"));
  EXPECT_EQ(s.at("FOREIGN"), "of others");
}

TEST_F(ForeignClaims, AnAbsentEntryInPlaceOfOneThatOthersWriteWaitsWhileASetIsOutOfSight_S2) {
  (void)s.passes();
  s.leave_out("b");
  s.set("a", "{name: KEPT}, {name: FOREIGN, value: {absent: {}}}");
  expect_waits();
}

TEST_F(ForeignClaims, AbsentInTheSetItselfIsItsOwnWord) {
  (void)s.passes();
  s.set("b", "{name: FOREIGN, value: {absent: {}}}");
  (void)s.passes();
  EXPECT_EQ(s.at("FOREIGN"), "(not there)");
}

TEST_F(ForeignClaims, AreLearntWhileTheTargetIsHeld_S2) {
  s.leave_out("b");
  s.bench.provider.places["app"].erase("FOREIGN");
  (void)s.passes();
  s.bench.set("FOREIGN", "of others");
  s.bench.ledger.held[{"prod", "flyApp/app"}] = {
      {.name = "", .until = s.bench.sim.clock().wall() + std::chrono::hours(1)}};
  s.set("b", "{name: FOREIGN, value: {external: {}}}");
  (void)s.pass();
  s.bench.ledger.held.clear();
  s.leave_out("b");
  expect_waits();
}

TEST_F(ForeignClaims, AreLearntWhileThePlaceDoesNotAnswer_S2) {
  s.leave_out("b");
  s.bench.provider.places["app"].erase("FOREIGN");
  (void)s.passes();
  s.bench.set("FOREIGN", "of others");
  s.bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient, .message = "no answer"};
  s.set("b", "{name: FOREIGN, value: {external: {}}}");
  (void)s.pass();
  s.bench.provider.observe_errors.clear();
  s.leave_out("b");
  expect_waits();
}

TEST_F(ForeignClaims, ALookThatFailsWithoutTheRightToWriteKeepsNothing) {
  s.leave_out("b");
  (void)s.passes();
  s.bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient, .message = "no answer"};
  s.set("b", "{name: FOREIGN, value: {external: {}}}");
  s.bench.journal.clear();
  (void)s.pass("app", false);
  EXPECT_THAT(s.bench.lines("save"), ::testing::IsEmpty());
}

// ---- Targets, namespaces, places ----------------------------------------------------------------

TEST_F(ForeignClaims, ATargetAndItsSetsRenamedInOneEditGoOn_S2) {
  (void)s.passes();
  s.leave_out_target("app");
  s.target("web");
  s.leave_out("a");
  s.set("a2", "{name: KEPT}");
  s.leave_out("b");
  s.set("b2", "{name: FOREIGN, value: {external: {}}}");
  const auto plan = s.passes("web");
  EXPECT_FALSE(plan.pending());
  EXPECT_EQ(s.claim("KEPT") + s.claim("FOREIGN"), "SecretSet/a2SecretSet/b2");
}

TEST_F(ForeignClaims, ATargetRenamedWhileOneOfItsSetsIsLeftOutKeepsItsNames_S2) {
  (void)s.passes();
  s.leave_out_target("app");
  s.target("web");
  s.leave_out("b");
  EXPECT_THAT(Story::gate(s.passes("web"), "FOREIGN"), HasSubstr("SecretSet/b"));
  EXPECT_EQ(s.at("FOREIGN"), "of others");
}

TEST_F(ForeignClaims, AnotherEnvironmentChangesNoClaim_S2) {
  (void)s.passes();
  s.platform("live");
  s.target("app", "app", "live");
  EXPECT_FALSE(s.passes().pending());
  s.leave_out("b");
  expect_waits();
}

TEST_F(ForeignClaims, AnotherNamespaceKeepsWhatTheFormerClaimed_S2) {
  (void)s.passes();
  s.ns = "store";
  s.platform();
  s.target("app");
  s.value("KEPT", "value-of-KEPT");
  s.set("a", "{name: KEPT}");
  s.leave_out("b");
  EXPECT_THAT(Story::gate(s.passes(), "FOREIGN"), HasSubstr("SecretSet/prod/b"));
  EXPECT_EQ(s.at("FOREIGN"), "of others");
}

TEST_F(ForeignClaims, WhatAnotherNamespaceClaimedMeanwhileOutlivesTheWayBack_S2) {
  s.leave_out("b");
  s.set("a", "{name: KEPT}, {name: FOREIGN, value: {external: {}}}");
  (void)s.passes();
  const auto before = s.files;
  s.ns = "store";
  s.platform();
  s.target("app");
  s.set("a", "{name: KEPT}");
  s.set("theirs", "{name: FOREIGN, value: {external: {}}}");
  (void)s.passes();
  s.ns = "prod";
  s.files = before;
  s.set("a", "{name: KEPT}");
  EXPECT_THAT(Story::gate(s.passes(), "FOREIGN"), HasSubstr("SecretSet/store/theirs"));
  EXPECT_EQ(s.at("FOREIGN"), "of others");
}

TEST_F(ForeignClaims, ATargetThatComesBackToItsPlaceFindsItsClaims_S2) {
  (void)s.passes();
  s.target("app", "other-app");
  (void)s.passes();
  s.leave_out("b");
  (void)s.passes();
  s.target("app");
  expect_waits();
}

TEST_F(ForeignClaims, ARivalAtThePlaceLearnsAndSavesNothing_S2) {
  (void)s.passes();
  s.target("rival");
  s.set("a", "{name: KEPT}", "{names: [app]}");
  s.set("b", "{name: FOREIGN, value: {external: {}}}", "{names: [app]}");
  s.set("theirs", "{name: FOREIGN, value: {external: {}}}", "{names: [rival]}");
  (void)s.passes();
  s.bench.set("KEPT", "changed by hand");
  s.bench.journal.clear();
  EXPECT_EQ(Story::gate(s.pass("rival"), "FOREIGN"), "");
  EXPECT_THAT(s.bench.lines("save"), ::testing::IsEmpty());
  EXPECT_EQ(s.claim("FOREIGN"), "SecretSet/b");
}

}  // namespace
}  // namespace lockstep
