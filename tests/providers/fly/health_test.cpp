#include "providers/fly/health.hpp"

#include <gtest/gtest.h>

#include "machine.hpp"

namespace lockstep::providers::fly {
namespace {

using test::at;
using test::checked;
using test::in_state;
using test::running;
using V = Health::Verdict;
using namespace std::chrono_literals;

V verdict(const Machine& machine, Nanos up_for = 1h) {
  const auto health = judge(machine, up_for);
  EXPECT_EQ(health.why.empty(), health.verdict == V::healthy) << health.why;
  return health.verdict;
}
Machine ended(MachineExit exit, std::string state = "stopped") {
  auto out = in_state(std::move(state));
  out.exit = exit;
  return out;
}

TEST(FlyHealth, WithoutChecksItHasRunForTenSeconds) {
  EXPECT_EQ(verdict(running(), 0s), V::waits);
  EXPECT_EQ(verdict(running(), 9999ms), V::waits);
  EXPECT_EQ(judge(running(), 0s).why, "it runs for less than 10 s");
  EXPECT_EQ(verdict(running(), 10s), V::healthy);
}

TEST(FlyHealth, NeedsAMachineThatIsStarted) {
  for (const auto* state : {"starting", "created", "replacing", "stopping", "something new", ""}) {
    EXPECT_EQ(verdict(in_state(state)), V::waits) << state;
  }
  EXPECT_EQ(judge(in_state("starting"), 1h).why, "it is starting");
  EXPECT_EQ(verdict(in_state("failed")), V::failed);
}

TEST(FlyHealth, EveryConfiguredCheckPasses) {
  EXPECT_EQ(verdict(checked("passing"), 0s), V::healthy) << "no smoke time where checks answer";
  for (const auto* status : {"warning", "critical", "", "unheard of"}) {
    EXPECT_EQ(verdict(checked(status)), V::waits) << status;
  }
  EXPECT_EQ(judge(checked("critical"), 1h).why, "check http is critical");
  auto silent = checked("passing");
  silent.checks.clear();
  EXPECT_EQ(verdict(silent), V::waits) << "no result is no pass";
  EXPECT_EQ(judge(silent, 1h).why, "0 of 1 check answered");
  auto two = checked("passing");
  two.check_count = 2;
  EXPECT_EQ(verdict(two), V::waits) << "one of two answered";
  EXPECT_EQ(judge(two, 1h).why, "1 of 2 checks answered");
  two.checks.push_back({.name = "tcp", .status = "critical", .updated_at = at(1)});
  EXPECT_EQ(verdict(two), V::waits) << "the second one counts too";
  two.checks.back().status = "passing";
  EXPECT_EQ(verdict(two), V::healthy);
}

TEST(FlyHealth, ACheckOfTheInstanceBeforeProvesNothing) {
  auto machine = checked("passing");
  machine.started_at = at(0.9);
  machine.checks[0].updated_at = at(0);
  EXPECT_EQ(verdict(machine, 0s), V::healthy) << "as late as the start, in whole seconds";
  machine.checks[0].updated_at = at(-0.001);
  EXPECT_EQ(verdict(machine, 59s), V::waits);
  EXPECT_EQ(judge(machine, 59s).why, "check http has not answered since the start");
  EXPECT_EQ(verdict(machine, 60s), V::healthy) << "it has been asked again since";
  machine.checks[0].updated_at.reset();
  EXPECT_EQ(verdict(machine, 59s), V::waits) << "not told";
  machine.checks[0].updated_at = at(1);
  machine.started_at.reset();
  EXPECT_EQ(verdict(machine, 59s), V::waits) << "no start is told";
}

TEST(FlyHealth, CrashingAgainAndAgainIsFailure) {
  const MachineExit loop{.requested = false, .restarting = true, .restarts = 2, .code = 1};
  for (const auto* state : {"started", "starting", "stopped"}) {
    EXPECT_EQ(verdict(ended(loop, state)), V::failed) << state;
  }
  EXPECT_EQ(judge(ended(loop, "started"), 1h).why, "it crashes again and again (exit code 1)");
  auto other = loop;
  other.restarts = 1;
  EXPECT_EQ(verdict(ended(other, "started")), V::healthy) << "once";
  other = loop;
  other.requested = true;
  EXPECT_EQ(verdict(ended(other, "started")), V::healthy) << "it was asked for";
  other = loop;
  other.restarting = false;
  EXPECT_EQ(verdict(ended(other, "started")), V::healthy) << "it came up by itself";
  other = loop;
  other.code = 0;
  EXPECT_EQ(verdict(ended(other, "started")), V::healthy) << "that is how it works";
}

TEST(FlyHealth, AnEndIsWellOnlyOnPurpose) {
  for (const auto* state : {"stopped", "suspended"}) {
    EXPECT_EQ(verdict(ended({.requested = true, .code = 137}, state)), V::healthy) << state;
    EXPECT_EQ(verdict(ended({.code = 0}, state)), V::healthy) << state;
    EXPECT_EQ(verdict(ended({.code = 3}, state)), V::failed) << state;
    EXPECT_EQ(verdict(in_state(state)), V::waits) << state << ": why is not told";
  }
  EXPECT_EQ(judge(ended({.code = 3}), 1h).why, "it ended with exit code 3");
}

TEST(FlyHealth, WhatIsDestroyedNeedsNone) {
  auto gone = ended({.code = 3}, "destroyed");
  gone.gone = true;
  EXPECT_EQ(verdict(gone, 0s), V::healthy);
}

}  // namespace
}  // namespace lockstep::providers::fly
