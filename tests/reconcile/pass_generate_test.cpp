// S16: a value is generated only when nobody ever knew the secret and no selected place has the
// name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
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
          Pass pass(b.services, b.health, b.desired, t, {.write = true});
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

}  // namespace
}  // namespace lockstep::reconcile
