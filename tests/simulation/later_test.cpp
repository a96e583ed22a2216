// What was done once and harms only later, when the manifests change: at every kind of place.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> places{"fly", "worker", "environment", "repository"};

const std::string was_there = "it-was-there-before-lockstep";

void put(World& world, const std::string& place, const std::string& name,
         const std::string& value) {
  if (place == "fly") {
    world.fly.set_secret(fly_app, name, value, world.now());
  } else if (place == "worker") {
    world.cloudflare.put_secret(account, worker, name, value, {}, world.now());
  } else {
    ASSERT_TRUE(world.somebody_writes(place, name, value));
  }
}

/// The digests of all plans, as a person says yes to them.
std::set<std::string> all_digests(World& world) {
  std::set<std::string> out;
  for (const auto& outcome : world.apply().outcomes) {
    if (!outcome.status.plan.approval_digest.empty()) {
      out.insert(outcome.status.plan.approval_digest);
    }
  }
  return out;
}

// ---- adopt, then undesire -----------------------------------------------------------------------

class AdoptThenUndesire : public ::testing::TestWithParam<std::string> {};

TEST_P(AdoptThenUndesire, S1_WhatWasThereBeforeIsNeverPrunedAsOwned) {
  World world(1);
  world.policy = "{adopt: " + GetParam() + ", repairAfter: 1m, pruneAfter: 10m}";
  world.approval = "None";
  world.set_up();
  world.add_github();
  world.add_dev_vars();
  auto dev = world.files.text("manifests/dev.yaml");
  dev.replace(dev.find("{repairAfter: 1m}"), 17, world.policy);
  world.files.put("manifests/dev.yaml", dev);
  world.files.put(dev_vars, world.files.text(dev_vars) + "DATABASE_URL='" + was_there + "'\n");
  for (const auto& place : places) put(world, place, "DATABASE_URL", was_there);
  world.pass_time(10min);
  world.apply();
  const bool overwritten = GetParam() == "Overwrite";
  const auto stands = overwritten ? world.wanted["fly"]["DATABASE_URL"] : was_there;
  for (const auto& place : places) EXPECT_EQ(world.value(place, "DATABASE_URL"), stands) << place;
  const auto file = world.files.text(dev_vars);
  EXPECT_EQ(file.contains(was_there), !overwritten);

  for (const auto& place : places) {
    world.wanted[place].erase("DATABASE_URL");
    world.foreign[place]["DATABASE_URL"] = stands;
  }
  world.wanted_locally.erase("DATABASE_URL");
  world.write_manifests();
  world.control(3h);
  EXPECT_EQ(world.difference(), "") << "what lockstep did not create is not there any more";
  EXPECT_EQ(world.files.text(dev_vars), file);
}

