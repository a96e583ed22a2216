// A person's hold that comes and goes between passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::HasSubstr;
using testing::row;

const PlaceId app{"prod", "flyApp/app"};

Hold held(Bench& bench, const std::string& name) {
  const auto now = bench.sim.clock().wall();
  return {.name = name, .since = now, .until = now + 1h, .reason = "a sale", .by = "jane@x"};
}

TEST(PassHold, AppearsBetweenTwoPassesAndEndsByItself) {
  Bench bench;
  bench.wants({"A", "B"});
  (void)bench.pass();
  bench.value("A", "another");
  bench.value("B", "another too");
  bench.ledger.held[app] = {held(bench, "A")};
  const auto outcome = bench.pass();
  EXPECT_EQ(bench.value_at("A"), "value-of-A");
  EXPECT_EQ(bench.value_at("B"), "another too") << "only the name is held";
  EXPECT_EQ(row(outcome, "A").gate, Gate::Hold);
  EXPECT_THAT(row(outcome, "A").gate_reason, HasSubstr("by jane@x: a sale"));
  ASSERT_EQ(outcome.status.plan.holds.size(), 1u);
  EXPECT_EQ(outcome.wake_at, outcome.status.plan.holds[0].until) << "the next pass is due then";

  bench.wait(1h);
  EXPECT_TRUE(bench.pass().status.plan.holds.empty());
  EXPECT_EQ(bench.value_at("A"), "another");
}

TEST(PassHold, ReleaseLetsTheNextPassGoOn) {
  Bench bench;
  bench.wants({"A"});
  bench.ledger.held[app] = {held(bench, "")};
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("A"), "(not there)");
  bench.ledger.held.clear();
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("A"), "value-of-A");
}

TEST(PassHold, HoldsThatCannotBeReadStopEveryWrite) {
  Bench bench;
  bench.wants({"A"});
  bench.ledger.hold_error = Error{.kind = ErrorKind::storage, .message = "altered"};
  const auto outcome = bench.pass();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::storage);
  EXPECT_TRUE(bench.lines("apply").empty());
  EXPECT_TRUE(bench.lines("save").empty());
}

TEST(PassHold, IsToldAlsoOverAPlaceThatNeedsNothingOrCannotBeRead) {
  Bench bench;
  bench.wants({"A"});
  (void)bench.pass();
  bench.ledger.held[app] = {held(bench, "")};
  EXPECT_EQ(bench.plan().status.plan.holds.size(), 1u);
  bench.provider.observe_errors["app"] = Error{.kind = ErrorKind::transient, .message = "no"};
  EXPECT_EQ(bench.plan().status.plan.holds.size(), 1u);
}

}  // namespace
}  // namespace lockstep
