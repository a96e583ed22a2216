#include "plan/roll_out.hpp"

#include <gmock/gmock.h>

#include "plan/builders.hpp"
#include "plan/print.hpp"

namespace lockstep::plan {
namespace {

using lockstep::testing::row;
using lockstep::testing::Scene;
using ::testing::HasSubstr;

/// A place where `A` is written and two of three machines run the old set.
struct Waiting : Scene {
  Waiting() {
    target.permitted.insert(api::Action::RollOut);
    record.roll_out_due = now;
    seen.live = false;
    seen.roll_out = RollOutScope{.restarts = 2, .stopped = 1, .unmanaged = {"e28650"}};
  }
  std::optional<RollOutPlan> rolled() { return diff().roll_out; }
};

TEST(RollOut, SaysWhatRestartsWhatDoesNotAndWhatIsLeftAlone) {
  Waiting scene;
  const auto plan = scene.diff();
  ASSERT_TRUE(plan.roll_out);
  EXPECT_TRUE(plan.roll_out->runs());
  EXPECT_TRUE(plan.pending());
  const std::vector plans{plan};
  EXPECT_THAT(to_text(plans, {.now = scene.now}),
              HasSubstr("roll-out: 2 machines restart, one group at a time; 1 stopped machine is "
                        "updated, not started; left alone: 1 machine that Fly Launch does not "
                        "manage (e28650)\n"));
  EXPECT_THAT(to_markdown(plans, scene.now), HasSubstr("2 machines restart"));
  EXPECT_THAT(
      to_json(plans, scene.now),
      HasSubstr(R"("rollOut":{"restarts":2,"stopped":1,"unmanaged":["e28650"],"runs":true)"));
}

TEST(RollOut, IsAForecastWhileNothingIsWritten) {
  Waiting scene;
  EXPECT_FALSE(scene.rolled()->forecast);
  scene.record = {};
  scene.desire("A");
  ASSERT_TRUE(scene.rolled());
  EXPECT_TRUE(scene.rolled()->forecast);
}

TEST(RollOut, WaitsForAPersonUnderStagedAndAfterAMachineStoppedIt) {
  Waiting scene;
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_EQ(scene.rolled()->gate_reason, "waits for: lockstep rollout molecule/control-plane");
  EXPECT_FALSE(scene.rolled()->gate);
  scene.target.policy.apply = api::Apply::Live;
  scene.record.roll_out_stopped = "machine 148ed: did not become healthy: check http is critical";
  EXPECT_TRUE(scene.rolled()->stopped);
  EXPECT_EQ(scene.rolled()->gate_reason,
            "stopped: machine 148ed: did not become healthy: check http is critical; mend it, "
            "then: lockstep "
            "rollout molecule/control-plane");
}

TEST(RollOut, ObeysGatesOfTheTarget) {
  Waiting scene;
  scene.target.permitted.erase(api::Action::RollOut);
  EXPECT_EQ(scene.rolled()->gate, Gate::NotPermitted);
  EXPECT_THAT(scene.rolled()->gate_reason, HasSubstr("3 machines run the old set"));
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_FALSE(scene.rolled()->gate) << "nobody asked for it";
  scene.target.policy.apply = api::Apply::Live;
  scene.target.gates.emplace_back(Gate::Suspended, "suspended");
  EXPECT_EQ(scene.rolled()->gate, Gate::Suspended);
}

TEST(RollOut, IsNoneWithoutMachinesAndWhenEverythingIsLive) {
  Waiting scene;
  scene.seen.roll_out = RollOutScope{};
  EXPECT_FALSE(scene.rolled());
  scene.record.roll_out_due.reset();
  scene.seen.roll_out = RollOutScope{.restarts = 2};
  EXPECT_FALSE(scene.rolled());
}

}  // namespace
}  // namespace lockstep::plan
