// The controller over hours of virtual time: it waits, repairs, prunes, obeys and stops.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;
using sandbox::Fault;

/// A new interval begins at most so long after the one before (5m and a tenth).
constexpr Nanos interval = 330s;
const std::string stranger_url = "postgres://somebody-else.example/db";

/// A world in which everything is written and settled.
struct Settled : World {
  explicit Settled(const std::string& with_policy = "{repairAfter: 1m}") : World(1) {
    policy = with_policy;
    set_up();
    apply();
    pass_time(5min);
    fly.deploy(fly_app, now());
    pass_time(5min);
    apply();
    pass_time(5min);
  }
  Happening at(Nanos after, std::function<void(World&)> act) {
    return {after,
            [act = std::move(act)](World& world, App&, testing::Simulation&) { act(world); }};
  }
  /// What an emulator was asked since `begin`, but for the steps of roll-outs: all, or only writes.
  static std::vector<Wall> asked(const sandbox::Emulator& emulator, Wall begin, bool writes) {
    std::vector<Wall> out;
    for (const auto& seen : emulator.seen()) {
      if (seen.path.contains("/machines/")) continue;
      if (seen.at >= begin && (seen.write || !writes)) out.push_back(seen.at);
    }
    return out;
  }
  std::size_t writes_since(Wall begin) {
    return asked(fly, begin, true).size() + asked(cloudflare, begin, true).size();
  }
};

const TargetStatus& status_of(const LifeEnd& end, const std::string& target) {
  return *std::ranges::find_if(end.statuses, [&](const auto& s) { return s.key.name == target; });
}
bool holds(const TargetStatus& status, const std::string& type) {
  return std::ranges::find(status.conditions, type, &Condition::type)->status;
}

TEST(Controller, ShowsAChangeForRepairAfterAndThenRepairsIt) {
  Settled world("{repairAfter: 30m}");
  const auto begin = world.now();
  world.control(90min, {}, {world.at(7min, [](World& w) {
                  w.fly.set_secret(fly_app, "DATABASE_URL", stranger_url, w.now());
                })});
  const auto writes = Settled::asked(world.fly, begin, true);
  ASSERT_EQ(writes.size(), 1U) << world.log();
  EXPECT_GE(writes[0] - begin, 37min);
  EXPECT_LE(writes[0] - begin, 37min + interval + 5s)
      << "found within an interval, repaired on time";
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, ARemovedSecretIsPutBack) {
  Settled world;
  world.control(15min, {}, {world.at(7min, [](World& w) {
                  w.cloudflare.delete_secret(account, worker, "DATABASE_URL", {}, w.now());
                })});
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, WritesAChangedValueAtTheNextLook) {
  Settled world("{repairAfter: 24h}");
  world.control(7min + interval + 10s, {}, {world.at(7min, [](World& w) {
                  w.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
                })});
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, PicksUpManifestsWithoutARestart) {
  Settled world;
  const auto end = world.control(7min + 1min, {}, {world.at(7min, [](World& w) {
                                   w.want("REDIS_URL", "redis://demo-fake.example/0");
                                   w.write_manifests();
                                 })});
  EXPECT_EQ(world.difference(), "") << "at once, not within an interval";
  EXPECT_TRUE(holds(status_of(end, "gateway"), "Ready"));
}

void drop(World& world, const std::string& name) {
  world.unwant(name);
  world.write_manifests();
}

TEST(Controller, S1_PrunesOnlyAfterItsTime) {
  Settled world;
  const auto begin = world.now();
  world.control(3h, {}, {world.at(10min, [](World& w) { drop(w, "STRIPE_API_KEY"); })});
  for (const sandbox::Emulator* place : {static_cast<sandbox::Emulator*>(&world.fly),
                                         static_cast<sandbox::Emulator*>(&world.cloudflare)}) {
    const auto writes = Settled::asked(*place, begin, true);
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_GE(writes[0] - begin, 70min);
    EXPECT_LE(writes[0] - begin, 71min) << "it wakes for it";
  }
  EXPECT_FALSE(world.fly.value(fly_app, "STRIPE_API_KEY"));
}

