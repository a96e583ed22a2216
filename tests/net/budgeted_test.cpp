#include "net/budgeted.hpp"

#include <gtest/gtest.h>

#include "base/error_codes.hpp"
#include "net/fenced.hpp"
#include "net/retry_after.hpp"
#include "support/about.hpp"
#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using lockstep::testing::ScriptedHttp;
using lockstep::testing::Simulation;
using std::chrono::minutes;
using std::chrono::seconds;

struct World {
  Simulation sim;
  ScriptedHttp http;
  Metrics metrics;
  RateLimits limits{{.rules = {{.units = 10, .window = seconds(10)}, {.spacing = seconds(1)}}}};
  Budgeted client{
      http,    sim.clock(),
      limits,  [this](const Response& r) { return standard_hint(r, sim.clock().wall()); },
      metrics, {.provider = "cloudflare", .credential = "cms/cf"}};

  Result<Response> get(Mono deadline = Mono::max()) {
    return sim.run(client.send({.url = "https://x.example/", .deadline = deadline}));
  }
  Nanos elapsed() const { return const_cast<World*>(this)->sim.clock().mono() - began; }
  Mono began = sim.clock().mono();
};

/// The other side told someone else to stay away.
void stay_away(World& world, Nanos span) {
  const auto other = world.limits.join(Effect::Read, "other", "");
  EXPECT_FALSE(world.limits.leave(other, world.began));
  world.limits.answered(other, world.began, {.retry_after = span});
}

TEST(Budgeted, WaitsForItsTurn_S10) {
  World world;
  for (int i = 0; i < 12; ++i) {
    world.http.answer(200, "");
    ASSERT_TRUE(world.get());
  }
  EXPECT_THAT(world.elapsed(), testing::JustAfter(seconds(11)));
}

TEST(Budgeted, ObeysRetryAfterForTheNextRequest_S10) {
  World world;
  world.http.answer(429, "", {{"Retry-After", "90"}});
  ASSERT_EQ(world.get()->status, 429);
  world.http.answer(200, "");
  ASSERT_TRUE(world.get());
  EXPECT_THAT(world.elapsed(), testing::JustAfter(seconds(90)));
}

TEST(Budgeted, CutsAnAbsurdRetryAfter_S10) {
  World world;
  world.http.answer(429, "", {{"Retry-After", "999999"}});
  ASSERT_TRUE(world.get());
  world.http.answer(200, "");
  ASSERT_TRUE(world.get());
  EXPECT_THAT(world.elapsed(), testing::JustAfter(minutes(10)));
}

TEST(Budgeted, TurnAfterTheDeadlineIsThrottledAtOnceAndTakesNothing_S10) {
  World world;
  world.http.answer(429, "", {{"Retry-After", "90"}});
  ASSERT_TRUE(world.get());
  const Wall retry_at = world.sim.clock().wall() + seconds(90);
  for (int i = 0; i < 5; ++i) {
    const auto refused = world.get(world.sim.clock().mono() + seconds(60));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::throttled);
    EXPECT_THAT(*refused.error().retry_at, testing::About(retry_at));
  }
  EXPECT_THAT(world.elapsed(), testing::JustAfter(Nanos(0)));
  EXPECT_EQ(world.http.asked().size(), 1U);
  world.http.answer(200, "");
  ASSERT_TRUE(world.get());
  EXPECT_THAT(world.elapsed(), testing::JustAfter(seconds(90)));
}

Awaitable<void> get_into(Budgeted& client, std::vector<int>& statuses) {
  const auto answer = co_await client.send({.url = "https://x.example/"});
  statuses.push_back(answer ? answer->status : 0);
}

TEST(Budgeted, TellsItsOwnUseFromALimitOfTheOtherSide_S10) {
  World world;
  for (int i = 0; i < 10; ++i) {
    world.http.answer(200, "");
    ASSERT_TRUE(world.get());
  }
  const auto soon = [&] { return world.get(world.sim.clock().mono() + seconds(1) / 2); };
  EXPECT_EQ(soon().error().code, own_budget) << "ten in ten seconds are what the rules have";
  EXPECT_EQ(soon().error().message.substr(0, 15), "lockstep itself");
  world.http.answer(429, "", {{"Retry-After", "300"}});
  ASSERT_TRUE(world.get());
  EXPECT_EQ(soon().error().code, "");
  EXPECT_EQ(soon().error().message.substr(0, 12), "the provider") << "no budget of ours";
  EXPECT_EQ(soon().error().kind, ErrorKind::throttled);
}

