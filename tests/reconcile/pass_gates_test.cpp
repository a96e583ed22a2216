// What closes a gate only at the time of a pass, and what a person's yes opens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

void require_gateway(DesiredTarget& target) {
  target.requires_ = {{.credential_ref = {.name = "fly"}, .ai_gateways = {"stream-aigw"}}};
}

TEST(PassGates, AMissingResourceGatesWritesAndIsNamed) {
  Bench bench;
  require_gateway(bench.wants({"TOKEN"}));
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").gate, Gate::ResourceMissing);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason, HasSubstr("AI Gateway stream-aigw"));
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
  bench.inspector.there.ai_gateways = {"stream-aigw"};
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
}

TEST(PassGates, AnUnreadableResourceWarnsAndGatesNothing) {
  Bench bench;
  require_gateway(bench.wants({"TOKEN"}));
  bench.inspector.error = Error{.kind = ErrorKind::forbidden, .message = "may not list gateways"};
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").state, State::InSync);
  EXPECT_THAT(outcome.status.plan.notes, Contains(HasSubstr("could not be read")));
}

TEST(PassGates, S14_AnotherCredentialsResourcesHoldAPlaceUpForFiveSecondsAtMost) {
  for (const std::string credential : {"fly", "other"}) {
    Bench bench;
    bench.desired.credentials[{"prod", "other"}].metadata.name = "other";
    auto& target = bench.wants({"TOKEN"});
    require_gateway(target);
    target.requires_.front().credential_ref.name = credential;
    (void)bench.pass();
    const auto given = bench.inspector.last_deadline - bench.sim.clock().mono();
    if (credential == "other") EXPECT_LE(given, 5s);
    if (credential == "fly") EXPECT_GT(given, 1min) << "its own is waited for anyway";
  }
}

TEST(PassGates, ResourcesAreReadOnlyWhenThereIsSomethingToWrite) {
  Bench bench;
  require_gateway(bench.wants({"TOKEN"}));
  bench.inspector.there.ai_gateways = {"stream-aigw"};
  (void)bench.pass();
  bench.inspector.there.ai_gateways.clear();
  bench.journal.clear();
  EXPECT_FALSE(row(bench.pass(), "TOKEN").gate);
  EXPECT_THAT(bench.journal, ElementsAre("observe app"));
}

TEST(PassGates, S8_ANewerVersionGatesWrites) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.check = {.ok = false, .reason = "version 7 is not deployed", .requests = 2};
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").gate, Gate::NewerVersion);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason, HasSubstr("version 7"));
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
}

TEST(PassGates, AFailedCheckWritesNothingAndLosesNothingThatWasFound) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  bench.set("TOKEN", "by someone else");
  bench.provider.check_error = Error{.kind = ErrorKind::transient, .message = "no connection"};
  const auto outcome = bench.pass({.write = true, .at_once = true});
  EXPECT_EQ(outcome.error->kind, ErrorKind::transient);
  EXPECT_TRUE(outcome.before.drifted()) << "what was found is told";
  EXPECT_TRUE(testing::condition(outcome, "Drifted").status);
  EXPECT_TRUE(bench.record().names.at("TOKEN").drift_since) << "and its clock runs";
  EXPECT_EQ(bench.value_at("TOKEN"), "by someone else");
}

TEST(PassGates, OfRivalTargetsOnlyTheIncumbentWorks) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  auto& newcomer = bench.target("newcomer", "app");
  Bench::desire(newcomer, "TOKEN");
  newcomer.rivals = {{"prod", "app"}};
  bench.desired.targets[0].rivals = {{"prod", "newcomer"}};
  bench.value("TOKEN", "new");
  const auto waits = bench.pass({.write = true}, 1);
  EXPECT_EQ(row(waits, "TOKEN").gate, Gate::Conflict);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.value_at("TOKEN"), "new");
}

TEST(PassGates, RivalTargetsWithoutAnIncumbentBothWait) {
  Bench bench;
  bench.wants({"TOKEN"}).rivals = {{"prod", "other"}};
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::Conflict);
  EXPECT_EQ(bench.record().incumbent, "");
}

TEST(PassGates, OfRivalEntriesOnlyTheClaimantOfTheLedgerWorks) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  auto& target = bench.desired.targets[0];
  target.secrets[0].rival = "other.yaml:3:5";
  auto& other = Bench::desire(target, "TOKEN");
  other.secret_set = {"prod", "other"};
  other.source_key = "OTHER";
  other.rival = "runtime.yaml:3:5";
  other.rotation.policy = api::RotationPolicy::CompromisedOnly;
  bench.value("OTHER", "of the newcomer");
  bench.value("TOKEN", "of the claimant");
  const auto outcome = bench.pass();
  EXPECT_EQ(bench.value_at("TOKEN"), "of the claimant");
  const auto conflicts = std::ranges::count(outcome.status.plan.secrets,
                                            std::optional(Gate::Conflict), &PlannedSecret::gate);
  EXPECT_EQ(conflicts, 1);
  const auto& known = bench.record().names.at("TOKEN");
  EXPECT_EQ(known.claimant, "SecretSet/runtime");
  EXPECT_FALSE(known.compromised_only) << "that is the newcomer's rule";
  bench.journal.clear();
  (void)bench.pass();
  EXPECT_THAT(bench.lines("apply"), IsEmpty()) << "the value that is remembered is the claimant's";
}

