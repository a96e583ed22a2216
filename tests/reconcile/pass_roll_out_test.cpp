// What a pass does about secrets that are written and not live.
#include <gmock/gmock.h>

#include "reconcile/bench.hpp"
#include "reconcile/summary.hpp"

namespace lockstep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct RollOutBench : Bench {
  RollOutBench() {
    wants({"TOKEN"}).permitted.insert(api::Action::RollOut);
    provider.staged = true;
    provider.machines = {"m1/i1", "m2/i1"};
    provider.check.roll_out = RollOutScope{.restarts = 2};
    provider.old_machines = RollOutScope{.restarts = 2};
  }
  void next(std::vector<std::string> updated, std::size_t left, std::string stopped = "") {
    RolledOut step{.updated = std::move(updated), .left = {.restarts = left}};
    if (!stopped.empty()) {
      step.machine = "m1";
      step.error = Error{.kind = ErrorKind::invalid, .message = std::move(stopped)};
    }
    provider.steps.emplace_back(std::move(step));
  }
};

TEST(PassRollOut, StepsFollowTheWriteUntilEverythingIsLive) {
  RollOutBench bench;
  bench.next({"m1"}, 1);
  bench.next({"m2"}, 0);
  const auto done = bench.pass();
  EXPECT_FALSE(done.error);
  EXPECT_EQ(row(done, "TOKEN").state, State::InSync);
  EXPECT_FALSE(done.status.plan.roll_out);
  EXPECT_EQ(bench.lines("roll-out").size(), 2U);
  EXPECT_FALSE(bench.record().roll_out_due || bench.record().roll_out_begun);
  EXPECT_EQ(done.before.roll_out->scope.restarts, 2U) << "known before the write";
  // S11
  EXPECT_FALSE(bench.pass().error);
  EXPECT_EQ(bench.lines("roll-out").size(), 2U);
}

TEST(PassRollOut, AFailedMachineStopsItUntilAPersonOrANewValueGoesOn) {
  RollOutBench bench;
  bench.next({}, 1, "did not become healthy: check http is critical");
  const auto stopped = bench.pass();
  EXPECT_FALSE(stopped.error);
  EXPECT_FALSE(reconcile::is_content(stopped.status.plan));
  EXPECT_EQ(condition(stopped, "Ready").reason, "RollOutStopped");
  EXPECT_THAT(row(stopped, "TOKEN").reason,
              HasSubstr("stopped: machine m1: did not become healthy: check http is critical; "
                        "mend it, then: lockstep rollout prod/app"));
  bench.pass();
  EXPECT_EQ(bench.lines("roll-out").size(), 1U) << "no later pass goes on by itself";
  bench.next({"m1", "m2"}, 0);
  const auto released = bench.pass({.write = true, .roll_out = true});
  EXPECT_EQ(row(released, "TOKEN").state, State::InSync);
  EXPECT_FALSE(bench.record().roll_out_stopped);
}

TEST(PassRollOut, ANewValueBeginsANewRollOut) {
  RollOutBench bench;
  bench.next({}, 1, "it is failed");
  bench.pass();
  bench.value("TOKEN", "another-value");
  bench.next({"m1", "m2"}, 0);
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
}

TEST(PassRollOut, WithoutTheGrantItIsNotPermittedAndSaysSo) {
  RollOutBench bench;
  bench.desired.targets[0].permitted.erase(api::Action::RollOut);
  const auto done = bench.pass();
  EXPECT_EQ(row(done, "TOKEN").state, State::Staged);
  ASSERT_TRUE(done.status.plan.roll_out);
  EXPECT_EQ(done.status.plan.roll_out->gate, Gate::NotPermitted);
  EXPECT_THAT(done.status.plan.roll_out->gate_reason,
              HasSubstr("does not grant RollOut at this place; 2 machines run the old set"));
  EXPECT_FALSE(reconcile::is_content(done.status.plan));
  EXPECT_TRUE(bench.lines("roll-out").empty());
}

TEST(PassRollOut, StagedWaitsForAPersonAndIsContent) {
  RollOutBench bench;
  bench.desired.targets[0].policy.apply = api::Apply::Staged;
  const auto staged = bench.pass();
  EXPECT_EQ(row(staged, "TOKEN").reason,
            "written, not live yet: waits for: lockstep rollout prod/app");
  EXPECT_TRUE(reconcile::is_content(staged.status.plan));
  bench.next({"m1", "m2"}, 0);
  EXPECT_EQ(row(bench.pass({.write = true, .roll_out = true}), "TOKEN").state, State::InSync);
}

TEST(PassRollOut, AHoldStopsItAndAnErrorEndsThePass) {
  RollOutBench bench;
  bench.provider.steps.emplace_back(fail(Error{.kind = ErrorKind::conflict, .message = "leased"}));
  const auto later = bench.pass();
  ASSERT_TRUE(later.error);
  EXPECT_EQ(later.error->kind, ErrorKind::conflict);
  EXPECT_TRUE(bench.record().roll_out_begun) << "what it did is confirmed by the next step";
  bench.ledger.held[{"prod", "flyApp/app"}] = {
      {.name = "",
       .since = bench.sim.clock().wall(),
       .until = bench.sim.clock().wall() + std::chrono::hours(1),
       .reason = "r",
       .by = "someone"}};
  const auto held = bench.pass();
  EXPECT_EQ(held.status.plan.roll_out->gate, Gate::Hold);
  EXPECT_TRUE(reconcile::is_content(held.status.plan));
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
}

// S6: a crash between an update and its health check is not taken for success.
TEST(PassRollOut, WhatACrashLeftIsConfirmedBeforeItCountsAsLive) {
  RollOutBench bench;
  bench.provider.steps.emplace_back(fail(Error{.kind = ErrorKind::transient, .message = "cut"}));
  bench.pass();
  bench.provider.old_machines = RollOutScope{};
  EXPECT_EQ(row(bench.plan(), "TOKEN").state, State::Staged);
  bench.next({}, 0, "it crashes again and again (exit code 1)");
  EXPECT_EQ(condition(bench.pass(), "Ready").reason, "RollOutStopped");
}

TEST(PassRollOut, ALostVersionIsLearntByWritingOneOfOurNamesAgain) {
  RollOutBench bench;
  bench.provider.version = "";
  bench.pass();
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +TOKEN", "apply app +TOKEN"))
      << "with its own value, once a pass";
  bench.provider.version = "43";
  bench.next({"m1", "m2"}, 0);
  const auto done = bench.pass();
  EXPECT_EQ(row(done, "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

}  // namespace
}  // namespace lockstep::testing
