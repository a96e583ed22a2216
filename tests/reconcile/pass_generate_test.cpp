// S16: a value is generated only when nobody ever knew the secret and no selected place has the
// name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"
#include "support/about.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

/// Two Targets, `app` and `second`, that shall hold one generated value.
struct Pair : Bench {
  Pair() {
    desire(target("app"), "SESSION_KEY", ValueKind::generate);
    desire(target("second"), "SESSION_KEY", ValueKind::generate);
  }
  void expect_not_generated(const PassOutcome& outcome, const std::string& why) {
    EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::SourceUnavailable);
    EXPECT_THAT(row(outcome, "SESSION_KEY").reason, HasSubstr(why));
    EXPECT_THAT(lines("keep"), IsEmpty());
    EXPECT_THAT(lines("remember"), IsEmpty());
    EXPECT_THAT(lines("apply"), IsEmpty());
  }
};

TEST(Generate, S16_IsKeptAndRememberedBeforeItsIntent) {
  Bench bench;
  Bench::desire(bench.target(), "SESSION_KEY", ValueKind::generate);
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
  EXPECT_THAT(bench.journal, ElementsAre("observe app", "save app", "check app", "keep SESSION_KEY",
                                         "remember SESSION_KEY", "save app",
                                         "apply app +SESSION_KEY", "save app"));
  EXPECT_EQ(bench.value_at("SESSION_KEY"), "generated-value-number-1");
}

TEST(Generate, S16_TheSecondPlaceGetsTheSameValue) {
  Pair bench;
  (void)bench.pass();
  (void)bench.pass({.write = true}, 1);
  EXPECT_EQ(bench.value_at("SESSION_KEY", "second"), bench.value_at("SESSION_KEY"));
  EXPECT_EQ(bench.generated, 1);
}

TEST(Generate, S16_TwoTargetsAtOnceMakeOneValue) {
  Pair bench;
  bench.provider.slow = {{"app", 10ms}, {"second", 10ms}};
  Scope scope(bench.sim.executor());
  std::vector<PassOutcome> outcomes;
  for (const auto& target : bench.desired.targets) {
    scope.start(
        [](Bench& b, const DesiredTarget& t, std::vector<PassOutcome>& out) -> Awaitable<void> {
          Pass pass(b.services, b.health, b.looks, b.desired, t, {.write = true});
          auto running = pass.run();
          out.push_back(co_await std::move(running));
        }(bench, target, outcomes));
  }
  bench.sim.run_until(Mono::max(), [&] { return scope.drained(); });
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(bench.lines("keep").size(), 1U);
  for (std::size_t i = 0; i < 2; ++i) (void)bench.pass({.write = true}, i);
  EXPECT_EQ(bench.value_at("SESSION_KEY"), "generated-value-number-1");
  EXPECT_EQ(bench.value_at("SESSION_KEY", "second"), "generated-value-number-1");
}

TEST(Generate, S16_NotWhileAnotherPlaceHasTheName) {
  Pair bench;
  bench.set("SESSION_KEY", "from before lockstep", "second");
  bench.expect_not_generated(bench.pass(), "flyApp/second has SESSION_KEY already");
}

TEST(Generate, S16_NotWhileAnotherPlaceCannotBeRead) {
  Pair bench;
  bench.provider.observe_errors["second"] = {.kind = ErrorKind::transient, .message = "down"};
  bench.expect_not_generated(bench.pass(), "cannot be read");
  bench.provider.observe_errors.clear();
  bench.wait(1min);
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
}

TEST(Generate, S16_NotWhileThisPlaceHasItUnderAnotherName) {
  Bench bench;
  auto& target = bench.target();
  Bench::desire(target, "SESSION_KEY", ValueKind::generate);
  auto& alias = Bench::desire(target, "OLD_SESSION_KEY", ValueKind::generate);
  alias.id.key = alias.source_key = "SESSION_KEY";
  bench.set("OLD_SESSION_KEY", "from before lockstep");
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_THAT(bench.lines("keep"), IsEmpty());
}

TEST(Generate, S16_AliasesOfAFreshSecretGetOneValue) {
  Bench bench;
  auto& target = bench.target();
  Bench::desire(target, "SESSION_KEY", ValueKind::generate);
  auto& alias = Bench::desire(target, "OLD_SESSION_KEY", ValueKind::generate);
  alias.id.key = alias.source_key = "SESSION_KEY";
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("SESSION_KEY"), "generated-value-number-1");
  EXPECT_EQ(bench.value_at("OLD_SESSION_KEY"), "generated-value-number-1");
}

