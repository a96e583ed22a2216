#include "base/scope.hpp"

#include <boost/asio/io_context.hpp>

#include "support/sim.hpp"

namespace lockstep {
namespace {

using testing::Simulation;

Awaitable<void> wait_for_cancel(Clock& clock, int& ended) {
  if (co_await clock.sleep_until(Mono::max()) == Ended::cancelled) ++ended;
}
Awaitable<void> count_up(int& n) {
  ++n;
  co_return;
}
Awaitable<void> throws() {
  throw std::runtime_error("broken");
  co_return;
}

TEST(Scope, OwnsWorkUntilItEnds) {
  Simulation sim;
  Scope scope(sim.executor());
  int n = 0;
  scope.start(count_up(n));
  scope.start(count_up(n));
  EXPECT_FALSE(scope.drained());
  EXPECT_EQ(scope.size(), 2U);
  EXPECT_TRUE(sim.run_until(Mono::max(), [&] { return scope.drained(); }));
  EXPECT_EQ(n, 2);
}

TEST(Scope, CancelEndsAllWorkAndRefusesNew) {
  Simulation sim;
  Scope scope(sim.executor());
  int ended = 0, started = 0;
  for (int i = 0; i < 5; ++i) scope.start(wait_for_cancel(sim.clock(), ended));
  scope.cancel();
  scope.start(count_up(started));
  EXPECT_TRUE(sim.run_until(Mono::max(), [&] { return scope.drained(); }));
  EXPECT_EQ(ended, 5);
  EXPECT_EQ(started, 0);
}

Awaitable<void> cancel_from_inside(Scope& scope, Clock& clock, int& ended) {
  scope.cancel();
  co_await wait_for_cancel(clock, ended);
}

TEST(Scope, WorkMayCancelItsOwnScope) {
  Simulation sim;
  Scope scope(sim.executor());
  int ended = 0;
  scope.start(wait_for_cancel(sim.clock(), ended));
  scope.start(cancel_from_inside(scope, sim.clock(), ended));
  EXPECT_TRUE(sim.run_until(Mono::max(), [&] { return scope.drained(); }));
  EXPECT_EQ(ended, 2);
}

// An owner may go as soon as the scope is drained: no cancel() may reach it after that.
TEST(Scope, IsNotDrainedWhileACancelIsOnItsWay) {
  Simulation sim;
  auto scope = std::make_unique<Scope>(sim.executor());
  scope->cancel();
  EXPECT_FALSE(scope->drained());
  EXPECT_TRUE(sim.run_until(Mono::max(), [&] { return scope->drained(); }));
  scope.reset();
  EXPECT_FALSE(sim.run_until(Mono::max(), [] { return false; }));
}

TEST(Scope, AnEscapedExceptionLeavesTheLoop) {
  Simulation sim;
  Scope scope(sim.executor());
  scope.start(throws());
  EXPECT_THROW(sim.run_until(Mono::max(), [&] { return scope.drained(); }), std::runtime_error);
}

Awaitable<void> count_twice(Clock& clock, int& n) {
  ++n;
  (void)co_await clock.sleep_until(clock.mono() + std::chrono::seconds(1));
  ++n;
}

TEST(Simulation, AKilledWorldFiresNoTimerAnyMore) {
  Simulation sim;
  int n = 0;
  Scope scope(sim.executor());
  scope.start(count_twice(sim.clock(), n));
  sim.kill();
  EXPECT_FALSE(sim.run_until(Mono::max(), [&] { return scope.drained(); }));
  EXPECT_EQ(n, 1) << "what was ready ran, what waited did not";
}

}  // namespace
}  // namespace lockstep
