// S4: what Fly.io's texts repeat of a value is not told, and decides what it decided before.
#include <gmock/gmock.h>

#include "../world.hpp"
#include "base/remote_text.hpp"
#include "providers/fly/provider.hpp"
#include "providers/fly/settings.hpp"

namespace lockstep::providers::fly {
namespace {

using lockstep::testing::all_text;
using lockstep::testing::changes_of;
using lockstep::testing::put;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto token = "FlyV1 fm2_lJPECAAAAAAAFAKEFAKEFAKE";

struct FlyTexts : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  FlyProvider provider{http, sim.clock(), lockstep::testing::token_of(token), FlyOptions{}};
  Place place{.kind = PlaceKind::flyApp, .parts = {"molecule-cp"}};
  PlaceRecord memory;
};

TEST_F(FlyTexts, S4_TheNameThatFlyRefusesIsBlamedAlthoughItsTextIsLeftOut) {
  http.answer(422, R"j({"error":"\"B\" has the invalid value hunter2hunt"})j");
  const auto applied =
      sim.run(provider.apply(place, changes_of(put("A", "first"), put("B", "hunter2hunter2")),
                             memory, WriteMode::live, {}));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict) << "goes with the next pass";
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::invalid);
  EXPECT_EQ(applied->receipts[1].error->remote.text(), left_out_text);
  EXPECT_THAT(all_text(applied), Not(HasSubstr("hunter2")));
}

TEST_F(FlyTexts, TheSchemeBeforeATokenIsNoSecret) {
  http.answer(401, R"({"error":"invalid flyv1 bearer token"})");
  const auto seen = sim.run(provider.observe(place, memory, {}));
  EXPECT_EQ(seen.error().remote.text(), "invalid flyv1 bearer token");
}

TEST_F(FlyTexts, S4_ANameOfAMachinesCheckRepeatsNoPartOfTheToken) {
  memory.evidence.version = "7";
  memory.machines = {"m1/i0"};
  // It never starts, so the step ends when its time is over.
  http.answer(200, R"([{"id":"m1","instance_id":"i1","state":"fm2_lJPECAAAAAAA",
    "config":{"metadata":{"fly_platform_version":"v2"}}}])");
  for (int i = 0; i < 200; ++i) {
    http.answer(200, R"([{"id":"m1","instance_id":"i1","state":"fm2_lJPECAAAAAAA",
      "config":{"metadata":{"fly_platform_version":"v2"}}}])");
  }
  const auto rolled = sim.run(provider.roll_out(
      place, memory, {.deadline = sim.clock().mono() + std::chrono::minutes(10), .attempt = "a"}));
  ASSERT_TRUE(rolled);
  ASSERT_TRUE(rolled->error);
  EXPECT_EQ(rolled->machine, "m1");
  EXPECT_THAT(rolled->error->message, HasSubstr(left_out_text));
  EXPECT_THAT(rolled->error->message, Not(HasSubstr("lJPEC")));
}

TEST_F(FlyTexts, S4_ARefusedUpdateRepeatsNothingOfTheMachinesConfiguration) {
  memory.evidence.version = "7";
  memory.machines = {"m1/i0"};
  const std::string machine = R"({"id":"m1","instance_id":"i0","state":"started",
    "config":{"env":{"LEGACY":"hunter2hunter2"},"metadata":{"fly_platform_version":"v2"}}})";
  http.answer(200, "[" + machine + "]");
  http.answer(200, R"({"status":"success","data":{"nonce":"n1","version":"i0"}})");
  http.answer(200, machine);
  http.answer(422, R"({"error":"LEGACY=hunter2hunter2 is refused"})");
  http.answer(200, R"({})");
  http.answer(200, R"({"status":"success","data":{"nonce":"n2","version":"i0"}})");
  http.answer(200, R"({})");
  const auto rolled = sim.run(provider.roll_out(
      place, memory, {.deadline = sim.clock().mono() + std::chrono::minutes(10), .attempt = "a"}));
  ASSERT_TRUE(rolled);
  ASSERT_TRUE(rolled->error);
  EXPECT_EQ(rolled->error->code, "http_422");
  EXPECT_EQ(rolled->error->remote.text(), left_out_text);
}

TEST(FlySettings, S4_HidesWhatPeopleKeepInAMachinesConfiguration) {
  Confidential hidden;
  hide_settings(R"({"image":"registry.fly.io/molecule-cp:deployment-1",
    "env":{"LEGACY_TOKEN":"hunter2hunter2","PRIMARY_REGION":"fra"},
    "files":[{"guest_path":"/etc/key","raw_value":"c3Vuc2hpbmUtbW9vbnNoaW5l"}],
    "init":{"cmd":["serve","--password=opensesame"]},
    "services":[{"checks":[{"type":"http","headers":[{"name":"Authorization",
      "values":["Basic YWxhZGRpbjo="]}]}]}],
    "containers":[{"name":"side","env":{"KEY":"rumpelstilz"}}]})",
                hidden);
  for (const auto* told : {"hunter2", "sunshine", "sesame", "yWxhZGRp", "rumpel"}) {
    EXPECT_TRUE(hidden.repeated_in(told)) << told;
  }
  for (const auto* plain : {"could not pull registry.fly.io/molecule-cp", "no capacity in fra"}) {
    EXPECT_FALSE(hidden.repeated_in(plain)) << plain;
  }
}

TEST(FlySettings, S4_AConfigurationThatIsNotUnderstoodIsHiddenWhole) {
  Confidential hidden;
  hide_settings(R"({"image":"registry)", hidden);
  EXPECT_TRUE(hidden.repeated_in("registry"));
}

}  // namespace
}  // namespace lockstep::providers::fly
