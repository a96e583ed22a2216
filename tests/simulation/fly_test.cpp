// The whole program on a Fly.io whose reads are behind, whose replicas disagree and whose checks
// come late: every fault and a crash at every call to it.
#include <gtest/gtest.h>

#include "simulation/faults.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using sandbox::Fault;
using sandbox::FlyOptions;

const std::string fly_host = "api.machines.dev";

struct FlyKind {
  const char* name;
  FlyOptions options;
};
const FlyKind kinds[] = {
    {"Behind", {.read_lag = Seconds(8), .start_time = start_time}},
    {"Disagreeing",
     {.read_lag = Seconds(8),
      .fresh_every = 2,
      .start_time = start_time,
      .check_time = Seconds(20)}},
};

/// Every fault of all providers, and those that only a roll-out meets.
std::vector<FaultCase> faults() {
  auto out = fault_cases();
  for (const int status : {408, 412, 422, 500}) {
    out.push_back({"late" + std::to_string(status),
                   {.kind = Fault::Kind::late_error, .status = status}});
  }
  out.push_back({"conflict", {.kind = Fault::Kind::error_body, .status = 409}});
  out.push_back({"nothing", {.kind = Fault::Kind::status, .status = 200, .body = "null"}});
  return out;
}

/// Everything is live, and then a value changes at its source.
void prepare(World& world) {
  world.reads_may_be_stale = true;
  world.set_up();
  world.apply();
  world.pass_time(std::chrono::minutes(5));
  world.apply();
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.pass_time(std::chrono::minutes(5));
}

class LateFly : public ::testing::TestWithParam<FlyKind> {};

TEST_P(LateFly, S11_ConvergesAndThenIsSilent) {
  World world(1, GetParam().options);
  prepare(world);
  world.apply();
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST_P(LateFly, S3_S11_OneFaultNeverHarmsAndItConverges) {
  World whole(1, GetParam().options);
  prepare(whole);
  const auto before = whole.fly.seen().size();
  whole.apply();
  const auto calls = whole.fly.seen().size() - before;
  ASSERT_GT(calls, 15U) << "a roll-out is among them";
  // Each fault at a third of the calls, another third each time.
  std::size_t start = 0;
  for (const auto& [name, fault] : faults()) {
    const auto step = 3 * static_cast<std::size_t>(simulation_share());
    for (auto n = start++ % step; n < calls; n += step) {
      SCOPED_TRACE(name + " at call " + std::to_string(n));
      World world(4000 + n, GetParam().options);
      prepare(world);
      std::size_t met = 0;
      const auto plan = [&met, n, bad = fault](const net::Request&) {
        return met++ == n ? bad : Fault{};
      };
      world.fly.set_faults(plan);
      world.apply();
      // A refusal for good waits for a person.
      world.apply({}, {.write = true, .at_once = true, .roll_out = true});
      ASSERT_NO_THROW(converge_and_stay(world, 3));
    }
  }
}

TEST_P(LateFly, S6_ConvergesAfterACrashAtEveryCall) {
  World whole(1, GetParam().options);
  prepare(whole);
  const auto before = whole.fly.seen().size();
  whole.apply();
  const auto calls = static_cast<long>(whole.fly.seen().size() - before);
  for (const auto at : {CrashPoint::At::before_call, CrashPoint::At::after_call}) {
    for (long n = 0; n < calls; n += simulation_share()) {
      SCOPED_TRACE("crash at call " + std::to_string(n));
      World world(5000 + static_cast<std::uint64_t>(n), GetParam().options);
      prepare(world);
      EXPECT_TRUE(world.apply({.at = at, .count = n, .host = fly_host}).crashed);
      ASSERT_NO_THROW(converge_and_stay(world, 3));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, LateFly, ::testing::ValuesIn(kinds),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep::simulation