/// A place with a written name whose overwriting needs a yes, and a new value for it.
void guard(Bench& bench) {
  auto& target = bench.wants({"MASTER_KEY"});
  target.secrets[0].rotation = {.policy = api::RotationPolicy::CompromisedOnly,
                                .consequence = "Every token becomes unreadable"};
  (void)bench.pass();
  bench.wait(5min);
  bench.value("MASTER_KEY", "new");
}

TEST(Approval, S16_ACompromisedOnlySecretWaitsAndShowsItsConsequence) {
  Bench bench;
  guard(bench);
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "MASTER_KEY").gate, Gate::AwaitingApproval);
  EXPECT_THAT(row(outcome, "MASTER_KEY").needs_approval,
              HasSubstr("Every token becomes unreadable"));
  EXPECT_EQ(bench.value_at("MASTER_KEY"), "value-of-MASTER_KEY");
  EXPECT_TRUE(testing::condition(outcome, "AwaitingApproval").status);
  EXPECT_TRUE(testing::condition(outcome, "Ready").status) << "only waiting is not unready";
}

TEST(Approval, S13_TheDigestIsShownOnlyWhenNothingElseIsLeft) {
  Bench bench;
  guard(bench);
  Bench::desire(bench.desired.targets[0], "TOKEN");
  bench.value("TOKEN", "t");
  const auto busy = bench.pass();
  EXPECT_EQ(busy.status.plan.approval_digest, "");
  EXPECT_EQ(bench.value_at("TOKEN"), "t") << "what needs no approval does not wait (S14)";
  bench.wait(5min);
  const auto idle = bench.pass();
  EXPECT_EQ(idle.status.plan.approval_digest.size(), 64U);
  EXPECT_EQ(idle.status.plan.approval_digest, bench.plan().status.plan.approval_digest);
}

TEST(Approval, S8_AYesOpensNoOtherGate) {
  for (const bool missing : {true, false}) {
    Bench bench;
    guard(bench);
    const auto digest = bench.pass().status.plan.approval_digest;
    if (missing) {
      require_gateway(bench.desired.targets[0]);
    } else {
      bench.provider.check = {.ok = false, .reason = "version 7 is not deployed"};
    }
    const auto outcome = bench.pass({.write = true, .approved = {digest}});
    EXPECT_EQ(row(outcome, "MASTER_KEY").gate,
              missing ? Gate::ResourceMissing : Gate::NewerVersion);
    EXPECT_EQ(bench.value_at("MASTER_KEY"), "value-of-MASTER_KEY");
  }
}

TEST(Approval, WithoutAYesASteadyPassIsOneRead) {
  Bench bench;
  guard(bench);
  bench.journal.clear();
  (void)bench.pass();
  EXPECT_THAT(bench.journal, ElementsAre("observe app"));
}

TEST(Approval, WhatWasApprovedRollsOutInTheSamePass) {
  Bench bench;
  guard(bench);
  bench.desired.targets[0].permitted.insert(api::Action::RollOut);
  const auto digest = bench.pass().status.plan.approval_digest;
  bench.provider.staged = true;
  bench.provider.machines = {"m1/i1"};
  bench.provider.check.roll_out = RollOutScope{.restarts = 1};
  bench.provider.steps.emplace_back(RolledOut{.updated = {"m1"}, .left = {}});
  EXPECT_EQ(row(bench.pass({.write = true, .approved = {digest}}), "MASTER_KEY").state,
            State::InSync);
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
}

TEST(Approval, S13_WhatWasApprovedRunsOnce) {
  Bench bench;
  guard(bench);
  const auto digest = bench.pass().status.plan.approval_digest;
  const auto done = bench.pass({.write = true, .approved = {digest}});
  EXPECT_EQ(row(done, "MASTER_KEY").state, State::InSync);
  EXPECT_EQ(bench.value_at("MASTER_KEY"), "new");
  bench.wait(5min);
  bench.value("MASTER_KEY", "newer");
  EXPECT_EQ(row(bench.pass({.write = true, .approved = {digest}}), "MASTER_KEY").gate,
            Gate::AwaitingApproval);
}

TEST(Approval, S13_AnotherValueVoidsIt) {
  Bench bench;
  guard(bench);
  const auto digest = bench.pass().status.plan.approval_digest;
  bench.value("MASTER_KEY", "newer");
  const auto outcome = bench.pass({.write = true, .approved = {digest}});
  EXPECT_EQ(row(outcome, "MASTER_KEY").gate, Gate::AwaitingApproval);
  EXPECT_NE(outcome.status.plan.approval_digest, digest);
  EXPECT_EQ(bench.value_at("MASTER_KEY"), "value-of-MASTER_KEY");
}

TEST(Approval, S13_EvidenceThatMovedInBetweenVoidsIt) {
  Bench bench;
  guard(bench);
  const auto digest = bench.pass().status.plan.approval_digest;
  bench.wait(1min);
  bench.set("MASTER_KEY", "by someone else");
  EXPECT_EQ(row(bench.pass({.write = true, .approved = {digest}}), "MASTER_KEY").gate,
            Gate::AwaitingApproval);
  EXPECT_EQ(bench.value_at("MASTER_KEY"), "by someone else");
}

TEST(Approval, S13_AllDigitsCount) {
  Bench bench;
  guard(bench);
  auto digest = bench.pass().status.plan.approval_digest;
  digest.pop_back();
  EXPECT_EQ(row(bench.pass({.write = true, .approved = {digest}}), "MASTER_KEY").gate,
            Gate::AwaitingApproval);
}

}  // namespace
}  // namespace lockstep::reconcile