TEST(Budgeted, WhatOthersUsedUpIsNoBudgetOfOurs_S10) {
  World world;
  world.http.answer(200, "", {{"ratelimit", R"("default";r=0;t=50)"}});
  ASSERT_TRUE(world.get());
  const auto refused = world.get(world.sim.clock().mono() + seconds(30));
  EXPECT_EQ(refused.error().kind, ErrorKind::throttled);
  EXPECT_EQ(refused.error().code, "");
}

TEST(Budgeted, WaitersHearWhatOthersWereTold_S10) {
  World world;
  std::vector<int> statuses;
  Scope scope(world.sim.executor());
  world.http.answer(200, "");
  world.http.answer(429, "", {{"Retry-After", "60"}});
  world.http.answer(200, "");
  for (int i = 0; i < 3; ++i) scope.start(get_into(world.client, statuses));
  world.sim.run_until(Mono::max(), [&] { return scope.drained(); });
  EXPECT_EQ(statuses, (std::vector<int>{200, 429, 200}));
  EXPECT_GE(world.elapsed(), seconds(60));
}

TEST(Budgeted, CancelledWhileWaitingSendsNothing) {
  World world;
  std::vector<int> statuses;
  Scope scope(world.sim.executor());
  stay_away(world, seconds(60));
  scope.start(get_into(world.client, statuses));
  world.sim.run_until(world.sim.clock().mono() + seconds(1), [] { return false; });
  scope.cancel();
  world.sim.run_until(world.sim.clock().mono() + seconds(1), [&] { return scope.drained(); });
  EXPECT_TRUE(scope.drained());
  EXPECT_EQ(statuses, std::vector<int>{0});
  EXPECT_TRUE(world.http.asked().empty());
}

/// Notes the deadline that a request leaves with.
class Deadlines final : public HttpClient {
 public:
  Awaitable<Result<Response>> send(Request request) override {
    last = request.deadline;
    co_return Response{.status = 200};
  }
  Mono last{};
};

TEST(Budgeted, TheTimeLimitOfARequestBeginsWhenItLeaves) {
  World world;
  Deadlines wire;
  Budgeted client(wire, world.sim.clock(), world.limits,
                  [](const Response&) { return BudgetHint{}; }, world.metrics,
                  {.provider = "fly", .credential = "cms/fly"});
  stay_away(world, minutes(9));
  const Mono deadline = world.began + minutes(10);
  ASSERT_TRUE(world.sim.run(client.send({.deadline = deadline, .time_limit = seconds(20)})));
  EXPECT_THAT(wire.last, testing::JustAfter(world.began + minutes(9) + seconds(20)));
  ASSERT_TRUE(world.sim.run(client.send({.deadline = deadline, .time_limit = minutes(2)})));
  EXPECT_EQ(wire.last, deadline) << "the call's own end comes first";
}

TEST(Budgeted, ReportsWhatIsLeft) {
  World world;
  world.http.answer(200, "", {{"Ratelimit", R"("default";r=1;t=30)"}});
  ASSERT_TRUE(world.get());
  EXPECT_NE(
      world.metrics.text().find(
          R"(lockstep_provider_budget_remaining{credential="cms/cf",provider="cloudflare"} 1)"),
      std::string::npos)
      << world.metrics.text();
}

/// Open until the lease ends, by the simulation's clock.
class Lease final : public WriteFence {
 public:
  Lease(Clock& clock, Mono until) : clock_(clock), until_(until) {}
  Status check(Mono) const override {
    if (clock_.mono() < until_) return {};
    return fail(ErrorKind::fenced, "the lease is lost");
  }

 private:
  Clock& clock_;
  Mono until_;
};

TEST(Budgeted, FenceBelowSeesALeaseLostDuringTheWait_S7) {
  World world;
  const Lease lease(world.sim.clock(), world.began + seconds(30));
  Fenced fenced(world.http, lease);
  Budgeted client(fenced, world.sim.clock(), world.limits,
                  [](const Response&) { return BudgetHint{}; }, world.metrics,
                  {.provider = "fly", .credential = "cms/fly"});
  stay_away(world, seconds(60));
  const auto write = world.sim.run(client.send({.method = "PUT", .effect = Effect::Write}));
  ASSERT_FALSE(write);
  EXPECT_EQ(write.error().kind, ErrorKind::fenced);
  EXPECT_TRUE(world.http.asked().empty());
}

}  // namespace
}  // namespace lockstep::net
