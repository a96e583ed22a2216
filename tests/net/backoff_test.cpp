#include "net/backoff.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using lockstep::testing::make_seeded_random;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Backoff, CeilingDoublesUpToTheLongest) {
  Backoff backoff({.first = seconds(1), .longest = seconds(10), .shortest = milliseconds(100)});
  const auto random = make_seeded_random(1);
  std::vector<Nanos> ceilings;
  for (int i = 0; i < 6; ++i) {
    ceilings.push_back(backoff.ceiling());
    (void)backoff.next(*random);
  }
  EXPECT_EQ(ceilings, (std::vector<Nanos>{seconds(1), seconds(2), seconds(4), seconds(8),
                                          seconds(10), seconds(10)}));
}

TEST(Backoff, SuccessStartsOver) {
  Backoff backoff({});
  const auto random = make_seeded_random(1);
  for (int i = 0; i < 5; ++i) (void)backoff.next(*random);
  EXPECT_EQ(backoff.failures(), 5U);
  backoff.reset();
  EXPECT_EQ(backoff.failures(), 0U);
  EXPECT_EQ(backoff.ceiling(), seconds(1));
}

TEST(Backoff, JitterUsesTheWholeRange) {
  Backoff backoff({.first = seconds(8), .longest = seconds(8), .shortest = Nanos(0)});
  const auto random = make_seeded_random(7);
  int low = 0, high = 0;
  for (int i = 0; i < 400; ++i) (backoff.next(*random) < seconds(4) ? low : high)++;
  EXPECT_GT(low, 100);
  EXPECT_GT(high, 100);
}

RC_GTEST_PROP(Backoff, StaysWithinItsBounds, (std::uint64_t seed)) {
  const Nanos first = milliseconds(*rc::gen::inRange<std::int64_t>(-10, 1'000'000'000));
  const Nanos longest = milliseconds(*rc::gen::inRange<std::int64_t>(-10, 1'000'000'000'000));
  const Nanos shortest = milliseconds(*rc::gen::inRange<std::int64_t>(-10, 5000));
  Backoff backoff({.first = first, .longest = longest, .shortest = shortest});
  const auto random = make_seeded_random(seed);
  for (int i = 0; i < 100; ++i) {
    const Nanos most = backoff.ceiling();
    const Nanos wait = backoff.next(*random);
    RC_ASSERT(wait >= shortest);
    RC_ASSERT(wait <= most);
    RC_ASSERT(wait <= std::max({longest, shortest, Nanos(1)}));
  }
}

}  // namespace
}  // namespace lockstep::net
