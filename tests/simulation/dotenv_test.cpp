// Developers' files beside the places of production: S6, S11 and S19.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

void set_up_with_files(World& world) {
  world.set_up();
  world.add_dev_vars();
}

TEST(DevVars, S19_HoldTheirOwnValuesAndThenNothingIsWritten) {
  World world(1);
  set_up_with_files(world);
  ASSERT_NO_THROW(converge_and_stay(world));
  const auto text = world.files.text(dev_vars);
  const auto example = world.files.text(dev_vars + ".example");
  world.apply();
  EXPECT_EQ(world.files.text(dev_vars), text) << "S11";
  EXPECT_EQ(world.files.text(dev_vars + ".example"), example) << "S11";
}

TEST(DevVars, S11_AnEditByHandAndANewValueAreReconciled) {
  World world(2);
  set_up_with_files(world);
  ASSERT_NO_THROW(converge_and_stay(world));
  auto text = world.files.text(dev_vars);
  text.replace(text.find("for development"), 15, "for nobody at all");
  world.files.put(dev_vars, text);
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  EXPECT_NE(world.difference(), "");
  EXPECT_NO_THROW(converge_and_stay(world));
}

TEST(DevVars, S6_ConvergeAfterACrashAllOverTheDisk) {
  World whole(3);
  set_up_with_files(whole);
  const auto end = whole.apply();
  ASSERT_EQ(whole.difference(), "");
  // Thirty points: the ledger's own steps are swept one by one without files.
  const long step = simulation_share() * std::max(1L, end.disk_ops / 30);
  for (long point = 0; point < end.disk_ops; point += step) {
    SCOPED_TRACE("crash at " + std::to_string(point));
    World world(4000 + static_cast<std::uint64_t>(point));
    set_up_with_files(world);
    world.apply({.at = CrashPoint::At::disk, .count = point});
    ASSERT_NO_THROW(converge_and_stay(world, 3));
  }
}

// S19: what stands in for production on this machine is not read for a developer's file.
TEST(DevVars, S19_AStandInOfProductionIsRefused) {
  World world(4);
  set_up_with_files(world);
  auto setup = world.files.text("lockstep.local.yaml");
  setup.replace(setup.find("DEV_"), 4, "VALUE_");
  world.files.put("lockstep.local.yaml", setup);
  const auto end = world.apply();
  for (const auto& outcome : end.outcomes) {
    if (outcome.status.key.name != "dev") continue;
    for (const auto& row : outcome.status.plan.secrets) {
      if (!world.wanted_locally.contains(row.name)) continue;
      EXPECT_EQ(row.state, State::SourceUnavailable) << row.name;
    }
  }
  EXPECT_FALSE(world.files.text(dev_vars).contains("STRIPE_API_KEY"));
}

}  // namespace
}  // namespace lockstep::simulation
