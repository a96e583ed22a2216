// What only Workers have: versions that are not deployed, split traffic, rollbacks, bindings.
#include "scene.hpp"
#include "worker_place.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using O = Receipt::Outcome;

PlaceMaker worker_maker() {
  for (const auto& maker : every_place()) {
    if (std::string_view(maker.name) == "CloudflareWorker") return maker;
  }
  throw std::logic_error("no Worker among the places");
}

class Worker : public ::testing::Test {
 protected:
  Scene scene{worker_maker()};
  WorkerPlace& world() { return dynamic_cast<WorkerPlace&>(scene.world()); }
  const std::vector<Wanted> wanted_ = {{"ALPHA", "fake-value-of-alpha"},
                                       {"BRAVO", "fake-value-of-bravo"}};

  /// Nothing is written, and both ways of asking say why.
  void expect_held_back() {
    const auto checked = scene.check_write();
    ASSERT_TRUE(checked) << describe(checked.error());
    EXPECT_FALSE(checked->ok);
    EXPECT_NE(checked->reason, "");
    const auto before = scene.writes();
    const auto deployments = world().deployments();
    const auto applied = scene.apply({{"ALPHA", "fake-value-of-alpha-2"}, {"BRAVO", std::nullopt}});
    if (applied) {
      EXPECT_THAT(outcomes(*applied), Each(O::failed));
      EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict);
    } else {
      EXPECT_EQ(applied.error().kind, ErrorKind::conflict) << describe(applied.error());
    }
    EXPECT_EQ(scene.writes(), before);
    EXPECT_EQ(world().deployments(), deployments);
  }
};

// S8
TEST_F(Worker, NothingIsWrittenWhileANewerVersionIsNotDeployed) {
  scene.converge(wanted_);
  world().person_uploads_a_version();
  expect_held_back();
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

// S8
TEST_F(Worker, NothingIsWrittenWhileTrafficIsSplit) {
  scene.converge(wanted_);
  world().person_uploads_a_version();
  world().person_splits_traffic();
  expect_held_back();
}

// S8
TEST_F(Worker, NothingIsWrittenAfterARollback) {
  scene.converge(wanted_);
  world().person_deploys();
  world().person_rolls_back();
  expect_held_back();
}

// S8: the server's own refusal, when somebody uploads right before the write.
TEST_F(Worker, AVersionUploadedRightBeforeTheWriteIsNotShipped) {
  scene.converge(wanted_);
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  world().emulator().before_request([&](std::size_t, const net::Request& request) {
    if (request.effect == net::Effect::Write) world().person_uploads_a_version();
  });
  const auto deployments = world().deployments();
  const auto applied = scene.write(*seen, {{"ALPHA", "fake-value-of-alpha-2"}});
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(*applied), ElementsAre(O::failed));
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict);
  EXPECT_EQ(world().deployments(), deployments);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_F(Worker, AVersionThatIsNotDeployedChangesNoState) {
  scene.converge(wanted_);
  world().person_uploads_a_version();
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::version);
}

TEST_F(Worker, ARollbackIsUnverifiable) {
  scene.converge(wanted_);
  world().person_deploys();
  ASSERT_TRUE(scene.look());
  world().person_rolls_back();
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(scene.state("ALPHA"), State::Unverifiable);
  EXPECT_THAT(scene.memory().names.at("ALPHA").drift_by, HasSubstr("alice@example.com"));
}

TEST_F(Worker, ANameThatAnotherBindingHoldsIsToldAndHoldsNothingElseUp) {
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->taken.at("STAGE"), "plain_text");
  EXPECT_EQ(seen->find("STAGE"), nullptr);
  const auto applied = scene.apply({{"ALPHA", "fake-value-of-alpha"}, {"STAGE", "fake-value-x"}});
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(*applied), ElementsAre(O::failed, O::failed));
  EXPECT_EQ(applied->receipts[0].error->kind, ErrorKind::conflict);
  EXPECT_EQ(applied->receipts[1].error->kind, ErrorKind::invalid);
  EXPECT_EQ(scene.converge(wanted_), 1U);
}

TEST_F(Worker, MoreDeploysThanTheHistoryTellsAreUnverifiable) {
  scene.converge(wanted_);
  scene.wait(std::chrono::hours(1));
  for (int i = 0; i < 12; ++i) {
    world().person_deploys();
    scene.wait(std::chrono::minutes(1));
  }
  const auto seen = scene.look();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_FALSE(seen->history_complete);
  EXPECT_EQ(scene.state("ALPHA"), State::Unverifiable);
}

}  // namespace
}  // namespace lockstep::conformance
