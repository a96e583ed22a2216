// policy.apply: Staged on a Worker: versions that a person deploys.
#include <gtest/gtest.h>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

constexpr auto staged_policy = "{repairAfter: 1m, apply: Staged}";

const TargetPlan& plan_of(const LifeEnd& end, const std::string& target) {
  for (const auto& outcome : end.outcomes) {
    if (outcome.status.plan.key.name == target) return outcome.status.plan;
  }
  throw std::runtime_error("no outcome of " + target);
}

State state_of(const LifeEnd& end, const std::string& name) {
  for (const auto& row : plan_of(end, "gateway").secrets) {
    if (row.name == name) return row.state;
  }
  throw std::runtime_error("no row of " + name);
}

/// Something was staged and deployed before, one value is new and one name was removed by someone.
void set_up_staged(World& world) {
  world.worker_policy = staged_policy;
  world.set_up();
  world.apply();
  world.deploy_staged();
  world.apply();
  world.pass_time(std::chrono::minutes(3));
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, world.now());
  world.pass_time(std::chrono::minutes(3));
}

class StagedCrashSweep : public ::testing::TestWithParam<CrashPoint::At> {};

TEST_P(StagedCrashSweep, S6_S8_ConvergesAndDeploysNothing) {
  World whole(1);
  set_up_staged(whole);
  const auto end = whole.apply();
  ASSERT_EQ(state_of(end, "STRIPE_API_KEY"), State::Staged);
  const long points = GetParam() == CrashPoint::At::disk ? end.disk_ops : end.calls;
  ASSERT_GT(points, 5);
  const auto versions = whole.cloudflare.version_count(account, worker);
  for (long point = 0; point < points; point += simulation_share()) {
    SCOPED_TRACE("crash at " + std::to_string(point));
    World world(1000 + static_cast<std::uint64_t>(point));
    set_up_staged(world);
    const auto deployments = world.cloudflare.deployment_count(account, worker);
    world.apply({.at = GetParam(), .count = point});
    world.pass_time(std::chrono::minutes(2));
    world.apply();
    EXPECT_EQ(world.cloudflare.deployment_count(account, worker), deployments)
        << "S8: lockstep deploys nothing here";
    EXPECT_EQ(world.cloudflare.version_count(account, worker), versions)
        << "S6: what landed is not repeated";
    ASSERT_NO_THROW(converge_and_stay(world));
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, StagedCrashSweep,
                         ::testing::Values(CrashPoint::At::disk, CrashPoint::At::before_call,
                                           CrashPoint::At::after_call));

TEST(Staged, IsLiveOnceSomeoneDeploysItAndASteadyPassIsOneReadAgain) {
  World world(1);
  set_up_staged(world);
  world.apply();
  EXPECT_NE(world.difference(), "");
  world.pass_time(std::chrono::minutes(5));
  EXPECT_EQ(world.apply().writes, 0);
  ASSERT_TRUE(world.deploy_staged());
  const auto live = world.apply();
  EXPECT_EQ(state_of(live, "STRIPE_API_KEY"), State::InSync);
  EXPECT_EQ(world.difference(), "");
  for (const auto& outcome : world.apply().outcomes) {
    if (outcome.status.plan.key.name == "gateway") EXPECT_EQ(outcome.status.reads, 1U);
  }
}

TEST(Staged, S8_NothingIsPutOnCodeThatNobodyDeployedUntilItIs) {
  World world(1);
  set_up_staged(world);
  world.cloudflare.upload(account, worker, {}, {.deploy = false}, world.now());
  const auto held = world.apply();
  for (const auto& row : plan_of(held, "gateway").secrets) {
    if (row.name == "STRIPE_API_KEY") EXPECT_EQ(row.gate, Gate::NewerVersion);
  }
  world.cloudflare.deploy_latest(account, worker, {}, world.now());
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Staged, S8_BackToLiveWaitsUntilWhatIsStagedIsDeployed) {
  World world(1);
  set_up_staged(world);
  world.apply();
  world.worker_policy = "";
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_again_51Habc");
  world.write_manifests();
  const auto deployments = world.cloudflare.deployment_count(account, worker);
  const auto held = world.apply();
  for (const auto& row : plan_of(held, "gateway").secrets) {
    if (row.name == "STRIPE_API_KEY") EXPECT_EQ(row.gate, Gate::NewerVersion);
  }
  EXPECT_EQ(world.cloudflare.deployment_count(account, worker), deployments);
  world.cloudflare.deploy_latest(account, worker, {}, world.now());
  ASSERT_NO_THROW(converge_and_stay(world));
}

}  // namespace
}  // namespace lockstep::simulation
