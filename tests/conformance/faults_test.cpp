// Every fault at every request of a read and of a write. S3: a read that failed is never an empty
// place nor a missing one. S6: what a write left behind is found out before anything is repeated.
#include "faults.hpp"

#include "scene.hpp"
#include "support/about.hpp"

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
  if (row.name != "429 with Retry-After") return;
  // A read may follow the answer that said it.
  EXPECT_LE(*error.retry_at, now + Seconds(7));
  EXPECT_GT(*error.retry_at, now + Seconds(6));
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

/// The receipts of a write of which the request with number `met` met the fault. All changes travel
/// in it; or one: then those before it are done, and those after it are not sent.
void expect_receipts(const Result<Applied>& applied, const FaultRow& row, std::size_t met,
                     Scene& scene) {
  if (row.write == Effect::not_sent && !applied) return;
  ASSERT_TRUE(applied) << row.name << ": " << describe(applied.error());
  const bool at_once = scene.world().writes_at_once();
  for (std::size_t i = 0; i < applied->receipts.size(); ++i) {
    const auto& receipt = applied->receipts[i];
    const auto where = row.name + ": " + receipt.name;
    if (i < met) {
      EXPECT_EQ(receipt.outcome, O::done) << where;
      continue;
    }
    const bool open = row.write == Effect::open && (at_once || i == met);
    EXPECT_EQ(receipt.outcome, open ? O::unknown : O::failed) << where;
    ASSERT_TRUE(receipt.error) << where;
    const auto kind = open                        ? ErrorKind::outcome_unknown
                      : row.write == Effect::open ? ErrorKind::transient
                                                  : row.read;
    EXPECT_EQ(receipt.error->kind, kind) << where << ": " << describe(*receipt.error);
    expect_retry_after(scene, *receipt.error, row, scene.world().sim.clock().wall());
  }
}

/// How many of the changes stand.
std::size_t standing(const PlaceWorld& world) {
  return static_cast<std::size_t>(std::ranges::count_if(
      next, [&](const Wanted& one) { return world.value(one.name) == one.value; }));
}

/// No faults where each change has a call of its own: GitHub's 204 is its yes, and a 404 to a
/// removal is judged by the list that follows.
bool is_an_answer(const FaultRow& row, const Wanted& change) {
  return row.name == "204" || (!change.value && row.name.contains("404"));
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

/// What follows when the request of a write with number `met`, the one with number `index` of all,
/// meets the fault.
void meet_in_a_write(const PlaceMaker& maker, const FaultRow& row, std::size_t index,
                     std::size_t met) {
  SCOPED_TRACE(row.name + " at write " + std::to_string(met));
  Before scene(maker);
  auto& world = scene.world();
  const auto seen = scene.look();
  const auto before = scene.writes();
  world.emulator().set_faults(at_request(index, row.fault));
  const auto applied = scene.write(*seen, next);
  expect_receipts(applied, row, met, scene);
  EXPECT_EQ(scene.writes() - before, met + 1) << "the write was repeated, or left out";
  const auto stand = standing(world);
  if (row.write != Effect::open) EXPECT_EQ(stand, met);

  world.emulator().set_faults({});
  EXPECT_LE(scene.converge(next), 1U);
  const auto left = next.size() - stand;
  EXPECT_EQ(scene.writes() - before, met + 1 + (left == 0 ? 0 : world.sends(left)))
      << "what had happened was written again";
  EXPECT_EQ(standing(world), next.size());
  EXPECT_EQ(world.value("KEPT"), first[1].value);
  EXPECT_EQ(scene.state("KEPT"), State::InSync);
}

TEST_P(Faults, OfTheWriteItselfAreToldForWhatTheyAre) {
  const auto requests = requests_of_a_write();
  const auto sends = GetParam().make()->sends(next.size());
  std::size_t met = 0;
  for (std::size_t index = 0; index < requests.size(); ++index) {
    if (!requests[index]) continue;
    for (const auto& row : rows(Got::the_write)) {
      if (sends > 1 && is_an_answer(row, next[met])) continue;
      meet_in_a_write(GetParam(), row, index, met);
    }
    ++met;
  }
  EXPECT_EQ(met, sends);
}

TEST_P(Faults, AfterTheWriteNeverMakeItFailOrHappenTwice) {
  const auto requests = requests_of_a_write();
  const auto writes = static_cast<std::size_t>(std::ranges::count(requests, true));
  const auto after = static_cast<std::size_t>(
      requests.rend() - std::ranges::find(requests.rbegin(), requests.rend(), true));
  ASSERT_GT(requests.size(), after);
  for (auto index = after; index < requests.size(); ++index) {
    for (const auto& row : rows(Got::the_write)) {
      Before scene(GetParam());
      auto& world = scene.world();
      const auto seen = scene.look();
      const auto before = scene.writes();
      world.emulator().set_faults(at_request(index, row.fault));
      const auto applied = scene.write(*seen, next);
      ASSERT_TRUE(applied) << row.name << ": " << describe(applied.error());
      EXPECT_THAT(outcomes(*applied), Each(O::done)) << row.name;
      EXPECT_EQ(world.value("ALPHA"), next[0].value) << row.name;
      world.emulator().set_faults({});
      EXPECT_EQ(scene.converge(next), 0U) << row.name;
      EXPECT_EQ(scene.writes() - before, writes) << row.name;
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
    EXPECT_LE(clock.mono(), deadline + testing::work_time) << index;
    scene.world().emulator().set_faults([&](const net::Request&) { return slow; });
    const auto read_deadline = clock.mono() + scene.time_limit;
    EXPECT_FALSE(scene.observe());
    EXPECT_LE(clock.mono(), read_deadline + testing::work_time) << index;
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
        const auto before = scene.writes();
        scene.world().emulator().set_faults(
            at_request(index, {.kind = sandbox::Fault::Kind::status,
                               .status = status,
                               .body = own ? scene.world().own_error(echo) : echo}));
        (void)scene.write(*seen, next);
        EXPECT_LE(scene.writes() - before, scene.world().sends(next.size())) << status;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Faults, ::testing::ValuesIn(places_over_http()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep::conformance