TEST(AdoptThenUndesire, S1_WhatLockstepCreatedBesideItIsPruned) {
  World world(1);
  world.policy = "{adopt: Overwrite, repairAfter: 1m, pruneAfter: 10m}";
  world.approval = "None";
  world.set_up();
  world.add_github();
  for (const auto& place : places) put(world, place, "DATABASE_URL", was_there);
  world.pass_time(10min);
  world.apply();
  world.unwant("STRIPE_API_KEY");
  world.write_manifests();
  world.control(3h);
  for (const auto& place : places) {
    EXPECT_FALSE(world.value(place, "STRIPE_API_KEY")) << place;
    EXPECT_TRUE(world.value(place, "DATABASE_URL")) << place;
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, AdoptThenUndesire, ::testing::Values("Overwrite", "Trust"),
                         [](const auto& info) { return info.param; });

// ---- the rule is dropped, and then the value is new ---------------------------------------------

/// How the name came to its rule.
enum class Ruled { from_the_first_write, after_it, over_a_lost_answer };

class RuleDropped : public ::testing::TestWithParam<Ruled> {};

TEST_P(RuleDropped, S16_TheNextValueWaitsForAYesAtEveryPlace) {
  World world(1);
  world.approval = "None";
  if (GetParam() != Ruled::after_it) world.compromised_only = {"DATABASE_URL"};
  world.set_up();
  world.add_github();
  if (GetParam() == Ruled::over_a_lost_answer) {
    world.set_faults([](const net::Request& request) {
      const bool write = request.effect == net::Effect::Write && !request.url.contains("/machines");
      return write ? sandbox::Fault{.kind = sandbox::Fault::Kind::lost_answer} : sandbox::Fault{};
    });
    world.apply();
    forget_faults(world);
  } else {
    world.apply();
  }
  const auto first = world.wanted["fly"]["DATABASE_URL"];
  if (GetParam() == Ruled::after_it) {
    world.compromised_only = {"DATABASE_URL"};
    world.write_manifests();
    world.pass_time(5min);
    world.apply();
  }
  world.compromised_only.clear();
  world.want("DATABASE_URL", "postgres://demo-fake.example/without-the-rule");
  world.write_manifests();
  for (int i = 0; i < 3; ++i) {
    world.pass_time(5min);
    world.apply();
    for (const auto& place : places) EXPECT_EQ(world.value(place, "DATABASE_URL"), first) << place;
  }
  world.apply({}, {.write = true, .at_once = true, .approved = all_digests(world)});
  EXPECT_EQ(world.difference(), "");
  world.pass_time(5min);
  world.want("DATABASE_URL", "postgres://demo-fake.example/the-one-after");
  ASSERT_NO_THROW(converge_and_stay(world, 1)) << "the yes let the rule go";
}

INSTANTIATE_TEST_SUITE_P(Simulation, RuleDropped,
                         ::testing::Values(Ruled::from_the_first_write, Ruled::after_it,
                                           Ruled::over_a_lost_answer));

// ---- held, then rolled out ----------------------------------------------------------------------

TEST(HeldThenRolledOut, AHeldNameIsLeftAloneAtEveryPlaceUntilTheHoldEnds) {
  World world(1);
  world.set_up();
  world.add_github();
  world.apply();
  world.pass_time(5min);
  const auto before = world.wanted["fly"]["DATABASE_URL"];
  for (const auto& place : places) world.hold(place, "DATABASE_URL", 2h);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.control(1h);
  for (const auto& place : places) {
    EXPECT_EQ(world.value(place, "DATABASE_URL"), before) << place;
    EXPECT_EQ(world.value(place, "STRIPE_API_KEY"), world.wanted[place]["STRIPE_API_KEY"]) << place;
  }
  world.pass_time(1h);
  world.held.clear();
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(HeldThenRolledOut, AStagedNameThatIsHeldIsNotMadeLive) {
  World world(1);
  world.policy = "{repairAfter: 1m, apply: Staged}";
  world.worker_policy = "{repairAfter: 1m}";
  world.set_up();
  world.apply();
  const auto live = [&] {
    const auto value = world.fly.live_value(fly_app, world.rolled_out[0], "DATABASE_URL");
    return value ? std::string(*value) : "";
  };
  ASSERT_EQ(live(), "");
  world.hold("fly", "DATABASE_URL", 1h);
  const reconcile::PassOptions person{.write = true, .at_once = true, .roll_out = true};
  world.apply({}, person);
  EXPECT_EQ(live(), "");
  world.pass_time(1h);
  world.apply({}, person);
  EXPECT_EQ(live(), world.wanted["fly"]["DATABASE_URL"]);
}

/// A crash loses the number of a write of `STRIPE_API_KEY`; the names before it, which are live,
/// are held.
TEST(HeldThenRolledOut, S6_NoCrashMakesLockstepWriteAHeldName) {
  World whole(1);
  const auto prepare = [](World& world) {
    world.set_up();
    world.apply();
    world.pass_time(5min);
    world.hold("fly", "DATABASE_URL", 2h);
    world.hold("fly", "SESSION_KEY", 2h);
    world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  };
  prepare(whole);
  const auto calls = whole.apply().calls;
  for (long call = 0; call < calls; call += simulation_share()) {
    SCOPED_TRACE("crash after call " + std::to_string(call));
    World world(7000 + static_cast<std::uint64_t>(call));
    prepare(world);
    world.apply({.at = CrashPoint::At::after_call, .count = call});
    ASSERT_NO_THROW(converge_and_stay(world, 3));
  }
}

}  // namespace
}  // namespace lockstep::simulation
