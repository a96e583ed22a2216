// S6: a crash anywhere loses no value, repeats nothing blindly, and the next pass converges.
#include <gtest/gtest.h>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

TEST(Simulation, ConvergesAndThenIsSilent) {
  World world(1);
  world.set_up();
  const auto first = world.apply();
  ASSERT_FALSE(first.error) << describe(*first.error);
  for (const auto& outcome : first.outcomes) {
    EXPECT_FALSE(outcome.error) << describe(*outcome.error);
  }
  EXPECT_EQ(world.difference(), "") << world.log();
  converge_and_stay(world);
}

TEST(Simulation, OneSeedIsOneRunByteForByte) {
  const auto run = [] {
    World world(7);
    world.set_up();
    world.apply({.at = CrashPoint::At::after_call, .count = 5});
    world.control(std::chrono::hours(2));
    return world.log();
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace lockstep::simulation
