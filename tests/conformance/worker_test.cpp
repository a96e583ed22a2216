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

// S8: policy.apply: Staged.
class StagedWorker : public Worker {
 protected:
  StagedWorker() { scene.mode = WriteMode::staged; }
  bool is_staged(const std::string& name) { return scene.memory().names.at(name).staged; }
};

TEST_F(StagedWorker, AWriteIsOneVersionThatIsNotDeployed) {
  const auto deployments = world().deployments();
  EXPECT_EQ(scene.converge(wanted_), 1U);
  EXPECT_EQ(world().deployments(), deployments);
  EXPECT_EQ(world().value("ALPHA"), std::nullopt);
  EXPECT_TRUE(is_staged("ALPHA"));
  const auto seen = scene.look();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->requests, 2U) << "deployments and versions";
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::version);
  EXPECT_THAT(seen->liveness_note, HasSubstr("wrangler versions deploy"));
  EXPECT_THAT(seen->liveness_note, HasSubstr("refuses `wrangler secret put`"));
}

TEST_F(StagedWorker, DeployingExactlyItsVersionMakesItLiveForSure) {
  scene.converge(wanted_);
  world().person_deploys_the_newest();
  ASSERT_TRUE(scene.look());
  EXPECT_FALSE(is_staged("ALPHA"));
  EXPECT_EQ(scene.memory().staged_version, std::nullopt);
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::version);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
  EXPECT_EQ(scene.converge(wanted_), 0U);
}

TEST_F(StagedWorker, AnOrdinaryDeployTakesTheStagedSecretsAlongAndIsPresumed) {
  scene.converge(wanted_);
  world().person_deploys();
  ASSERT_TRUE(scene.look());
  EXPECT_FALSE(is_staged("ALPHA"));
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::presumed);
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha");
}

TEST_F(StagedWorker, MoreGoesOnTopOfItsOwnVersion) {
  scene.converge(wanted_);
  const auto first = scene.memory().staged_version;
  EXPECT_EQ(scene.converge({{"ALPHA", "fake-value-of-alpha-2"}, {"BRAVO", std::nullopt}}), 1U);
  EXPECT_NE(scene.memory().staged_version, first);
  world().person_deploys_the_newest();
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(world().value("ALPHA"), "fake-value-of-alpha-2");
  EXPECT_EQ(world().value("BRAVO"), std::nullopt);
}

TEST_F(StagedWorker, NothingIsStagedOnCodeThatNobodyDeployed) {
  scene.converge(wanted_);
  world().person_uploads_a_version();
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  EXPECT_THAT(seen->liveness_note, HasSubstr("by alice@example.com"));
  EXPECT_TRUE(is_staged("ALPHA"));
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::presumed);
  expect_held_back();
}

TEST_F(StagedWorker, NothingIsStagedOnCodeThatWasRolledBack) {
  world().person_deploys();
  scene.converge(wanted_);
  world().person_rolls_back();
  ASSERT_TRUE(scene.look());
  EXPECT_TRUE(is_staged("ALPHA"));
  expect_held_back();
}

TEST_F(StagedWorker, NothingIsStagedWhileTrafficIsSplit) {
  scene.converge(wanted_);
  world().person_splits_traffic();
  ASSERT_TRUE(scene.look());
  EXPECT_TRUE(is_staged("ALPHA")) << "live is all traffic";
  EXPECT_EQ(scene.certainty("ALPHA"), Certainty::version);
  expect_held_back();
}

TEST_F(StagedWorker, AStagedVersionStandsInTheWayOfALiveWrite) {
  scene.converge(wanted_);
  scene.mode = WriteMode::live;
  expect_held_back();
  EXPECT_THAT(scene.check_write()->reason, HasSubstr("which lockstep staged"));
}

// S6
TEST_F(StagedWorker, AnAnswerThatWasLostIsFoundByItsAttempt) {
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  scene.world().emulator().set_faults([](const net::Request& request) -> sandbox::Fault {
    if (request.effect == net::Effect::Read) return {};
    return {.kind = sandbox::Fault::Kind::lost_answer};
  });
  const auto applied = scene.write(*seen, wanted_);
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_THAT(outcomes(*applied), Each(O::unknown));
  scene.world().emulator().set_faults({});
  const auto writes = scene.writes();
  EXPECT_EQ(scene.converge(wanted_), 0U);
  EXPECT_EQ(scene.writes(), writes);
  EXPECT_TRUE(is_staged("ALPHA"));
  EXPECT_NE(scene.memory().staged_version, std::nullopt);
}

// S6
TEST_F(StagedWorker, AWriteThatNeverArrivedIsMadeOnce) {
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  scene.world().emulator().set_faults([](const net::Request& request) -> sandbox::Fault {
    if (request.effect == net::Effect::Read) return {};
    return {.kind = sandbox::Fault::Kind::reset};
  });
  (void)scene.write(*seen, wanted_);
  scene.world().emulator().set_faults({});
  scene.wait(plan::settle_time);
  EXPECT_EQ(scene.converge(wanted_), 1U);
  world().person_deploys_the_newest();
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(world().value("BRAVO"), "fake-value-of-bravo");
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
