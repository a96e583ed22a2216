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

/// What one apply says of the developer's names.
void expect_unavailable(World& world, const LifeEnd& end, std::string_view reason) {
  std::size_t rows = 0;
  for (const auto& outcome : end.outcomes) {
    if (outcome.status.key.name != "dev") continue;
    for (const auto& row : outcome.status.plan.secrets) {
      if (!world.wanted_locally.contains(row.name)) continue;
      ++rows;
      EXPECT_EQ(row.state, State::SourceUnavailable) << row.name;
      EXPECT_TRUE(row.reason.contains(reason)) << row.reason;
    }
  }
  EXPECT_EQ(rows, world.wanted_locally.size());
  EXPECT_FALSE(world.files.text(dev_vars).contains("STRIPE_API_KEY"));
}

// S19: what stands in for production on this machine is not read for a developer's file, whatever
// the stand-in itself says.
TEST(DevVars, S19_AStandInOfProductionIsRefused) {
  World world(4);
  set_up_with_files(world);
  auto setup = world.files.text("lockstep.local.yaml");
  setup.replace(setup.find("DEV_"), 4, "VALUE_");
  world.files.put("lockstep.local.yaml", setup);
  expect_unavailable(world, world.apply(), "may stand in for secrets.prod/values too");
  const std::string unmarked = "prod/values: {envPrefix: VALUE_}";
  setup.replace(setup.find(unmarked), unmarked.size(),
                "prod/values: {envPrefix: VALUE_, localFiles: true}");
  world.files.put("lockstep.local.yaml", setup);
  expect_unavailable(world, world.apply(), "whose Environment needs approval");
}

// S19: the first line needs no document of production's.
TEST(DevVars, S19_ProductionsValuesStayOutWhateverBecameOfItsEnvironment) {
  std::uint64_t seed = 100;
  for (const auto borrowed : {World::Shared::secret, World::Shared::stand_in}) {
    for (const auto lost : {World::Lost::typo, World::Lost::doubled, World::Lost::left_out}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(borrowed)) + "/" +
                   std::to_string(static_cast<int>(lost)));
      World world(++seed);
      set_up_with_files(world);
      world.dev_borrows(borrowed);
      world.lose_production(lost);
      LifeEnd end;
      ASSERT_NO_THROW(end = world.apply());
      expect_unavailable(world, end, "write localFiles: true there");
      ASSERT_NO_THROW(world.control(std::chrono::minutes(30)));
      world.dev_has_its_own();
      world.write_manifests();
      world.manifests_may_be_wrong = false;
      ASSERT_NO_THROW(converge_and_stay(world));
    }
  }
}

}  // namespace
}  // namespace lockstep::simulation
