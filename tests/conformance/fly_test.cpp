// What only Fly.io apps have: versions of reads, staged writes.
#include "fly_place.hpp"
#include "scene.hpp"

namespace lockstep::conformance {
namespace {

PlaceMaker fly_maker() {
  for (const auto& maker : every_place()) {
    if (std::string_view(maker.name) == "FlyApp") return maker;
  }
  throw std::logic_error("no Fly app among the places");
}

class Fly : public ::testing::Test {
 protected:
  Scene scene{fly_maker()};
  PlaceWorld& world() { return scene.world(); }
};

// S3
TEST_F(Fly, ReadsAskForAtLeastTheVersionOfOurWrite) {
  scene.converge({{"ALPHA", "fake-value-of-alpha"}});
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  ASSERT_TRUE(scene.write(*seen, {{"BRAVO", "fake-value-of-bravo"}}));
  world().emulator().set_faults(
      [](const net::Request&) { return sandbox::Fault{.kind = sandbox::Fault::Kind::stale_read}; });
  const auto late = scene.look();
  ASSERT_TRUE(late) << describe(late.error());
  EXPECT_NE(late->find("BRAVO"), nullptr);
}

TEST_F(Fly, AWriteIsStagedUntilTheMachinesAreUpdated) {
  const auto seen = scene.look();
  ASSERT_TRUE(seen);
  const auto applied = scene.write(*seen, {{"ALPHA", "fake-value-of-alpha"}});
  ASSERT_TRUE(applied) << describe(applied.error());
  EXPECT_TRUE(applied->staged);
  EXPECT_EQ(applied->machines.size(), 3U) << "two, and that there were no more";
  EXPECT_EQ(applied->note, "") << "what rolls out is told by the plan";
  auto later = scene.look();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->find("ALPHA")->live, false);
  EXPECT_NE(later->liveness_note, "");
  world().person_deploys();
  later = scene.look();
  ASSERT_TRUE(later);
  EXPECT_EQ(later->find("ALPHA")->live, true);
  EXPECT_EQ(later->liveness_note, "");
}

TEST_F(Fly, TheSameValueAgainLeavesItsEvidenceTheSame) {
  const std::vector<Wanted> wanted = {{"ALPHA", "fake-value-of-alpha"}};
  scene.converge(wanted);
  scene.wait(std::chrono::hours(1));
  world().person_puts("ALPHA", "fake-value-of-alpha");
  ASSERT_TRUE(scene.look());
  EXPECT_EQ(scene.state("ALPHA"), State::InSync);
}

}  // namespace
}  // namespace lockstep::conformance