TEST(Controller, S1_MoreThanMaxDeletionsWaitForAnApproval) {
  Settled world;
  const auto end = world.control(3h, {}, {world.at(10min, [](World& w) {
                                   drop(w, "STRIPE_API_KEY");
                                   drop(w, "DATABASE_URL");
                                 })});
  EXPECT_FALSE(world.fly.value(fly_app, "DATABASE_URL")) << "one of three in a day";
  EXPECT_TRUE(world.fly.value(fly_app, "STRIPE_API_KEY"));
  const auto& status = status_of(end, "control-plane");
  EXPECT_TRUE(holds(status, "AwaitingApproval"));
  EXPECT_TRUE(holds(status, "Ready")) << "what only waits is not unready";
  const auto& digest = status.plan.approval_digest;
  ASSERT_EQ(digest.size(), 64U);
  world.apply({}, {.write = true, .at_once = true, .approved = {digest}});
  EXPECT_FALSE(world.fly.value(fly_app, "STRIPE_API_KEY"));
  EXPECT_TRUE(world.cloudflare.value(account, worker, "STRIPE_API_KEY"))
      << "another place, another yes";
}

TEST(Controller, S2_ABrokenManifestStopsDeletionsAndNothingElse) {
  Settled world;
  const auto broken = [](World& w) {
    drop(w, "STRIPE_API_KEY");
    w.files.put("manifests/new.yaml", "kind: SecretSet\nmetadata: {name: x\n");
  };
  world.control(4h, {}, {world.at(10min, broken), world.at(2h, [](World& w) {
                           w.want("DATABASE_URL", "postgres://demo-fake.example/new");
                         })});
  EXPECT_TRUE(world.fly.value(fly_app, "STRIPE_API_KEY"));
  EXPECT_EQ(world.difference(), "");
  world.files.drop("manifests/new.yaml");
  const auto begin = world.now();
  world.control(2h);
  EXPECT_FALSE(world.fly.value(fly_app, "STRIPE_API_KEY"));
  EXPECT_GE(Settled::asked(world.fly, begin, true).at(0) - begin, 1h) << "the clock starts anew";
}

TEST(Controller, S2_ADeletedManifestFileDeletesNothingByItself) {
  Settled world;
  const auto begin = world.now();
  const auto end = world.control(
      3h, {}, {world.at(10min, [](World& w) { w.files.drop("manifests/secrets.yaml"); })});
  EXPECT_EQ(world.writes_since(begin), 0U);
  EXPECT_EQ(world.difference(), "");
  EXPECT_TRUE(holds(status_of(end, "gateway"), "AwaitingApproval"));
}

TEST(Controller, S7_WritesNothingWithoutTheRightToWrite) {
  Settled world;
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.may_write = false;
  const auto begin = world.now();
  world.control(1h);
  EXPECT_EQ(world.writes_since(begin), 0U);
  world.may_write = true;
  world.control(1h);
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, StopEndsItWithinItsBound) {
  Settled world;
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.fly.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = 10min}; });
  const auto end = world.control(
      1h, {}, {{10s, [](World&, App& app, testing::Simulation&) { app.reconciler().stop(); }}});
  EXPECT_TRUE(end.ended);
  EXPECT_LE(end.lived, 10s + 9s);
  ASSERT_NO_THROW(converge_and_stay(world));
}

TEST(Controller, StopWhileIdleIsImmediate) {
  Settled world;
  const auto end = world.control(
      1h, {}, {{2min, [](World&, App& app, testing::Simulation&) { app.reconciler().stop(); }}});
  EXPECT_TRUE(end.ended);
  EXPECT_LE(end.lived, 2min + 1s);
}

TEST(Controller, S14_ASlowPlaceNeverDelaysAnother) {
  Settled world;
  const auto begin = world.now();
  world.fly.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = 3min}; });
  world.control(7min + interval + 10s, {}, {world.at(7min, [](World& w) {
                  w.want("STRIPE_API_KEY", "sk_test_fake_rotated_51Habcdefgh");
                })});
  EXPECT_EQ(world.cloudflare.value(account, worker, "STRIPE_API_KEY"),
            "sk_test_fake_rotated_51Habcdefgh");
  const auto looks = Settled::asked(world.cloudflare, begin, false);
  ASSERT_GE(looks.size(), 2U);
  for (std::size_t i = 1; i < looks.size(); ++i) EXPECT_LE(looks[i] - looks[i - 1], interval + 1s);
}

