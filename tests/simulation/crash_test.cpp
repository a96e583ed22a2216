// S6: a crash anywhere loses no value, repeats nothing blindly, and the next pass converges.
#include <gtest/gtest.h>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

/// How a fault-free life of that kind goes, to know where it can be cut.
struct Extent {
  long disk_ops = 0;
  long calls = 0;
};

void set_up_with_work(World& world) {
  world.set_up();
  world.foreign["fly"]["DEBUG"] = "verbose";
  world.fly.set_secret(fly_app, "DEBUG", "verbose", world.now());
}

/// The second life of the scenario: one value changed at its source, one name changed and one
/// removed by someone else, so that creates are behind it and updates and repairs ahead.
void disturb(World& world) {
  world.pass_time(std::chrono::minutes(3));
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.fly.set_secret(fly_app, "DATABASE_URL", "postgres://somebody-else.example/db", world.now());
  world.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, world.now());
  world.pass_time(std::chrono::minutes(3));
}

class CrashSweep : public ::testing::TestWithParam<std::tuple<bool, CrashPoint::At>> {};

TEST_P(CrashSweep, S6_ConvergesAfterACrashAtEveryPoint) {
  const auto [disturbed, at] = GetParam();
  const auto prepare = [later_life = disturbed](World& world) {
    set_up_with_work(world);
    if (!later_life) return;
    world.apply();
    disturb(world);
  };
  World whole(1);
  prepare(whole);
  const auto end = whole.apply();
  ASSERT_EQ(whole.difference(), "");
  const long points = at == CrashPoint::At::disk ? end.disk_ops : end.calls;
  ASSERT_GT(points, 5);
  long crashes = 0;
  for (long point = 0; point < points; point += simulation_share()) {
    SCOPED_TRACE("crash at " + std::to_string(point));
    World world(1000 + static_cast<std::uint64_t>(point));
    prepare(world);
    crashes += world.apply({.at = at, .count = point}).crashed ? 1 : 0;
    ASSERT_NO_THROW(converge_and_stay(world));
  }
  EXPECT_GT(crashes, points / simulation_share() / 2) << "most of the points must really crash";
}

INSTANTIATE_TEST_SUITE_P(Simulation, CrashSweep,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(CrashPoint::At::disk,
                                                              CrashPoint::At::before_call,
                                                              CrashPoint::At::after_call)));

TEST(Simulation, S6_AnInterruptedWriteIsNotRepeated) {
  // The answer of the write is lost with the machine: the next life sees that the write happened.
  World whole(3);
  whole.set_up();
  const auto start = whole.fly.secrets_version(fly_app);
  const auto end = whole.apply();
  const auto versions = whole.fly.secrets_version(fly_app);
  for (long call = 0; call < end.calls; ++call) {
    World world(3);
    world.set_up();
    world.apply({.at = CrashPoint::At::after_call, .count = call});
    ASSERT_NO_THROW(converge_and_stay(world));
    // One write more is how the number of a write is learnt whose answer was lost: a name of ours
    // with the value that it has.
    EXPECT_LE(world.fly.secrets_version(fly_app), versions + (versions - start))
        << "after a crash at call " << call;
  }
}

TEST(Simulation, S11_ConvergesAndThenIsSilent) {
  World world(1);
  set_up_with_work(world);
  const auto first = world.apply();
  ASSERT_FALSE(first.error) << describe(*first.error);
  EXPECT_EQ(world.difference(), "") << world.log();
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Simulation, ASteadyPassIsOneReadAPlace) {
  World world(1);
  world.set_up();
  world.apply();
  EXPECT_EQ(world.difference(), "") << "what was written is live";
  const auto steady = world.apply();
  EXPECT_EQ(steady.calls, 2) << world.log();
  EXPECT_EQ(steady.writes, 0);
  for (const auto& outcome : steady.outcomes) EXPECT_EQ(outcome.status.reads, 1U);
}

TEST(Simulation, AMachineThatFailsStopsTheRollOutUntilAPersonGoesOn) {
  World world(1);
  world.set_up();
  const auto first = std::min(world.rolled_out[0], world.rolled_out[1]);
  const auto second = std::max(world.rolled_out[0], world.rolled_out[1]);
  const auto before = world.fly.instance_id(fly_app, second);
  world.fly.set_start(fly_app, first, sandbox::FlyStart::hangs);
  for (int i = 0; i < 3; ++i) {
    world.apply();
    world.pass_time(std::chrono::minutes(10));
  }
  EXPECT_EQ(world.fly.instance_id(fly_app, second), before) << "no later pass touches another one";
  world.fly.set_start(fly_app, first, sandbox::FlyStart::well);
  world.apply({}, {.write = true, .at_once = true, .roll_out = true});
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Simulation, OneSeedIsOneRunByteForByte) {
  const auto run = [] {
    World world(7);
    world.set_up();
    world.apply({.at = CrashPoint::At::after_call, .count = 5});
    world.control(std::chrono::hours(2));
    return world.log();
  };
  const auto first = run();
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace lockstep::simulation
