// What a pass leaves in the ledger for later: it harms only when manifests change afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::HasSubstr;
using testing::row;
using ::testing::SizeIs;

/// `TOKEN` stands there before lockstep and `OTHER` does not; both are desired.
struct FoundBench : Bench {
  explicit FoundBench(api::Adopt adopt) {
    auto& target = wants({"OTHER", "TOKEN"});
    target.policy.adopt = adopt;
    target.approval = api::ApprovalRule::None;
    target.permitted.insert(api::Action::TakeOver);
    set("TOKEN", "was there before");
  }
  NameRecord& token() { return record().names.at("TOKEN"); }
  void undesire(const std::string& name) {
    std::erase_if(desired.targets[0].secrets, [&](const auto& s) { return s.name == name; });
  }
};

TEST(PassMemory, S1_AnOverwrittenNameIsAdoptedAndNeverPrunedAsOwned) {
  FoundBench bench(api::Adopt::Overwrite);
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
  EXPECT_EQ(bench.token().origin, Origin::adopted);
  EXPECT_EQ(bench.record().names.at("OTHER").origin, Origin::created);
  bench.value("TOKEN", "another");
  (void)bench.pass();
  EXPECT_EQ(bench.token().origin, Origin::adopted) << "a later write does not make it ours";
  bench.undesire("TOKEN");
  for (int i = 0; i < 3; ++i) {
    bench.wait(2h);
    (void)bench.pass();
  }
  EXPECT_EQ(bench.value_at("TOKEN"), "another");
}

TEST(PassMemory, S1_ATrustedNameIsTakenAsItIsAndNeverPrunedAsOwned) {
  FoundBench bench(api::Adopt::Trust);
  const auto before = bench.plan();
  EXPECT_EQ(row(before, "TOKEN").action, ActionKind::adopt);
  const auto done = bench.pass();
  EXPECT_EQ(bench.lines("apply"), std::vector<std::string>{"apply app +OTHER"});
  EXPECT_EQ(bench.value_at("TOKEN"), "was there before");
  EXPECT_EQ(row(done, "TOKEN").state, State::InSync);
  EXPECT_EQ(row(done, "TOKEN").action, ActionKind::none);
  EXPECT_EQ(row(done, "TOKEN").certainty, Certainty::digest);
  EXPECT_EQ(row(done, "TOKEN").reason, "adopted: trusted as it is");
  EXPECT_THAT(bench.log_text, HasSubstr("secret adopted"));
  EXPECT_EQ(bench.token().origin, Origin::trusted);
  EXPECT_EQ(bench.token().fingerprint, row(before, "TOKEN").fingerprint);
  EXPECT_EQ(bench.token().claimant, "SecretSet/runtime");
  EXPECT_EQ(bench.token().updated_at, bench.provider.places["app"]["TOKEN"].updated_at);
  EXPECT_TRUE(bench.token().first_seen);
  EXPECT_FALSE(bench.token().written);
  bench.journal.clear();
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync) << "its digest was remembered";
  EXPECT_EQ(bench.lines("save"), std::vector<std::string>{}) << "S11";
  bench.undesire("TOKEN");
  for (int i = 0; i < 3; ++i) {
    bench.wait(2h);
    (void)bench.pass();
  }
  EXPECT_EQ(bench.value_at("TOKEN"), "was there before");
}

TEST(PassMemory, ATrustThatAGateClosesTakesNothing) {
  FoundBench bench(api::Adopt::Trust);
  bench.desired.targets[0].permitted.erase(api::Action::TakeOver);
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::NotPermitted);
  EXPECT_FALSE(plan::is_ours(bench.token()));
  bench.desired.targets[0].permitted.insert(api::Action::TakeOver);
  bench.ledger.saves_left = 0;
  EXPECT_TRUE(bench.pass().error);
  EXPECT_EQ(bench.lines("apply").size(), 1U) << "what is trusted is durable before any write";
}

TEST(PassMemory, S1_WhatWeCreatedIsPrunedAsOwned) {
  FoundBench bench(api::Adopt::Refuse);
  (void)bench.pass();
  bench.undesire("OTHER");
  (void)bench.pass();
  bench.wait(1h);
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("OTHER"), "(not there)");
  EXPECT_EQ(bench.value_at("TOKEN"), "was there before");
  EXPECT_THAT(bench.record().deletions, SizeIs(1));
  EXPECT_EQ(bench.record().names_at_window_start, 2U);
}

TEST(PassMemory, S16_TheRuleHoldsWhenTheManifestsDropItBeforeANewValue) {
  for (const auto adopt : {api::Adopt::Overwrite, api::Adopt::Trust}) {
    FoundBench bench(adopt);
    auto& secrets = bench.desired.targets[0].secrets;
    for (auto& secret : secrets) secret.rotation.policy = api::RotationPolicy::CompromisedOnly;
    const auto asks = bench.pass();
    (void)bench.pass({.write = true, .approved = {asks.status.plan.approval_digest}});
    (void)bench.pass({.write = true, .approved = {bench.plan().status.plan.approval_digest}});
    const auto stands = bench.value_at("TOKEN");
    ASSERT_TRUE(plan::is_ours(bench.token()));
    for (auto& secret : secrets) secret.rotation.policy = api::RotationPolicy::OnDemand;
    for (const auto* name : {"OTHER", "TOKEN"}) bench.value(name, "new");
    const auto done = bench.pass();
    for (const auto* name : {"OTHER", "TOKEN"}) {
      EXPECT_EQ(row(done, name).gate, Gate::AwaitingApproval) << name;
    }
    EXPECT_EQ(bench.value_at("TOKEN"), stands);
    (void)bench.pass({.write = true, .approved = {done.status.plan.approval_digest}});
    EXPECT_EQ(bench.value_at("TOKEN"), "new");
    bench.value("TOKEN", "newer");
    (void)bench.pass();
    EXPECT_EQ(bench.value_at("TOKEN"), "newer") << "a person let the rule go";
  }
}