TEST(Controller, S10_NobodyComesBackBeforeRetryAfter) {
  Settled world;
  auto limited_at = std::make_shared<std::optional<Wall>>();
  world.fly.set_faults([limited_at, &world](const net::Request&) {
    if (*limited_at) return Fault{};
    *limited_at = world.now();
    return Fault{
        .kind = Fault::Kind::error_body, .status = 429, .headers = {{"Retry-After", "240"}}};
  });
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  ASSERT_NO_THROW(world.control(20min));  // the wire fails every request that comes too early
  ASSERT_TRUE(*limited_at);
  const auto asked = Settled::asked(world.fly, **limited_at + 1ns, false);
  ASSERT_FALSE(asked.empty());
  EXPECT_GE(asked[0] - **limited_at, 240s);
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, S10_ADeadTokenIsProbedSlowly) {
  Settled world;
  world.cloudflare.set_token_status("t1", sandbox::CloudflareToken::Status::disabled);
  const auto begin = world.now();
  world.control(2h);
  EXPECT_LE(Settled::asked(world.cloudflare, begin, false).size(), 13U) << "every ten minutes";
  world.cloudflare.set_token_status("t1", sandbox::CloudflareToken::Status::active);
  world.want("DATABASE_URL", "postgres://demo-fake.example/new");
  world.control(15min);
  EXPECT_EQ(world.difference(), "");
}

TEST(Controller, S11_ASteadyHourIsOneReadAPlaceAnIntervalAndNoWrite) {
  Settled world;
  const auto begin = world.now();
  const auto end = world.control(1h);
  EXPECT_EQ(end.writes, 0);
  for (const sandbox::Emulator* place : {static_cast<sandbox::Emulator*>(&world.fly),
                                         static_cast<sandbox::Emulator*>(&world.cloudflare)}) {
    const auto looks = Settled::asked(*place, begin, false);
    EXPECT_GE(looks.size(), 11U);
    EXPECT_LE(looks.size(), 14U);
    for (std::size_t i = 1; i < looks.size(); ++i) {
      EXPECT_GE(looks[i] - looks[i - 1], 270s);
      EXPECT_LE(looks[i] - looks[i - 1], interval + 1s);
    }
  }
}

TEST(Controller, AStagedPlaceIsReadTwiceALook) {
  World world(1);
  world.policy = "{apply: Staged}";
  world.set_up();
  world.rolled_out.clear();  // nothing becomes live
  world.apply();
  world.pass_time(5min);
  const auto begin = world.now();
  const auto end = world.control(1h);
  EXPECT_EQ(end.writes, 0);
  EXPECT_EQ(Settled::asked(world.fly, begin, false).size() % 2, 0U);
  EXPECT_EQ(status_of(end, "control-plane").reads, 2U);
  EXPECT_EQ(status_of(end, "gateway").reads, 2U);
}

TEST(Controller, JumpsOfTheWallClockDoNoHarm) {
  for (const Nanos jump : {Nanos(5h), Nanos(-5h), Nanos(30 * 24h), Nanos(-1s)}) {
    Settled world;
    const auto begin = world.now();
    const auto begin_calls = world.fly.seen().size() + world.cloudflare.seen().size();
    const auto jumps = [jump](World&, App&, testing::Simulation& sim) { sim.jump_wall(jump); };
    world.control(2h, {}, {{20min, jumps}, world.at(40min, [](World& w) {
                             w.fly.unset_secret(fly_app, "DATABASE_URL", w.now());
                           })});
    EXPECT_EQ(world.difference(), "") << "after " << to_human(jump < Nanos{} ? -jump : jump) << "\n"
                                      << world.log();
    EXPECT_LE(world.writes_since(begin), 1U);
    EXPECT_LE(world.fly.seen().size() + world.cloudflare.seen().size() - begin_calls, 95U)
        << "no busy loop";
  }
}

TEST(Controller, S6_ACrashedControllerIsTakenOver) {
  for (long call = 0; call < 12; call += simulation_share()) {
    Settled world;
    world.want("DATABASE_URL", "postgres://demo-fake.example/new");
    EXPECT_TRUE(world.control(1h, {.at = CrashPoint::At::after_call, .count = call}).crashed);
    world.control(20min);
    EXPECT_EQ(world.difference(), "") << "after a crash at call " << call;
  }
}

}  // namespace
}  // namespace lockstep::simulation
