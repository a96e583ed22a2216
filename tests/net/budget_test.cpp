#include "net/budget.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace lockstep::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Mono at(Nanos since) {
  return Mono(since);
}

RateBudget::Options small() {
  return {.requests = 10, .window = seconds(10), .burst = 4, .longest_wait = minutes(10)};
}

TEST(RateBudget, LetsABurstGoAtOnceAndSpacesTheRest) {
  RateBudget budget(small());
  const Mono now = at(minutes(1));
  EXPECT_EQ(budget.remaining(now), 4U);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(budget.reserve(now), now);
  EXPECT_EQ(budget.remaining(now), 0U);
  const Mono fifth = budget.reserve(now);
  const Mono sixth = budget.reserve(now);
  EXPECT_GT(fifth, now);
  EXPECT_EQ(sixth - fifth, fifth - now);
}

TEST(RateBudget, NextTakesNothing) {
  RateBudget budget(small());
  const Mono now = at(minutes(1));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(budget.next(now), now);
  for (int i = 0; i < 6; ++i) {
    const Mono expected = budget.next(now);
    EXPECT_EQ(budget.reserve(now), expected);
  }
}

TEST(RateBudget, RefillsWithTime) {
  RateBudget budget(small());
  for (int i = 0; i < 4; ++i) budget.reserve(at(minutes(1)));
  EXPECT_EQ(budget.remaining(at(minutes(1) + seconds(60))), 4U);
}

TEST(RateBudget, ObeysRetryAfter_S10) {
  RateBudget budget(small());
  budget.learn(at(minutes(1)), {.remaining = {}, .resets_in = {}, .retry_after = seconds(30)});
  EXPECT_EQ(budget.remaining(at(minutes(1))), 0U);
  EXPECT_EQ(budget.blocked_until(at(minutes(1))), at(minutes(1) + seconds(30)));
  EXPECT_EQ(budget.reserve(at(minutes(1))), at(minutes(1) + seconds(30)));
  EXPECT_EQ(budget.blocked_until(at(minutes(1) + seconds(30))), std::nullopt);
}

TEST(RateBudget, ShorterRetryAfterDoesNotShortenALongerOne) {
  RateBudget budget(small());
  budget.learn(at({}), {.remaining = {}, .resets_in = {}, .retry_after = seconds(30)});
  budget.learn(at(seconds(1)), {.remaining = {}, .resets_in = {}, .retry_after = seconds(1)});
  EXPECT_EQ(budget.next(at(seconds(2))), at(seconds(30)));
}

TEST(RateBudget, SpendsNoMoreThanTheOtherSideHasLeft) {
  RateBudget budget(small());
  budget.learn(at({}), {.remaining = 2, .resets_in = seconds(60), .retry_after = {}});
  EXPECT_EQ(budget.remaining(at({})), 2U);
  EXPECT_EQ(budget.reserve(at({})), at({}));
  EXPECT_EQ(budget.reserve(at({})), at({}));
  EXPECT_EQ(budget.blocked_until(at({})), at(seconds(60)));
  EXPECT_EQ(budget.reserve(at({})), at(seconds(60)));
}

TEST(RateBudget, NothingLeftAndNoResetWaitsAWindow) {
  RateBudget budget(small());
  budget.learn(at({}), {.remaining = 0, .resets_in = {}, .retry_after = {}});
  EXPECT_EQ(budget.next(at({})), at(seconds(10)));
}

TEST(RateBudget, LateAnswerDoesNotGiveBackWhatIsSpent) {
  RateBudget budget(small());
  budget.learn(at({}), {.remaining = 1, .resets_in = seconds(60), .retry_after = {}});
  budget.learn(at({}), {.remaining = 9, .resets_in = seconds(60), .retry_after = {}});
  EXPECT_EQ(budget.remaining(at({})), 1U);
}

/// A step of a client: some time passes, it asks for a slot, it may hear a hint.
struct Step {
  std::int64_t wait_ms;
  int hint;  ///< 0 none, 1 retry_after, 2 remaining
  std::int64_t amount;
};

