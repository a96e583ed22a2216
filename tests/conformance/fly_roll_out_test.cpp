// A roll-out of the real provider against the emulated Fly.io, step by step.
#include <gmock/gmock.h>

#include <algorithm>

#include "fly_app.hpp"

namespace lockstep::conformance {
namespace {

using sandbox::FlyStart;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FlyRollOut : public ::testing::Test, protected FlyApp {
 protected:
  ~FlyRollOut() override { EXPECT_EQ(broken(), ""); }
};

TEST_F(FlyRollOut, UpdatesOneMachineAloneThenAThirdOneGroupAtATime) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(add({.checked = true}));
  ids.push_back(add({.group = "worker"}));
  at_once = 2;
  write();
  std::vector<std::size_t> left;
  for (int i = 0; i < 10 && (left.empty() || left.back() != 0); ++i) {
    const auto done = step();
    ASSERT_TRUE(done) << describe(done.error());
    ASSERT_EQ(done->machine, "") << describe(*done->error);
    left.push_back(done->left.machines());
  }
  EXPECT_THAT(left, ElementsAre(5, 3, 1, 0)) << "one, two, two, and the other group";
  for (const auto& id : ids) {
    EXPECT_TRUE(live(id)) << id;
    EXPECT_FALSE(fly.leased(id, now())) << "the lease is given back";
  }
  const auto before = updates();
  ASSERT_TRUE(step());
  EXPECT_EQ(updates(), before) << "nothing is left to do";
}

TEST_F(FlyRollOut, NeverStartsAStoppedMachineNorTouchesAnUnmanagedOne) {
  const auto running = add();
  const auto stopped = add({.started = false});
  const auto suspended = add({.started = false, .suspended = true, .standby = true});
  const auto unmanaged = add({.fly_launch = false});
  const auto instance = fly.instance_id(fly_app, unmanaged);
  write();
  for (int i = 0; i < 4; ++i) {
    const auto done = step();
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(done->left.unmanaged, std::vector{unmanaged});
  }
  EXPECT_TRUE(live(running) && live(stopped) && live(suspended));
  EXPECT_FALSE(fly.runs(fly_app, stopped) || fly.runs(fly_app, suspended));
  EXPECT_EQ(fly.instance_id(fly_app, unmanaged), instance);
}

TEST_F(FlyRollOut, AMachineThatFailsItsCheckStopsItWithItsReason) {
  const auto first = add({.checked = true});
  const auto second = add({.checked = true});
  fly.set_start(fly_app, std::min(first, second), FlyStart::critical);
  write();
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, std::min(first, second));
  EXPECT_THAT(describe(*done->error), HasSubstr("check http is critical"));
  EXPECT_FALSE(live(std::max(first, second)));
  // Also when asked again, as after a crash: it is looked at first, and no other one is touched.
  const auto again = step();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->machine, std::min(first, second));
  EXPECT_FALSE(live(std::max(first, second)));
}

TEST_F(FlyRollOut, CrashesAndUnreachableHostsStopIt) {
  const auto id = add();
  fly.set_start(fly_app, id, FlyStart::crashes);
  write();
  auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(describe(*done->error), HasSubstr("crashes again and again (exit code 1)"));
  fly.set_start(fly_app, id, FlyStart::well);
  write();
  fly.set_reachable(fly_app, id, false);
  const auto before = updates();
  done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, id);
  EXPECT_THAT(describe(*done->error), HasSubstr("host is not reachable"));
  EXPECT_EQ(updates(), before);
}

TEST(FlyRollOutLate, WhatWasDeployedRightBeforeTheWriteIsUpdatedToo) {
  for (const Nanos before : {std::chrono::seconds(3), std::chrono::seconds(7)}) {
    FlyApp app({.name = "Behind", .read_lag = std::chrono::seconds(8)});
    const auto first = app.add();
    const auto second = app.add({.checked = true});
    app.fly.deploy_machine(fly_app, first, app.now());
    app.wait(before);
    app.write();  // the list that follows it is behind
    app.wait(std::chrono::minutes(1));
    app.converge();
    EXPECT_TRUE(app.live(first) && app.live(second));
    EXPECT_EQ(app.broken(), "");
  }
}

TEST(FlyRollOutLate, AMachineThatNoListShowedAtTheWriteIsUpdatedToo) {
  FlyApp app({.name = "Behind", .read_lag = std::chrono::seconds(8)});
  const auto known = app.add();
  app.write();
  const auto missed = app.fly.add_machine(fly_app, {}, app.now() - std::chrono::seconds(10));
  app.fly.forget_secrets(fly_app, missed);
  app.converge();
  EXPECT_TRUE(app.live(known) && app.live(missed));
}

// S6
TEST_F(FlyRollOut, ALostAnswerIsLookedAfterAndNotRepeated) {
  const auto id = add();
  write();
  fly.set_faults([](const net::Request& request) {
    const bool update = request.method == "POST" && !request.url.contains("/lease");
    return update ? sandbox::Fault{.kind = sandbox::Fault::Kind::lost_answer} : sandbox::Fault{};
  });
  const auto before = updates();
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "");
  EXPECT_EQ(done->left.machines(), 0U);
  EXPECT_TRUE(live(id));
  EXPECT_EQ(updates(), before + 1);
}

TEST_F(FlyRollOut, SomeoneElsesLeaseEndsTheStepAndNotTheRollOut) {
  const auto id = add();
  write();
  net::Request lease{
      .method = "POST",
      .url = "https://api.machines.dev/v1/apps/molecule-cp/machines/" + id + "/lease?ttl=30",
      .authorization = Secret("FlyV1 fm2_FAKEtoken00000000000000000000001")};
  ASSERT_EQ(fly.handle(lease, now()).response.status, 200);
  const auto done = step();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(done.error().retry_at);
  EXPECT_FALSE(live(id));
}

TEST_F(FlyRollOut, SendsTheConfigurationAsItCame) {
  add({.checked = true});
  write();
  std::string sent;
  fly.before_request([&](std::size_t, const net::Request& request) {
    if (request.method == "POST" && !request.url.contains("/lease")) sent = view(request.body);
  });
  ASSERT_TRUE(step());
  EXPECT_THAT(sent, HasSubstr(R"("metadata":{"fly_platform_version":"v2")"));
  EXPECT_THAT(sent, HasSubstr(R"("guest":{"cpu_kind":"shared","cpus":1,"memory_mb":512})"));
  EXPECT_THAT(sent, HasSubstr(R"("min_secrets_version":)" + memory.evidence.version));
  EXPECT_THAT(sent, HasSubstr(R"("current_version":")"));
  EXPECT_THAT(sent, ::testing::Not(HasSubstr("skip_launch")));
}

}  // namespace
}  // namespace lockstep::conformance
