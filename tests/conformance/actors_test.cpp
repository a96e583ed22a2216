// Another actor between the requests of one apply(). Whatever they do there: our memory never says
// InSync for what is not ours, and the place comes to what we want.
#include "scene.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::ElementsAre;

const std::vector<Wanted> first = {{"ALPHA", "fake-value-of-alpha-before"},
                                   {"KEPT", "fake-value-of-kept"}};
const std::vector<Wanted> next = {{"ALPHA", "fake-value-of-alpha-after"},
                                  {"BRAVO", "fake-value-of-bravo"}};
const std::vector<Wanted> whole = {{"ALPHA", "fake-value-of-alpha-after"},
                                   {"BRAVO", "fake-value-of-bravo"},
                                   {"KEPT", "fake-value-of-kept"}};

struct Act {
  const char* name;
  void (*act)(PlaceWorld&);
  bool touches_secrets = true;
};
const std::vector<Act> acts = {
    {"edits a name of ours", [](PlaceWorld& w) { w.person_puts("ALPHA", "fake-value-foreign"); }},
    {"edits another name", [](PlaceWorld& w) { w.person_puts("KEPT", "fake-value-foreign"); }},
    {"deletes a name of ours", [](PlaceWorld& w) { w.person_removes("ALPHA"); }},
    {"makes the name first", [](PlaceWorld& w) { w.person_puts("BRAVO", "fake-value-foreign"); }},
    {"adds an extra name", [](PlaceWorld& w) { w.person_puts("EXTRA", "fake-value-foreign"); }},
    {"deploys", [](PlaceWorld& w) { w.person_deploys(); }, false},
};

class Actors : public ::testing::TestWithParam<PlaceMaker> {};

/// Our memory says InSync only of what is there as we wrote it.
void expect_honest(Scene& scene, const std::string& where) {
  for (const auto& one : whole) {
    if (scene.state(one.name) != State::InSync) continue;
    const auto there = scene.world().value(one.name);
    const bool ours = there == one.value || (one.name == "ALPHA" && there == first[0].value);
    EXPECT_TRUE(ours) << where << ": " << one.name << " is told to be in sync and is not ours";
  }
}

/// So much time passes before each request that no actor between two of them is in a blind spell.
void slow_down(Scene& scene) {
  if (scene.world().blind_spell() == Nanos{}) return;
  scene.world().http.set_latency(scene.world().blind_spell());
  scene.time_limit = std::chrono::hours(1);
}

/// Lets the actor act once, right before the request with that number; false when there is none.
bool play(const PlaceMaker& maker, const Act& act, std::size_t index) {
  Scene scene(maker);
  auto& world = scene.world();
  scene.converge(first);
  scene.wait(std::chrono::hours(1));
  const auto seen = scene.look();
  EXPECT_TRUE(seen);
  slow_down(scene);
  const auto start = scene.requests();
  bool acted = false;
  world.emulator().before_request([&](std::size_t number, const net::Request&) {
    if (number != start + index) return;
    acted = true;
    act.act(world);
  });
  const auto where = std::string(act.name) + " before request " + std::to_string(index);
  (void)scene.write(*seen, next);
  world.emulator().before_request({});
  if (!acted) return false;
  if (scene.look()) expect_honest(scene, where);
  const auto before = scene.writes();
  scene.converge(whole);
  EXPECT_LE(scene.writes() - before, world.writes_at_once() ? 2U : whole.size()) << where;
  for (const auto& one : whole) {
    EXPECT_EQ(world.value(one.name), one.value) << where << ": " << one.name;
    EXPECT_EQ(scene.state(one.name), State::InSync) << where << ": " << one.name;
  }
  const bool extra = world.value("EXTRA").has_value();
  EXPECT_EQ(extra, std::string_view(act.name) == "adds an extra name") << where;
  const auto silent = scene.writes();
  for (int pass = 0; pass < 3; ++pass) {
    scene.wait(std::chrono::minutes(5));
    EXPECT_EQ(scene.converge(whole), 0U) << where;
  }
  EXPECT_EQ(scene.writes(), silent) << where;
  return true;
}

TEST_P(Actors, BetweenTheRequestsOfAWriteAreNeverTakenForUs) {
  for (const auto& act : acts) {
    std::size_t index = 0;
    while (play(GetParam(), act, index)) ++index;
    EXPECT_GE(index, 2U) << act.name;
  }
}

// S9: the second of our write hides everybody; the seconds after it are told as presumed.
TEST_P(Actors, InABlindSpellLeaveUsInSyncAsPresumedAtMost) {
  if (GetParam().make()->blind_spell() == Nanos{}) GTEST_SKIP() << "sees everybody";
  for (std::size_t index = 2;; ++index) {
    Scene scene(GetParam());
    auto& world = scene.world();
    scene.converge(first);
    scene.wait(std::chrono::hours(1));
    const auto seen = scene.look();
    world.http.set_latency(std::chrono::milliseconds(1100));
    const auto start = scene.requests();
    bool acted = false;
    world.emulator().before_request([&](std::size_t number, const net::Request&) {
      if (number != start + index) return;
      acted = true;
      world.person_puts("ALPHA", "fake-value-foreign");
    });
    (void)scene.write(*seen, next);
    world.emulator().before_request({});
    if (!acted) break;
    ASSERT_TRUE(scene.look());
    EXPECT_EQ(scene.certainty("ALPHA"), Certainty::presumed) << index;
    EXPECT_EQ(scene.certainty("KEPT"), capabilities_of(world.place().kind).certainty) << index;
  }
}

TEST_P(Actors, BetweenTheRequestsOfAReadNeverMixTwoStates) {
  for (std::size_t index = 0;; ++index) {
    Scene scene(GetParam());
    auto& world = scene.world();
    scene.converge(first);
    world.person_puts("EXTRA", "fake-value-foreign");
    scene.wait(std::chrono::hours(1));
    const auto start = scene.requests();
    bool acted = false;
    world.emulator().before_request([&](std::size_t number, const net::Request&) {
      if (number != start + index) return;
      acted = true;
      world.person_removes("ALPHA");
      world.person_puts("LATER", "fake-value-foreign");
    });
    const auto seen = scene.look();
    world.emulator().before_request({});
    if (!acted) break;
    if (!seen) {
      EXPECT_EQ(seen.error().kind, ErrorKind::conflict) << describe(seen.error());
      continue;
    }
    EXPECT_EQ(seen->find("ALPHA") == nullptr, seen->find("LATER") != nullptr) << index;
    // Whatever this read saw, the next one sees the rest.
    ASSERT_TRUE(scene.look());
    EXPECT_EQ(scene.state("ALPHA"), State::Removed) << index;
  }
}

TEST_P(Actors, WhoNeverStopDeployingDoNotKeepUsFromReadingOrAreAConflict) {
  Scene scene(GetParam());
  auto& world = scene.world();
  scene.converge(first);
  scene.wait(std::chrono::hours(1));
  world.emulator().before_request(
      [&](std::size_t, const net::Request&) { world.person_puts("EXTRA", "fake-value-foreign"); });
  const auto before = scene.requests();
  const auto seen = scene.observe();
  world.emulator().before_request({});
  if (!seen) EXPECT_EQ(seen.error().kind, ErrorKind::conflict) << describe(seen.error());
  EXPECT_LE(scene.requests() - before, 6U) << "no endless reading";
}

INSTANTIATE_TEST_SUITE_P(Every, Actors, ::testing::ValuesIn(places_over_http()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep::conformance