rc::Gen<std::vector<Step>> steps(bool hints) {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::build<Step>(rc::gen::set(&Step::wait_ms, rc::gen::inRange<std::int64_t>(-500, 3000)),
                           rc::gen::set(&Step::hint, rc::gen::inRange(0, hints ? 3 : 1)),
                           rc::gen::set(&Step::amount, rc::gen::inRange<std::int64_t>(-5, 2000))));
}

BudgetHint hint_of(const Step& step) {
  if (step.hint == 1)
    return {.remaining = {}, .resets_in = {}, .retry_after = seconds(step.amount)};
  if (step.hint == 2) {
    return {.remaining = static_cast<std::uint64_t>(std::max<std::int64_t>(step.amount, 0)),
            .resets_in = seconds(step.amount % 40),
            .retry_after = {}};
  }
  return {};
}

RateBudget::Options any_options() {
  const auto requests = *rc::gen::inRange<std::uint64_t>(1, 60);
  return {.requests = requests,
          .window = milliseconds(*rc::gen::inRange(1, 20000)),
          .burst = *rc::gen::inRange<std::uint64_t>(0, 70),
          .longest_wait = seconds(*rc::gen::inRange(0, 900))};
}

RC_GTEST_PROP(RateBudget, NeverMoreThanRequestsInAnyWindow_S10, ()) {
  const auto options = any_options();
  RateBudget budget(options);
  std::vector<Mono> left;
  Mono now = at(minutes(5));
  for (const auto& step : *steps(true)) {
    now += milliseconds(step.wait_ms);
    left.push_back(budget.reserve(now));
    budget.learn(now, hint_of(step));
  }
  // Both ends of the window count: the other side's clock is not ours.
  for (std::size_t i = options.requests; i < left.size(); ++i) {
    RC_ASSERT(left[i] - left[i - options.requests] > options.window);
  }
}

RC_GTEST_PROP(RateBudget, SlotsNeverGoBackwardsNorIntoThePast, ()) {
  RateBudget budget(any_options());
  Mono now = at(minutes(5));
  Mono last{};
  for (const auto& step : *steps(true)) {
    now += milliseconds(step.wait_ms);
    const Mono slot = budget.reserve(now);
    RC_ASSERT(slot >= now);
    RC_ASSERT(slot >= last);
    last = slot;
    budget.learn(now, hint_of(step));
  }
}

RC_GTEST_PROP(RateBudget, HintNeverMakesTheBudgetLarger, ()) {
  const auto options = any_options();
  RateBudget hinted(options);
  RateBudget plain(options);
  Mono now = at(minutes(5));
  for (const auto& step : *steps(true)) {
    now += milliseconds(step.wait_ms);
    const auto before = hinted.remaining(now);
    hinted.learn(now, hint_of(step));
    RC_ASSERT(hinted.remaining(now) <= before);
    RC_ASSERT(hinted.remaining(now) <= plain.remaining(now));
    RC_ASSERT(hinted.reserve(now) >= plain.reserve(now));
  }
}

RC_GTEST_PROP(RateBudget, RetryAfterIsCutToTheLongestWait_S10, (std::int64_t wait_seconds)) {
  const auto options = any_options();
  RateBudget budget(options);
  const Mono now = at(minutes(5));
  budget.learn(
      now,
      {.remaining = {}, .resets_in = {}, .retry_after = seconds(wait_seconds % 4'000'000'000)});
  RC_ASSERT(budget.next(now) <= now + options.longest_wait);
}

RC_GTEST_PROP(RateBudget, RemainingIsWhatLeavesAtOnce, ()) {
  RateBudget budget(any_options());
  Mono now = at(minutes(5));
  for (const auto& step : *steps(true)) {
    now = std::max(now, now + milliseconds(step.wait_ms));
    budget.reserve(now);
    budget.learn(now, hint_of(step));
  }
  const auto promised = budget.remaining(now);
  for (std::uint64_t i = 0; i < promised; ++i) RC_ASSERT(budget.reserve(now) == now);
  RC_ASSERT(budget.reserve(now) > now);
}

}  // namespace
}  // namespace lockstep::net