TEST(Generate, S16_AValueThatTheSourceLostIsMissingAndStaysLive) {
  Pair bench;
  (void)bench.pass();
  bench.source.values.clear();
  bench.wait(5min);
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::SourceMissing);
  EXPECT_EQ(bench.value_at("SESSION_KEY"), "generated-value-number-1")
      << "absence never deletes (S2)";
  EXPECT_EQ(row(bench.pass({.write = true}, 1), "SESSION_KEY").state, State::SourceMissing);
  EXPECT_EQ(bench.generated, 1);
}

TEST(Generate, S16_ASourceThatCannotBeReadIsNotAMissingValue) {
  Pair bench;
  bench.source.unreadable = {"generated"};
  bench.expect_not_generated(bench.pass(), "cannot be read");
}

TEST(Generate, AValueThatCannotBeKeptIsNotWritten) {
  Bench bench;
  Bench::desire(bench.target(), "SESSION_KEY", ValueKind::generate);
  bench.source.keeping_fails = true;
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
  EXPECT_EQ(bench.value_at("SESSION_KEY"), "(not there)");
}

TEST(Generate, S14_AValueThatCannotBeKeptHoldsNoOtherName) {
  Bench bench;
  Bench::desire(bench.wants({"API_KEY", "TOKEN"}), "SESSION_KEY", ValueKind::generate);
  bench.source.keeping_fails = true;
  (void)bench.pass();
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +API_KEY +TOKEN"));
}

TEST(Generate, S10_ADeadCredentialOfAnotherPlaceIsNotAskedAgainAndAgain) {
  Pair bench;
  bench.desired.credentials[{"prod", "other"}].metadata.name = "other";
  bench.desired.targets[1].credential = "other";
  bench.provider.observe_errors["second"] = {.kind = ErrorKind::unauthorized, .message = "dead"};
  (void)bench.pass();
  (void)bench.pass();
  (void)bench.pass({.write = true}, 1);
  EXPECT_THAT(bench.lines("observe"), ElementsAre("observe app", "observe second", "observe app"));
}

// ---- what others hold is asked before anything is promised --------------------------------------

/// A pair whose first place also wants PLAIN, on an app with two machines.
struct RollingPair : Pair {
  RollingPair() {
    auto& app = desired.targets[0];
    app.permitted.insert(api::Action::RollOut);
    desire(app, "PLAIN");
    value("PLAIN", "plain-value");
    provider.staged = true;
    provider.machines = {"m1/i1", "m2/i1"};
    provider.check.roll_out = RollOutScope{.restarts = 2};
    provider.old_machines = RollOutScope{.restarts = 2};
  }
  void next_roll_out() { provider.steps.emplace_back(RolledOut{.updated = {"m1", "m2"}}); }
};

TEST(Generate, S14_APlaceThatHangsKeepsNoOtherNameWaiting) {
  RollingPair bench;
  bench.provider.slow["second"] = 60s;
  bench.next_roll_out();
  const auto began = bench.sim.clock().mono();
  const auto outcome = bench.pass();
  EXPECT_LE(bench.sim.clock().mono() - began, 5s + testing::work_time);
  EXPECT_EQ(bench.lines("apply"), std::vector<std::string>{"apply app +PLAIN"});
  EXPECT_EQ(row(outcome, "PLAIN").state, State::InSync) << "and rolled out";
  EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_EQ(row(outcome, "SESSION_KEY").reason,
            "not generated yet: it may be at flyApp/second, which has not answered so far");
  EXPECT_EQ(outcome.awaited, (std::set<PlaceId>{{"prod", "flyApp/second"}}));
  EXPECT_THAT(outcome.before.notes,
              Contains(HasSubstr("the roll-out goes without SESSION_KEY: not generated yet")));
  EXPECT_THAT(bench.log_text, HasSubstr("secret not generated"));
}

TEST(Generate, S14_WhatAnswersInTimeGoesInOneBatchWithOneRollOut) {
  RollingPair bench;
  bench.provider.slow["second"] = 4s;
  bench.next_roll_out();
  const auto outcome = bench.pass();
  EXPECT_EQ(bench.lines("apply"), std::vector<std::string>{"apply app +PLAIN +SESSION_KEY"});
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
  EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::InSync);
  EXPECT_THAT(outcome.before.notes, IsEmpty());
}

