// What a pass does about secrets that are written and not live.
#include <gmock/gmock.h>

#include "reconcile/bench.hpp"
#include "reconcile/summary.hpp"

namespace lockstep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

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

TEST(PassRollOut, TellsEveryStepAndCountsItsCalls) {
  RollOutBench bench;
  RolledOut first{.updated = {"m1"}, .left = {.restarts = 1}, .reads = 2, .writes = 3};
  RolledOut second{.updated = {"m2"}, .left = {}, .reads = 4, .writes = 5};
  bench.provider.steps.emplace_back(std::move(first));
  bench.provider.steps.emplace_back(std::move(second));
  const auto done = bench.pass();
  EXPECT_EQ(done.machines, (std::vector<std::string>{"m1", "m2"}));
  EXPECT_EQ(done.status.reads, 1U + 2U + 4U);
  EXPECT_EQ(done.status.writes, 1U + 3U + 5U);
  EXPECT_EQ(row(done, "TOKEN").reason, "live");
  EXPECT_FALSE(bench.record().names.at("TOKEN").staged);
  EXPECT_TRUE(bench.record().machines.empty());
  for (const auto* line : {"roll-out begins", "machine updated", "machine=m2", "roll-out done"}) {
    EXPECT_THAT(bench.log_text, HasSubstr(line));
  }
}

TEST(PassRollOut, EachStepIsSavedWithWhoStillRunsTheOldSet) {
  RollOutBench bench;
  bench.next({"m1"}, 1);
  bench.provider.steps.emplace_back(fail(Error{.kind = ErrorKind::transient, .message = "cut"}));
  EXPECT_TRUE(bench.pass().error);
  EXPECT_THAT(bench.record().machines, ElementsAre("m2/i1"));
  EXPECT_TRUE(bench.record().names.at("TOKEN").staged);
}

TEST(PassRollOut, TakesFourStepsAPassAndGoesOnAtOnce) {
  RollOutBench bench;
  for (int i = 0; i < 4; ++i) bench.next({}, 2);
  EXPECT_TRUE(bench.pass().more);
  EXPECT_EQ(bench.lines("roll-out").size(), 4U);
  bench.next({"m1", "m2"}, 0);
  EXPECT_FALSE(bench.pass().more);
}

TEST(PassRollOut, AStopIsToldAndUsesUpThePersonsYes) {
  RollOutBench bench;
  bench.desired.targets[0].policy.apply = api::Apply::Staged;
  bench.pass();
  bench.next({}, 1, "it is failed");
  const auto stopped = bench.pass({.write = true, .roll_out = true});
  EXPECT_TRUE(stopped.status.plan.roll_out->stopped);
  EXPECT_EQ(stopped.status.plan.roll_out->scope.machines(), 1U) << "as the step left it";
  EXPECT_FALSE(stopped.more);
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
  EXPECT_THAT(bench.log_text, HasSubstr("roll-out stopped"));
}

TEST(PassRollOut, AMachineThatFailsLastStopsItAllTheSame) {
  RollOutBench bench;
  bench.next({"m2"}, 0, "it is failed");
  EXPECT_EQ(condition(bench.pass(), "Ready").reason, "RollOutStopped");
  EXPECT_TRUE(bench.record().roll_out_due) << "not every machine is healthy";
}

TEST(PassRollOut, WhereMachinesWereNotToldTheNextPassGoesOnAtOnce) {
  RollOutBench bench;
  bench.provider.machines.clear();
  EXPECT_TRUE(bench.pass().more);
  EXPECT_TRUE(bench.lines("roll-out").empty());
  EXPECT_FALSE(bench.pass().more) << "nothing was written, so nothing changes by looking again";
}

TEST(PassRollOut, AnAppWithoutMachinesIsDone) {
  RollOutBench bench;
  bench.provider.machines = {"none"};
  bench.provider.check.roll_out = bench.provider.old_machines = RollOutScope{};
  const auto done = bench.pass();
  EXPECT_FALSE(done.more);
  EXPECT_FALSE(done.status.plan.roll_out);
  EXPECT_TRUE(bench.lines("roll-out").empty());
}

TEST(PassRollOut, WhatIsLeftToWriteGoesBeforeIt) {
  RollOutBench bench;
  bench.desire(bench.desired.targets[0], "OTHER");
  bench.value("OTHER", "o");
  bench.provider.abilities.max_changes = 1;
  EXPECT_TRUE(bench.pass().more);
  EXPECT_TRUE(bench.lines("roll-out").empty());
}

