// A repository and a guarded environment at GitHub beside the other places: crashes, faults and
// other people at each of GitHub's calls.
#include <gtest/gtest.h>

#include "simulation/faults.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;
using sandbox::Fault;

/// What a life has at GitHub ahead of it.
enum class Work { creates, all };

/// `all`: a name to create, one to update, one to repair at each place, and one to delete.
void prepare(World& world, Work work) {
  world.policy = "{repairAfter: 1m, pruneAfter: 10m}";
  world.set_up();
  world.add_github();
  world.strangers = {"DEBUG"};
  ASSERT_TRUE(world.somebody_writes("repository", "DEBUG", "verbose"));
  remember_strangers(world);
  if (work == Work::creates) return;
  world.want("OLD_TOKEN", "fake-token-that-nobody-needs");
  world.write_manifests();
  world.apply();
  world.unwant("OLD_TOKEN");
  world.write_manifests();
  world.apply();
  world.pass_time(15min);
  world.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
  world.somebody_removes("environment", "DATABASE_URL");
  ASSERT_TRUE(world.somebody_writes("repository", "DATABASE_URL", "postgres://else.example/db"));
  world.pass_time(3min);
}

/// The calls of one fault-free life at GitHub.
long calls_of(Work work) {
  World world(1);
  prepare(world, work);
  const auto before = world.github.seen().size();
  world.apply();
  EXPECT_EQ(world.difference(), "") << world.log();
  return static_cast<long>(world.github.seen().size() - before);
}

/// With GitHub in it a life takes twice as long, so that sweeps are shorter than elsewhere.
void converge(World& world) {
  converge_and_stay(world, 3);
}

class GitHubCrashSweep : public ::testing::TestWithParam<std::tuple<Work, CrashPoint::At>> {};

TEST_P(GitHubCrashSweep, S6_ConvergesAfterACrashAtEveryCall) {
  const auto [work, at] = GetParam();
  const auto calls = calls_of(work);
  ASSERT_GT(calls, 8);
  for (long point = 0; point < calls; point += simulation_share()) {
    SCOPED_TRACE("crash at " + std::to_string(point));
    World world(5000 + static_cast<std::uint64_t>(point));
    prepare(world, work);
    EXPECT_TRUE(world.apply({.at = at, .count = point, .host = github_host}).crashed);
    ASSERT_NO_THROW(converge(world));
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, GitHubCrashSweep,
                         ::testing::Combine(::testing::Values(Work::creates, Work::all),
                                            ::testing::Values(CrashPoint::At::before_call,
                                                              CrashPoint::At::after_call)));

// The ledger's own order of steps is swept elsewhere: here a dozen points are enough.
TEST(GitHub, S6_ConvergesAfterACrashAtTheDisk) {
  World whole(1);
  prepare(whole, Work::all);
  const auto end = whole.apply();
  const long step = simulation_share() * std::max(1L, end.disk_ops / 12);
  for (long point = 0; point < end.disk_ops; point += step) {
    SCOPED_TRACE("crash at " + std::to_string(point));
    World world(5500 + static_cast<std::uint64_t>(point));
    prepare(world, Work::all);
    world.apply({.at = CrashPoint::At::disk, .count = point});
    ASSERT_NO_THROW(converge(world));
  }
}

class GitHubFaults : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GitHubFaults, S3_S11_OneFaultNeverHarmsAndItConverges) {
  const auto& [name, fault] = fault_cases()[GetParam()];
  const auto calls = calls_of(Work::all);
  // Every third call; which ones, changes from fault to fault.
  for (long n = static_cast<long>(GetParam()) % 3; n < calls; n += 3 * simulation_share()) {
    SCOPED_TRACE(name + " at call " + std::to_string(n));
    World world(6000 + static_cast<std::uint64_t>(n));
    prepare(world, Work::all);
    auto left = std::make_shared<long>(n);
    world.github.set_faults(
        [left, bad = fault](const net::Request&) { return (*left)-- == 0 ? bad : Fault{}; });
    world.apply();
    ASSERT_NO_THROW(converge(world));
  }
}

TEST_P(GitHubFaults, S3_OneThatOnlyFailsIsNotWrittenTo) {
  const auto& [name, fault] = fault_cases()[GetParam()];
  if (fault.kind == Fault::Kind::stale_read || fault.kind == Fault::Kind::lost_answer) return;
  World world(1);
  prepare(world, Work::all);
  world.github.set_faults([bad = fault](const net::Request& request) {
    return request.effect == net::Effect::Read ? bad : Fault{};
  });
  const auto before = world.github.seen().size();
  world.apply();
  const auto& seen = world.github.seen();
  EXPECT_TRUE(std::none_of(seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(),
                           [](const auto& call) { return call.write; }));
  ASSERT_NO_THROW(converge(world));
}

INSTANTIATE_TEST_SUITE_P(Simulation, GitHubFaults,
                         ::testing::Range<std::size_t>(0, fault_cases().size()),
                         [](const auto& info) { return fault_cases()[info.param].name; });

/// What another person may do at any moment. Writes within seconds of ours are left out: GitHub
/// does not tell them apart (S9).
struct Actor {
  std::string name;
  std::function<void(World&)> act;
};

