// What the evidence of a provider says after somebody acted: state and certainty.
#include "scene.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;

class Evidence : public Conformance {
 protected:
  /// We wrote A and B, and they run.
  void SetUp() override {
    ASSERT_EQ(scene.converge(wanted_), 1U);
    world().person_deploys();
    ASSERT_TRUE(scene.look());
    // From here on nothing rests on the deploy that made them live.
    for (auto& [name, known] : scene.memory().names) known.presumed = false;
    scene.wait(std::chrono::hours(1));
  }
  Observation look() {
    auto seen = scene.look();
    EXPECT_TRUE(seen) << describe(seen.error());
    return seen ? std::move(*seen) : Observation{};
  }
  /// Of the name that nobody touched.
  State bystander() const { return pins_ ? State::InSync : State::ChangedOutOfBand; }

  const bool pins_ = pins_changes();
  const std::vector<Wanted> wanted_ = {{"ALPHA", "fake-value-of-alpha"},
                                       {"BRAVO", "fake-value-of-bravo"}};
};

TEST_P(Evidence, OurOwnWriteIsInSyncWithTheBestCertainty) {
  for (int i = 0; i < 3; ++i) {
    scene.wait(std::chrono::minutes(5));
    look();
    EXPECT_EQ(scene.state("ALPHA"), State::InSync);
    EXPECT_EQ(scene.certainty("ALPHA"), capabilities().certainty);
  }
  EXPECT_EQ(scene.converge(wanted_), 0U);
}

TEST_P(Evidence, ASecondWriteOfOursIsInSyncToo) {
  ASSERT_EQ(scene.converge({{"ALPHA", "fake-value-of-alpha-2"}}), 1U);
  look();
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.state("BRAVO"), State::InSync);
  EXPECT_EQ(scene.certainty("ALPHA"), capabilities().certainty);
}

TEST_P(Evidence, AForeignEditIsSeen) {
  world().person_puts("ALPHA", "fake-value-of-somebody");
  const auto seen = look();
  EXPECT_EQ(scene.state("ALPHA"), State::ChangedOutOfBand);
  EXPECT_EQ(scene.state("BRAVO"), bystander());
  if (capabilities().attributes) {
    EXPECT_THAT(scene.memory().names.at("ALPHA").drift_by, ::testing::HasSubstr(world().person()));
  }
}

TEST_P(Evidence, AForeignEditStaysSeenUntilItIsRepaired) {
  world().person_puts("ALPHA", "fake-value-of-somebody");
  look();
  const auto since = scene.memory().names.at("ALPHA").drift_since;
  for (int i = 0; i < 3; ++i) {
    scene.wait(std::chrono::minutes(5));
    world().person_deploys();
    look();
    EXPECT_EQ(scene.state("ALPHA"), State::ChangedOutOfBand);
    EXPECT_EQ(scene.memory().names.at("ALPHA").drift_since, since);
  }
  EXPECT_EQ(scene.converge(wanted_), 1U);
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.state("BRAVO"), State::InSync);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_P(Evidence, AForeignDeletionIsSeen) {
  world().person_removes("ALPHA");
  look();
  EXPECT_EQ(scene.state("ALPHA"), State::Removed);
  EXPECT_EQ(scene.state("BRAVO"), bystander());
  EXPECT_EQ(scene.converge(wanted_), 1U);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_P(Evidence, WhatWasDeletedAndPutBackBySomeoneIsNotOurs) {
  world().person_removes("ALPHA");
  world().person_puts("ALPHA", "fake-value-of-somebody");
  look();
  EXPECT_EQ(scene.state("ALPHA"), State::ChangedOutOfBand);
}

TEST_P(Evidence, AnExtraNameIsThereAndNotOurs) {
  world().person_puts("EXTRA", "fake-value-of-extra");
  const auto seen = look();
  EXPECT_THAT(names_of(seen), ElementsAre("ALPHA", "BRAVO", "EXTRA"));
  EXPECT_EQ(scene.state("EXTRA"), std::nullopt);
  EXPECT_EQ(scene.state("ALPHA"), bystander());
}

TEST_P(Evidence, AnOrdinaryDeployKeepsUsInSync) {
  world().person_deploys();
  look();
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.state("BRAVO"), State::InSync);
  EXPECT_EQ(scene.certainty("ALPHA"),
            pins_changes() ? capabilities().certainty : Certainty::presumed);
  EXPECT_EQ(scene.converge(wanted_), 0U);
}

// S3
TEST_P(Evidence, AReadFromBeforeOurWriteIsNotTakenForDrift) {
  if (!world().over_http()) GTEST_SKIP() << "about replicas that are behind";
  const auto seen = look();
  const std::vector<Wanted> next = {{"ALPHA", "fake-value-of-alpha-2"},
                                    {"CHARLIE", "fake-value-of-charlie"}};
  ASSERT_TRUE(scene.write(seen, next));
  world().emulator().set_faults(
      [](const net::Request&) { return sandbox::Fault{.kind = sandbox::Fault::Kind::stale_read}; });
  const auto stale = scene.look();
  if (stale) {
    EXPECT_EQ(scene.state("ALPHA"), State::InSync);
    EXPECT_EQ(scene.state("CHARLIE"), State::InSync);
  } else {
    EXPECT_EQ(stale.error().kind, ErrorKind::protocol) << describe(stale.error());
  }
  world().emulator().set_faults({});
  look();
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.state("CHARLIE"), State::InSync);
  EXPECT_EQ(scene.converge(next), 0U);
}

// S6: on Workers the evidence of such a write is not known to be ours, which may cost a second one.
TEST_P(Evidence, LateReadsRightAfterOurWriteCostAtMostOneMoreWrite) {
  if (!world().over_http()) GTEST_SKIP() << "about replicas that are behind";
  const auto seen = look();
  bool written = false;
  world().emulator().set_faults([&](const net::Request& request) {
    if (request.effect == net::Effect::Write) {
      written = true;
      return sandbox::Fault{};
    }
    return sandbox::Fault{.kind = written ? sandbox::Fault::Kind::stale_read
                                          : sandbox::Fault::Kind::none};
  });
  const std::vector<Wanted> next = {{"ALPHA", "fake-value-of-alpha-2"}};
  const auto before = scene.writes();
  ASSERT_TRUE(scene.write(seen, next));
  (void)scene.look();
  world().emulator().set_faults({});
  scene.converge(next);
  EXPECT_LE(scene.writes() - before, pins_ ? 1U : 2U);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha-2");
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.converge(next), 0U);
}

INSTANTIATE_TEST_SUITE_P(Every, Evidence, ::testing::ValuesIn(every_place()), name_of);

}  // namespace
}  // namespace lockstep::conformance
