// Every kind of fault at every call; someone else acting between any two calls.
#include <gtest/gtest.h>

#include "simulation/faults.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using sandbox::Fault;

/// Hits the n-th request of the life, over all providers, and from then on none.
void fault_at(World& world, long n, const Fault& fault) {
  auto left = std::make_shared<long>(n);
  const auto plan = [left, fault](const net::Request&) { return (*left)-- == 0 ? fault : Fault{}; };
  world.set_faults(plan);
}

/// Silent applies after each point of a sweep; elsewhere there are more.
constexpr int silent = 3;

void prepare(World& world) {
  world.set_up();
  world.foreign["fly"]["DEBUG"] = "verbose";
  world.fly.set_secret(fly_app, "DEBUG", "verbose", world.now());
  world.apply();
  world.pass_time(std::chrono::minutes(5));
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.fly.unset_secret(fly_app, "DATABASE_URL", world.now());
  world.pass_time(std::chrono::minutes(5));
}

class EveryCall : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EveryCall, S3_S11_OneFaultNeverHarmsAndItConverges) {
  const auto& [name, fault] = fault_cases()[GetParam()];
  World whole(1);
  prepare(whole);
  const auto calls = whole.apply().calls;
  ASSERT_GT(calls, 5);
  for (long n = 0; n < calls; n += simulation_share()) {
    SCOPED_TRACE(name + " at call " + std::to_string(n));
    World world(2000 + static_cast<std::uint64_t>(n));
    prepare(world);
    fault_at(world, n, fault);
    world.apply();
    ASSERT_NO_THROW(converge_and_stay(world, silent));
  }
}

TEST_P(EveryCall, S3_AProviderThatOnlyFailsCausesNoWrite) {
  const auto& [name, fault] = fault_cases()[GetParam()];
  if (fault.kind == Fault::Kind::stale_read || fault.kind == Fault::Kind::lost_answer) return;
  World world(1);
  prepare(world);
  const auto only_reads_fail = [bad = fault](const net::Request& request) {
    return request.effect == net::Effect::Read ? bad : Fault{};
  };
  world.set_faults(only_reads_fail);
  const auto end = world.apply();
  EXPECT_EQ(end.writes, 0) << name << "\n" << world.log();
  for (const auto& outcome : end.outcomes) {
    for (const auto& row : outcome.status.plan.secrets) {
      EXPECT_EQ(row.state, State::Unknown)
          << name << " " << row.name << ": Unknown is never missing";
    }
  }
  ASSERT_NO_THROW(converge_and_stay(world));
}

INSTANTIATE_TEST_SUITE_P(Simulation, EveryCall,
                         ::testing::Range<std::size_t>(0, fault_cases().size()),
                         [](const auto& info) { return fault_cases()[info.param].name; });

/// What another person may do at any moment.
struct Actor {
  std::string name;
  std::function<void(World&)> act;
};

const std::vector<Actor>& actors() {
  static const std::vector<Actor> all{
      {"editsFly",
       [](World& w) {
         w.fly.set_secret(fly_app, "DATABASE_URL", "postgres://else.example/x", w.now());
       }},
      {"removesFly", [](World& w) { w.fly.unset_secret(fly_app, "STRIPE_API_KEY", w.now()); }},
      {"deploysFly", [](World& w) { w.somebody_deploys(); }},
      {"editsWorker",
       [](World& w) {
         w.cloudflare.put_secret(account, worker, "DATABASE_URL", "else", {}, w.now());
       }},
      {"removesWorker",
       [](World& w) { w.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, w.now()); }},
      {"deploysWorker", [](World& w) { w.cloudflare.upload(account, worker, {}, {}, w.now()); }},
      {"rollsBack", [](World& w) { w.cloudflare.rollback(account, worker, 1, {}, w.now()); }},
      {"addsExtra",
       [](World& w) {
         w.foreign["worker"]["EXTRA"] = "theirs";
         w.cloudflare.put_secret(account, worker, "EXTRA", "theirs", {}, w.now());
       }},
  };
  return all;
}

class AnotherActor : public ::testing::TestWithParam<std::size_t> {};

TEST_P(AnotherActor, S1_S11_ActsBeforeAnyCallAndItConverges) {
  const auto& [name, act] = actors()[GetParam()];
  World whole(1);
  prepare(whole);
  const auto calls = whole.apply().calls;
  for (long n = 0; n < calls; n += simulation_share()) {
    SCOPED_TRACE(name + " before call " + std::to_string(n));
    World world(3000 + static_cast<std::uint64_t>(n));
    prepare(world);
    auto left = std::make_shared<long>(n);
    const auto hook = [&world, left, does = act](std::size_t, const net::Request&) {
      if ((*left)-- == 0) does(world);
    };
    world.before_request(hook);
    world.apply();
    forget_faults(world);
    // A rollback leaves an older version deployed: nothing may be written until a person deploys
    // the newest (S8), and values stay doubtful until they are written.
    if (name == "rollsBack") {
      EXPECT_NO_THROW(world.check_oracles());
      continue;
    }
    ASSERT_NO_THROW(converge_and_stay(world, silent));
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, AnotherActor,
                         ::testing::Range<std::size_t>(0, actors().size()),
                         [](const auto& info) { return actors()[info.param].name; });

TEST(Simulation, S8_NothingIsWrittenWhileANewerVersionWaits) {
  World world(1);
  prepare(world);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.cloudflare.upload(account, worker, {}, {.deploy = false}, world.now());
  const auto versions = world.cloudflare.version_count(account, worker);
  for (int i = 0; i < 3; ++i) world.apply();
  EXPECT_EQ(world.cloudflare.version_count(account, worker), versions);
  world.cloudflare.upload(account, worker, {}, {}, world.now());
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Simulation, S20_WhatSomeoneKeepsOverwritingIsLeftAlone) {
  World world(1);
  world.set_up();
  world.apply();
  long writes = 0;
  for (int i = 0; i < 12; ++i) {
    world.fly.set_secret(fly_app, "DATABASE_URL", "postgres://else.example/" + std::to_string(i),
                         world.now());
    world.pass_time(std::chrono::minutes(2));
    for (const auto& outcome : world.apply().outcomes) {
      writes += static_cast<long>(outcome.status.names_written);
    }
  }
  EXPECT_EQ(writes, 3) << "three repairs in the hour, not more";
  world.apply({}, {.write = true, .at_once = true, .retry_contested = true});
  EXPECT_EQ(world.difference(), "") << "a person acted";
}

}  // namespace
}  // namespace lockstep::simulation
