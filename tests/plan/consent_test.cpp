// What needs a person's yes, and the text that says why.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/gates.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::row;
using testing::Scene;

TEST(Consent, PruneAllAsksForWhatIsNotSurelyOurs) {
  Scene s;
  s.target.policy.prune = api::Prune::All;
  s.target.policy.prune_after = Seconds(0);
  s.target.policy.max_deletions.percent = 100;
  s.desire("A");
  s.wrote("A");
  s.wrote("CHANGED");
  s.there("CHANGED", 5);
  s.there("FOREIGN");
  s.wrote("OURS");
  const auto plan = s.pass();
  EXPECT_TRUE(row(plan, "OURS").runs());
  EXPECT_EQ(row(plan, "FOREIGN").gate_reason, "prune: All deletes what lockstep did not create");
  EXPECT_EQ(row(plan, "CHANGED").gate_reason, "prune: All deletes what someone else changed since");
  s.target.approval = api::ApprovalRule::None;
  EXPECT_TRUE(row(s.pass(), "FOREIGN").runs());
}

TEST(Consent, OverwritingWhatWasThereBefore) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.target.permitted.insert(api::Action::TakeOver);
  s.desire("A");
  s.there("A");
  EXPECT_EQ(row(s.pass(), "A").needs_approval,
            "adopt: Overwrite replaces what was there before lockstep");
  s.target.approval = api::ApprovalRule::None;
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Consent, APlaceWithNothingDesiredLeft) {
  Scene s;
  s.target.policy.prune_after = Seconds(0);
  s.target.approval = api::ApprovalRule::None;
  s.wrote("OLD");
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval, "nothing is desired at this place any more");
  s.desire("GONE", ValueKind::absent);
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval, "nothing is desired at this place any more");
}

TEST(Consent, ASecretSetThatStopsSelectingTheTarget) {
  Scene s;
  s.target.policy.prune_after = Seconds(0);
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD").claimant = "SecretSet/former";
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval,
            "SecretSet/former is not in the manifests any more");
  s.target.selecting_sets.push_back("former");
  EXPECT_TRUE(row(s.pass(), "OLD").runs());
}

TEST(Consent, AlwaysAsksForEveryWriteButNotForRecording) {
  Scene s;
  s.target.approval = api::ApprovalRule::Always;
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted.insert(api::Action::TakeOver);
  s.desire("A");
  s.desire("B");
  s.there("B");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").needs_approval, "Environment production says approval: Always");
  EXPECT_TRUE(row(plan, "B").runs());
}

void guard(Scene& s) {
  auto& secret = s.desire("KEY");
  secret.rotation.policy = api::RotationPolicy::CompromisedOnly;
  secret.rotation.consequence = "Every tenant becomes unreachable";
  s.target.approval = api::ApprovalRule::None;
  s.at_once = true;
}

TEST(CompromisedOnly, S16IsNeverOverwrittenWithoutAnApprovalThatShowsTheConsequence) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
  EXPECT_EQ(row(s.diff(), "KEY").needs_approval,
            "CompromisedOnly. Every tenant becomes unreachable. The value is not the one lockstep "
            "last wrote");
  s.value("KEY", 1);
  s.there("KEY", 5);
  EXPECT_EQ(row(s.pass(), "KEY").needs_approval,
            "CompromisedOnly. Every tenant becomes unreachable. The value is the one lockstep last "
            "wrote");
}

TEST(CompromisedOnly, S16TheRuleOfTheLastWriteHoldsWhenTheManifestsForgetIt) {
  Scene s;
  s.target.approval = api::ApprovalRule::None;
  s.desire("KEY");
  s.wrote("KEY").compromised_only = true;
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, S16_ARuleThatCameAfterTheWriteHoldsWhenTheManifestsForgetIt) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.pass();
  EXPECT_TRUE(s.record.names["KEY"].compromised_only);
  s.target.secrets[0].rotation.policy = api::RotationPolicy::OnDemand;
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, TheRuleOfAnEntryThatDoesNotWorkHereIsNotRemembered) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.target.secrets[0].secret_set.name = "newcomer";
  s.target.secrets[0].rival = "x.yaml:4:3";
  s.pass();
  EXPECT_FALSE(s.record.names["KEY"].compromised_only);
  Scene untouched;
  guard(untouched);
  untouched.there("KEY");
  untouched.pass();
  EXPECT_FALSE(untouched.record.names["KEY"].compromised_only) << "it is not ours";
}

TEST(CompromisedOnly, TheFirstWriteAndTheSameValueInAnEmptyPlaceNeedNoApproval) {
  Scene s;
  guard(s);
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
  s.wrote("KEY");
  s.gone("KEY");
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, TrustingWhatIsThereOverwritesNothing) {
  Scene s;
  guard(s);
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted.insert(api::Action::TakeOver);
  s.there("KEY");
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
}

TEST(Consent, S1_PruneAllAsksForWhatWasAdoptedOrTrusted) {
  for (const auto origin : {Origin::adopted, Origin::trusted}) {
    Scene s;
    s.target.policy.prune = api::Prune::All;
    s.target.policy.prune_after = Seconds(0);
    s.desire("A");
    s.wrote("A");
    s.wrote("OLD").origin = origin;
    EXPECT_EQ(row(s.pass(), "OLD").gate_reason, "prune: All deletes what lockstep did not create")
        << to_string(origin);
  }
}

TEST(Consent, ADeclaredAbsenceAsksForNothingMore) {
  Scene s;
  s.target.policy.prune = api::Prune::All;
  s.target.policy.prune_after = Seconds(0);
  s.desire("A");
  s.wrote("A");
  s.desire("FOREIGN", ValueKind::absent);
  s.there("FOREIGN");
  EXPECT_TRUE(row(s.pass(), "FOREIGN").runs());
}

TEST(Consent, AnotherGateStaysClosedBeforeTheYes) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.desire("A");
  s.there("A");
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::NotPermitted);
  EXPECT_NE(row(s.diff(), "A").needs_approval, "") << "it is told what comes then";
}

TEST(CompromisedOnly, S16_WhatWasThereBeforeUsIsNotOverwrittenEither) {
  Scene s;
  guard(s);
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.target.permitted.insert(api::Action::TakeOver);
  s.there("KEY");
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, S16_AValueThatCannotBeComparedIsNotTheSame) {
  Scene s;
  guard(s);
  s.wrote("KEY").fingerprint.clear();
  s.gone("KEY");
  s.values["KEY"].fingerprint.clear();
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, ItsTextIsWholeWithAndWithoutAConsequenceAndGoesFirst) {
  Scene s;
  guard(s);
  s.target.approval = api::ApprovalRule::Always;
  s.target.secrets[0].rotation.consequence.clear();
  s.wrote("KEY");
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").needs_approval,
            "CompromisedOnly. The value is not the one lockstep last wrote");
  s.target.secrets[0].rotation.consequence = "All tenants stop.";
  EXPECT_EQ(row(s.pass(), "KEY").needs_approval,
            "CompromisedOnly. All tenants stop. The value is not the one lockstep last wrote");
}

}  // namespace
}  // namespace lockstep
