// Promises that need a story of their own, at a Worker, a Fly app and GitHub at once.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;
using sandbox::Fault;

/// What a person approves who read every plan.
std::set<std::string> digests_of(const LifeEnd& end) {
  std::set<std::string> out;
  for (const auto& outcome : end.outcomes) {
    if (!outcome.before.approval_digest.empty()) out.insert(outcome.before.approval_digest);
  }
  return out;
}

reconcile::PassOptions approving(std::set<std::string> digests) {
  return {.write = true, .at_once = true, .approved = std::move(digests)};
}

long generated_so_far(const World& world) {
  long out = 0;
  const std::string_view line = "secret generated";
  for (auto at = world.log().find(line); at != std::string::npos;
       at = world.log().find(line, at + 1)) {
    ++out;
  }
  return out;
}

TEST(Promises, S13_WhatWasApprovedIsWhatRunsAndOnce) {
  World world(1);
  world.approval = "Always";
  world.set_up();
  world.add_github();
  const auto first = world.apply();
  EXPECT_EQ(first.writes, 0);
  const auto all = digests_of(first);
  ASSERT_EQ(all.size(), 4U);

  world.want("DATABASE_URL", "postgres://demo-fake.example/after-the-yes");
  EXPECT_EQ(world.apply({}, approving(all)).writes, 0) << "another value is another plan";

  // The first place that runs makes the generated value, which the other plans did not know.
  std::set<std::string> used;
  for (int round = 0; round < 4; ++round) {
    const auto fresh = digests_of(world.apply());
    if (fresh.empty()) break;
    EXPECT_GT(world.apply({}, approving(fresh)).writes, 0);
    used.insert(fresh.begin(), fresh.end());
  }
  EXPECT_EQ(world.value("fly", "DATABASE_URL"), "postgres://demo-fake.example/after-the-yes");
  EXPECT_EQ(world.value("environment", "DATABASE_URL"),
            "postgres://demo-fake.example/after-the-yes");

  world.pass_time(2min);
  world.somebody_removes("worker", "DATABASE_URL");
  world.pass_time(2min);
  EXPECT_EQ(world.apply({}, approving(used)).writes, 0) << "a yes is used up";
  EXPECT_FALSE(world.value("worker", "DATABASE_URL"));
}

TEST(Promises, S14_AWaitingApprovalDelaysNothingElse) {
  World world(1);
  world.worker_policy = "{adopt: Overwrite}";
  world.set_up();
  world.add_github();
  world.cloudflare.put_secret(account, worker, "DATABASE_URL", "was-there-before", {}, world.now());
  world.foreign["worker"]["DATABASE_URL"] = "was-there-before";
  world.control(15min);
  EXPECT_EQ(world.value("worker", "DATABASE_URL"), "was-there-before");
  for (const auto* place : {"fly", "environment", "repository"}) {
    EXPECT_EQ(world.value(place, "DATABASE_URL"), world.wanted[place]["DATABASE_URL"]) << place;
  }
  EXPECT_TRUE(world.value("worker", "STRIPE_API_KEY")) << "what needs no yes does not wait for it";
}

TEST(Promises, S14_AHangingPlaceDelaysNoPlainSecretAndLaterNoGeneratedOne) {
  World world(1);
  world.set_up();
  world.cloudflare.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = 50s}; });
  const auto look = [](World& w, App&, testing::Simulation&) {
    EXPECT_EQ(w.value("fly", "DATABASE_URL"), w.wanted["fly"]["DATABASE_URL"]);
    EXPECT_EQ(w.value("fly", "STRIPE_API_KEY"), w.wanted["fly"]["STRIPE_API_KEY"]);
    EXPECT_FALSE(w.value("fly", "SESSION_KEY")) << "S16: the Worker may hold it";
    w.cloudflare.set_faults({});
  };
  world.control(150s, {}, {{8s, look}});
  EXPECT_EQ(world.difference(), "") << "an interval has not passed\n" << world.log();
  EXPECT_EQ(generated_so_far(world), 1);
}

TEST(Promises, S15_AnswersWithoutEndAreFailedReadsEverywhere) {
  World world(1);
  world.set_up();
  world.add_github();
  world.apply();
  world.pass_time(5min);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  const std::string endless(6 << 20, '[');
  world.set_faults([&](const net::Request&) {
    return Fault{.kind = Fault::Kind::status,
                 .status = 200,
                 .body = endless,
                 .headers = {{"Content-Type", "application/json"}}};
  });
  const auto end = world.apply();
  EXPECT_EQ(end.writes, 0);
  for (const auto& outcome : end.outcomes) EXPECT_TRUE(outcome.status.plan.unreadable);
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Promises, S16_AMadeValueThatTheSourceLostIsNotMadeAnew) {
  World world(1);
  world.set_up();
  world.add_github();
  world.apply();
  ASSERT_EQ(generated_so_far(world), 1);
  const auto made = world.value("environment", "SESSION_KEY");
  ASSERT_TRUE(made);
  world.files.drop("secure/keyring");
  world.pass_time(5min);
  for (const auto* place : {"fly", "worker", "environment", "repository"}) {
    world.somebody_removes(place, "SESSION_KEY");
  }
  world.pass_time(5min);
  const auto end = world.apply();
  EXPECT_EQ(generated_so_far(world), 1) << "all places lost it too, and still nobody makes another";
  for (const auto& outcome : end.outcomes) {
    const auto& rows = outcome.status.plan.secrets;
    const auto row = std::ranges::find(rows, "SESSION_KEY", &PlannedSecret::name);
    ASSERT_NE(row, rows.end());
    EXPECT_EQ(row->action, ActionKind::none) << outcome.status.place;
  }
  for (const auto* place : {"fly", "worker", "environment", "repository"}) {
    EXPECT_FALSE(world.value(place, "SESSION_KEY")) << place;
  }
}

}  // namespace
}  // namespace lockstep::simulation