TEST(PassRollOut, ARefusedNameKeepsNoOtherFromBecomingLiveAndAnyOtherFaultDoes) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::conflict}) {
    RollOutBench bench;
    bench.desire(bench.desired.targets[0], "BAD");
    bench.value("BAD", "b");
    bench.provider.outcomes["BAD"] = Receipt::Outcome::failed;
    bench.provider.refusal = kind;
    bench.next({"m1", "m2"}, 0);
    const auto done = bench.pass();
    EXPECT_EQ(done.error->kind, kind);
    EXPECT_EQ(row(done, "TOKEN").state, kind == ErrorKind::invalid ? State::InSync : State::Staged);
  }
}

TEST(PassRollOut, S10_ADeadTokenIsAlsoHeardFromAStep) {
  RollOutBench bench;
  bench.provider.steps.emplace_back(
      fail(Error{.kind = ErrorKind::unauthorized, .message = "dead"}));
  bench.pass();
  bench.journal.clear();
  bench.pass();
  EXPECT_TRUE(bench.journal.empty());
}

/// `TOKEN` is written and waits, `LIVE` is live; a crash lost the number of the last write.
struct LostNumberBench : RollOutBench {
  LostNumberBench() {
    Bench::desire(desired.targets[0], "LIVE");
    value("LIVE", "value-of-LIVE");
    provider.version = "";
    pass();
    record().names.at("LIVE").staged = false;
    provider.version = "43";
    journal.clear();
    next({"m1", "m2"}, 0);
  }
  void hold(const std::string& name) {
    ledger.held[{"prod", "flyApp/app"}].push_back({.name = name,
                                                   .since = sim.clock().wall(),
                                                   .until = sim.clock().wall() + 1h,
                                                   .reason = "r",
                                                   .by = "someone"});
  }
};

TEST(PassLostNumber, IsLearntByWritingOneOfOurNamesAgainAndItRollsOut) {
  LostNumberBench bench;
  EXPECT_TRUE(row(bench.plan(), "LIVE").runs()) << "a plan tells it before";
  bench.journal.clear();
  const auto done = bench.pass();
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +LIVE")) << "one is enough";
  EXPECT_EQ(bench.value_at("LIVE"), "value-of-LIVE");
  EXPECT_EQ(bench.record().evidence.version, "43");
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
  EXPECT_EQ(row(done, "TOKEN").state, State::InSync);
  bench.journal.clear();
  bench.pass();
  EXPECT_THAT(bench.lines("apply"), ElementsAre()) << "S11";
}

TEST(PassLostNumber, WithoutANumberNothingRollsOut) {
  LostNumberBench bench;
  bench.provider.version = "";
  bench.pass();
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +LIVE")) << "once a pass";
  EXPECT_TRUE(bench.lines("roll-out").empty());
}

TEST(PassLostNumber, AHeldNameIsLeftAlone) {
  LostNumberBench bench;
  bench.hold("LIVE");
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +TOKEN"));
}

TEST(PassLostNumber, WithoutTheGrantWriteNothingIsWritten) {
  LostNumberBench bench;
  bench.desired.targets[0].permitted.erase(api::Action::Write);
  EXPECT_EQ(row(bench.pass(), "LIVE").gate, Gate::NotPermitted);
  EXPECT_TRUE(bench.lines("apply").empty());
  EXPECT_TRUE(bench.lines("roll-out").empty());
}

TEST(PassLostNumber, OutsideTheWriteWindowsNothingIsWritten) {
  LostNumberBench bench;  // a Thursday, midnight
  bench.desired.targets[0].policy.write_windows = {
      {.days = {api::Weekday::Sat}, .from = "02:00", .to = "05:00", .time_zone = "UTC"}};
  EXPECT_EQ(bench.pass().status.plan.roll_out->gate, Gate::Window);
  EXPECT_TRUE(bench.lines("apply").empty());
}

TEST(PassLostNumber, S13_UnderApprovalAlwaysItWaitsForAYes) {
  LostNumberBench bench;
  bench.desired.targets[0].approval = api::ApprovalRule::Always;
  const auto waits = bench.pass();
  EXPECT_EQ(row(waits, "LIVE").gate, Gate::AwaitingApproval);
  EXPECT_TRUE(bench.lines("apply").empty());
  bench.pass({.write = true, .approved = {waits.status.plan.approval_digest}});
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +LIVE"));
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
}

TEST(PassLostNumber, S16_ACompromisedOnlyNameIsNeverWrittenForIt) {
  LostNumberBench bench;
  for (auto& [name, known] : bench.record().names) known.compromised_only = true;
  const auto done = bench.pass();
  EXPECT_TRUE(bench.lines("apply").empty());
  EXPECT_THAT(row(done, "TOKEN").reason, HasSubstr("rolls out with the next write here"));
}

}  // namespace
}  // namespace lockstep::testing