const std::vector<Actor>& actors() {
  static const std::vector<Actor> all{
      {"edits", [](World& w) { w.somebody_writes("environment", "STRIPE_API_KEY", "else"); }},
      {"removes", [](World& w) { w.somebody_removes("repository", "STRIPE_API_KEY"); }},
      {"addsExtra",
       [](World& w) {
         w.somebody_writes("environment", "DEBUG", "theirs");
         remember_strangers(w);
       }},
      {"rotatesTheKey",
       [](World& w) {
         w.github.rotate_key(github_environment);
         w.github.rotate_key(github_repository);
       }},
      {"takesTheGuardAway", [](World& w) { w.guard_environment(false); }},
  };
  return all;
}

class GitHubActor : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GitHubActor, S1_S9_S11_ActsBetweenCallsAndItConverges) {
  const auto& [name, act] = actors()[GetParam()];
  const auto calls = calls_of(Work::all);
  for (long n = static_cast<long>(GetParam()) % 2; n < calls; n += 2 * simulation_share()) {
    SCOPED_TRACE(name + " before call " + std::to_string(n));
    World world(7000 + static_cast<std::uint64_t>(n));
    prepare(world, Work::all);
    auto left = std::make_shared<long>(n);
    world.github.before_request([&world, left, does = act](std::size_t, const net::Request&) {
      if ((*left)-- == 0) does(world);
    });
    world.apply();
    forget_faults(world);
    world.guard_environment(true);
    ASSERT_NO_THROW(converge(world));
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, GitHubActor, ::testing::Range<std::size_t>(0, actors().size()),
                         [](const auto& info) { return actors()[info.param].name; });

// `expect`: an environment that lost its reviewers is told and not written to; S14: nobody waits
// for it.
TEST(GitHub, AnEnvironmentWithoutItsGuardIsNotWrittenTo) {
  World world(1);
  prepare(world, Work::creates);
  world.guard_environment(false);
  const auto end = world.apply();
  for (const auto& outcome : end.outcomes) {
    if (outcome.status.key.name != "cms-production") continue;
    ASSERT_FALSE(outcome.status.plan.secrets.empty());
    for (const auto& row : outcome.status.plan.secrets) {
      EXPECT_EQ(row.state, State::Missing) << row.name;
      EXPECT_EQ(row.gate, Gate::ExpectationUnmet) << row.name;
    }
  }
  EXPECT_TRUE(world.github.names(github_environment).empty());
  EXPECT_EQ(world.github.names(github_repository).size(), 4U) << "ours and DEBUG";
  world.guard_environment(true);
  ASSERT_NO_THROW(converge(world));
}

// S20 and S9: repairs are told apart from our own writes by GitHub's times alone.
TEST(GitHub, S20_WhatSomeoneKeepsOverwritingIsLeftAlone) {
  World world(1);
  prepare(world, Work::creates);
  world.apply();
  std::size_t writes = 0;
  for (int i = 0; i < 12; ++i) {
    world.pass_time(1min);
    ASSERT_TRUE(world.somebody_writes("environment", "DATABASE_URL", "else-" + std::to_string(i)));
    world.pass_time(1min);
    for (const auto& outcome : world.apply().outcomes) writes += outcome.status.names_written;
  }
  EXPECT_EQ(writes, 3U) << "three repairs in the hour, not more";
  world.apply({}, {.write = true, .at_once = true, .retry_contested = true});
  EXPECT_EQ(world.difference(), "") << "a person acted";
}

// A list that did not change costs nothing of the hourly limit: GitHub answers it with a 304.
TEST(GitHub, ASteadyControllerReadsWithoutUsingUpTheLimit) {
  World world(1);
  prepare(world, Work::creates);
  world.apply();
  const auto before = world.github.seen().size();
  const auto end = world.control(2h);
  EXPECT_EQ(end.writes, 0);
  const auto& seen = world.github.seen();
  const auto full = std::count_if(
      seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(),
      [](const auto& call) { return call.status == 200 && call.path.contains("/secrets"); });
  EXPECT_EQ(full, 2) << "each place's list once";
  EXPECT_GT(seen.size() - before, 60U);
}

// What nobody wanted, a second value of a generated name, an environment that came to be.
TEST(GitHub, TheOraclesBite) {
  const std::vector<std::function<void(World&)>> harms{
      [](World& w) { w.github.set_secret(github_environment, "DATABASE_URL", "?", w.now()); },
      [](World& w) { w.github.set_secret(github_repository, "SESSION_KEY", "?", w.now()); },
      [](World& w) { w.github.set_secret(github_repository, "NEW", "?", w.now()); },
      [](World& w) { w.github.run_workflow("alokai/cms", "preview", w.now()); },
      [](World& w) { w.github.add_repository("alokai/cms2", w.now()); }};
  for (const auto& harm : harms) {
    World world(1);
    prepare(world, Work::creates);
    world.apply();
    ASSERT_NO_THROW(world.check_oracles());
    harm(world);
    EXPECT_THROW(world.check_oracles(), std::runtime_error);
  }
}

}  // namespace
}  // namespace lockstep::simulation