TEST(PassMemory, S16_TheRuleHoldsWhenTheAnswerToTheWriteWasLost) {
  Bench bench;
  bench.wants({"TOKEN"}).secrets[0].rotation.policy = api::RotationPolicy::CompromisedOnly;
  bench.provider.outcomes["TOKEN"] = Receipt::Outcome::unknown;
  (void)bench.pass();
  bench.provider.outcomes.clear();
  bench.desired.targets[0].secrets[0].rotation.policy = api::RotationPolicy::OnDemand;
  bench.value("TOKEN", "new");
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::AwaitingApproval);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST(PassMemory, TheIntentSaysWhatWasSeenBefore) {
  FoundBench bench(api::Adopt::Overwrite);
  bench.desired.targets[0].policy.apply = api::Apply::Staged;
  bench.provider.evidence = {.event = "d1", .version = "v1"};
  (void)bench.pass();
  EXPECT_EQ(bench.provider.mode_at_apply, WriteMode::staged);
  const auto& intended = bench.provider.memory_at_apply.names;
  const auto& token = *intended.at("TOKEN").intent;
  const auto& other = *intended.at("OTHER").intent;
  EXPECT_EQ(token.place_before, bench.provider.evidence) << "S8, S13";
  EXPECT_TRUE(token.was_there);
  EXPECT_NE(token.token_before, "");
  EXPECT_TRUE(token.updated_before);
  EXPECT_TRUE(token.staged && *token.staged);
  EXPECT_FALSE(other.was_there);
  EXPECT_EQ(other.token_before, "");
  EXPECT_FALSE(token.remove);
  EXPECT_NE(token.fingerprint, other.fingerprint);
  EXPECT_EQ(token.started, other.started);
  bench.desired.targets[0].policy.apply = api::Apply::Live;
  bench.value("TOKEN", "new");
  (void)bench.pass();
  EXPECT_EQ(bench.provider.mode_at_apply, WriteMode::live);
  EXPECT_FALSE(*bench.provider.memory_at_apply.names.at("TOKEN").intent->staged);
}

/// A place whose names someone overwrites all at once, again and again.
struct FoughtOverBench : Bench {
  FoughtOverBench() { wants({"A", "B", "C", "D"}); }
  PassOutcome repair() { return pass({.write = true, .at_once = true}); }
  void overwrite() {
    wait(2min);
    for (const auto* name : {"A", "B", "C", "D"}) set(name, "by someone else");
  }
};

TEST(PassMemory, S20_ABatchIsOneRepairOfThePlaceWhileTheClockGoesOn) {
  FoughtOverBench bench;
  (void)bench.repair();
  EXPECT_THAT(bench.record().repairs, SizeIs(0)) << "to write is no repair";
  bench.overwrite();
  (void)bench.repair();
  EXPECT_EQ(bench.value_at("D"), "value-of-D");
  ASSERT_THAT(bench.record().repairs, SizeIs(1));
  for (const auto& [name, known] : bench.record().names) {
    EXPECT_EQ(known.repairs, bench.record().repairs) << name;
    EXPECT_EQ(known.written_at, bench.record().repairs[0]) << name;
  }
  bench.overwrite();
  (void)bench.repair();
  EXPECT_THAT(bench.record().repairs, SizeIs(2));
}

TEST(PassMemory, S20_AWriteThatIsNotDoneIsNoRepair) {
  FoughtOverBench bench;
  (void)bench.repair();
  bench.overwrite();
  for (const auto* name : {"A", "B", "C", "D"}) {
    bench.provider.outcomes[name] = Receipt::Outcome::failed;
  }
  (void)bench.repair();
  EXPECT_THAT(bench.record().repairs, SizeIs(0));
  bench.provider.outcomes.erase("D");
  (void)bench.repair();
  EXPECT_THAT(bench.record().repairs, SizeIs(1));
  EXPECT_THAT(bench.record().names.at("A").repairs, SizeIs(0));
  EXPECT_THAT(bench.record().names.at("D").repairs, SizeIs(1));
}

TEST(PassMemory, S20_ANewValueBesideARepairThatFailedIsNoRepair) {
  FoughtOverBench bench;
  (void)bench.repair();
  bench.wait(2min);
  bench.set("A", "by someone else");
  bench.value("B", "new");
  bench.provider.outcomes["A"] = Receipt::Outcome::failed;
  (void)bench.repair();
  EXPECT_EQ(bench.value_at("B"), "new");
  EXPECT_THAT(bench.record().repairs, SizeIs(0));
}

TEST(PassMemory, S20_AfterThreeRepairsAPlaceIsLeftAlone) {
  FoughtOverBench bench;
  (void)bench.repair();
  for (int i = 0; i < 3; ++i) {
    bench.overwrite();
    EXPECT_EQ(row(bench.repair(), "A").state, State::InSync);
  }
  bench.overwrite();
  EXPECT_EQ(row(bench.repair(), "A").gate, Gate::Contested);
  EXPECT_EQ(bench.value_at("A"), "by someone else");
  (void)bench.pass({.write = true, .at_once = true, .retry_contested = true});
  EXPECT_EQ(bench.value_at("A"), "value-of-A");
}

}  // namespace
}  // namespace lockstep::reconcile
