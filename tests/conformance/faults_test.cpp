// Every fault at every request of a read and of a write. S3: a read that failed is never an empty
// place nor a missing one. S6: what a write left behind is found out before anything is repeated.
#include "faults.hpp"

#include "scene.hpp"

namespace lockstep::conformance {
namespace {

using ::testing::Each;
using O = Receipt::Outcome;

const std::vector<Wanted> first = {{"ALPHA", "fake-value-of-alpha-before"},
                                   {"KEPT", "fake-value-of-kept"},
                                   {"DOOMED", "fake-value-of-doomed"}};
const std::vector<Wanted> next = {{"ALPHA", "fake-value-of-alpha-after"},
                                  {"BRAVO", "fake-value-of-bravo"},
                                  {"DOOMED", std::nullopt}};

/// What a careless server repeats: what it got so far.
enum class Got : std::uint8_t { a_read, the_write };
std::string said(const PlaceWorld& world, Got got) {
  const auto values = *next[0].value + " and " + *next[1].value;
  return "you sent " + (got == Got::a_read ? "nothing" : values) + " with " + world.token();
}

/// Where we wrote `first`, an hour ago.
struct Before : Scene {
  explicit Before(const PlaceMaker& maker) : Scene(maker) {
    for (const auto& one : next) keep_secret(one.value.value_or(""));
    converge(first);
    wait(std::chrono::hours(1));
  }
};

class Faults : public ::testing::TestWithParam<PlaceMaker> {
 protected:
  std::vector<FaultRow> rows(Got got) const {
    const auto world = GetParam().make();
    return fault_rows(*world, said(*world, got));
  }
  /// Which of the requests of one write() can change something.
  std::vector<bool> requests_of_a_write() const {
    Before scene(GetParam());
    const auto seen = scene.look();
    const auto before = scene.requests();
    (void)scene.write(*seen, next);
    std::vector<bool> out;
    for (auto i = before; i < scene.requests(); ++i) {
      out.push_back(scene.world().emulator().seen()[i].write);
    }
    return out;
  }
};

void expect_retry_after(const Scene&, const Error& error, const FaultRow& row, Wall now) {
  if (error.kind != ErrorKind::throttled) return;
  ASSERT_TRUE(error.retry_at) << row.name;
  EXPECT_GT(*error.retry_at, now) << row.name;
  if (row.name == "429 with Retry-After") EXPECT_EQ(*error.retry_at, now + Seconds(7));
}

TEST_P(Faults, OfAReadAreErrorsOfTheRightKind) {
  std::size_t tried = 0;
  for (const bool moved : {false, true}) {
    for (const auto& row : rows(Got::a_read)) {
      for (std::size_t index = 0;; ++index) {
        Before scene(GetParam());
        if (moved) scene.world().person_puts("EXTRA", "fake-value-of-extra");
        const auto before = scene.requests();
        const auto written = scene.writes();
        scene.world().emulator().set_faults(at_request(index, row.fault));
        const auto memory = encode(scene.memory());
        const auto seen = scene.look();
        if (scene.requests() - before <= index) break;
        ++tried;
        const auto where = row.name + " at request " + std::to_string(index);
        if (seen && row.name == "null" && index > 0) {
          // How a Go server writes an empty list: machines may be read so, secrets never.
          EXPECT_NE(seen->find("KEPT"), nullptr) << where;
          continue;
        }
        ASSERT_FALSE(seen) << where;
        EXPECT_EQ(seen.error().kind, row.read) << where << ": " << describe(seen.error());
        expect_retry_after(scene, seen.error(), row, scene.world().sim.clock().wall());
        EXPECT_EQ(encode(scene.memory()), memory) << where;
        EXPECT_EQ(scene.writes(), written) << where;
      }
    }
  }
  EXPECT_GE(tried, 2 * rows(Got::a_read).size());
}

TEST_P(Faults, OfACheckBeforeAWriteAreErrorsOfTheRightKind) {
  for (const auto& row : rows(Got::a_read)) {
    for (std::size_t index = 0;; ++index) {
      Before scene(GetParam());
      const auto before = scene.requests();
      scene.world().emulator().set_faults(at_request(index, row.fault));
      const auto checked = scene.check_write();
      if (scene.requests() - before <= index) break;
      // How a Go server writes an empty list: of the machines that a write would restart.
      if (checked && row.name == "null" && checked->roll_out) continue;
      ASSERT_FALSE(checked) << row.name;
      EXPECT_EQ(checked.error().kind, row.read) << row.name << ": " << describe(checked.error());
    }
  }
}

/// The receipts of a write whose own request met the fault.
void expect_receipts(const Result<Applied>& applied, const FaultRow& row, Wall now, Scene& scene) {
  if (row.write == Effect::not_sent && !applied) return;
  ASSERT_TRUE(applied) << row.name << ": " << describe(applied.error());
  const auto wanted = row.write == Effect::open ? O::unknown : O::failed;
  EXPECT_THAT(outcomes(*applied), Each(wanted)) << row.name;
  const auto kind = row.write == Effect::open ? ErrorKind::outcome_unknown : row.read;
  for (const auto& receipt : applied->receipts) {
    ASSERT_TRUE(receipt.error) << row.name;
    EXPECT_EQ(receipt.error->kind, kind) << row.name << ": " << describe(*receipt.error);
    expect_retry_after(scene, *receipt.error, row, now);
  }
}

TEST_P(Faults, BeforeTheWriteMeanThatNothingIsSent) {
  const auto requests = requests_of_a_write();
  for (std::size_t index = 0; index < requests.size() && !requests[index]; ++index) {
    for (const auto& row : rows(Got::a_read)) {
      Before scene(GetParam());
      const auto seen = scene.look();
      const auto written = scene.writes();
      scene.world().emulator().set_faults(at_request(index, row.fault));
      const auto applied = scene.write(*seen, next);
      ASSERT_FALSE(applied) << row.name;
      EXPECT_EQ(applied.error().kind, row.read) << row.name << ": " << describe(applied.error());
      EXPECT_EQ(scene.writes(), written) << row.name;
      EXPECT_EQ(scene.world().value("ALPHA"), first[0].value) << row.name;
      scene.world().emulator().set_faults({});
      EXPECT_EQ(scene.converge(next), 1U) << row.name;
    }
  }
}

TEST_P(Faults, OfTheWriteItselfAreToldForWhatTheyAre) {
  const auto requests = requests_of_a_write();
  const auto index = static_cast<std::size_t>(std::ranges::find(requests, true) - requests.begin());
  for (const auto& row : rows(Got::the_write)) {
    Before scene(GetParam());
    auto& world = scene.world();
    const auto seen = scene.look();
    world.emulator().set_faults(at_request(index, row.fault));
    const auto applied = scene.write(*seen, next);
    expect_receipts(applied, row, world.sim.clock().wall(), scene);
    EXPECT_EQ(scene.writes(), 2U) << row.name << ": the write was repeated, or left out";
    const bool happened = world.value("ALPHA") == next[0].value;
    if (row.write != Effect::open) EXPECT_FALSE(happened) << row.name;

    world.emulator().set_faults({});
    const auto more = scene.converge(next);
    EXPECT_LE(more, 1U) << row.name;
    if (happened) EXPECT_EQ(more, 0U) << row.name << ": what had happened was written again";
    EXPECT_EQ(world.value("ALPHA"), next[0].value) << row.name;
    EXPECT_EQ(world.value("BRAVO"), next[1].value) << row.name;
    EXPECT_EQ(world.value("DOOMED"), std::nullopt) << row.name;
    EXPECT_EQ(world.value("KEPT"), first[1].value) << row.name;
    EXPECT_EQ(scene.state("KEPT"), State::InSync) << row.name;
  }
}

TEST_P(Faults, AfterTheWriteNeverMakeItFailOrHappenTwice) {
  const auto requests = requests_of_a_write();
  const auto write = static_cast<std::size_t>(std::ranges::find(requests, true) - requests.begin());
  ASSERT_GT(requests.size(), write + 1);
  for (auto index = write + 1; index < requests.size(); ++index) {
    for (const auto& row : rows(Got::the_write)) {
      Before scene(GetParam());
      auto& world = scene.world();
      const auto seen = scene.look();
      world.emulator().set_faults(at_request(index, row.fault));
      const auto applied = scene.write(*seen, next);
      ASSERT_TRUE(applied) << row.name << ": " << describe(applied.error());
      EXPECT_THAT(outcomes(*applied), Each(O::done)) << row.name;
      EXPECT_EQ(world.value("ALPHA"), next[0].value) << row.name;
      world.emulator().set_faults({});
      EXPECT_EQ(scene.converge(next), 0U) << row.name;
      EXPECT_EQ(scene.writes(), 2U) << row.name;
      EXPECT_EQ(scene.state("ALPHA"), State::InSync) << row.name;
    }
  }
}

TEST_P(Faults, DeadlinesAreHonoured) {
  const sandbox::Fault slow{.kind = sandbox::Fault::Kind::delay, .delay = std::chrono::hours(1)};
  for (std::size_t index = 0; index < requests_of_a_write().size(); ++index) {
    Before scene(GetParam());
    auto& clock = scene.world().sim.clock();
    const auto seen = scene.look();
    scene.world().emulator().set_faults(at_request(index, slow));
    scene.time_limit = Seconds(10);
    const auto deadline = clock.mono() + scene.time_limit;
    (void)scene.write(*seen, next);
    EXPECT_LE(clock.mono(), deadline) << index;
    scene.world().emulator().set_faults([&](const net::Request&) { return slow; });
    const auto read_deadline = clock.mono() + scene.time_limit;
    EXPECT_FALSE(scene.observe());
    EXPECT_LE(clock.mono(), read_deadline) << index;
  }
}

TEST_P(Faults, NoCallIsMadeAfterTheDeadline) {
  Before scene(GetParam());
  const auto before = scene.requests();
  scene.time_limit = Nanos(0);
  EXPECT_EQ(scene.observe().error().kind, ErrorKind::transient);
  const auto applied = scene.apply(next);
  EXPECT_FALSE(applied);
  EXPECT_EQ(scene.requests(), before);
}

/// S4: whatever status and shape the echo has.
TEST_P(Faults, NothingThatAServerRepeatsIsRepeatedByUs) {
  const auto requests = requests_of_a_write();
  const auto write = std::ranges::find(requests, true) - requests.begin();
  for (const int status : {200, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503}) {
    for (const bool own : {true, false}) {
      for (std::size_t index = 0; index < requests.size(); ++index) {
        Before scene(GetParam());
        const bool sent = std::cmp_greater_equal(index, write);
        const auto echo = said(scene.world(), sent ? Got::the_write : Got::a_read);
        const auto seen = scene.look();
        scene.world().emulator().set_faults(
            at_request(index, {.kind = sandbox::Fault::Kind::status,
                               .status = status,
                               .body = own ? scene.world().own_error(echo) : echo}));
        (void)scene.write(*seen, next);
        EXPECT_LE(scene.writes(), 2U) << status;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Faults, ::testing::ValuesIn(places_over_http()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep::conformance
