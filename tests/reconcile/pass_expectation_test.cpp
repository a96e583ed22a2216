// A place that must be guarded is looked at in every pass, and before anything is written there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using testing::Bench;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

class FakeGuard final : public ProtectionReader {
 public:
  Awaitable<Result<Protection>> protection(Place, CallContext) override {
    ++reads;
    if (error) co_return fail(*error);
    co_return there;
  }
  Protection there{.requests = 2};
  std::optional<Error> error;
  int reads = 0;
};

struct Guarded : Bench {
  FakeGuard guard;
  Guarded() {
    providers.guard(guard);
    wants({"TOKEN"}).expect = api::Expectation{.required_reviewers = api::RequiredReviewers::Any};
  }
};

TEST(PassExpectation, AnUnguardedPlaceGatesWritesAndSaysSo) {
  Guarded bench;
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").gate, Gate::ExpectationUnmet);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason, HasSubstr("no required reviewers"));
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
  EXPECT_EQ(outcome.status.reads, 3U);
}

TEST(PassExpectation, AGuardedPlaceIsWrittenAndNotesWhoMayBypass) {
  Guarded bench;
  bench.guard.there.users = {"octocat"};
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").state, State::InSync);
  EXPECT_THAT(outcome.status.plan.notes, Contains(HasSubstr("administrators")));
}

TEST(PassExpectation, AProtectionThatCannotBeReadGatesWrites) {
  Guarded bench;
  bench.guard.error = Error{.kind = ErrorKind::forbidden, .message = "may not read environments"};
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").gate, Gate::ExpectationUnmet);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason,
              HasSubstr("could not be read: may not read environments"));
  EXPECT_EQ(row(outcome, "TOKEN").state, State::Missing) << "what is there is still told";
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
}

TEST(PassExpectation, IsReadInEveryPassAndInPlansToo) {
  Guarded bench;
  bench.guard.there.users = {"octocat"};
  (void)bench.pass();
  bench.guard.there.users.clear();
  EXPECT_EQ(row(bench.plan(), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.guard.reads, 2);
  bench.value("TOKEN", "changed");
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::ExpectationUnmet);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST(PassExpectation, S10_ADeadTokenThereStopsTheCredential) {
  Guarded bench;
  bench.guard.error = Error{.kind = ErrorKind::unauthorized, .message = "bad credentials"};
  (void)bench.pass();
  EXPECT_TRUE(bench.health.stopped({"prod", "fly"}, bench.sim.clock().mono()));
}

TEST(PassExpectation, WithoutOneNothingIsRead) {
  Guarded bench;
  bench.desired.targets[0].expect.reset();
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.guard.reads, 0);
}

}  // namespace
}  // namespace lockstep::reconcile
