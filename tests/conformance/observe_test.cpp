// Reading a place.
#include "scene.hpp"
#include "support/about.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Observing : public Conformance {};

TEST_P(Observing, AnEmptyPlaceIsReadAsEmpty) {
  const auto seen = scene.observe();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(seen->secrets, IsEmpty());
  EXPECT_THAT(seen->at, testing::About(world().sim.clock().wall()));
  EXPECT_EQ(scene.writes(), 0U);
}

TEST_P(Observing, WhatAPersonPutIsThereByName) {
  world().person_puts("ZULU", "fake-value-of-zulu");
  world().person_puts("ALPHA", "fake-value-of-alpha");
  world().person_puts("ZULU", "fake-value-of-zulu-again");
  const auto seen = scene.observe();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_THAT(names_of(*seen), ElementsAre("ALPHA", "ZULU"));
  EXPECT_NE(seen->find("ALPHA"), nullptr);
  EXPECT_EQ(seen->find("BRAVO"), nullptr);
}

TEST_P(Observing, LeavesEverythingAsItIs) {
  world().person_puts("ALPHA", "fake-value-of-alpha");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(scene.look());
  EXPECT_TRUE(scene.check_write());
  EXPECT_TRUE(scene.attribute("ALPHA"));
  EXPECT_EQ(scene.writes(), 0U);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_P(Observing, ASteadyPlaceTakesOneReadAndTwoWhileSomethingIsStaged) {
  ASSERT_EQ(scene.converge({{"ALPHA", "fake-value-of-alpha"}}), 1U);
  const bool staged = scene.memory().names.at("ALPHA").staged;
  EXPECT_EQ(staged, capabilities().staged && pins_changes()) << "Workers are asked to write live";
  for (int i = 0; i < 3; ++i) {
    scene.wait(std::chrono::minutes(5));
    const auto before = scene.requests();
    const auto seen = scene.look();
    ASSERT_TRUE(seen) << describe(seen.error());
    EXPECT_EQ(scene.requests() - before, staged ? 2U : 1U);
    EXPECT_EQ(seen->requests, scene.requests() - before);
  }
  world().person_deploys();
  ASSERT_TRUE(scene.look());
  EXPECT_FALSE(scene.memory().names.at("ALPHA").staged);
  const auto before = scene.requests();
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(scene.requests() - before, 1U);
  EXPECT_EQ(scene.writes(), 1U);
}

TEST_P(Observing, TellsHowManyRequestsItTook) {
  world().person_puts("ALPHA", "fake-value-of-alpha");
  const auto seen = scene.observe();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, scene.requests());
  const auto before = scene.requests();
  const auto checked = scene.check_write();
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->requests, scene.requests() - before);
}

// S5
TEST_P(Observing, AMissingPlaceIsProvedMissingWhereItCanBeAndStaysSo) {
  const auto place = world().missing_place();
  const auto kind = world().proves_missing() ? ErrorKind::not_found : ErrorKind::protocol;
  const auto seen = scene.observe(place);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().kind, kind) << describe(seen.error());
  const auto applied = scene.apply(place, {{"ALPHA", "fake-value-of-alpha"}});
  if (applied) {
    EXPECT_THAT(outcomes(*applied), ElementsAre(Receipt::Outcome::failed));
    EXPECT_EQ(applied->receipts[0].error->kind, kind);
  } else {
    EXPECT_EQ(applied.error().kind, kind) << describe(applied.error());
  }
}

TEST_P(Observing, APlaceOfAnotherKindIsRefusedWithoutACall) {
  const Place other{PlaceKind::platformSettings, {"localhost:8080"}};
  EXPECT_EQ(scene.observe(other).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(scene.apply(other, {{"ALPHA", "fake-value-of-alpha"}}).error().kind,
            ErrorKind::unsupported);
  EXPECT_EQ(scene.requests(), 0U);
}

TEST_P(Observing, ADeadTokenIsNotAMissingPlace) {
  if (!world().over_http()) GTEST_SKIP() << "about tokens";
  world().person_puts("ALPHA", "fake-value-of-alpha");
  ASSERT_TRUE(scene.look());
  world().revoke_token();
  EXPECT_EQ(scene.observe().error().kind, ErrorKind::unauthorized);
  EXPECT_FALSE(scene.apply({{"ALPHA", "fake-value-of-alpha-2"}})
                   .transform([](const Applied& applied) {
                     EXPECT_EQ(applied.receipts[0].error->kind, ErrorKind::unauthorized);
                     return applied.receipts[0].outcome == Receipt::Outcome::done;
                   })
                   .value_or(false));
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_P(Observing, SaysWhoWhereTheProviderTells) {
  world().person_puts("ALPHA", "fake-value-of-alpha");
  const auto who = scene.attribute("ALPHA");
  ASSERT_TRUE(who) << describe(who.error());
  EXPECT_EQ(who->who, capabilities().attributes ? world().person() : "");
}

INSTANTIATE_TEST_SUITE_P(Every, Observing, ::testing::ValuesIn(every_place()), name_of);

}  // namespace
}  // namespace lockstep::conformance