TEST(Generate, S16_APlanPromisesNoValueThatApplyRefuses) {
  RollingPair bench;
  bench.desired.targets[0].secrets.erase(bench.desired.targets[0].secrets.begin());
  ASSERT_EQ(bench.desired.targets[0].secrets.front().name, "SESSION_KEY");
  bench.set("SESSION_KEY", "from before lockstep", "second");
  const auto planned = bench.plan();
  EXPECT_EQ(row(planned, "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_EQ(row(planned, "SESSION_KEY").action, ActionKind::none);
  EXPECT_THAT(row(planned, "SESSION_KEY").reason, HasSubstr("flyApp/second has SESSION_KEY"));
  EXPECT_FALSE(planned.status.plan.roll_out) << "nothing restarts for it";
  bench.expect_not_generated(bench.pass(), "flyApp/second has SESSION_KEY already");
}

TEST(Generate, S16_AValueThatWaitsForAYesIsAskedForBeforeTheYes) {
  Pair bench;
  for (auto& target : bench.desired.targets) target.approval = api::ApprovalRule::Always;
  bench.set("SESSION_KEY", "from before lockstep", "second");
  const auto planned = bench.plan();
  EXPECT_EQ(row(planned, "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_EQ(planned.status.plan.approval_digest, "");
  bench.journal.clear();
  (void)bench.pass();
  EXPECT_THAT(bench.lines("observe"), ElementsAre("observe app"))
      << "the controller, which comes by all the time, asks nobody";
}

TEST(Generate, S16_AnApprovedValueIsNotMadeOnceAnotherPlaceHasTheName) {
  Pair bench;
  for (auto& target : bench.desired.targets) target.approval = api::ApprovalRule::Always;
  bench.pass();
  const auto digest = bench.plan().status.plan.approval_digest;
  ASSERT_NE(digest, "");
  bench.wait(1min);
  bench.set("SESSION_KEY", "by hand, meanwhile", "second");
  // Without a person nobody asked while it waited; before the value is made somebody does.
  bench.expect_not_generated(bench.pass({.write = true, .approved = {digest}}),
                             "flyApp/second has SESSION_KEY already");
}

TEST(Generate, S16_WhatIsNotMadeAtTheLastMomentSaysWhyAndSoDoesTheRollOut) {
  RollingPair bench;
  bench.next_roll_out();
  bench.source.keeping_fails = true;
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "SESSION_KEY").reason, "the keyring cannot be written");
  EXPECT_THAT(outcome.status.plan.notes, ElementsAre("the roll-out goes without SESSION_KEY: the "
                                                     "keyring cannot be written"));
  EXPECT_THAT(bench.log_text, HasSubstr("why=\"the keyring cannot be written\""));
}

TEST(Generate, APlaceWithoutARollOutIsToldOfNone) {
  Pair bench;
  bench.set("SESSION_KEY", "from before lockstep", "second");
  EXPECT_THAT(bench.pass().status.plan.notes, IsEmpty());
}

TEST(Generate, ALookIsNoWarning) {
  Pair bench;
  bench.set("SESSION_KEY", "from before lockstep", "second");
  (void)bench.plan();
  EXPECT_THAT(bench.log_text, ::testing::Not(HasSubstr("secret not generated")));
  (void)bench.pass();
  EXPECT_THAT(bench.log_text, HasSubstr("secret not generated"));
}

TEST(Generate, S16_APersonWhoAppliesIsToldBeforeTheYesToo) {
  Pair bench;
  for (auto& target : bench.desired.targets) target.approval = api::ApprovalRule::Always;
  bench.set("SESSION_KEY", "from before lockstep", "second");
  const auto applied = bench.pass({.write = true, .at_once = true});
  EXPECT_EQ(row(applied, "SESSION_KEY").state, State::SourceUnavailable);
  EXPECT_EQ(applied.status.plan.approval_digest, "");
}

TEST(Generate, S16_AHeldValueIsAskedForNowhere) {
  Pair bench;
  const auto now = bench.sim.clock().wall();
  bench.ledger.held[{"prod", "flyApp/app"}] = {
      {.name = "", .since = now, .until = now + 1h, .reason = "r", .by = "someone"}};
  (void)bench.plan();
  EXPECT_THAT(bench.lines("observe"), ElementsAre("observe app"));
}

}  // namespace
}  // namespace lockstep::reconcile
