#include "providers/fly/trial.hpp"

#include <gmock/gmock.h>

#include "machine.hpp"

namespace lockstep::providers::fly {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::in_state;
using test::running;

Mono now(Nanos after = {}) {
  return Mono(24h) + after;
}
Trial of_update() {
  return {.id = "m1", .instance = "i1", .replaced = "i0", .updated = true};
}
Trial earlier() {
  return {.id = "m1", .instance = "i1", .replaced = "i0"};
}
Look look(Trial& trial, const std::vector<Machine>& machines, Nanos after = {}) {
  return look_at(trial, machines, now(after), at(0) + after);
}

TEST(FlyTrial, OnlyTheVeryInstanceSaysSomething) {
  auto trial = of_update();
  trial.since = now(-1h);
  EXPECT_EQ(look(trial, {running("m1", "i0")}), Look::waits) << "the list is behind";
  EXPECT_EQ(trial.why, "its update is not seen yet");
  EXPECT_FALSE(trial.seen);
  EXPECT_EQ(look(trial, {running("m1", "i2")}), Look::other);
  EXPECT_FALSE(trial.seen);
  EXPECT_EQ(look(trial, {running("m2", "i1")}), Look::missing);
  EXPECT_EQ(trial.why, "it is not listed");
  EXPECT_EQ(look(trial, {}), Look::missing);
  EXPECT_EQ(look(trial, {running("m0", "i9"), running("m1", "i1")}), Look::healthy);
  EXPECT_TRUE(trial.seen);
  auto destroyed = in_state("destroyed", "m1", "i0");
  destroyed.gone = true;
  EXPECT_EQ(look(trial, {destroyed}), Look::gone);
}

TEST(FlyTrial, FailsWithTheReason) {
  auto trial = of_update();
  EXPECT_EQ(look(trial, {in_state("failed")}), Look::failed);
  EXPECT_EQ(trial.why, "it is failed");
  EXPECT_TRUE(trial.seen);
}

TEST(FlyTrial, AnUpdatedMachineCountsFromWhenWeSawItRun) {
  auto trial = of_update();
  auto machine = running();
  machine.started_at = at(-3600);
  EXPECT_EQ(look(trial, {machine}), Look::waits) << "Fly.io's clock proves nothing of ours";
  EXPECT_EQ(look(trial, {machine}, 9999ms), Look::waits);
  EXPECT_EQ(look(trial, {machine}, 10s), Look::healthy);
}

TEST(FlyTrial, ABreakBeginsItAnew) {
  auto trial = of_update();
  EXPECT_EQ(look(trial, {running()}), Look::waits);
  EXPECT_EQ(look(trial, {in_state("starting")}, 5s), Look::waits);
  EXPECT_EQ(look(trial, {running()}, 10s), Look::waits);
  EXPECT_EQ(look(trial, {running()}, 19s), Look::waits);
  EXPECT_EQ(look(trial, {running()}, 20s), Look::healthy);
}

TEST(FlyTrial, ARestartBetweenTwoLooksBeginsItAnew) {
  auto trial = of_update();
  auto machine = running();
  machine.started_at = at(1);
  EXPECT_EQ(look(trial, {machine}), Look::waits);
  machine.started_at = at(6);
  EXPECT_EQ(look(trial, {machine}, 8s), Look::waits);
  EXPECT_EQ(look(trial, {machine}, 10s), Look::waits);
  auto behind = running();
  behind.started_at = at(1);
  EXPECT_EQ(look(trial, {behind}, 12s), Look::waits) << "an older start is no restart";
  EXPECT_EQ(look(trial, {machine}, 18s), Look::healthy);
}

TEST(FlyTrial, AnEarlierMachineCountsFromItsStart) {
  auto trial = earlier();
  auto machine = running();
  machine.started_at = at(-10);
  EXPECT_EQ(look(trial, {machine}), Look::healthy);
  trial = earlier();
  machine.started_at = at(-9);
  EXPECT_EQ(look(trial, {machine}), Look::waits);
  EXPECT_EQ(look(trial, {machine}, 1s), Look::healthy);
  trial = earlier();
  machine.started_at = at(3600);
  EXPECT_EQ(look(trial, {machine}), Look::waits) << "Fly.io's clock is ahead";
  EXPECT_EQ(look(trial, {machine}, 10s), Look::healthy) << "seen running for so long";
  trial = earlier();
  EXPECT_EQ(look(trial, {running()}), Look::waits) << "no start is told";
  EXPECT_EQ(look(trial, {running()}, 10s), Look::healthy);
}

TEST(FlyTrial, TheNextLookIsSoonAndWhenItIsProven) {
  EXPECT_EQ(next_look({of_update()}, now()), now(5s)) << "not seen running yet";
  auto first = of_update();
  auto second = of_update();
  first.since = now(-6s);
  second.since = now(-8s);
  EXPECT_EQ(next_look({first, second}, now()), now(2s));
  EXPECT_EQ(next_look({second, first}, now()), now(2s));
  first.since = now(-10s);
  EXPECT_EQ(next_look({first}, now()), now(5s)) << "proven, and not healthy";
  first.since = now();
  EXPECT_EQ(next_look({first}, now()), now(5s));
}

TEST(FlyTrial, IsForWhatRunsTheNewSetOrFailedWithIt) {
  const std::vector<std::string> old = {"m1/i0"};
  EXPECT_TRUE(is_on_trial(running(), old));
  EXPECT_TRUE(is_on_trial(in_state("starting"), old));
  EXPECT_TRUE(is_on_trial(in_state("stopping"), old));
  EXPECT_FALSE(is_on_trial(running("m1", "i0"), old)) << "it runs the old set";
  auto unmanaged = running();
  unmanaged.managed = false;
  EXPECT_FALSE(is_on_trial(unmanaged, old));
  for (const auto* state : {"stopped", "suspended", "created"}) {
    EXPECT_FALSE(is_on_trial(in_state(state), old)) << state;
  }
  auto died = in_state("stopped");
  died.exit = MachineExit{.code = 1};
  EXPECT_TRUE(is_on_trial(died, old)) << "it ended with what we gave it";
  died.exit->requested = true;
  EXPECT_FALSE(is_on_trial(died, old));
}

TEST(FlyTrial, OfAnEarlierMachineKnowsWhatItReplaced) {
  const auto trial = earlier_trial(running(), {"m0/i7", "m1/i0", "m11/i8"});
  EXPECT_EQ(trial.id, "m1");
  EXPECT_EQ(trial.instance, "i1");
  EXPECT_EQ(trial.replaced, "i0");
  EXPECT_FALSE(trial.updated);
  EXPECT_EQ(earlier_trial(running(), {"m0/i7", "m11/i8"}).replaced, "");
}

TEST(FlyTrial, OverdueIsOnlyWhatWasSeen) {
  auto unseen = of_update();
  auto seen = of_update();
  seen.id = "m2";
  seen.seen = true;
  EXPECT_EQ(overdue({unseen}), nullptr);
  const std::vector<Trial> both = {unseen, seen};
  ASSERT_NE(overdue(both), nullptr);
  EXPECT_EQ(overdue(both)->id, "m2");
}

TEST(FlyTrial, OnlySomeFailuresAreWorthAnotherLook) {
  using K = ErrorKind;
  for (const auto kind : {K::transient, K::throttled, K::protocol, K::outcome_unknown}) {
    EXPECT_TRUE(worth_another_look(kind)) << to_string(kind);
  }
  for (const auto kind : {K::conflict, K::not_found, K::unauthorized, K::forbidden, K::invalid,
                          K::unsupported, K::storage, K::fenced, K::cancelled, K::internal}) {
    EXPECT_FALSE(worth_another_look(kind)) << to_string(kind);
  }
}

}  // namespace
}  // namespace lockstep::providers::fly
