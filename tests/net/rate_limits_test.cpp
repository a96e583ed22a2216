#include "net/rate_limits.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace lockstep::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Of = RateRule::Of;
using Per = RateRule::Per;

Mono at(Nanos since) {
  return Mono(hours(1) + since);
}

/// Requests in a line, driven as Budgeted does it: each asks again at the time it was told.
class Line {
 public:
  explicit Line(RateRules rules) : limits(std::move(rules)) {}

  struct Sent {
    std::size_t number;  ///< in the order of coming
    Effect effect;
    std::string bucket;
    Mono when;
  };

  std::size_t come(Effect effect = Effect::Read, std::string bucket = "",
                   std::string operation = "op") {
    const auto ticket = limits.join(effect, operation, bucket);
    waiting_[ticket] = {.number = came_, .effect = effect, .bucket = bucket, .when = now};
    return came_++;
  }
  /// Lets everyone ask at their times, until `end`.
  void run_until(Mono end) {
    for (;;) {
      auto next = Mono::max();
      RateLimits::Ticket who = 0;
      for (const auto& [ticket, one] : waiting_) {
        if (one.when < next) {
          next = one.when;
          who = ticket;
        }
      }
      if (next > end) break;
      now = std::max(now, next);
      if (const auto later = limits.leave(who, now)) {
        waiting_[who].when = *later;
        continue;
      }
      auto one = waiting_.extract(who).mapped();
      one.when = now;
      limits.answered(who, now, {});
      sent.push_back(one);
    }
    now = std::max(now, end);
  }
  void hear(const BudgetHint& hint, const std::string& bucket = "") {
    const auto ticket = limits.join(Effect::Read, "hint", bucket);
    // Leaves in its turn; what it hears counts from then.
    for (auto later = limits.leave(ticket, now); later; later = limits.leave(ticket, now)) {
      run_until(*later);
    }
    limits.answered(ticket, now, hint);
  }
  std::vector<Nanos> times(Mono since) const {
    std::vector<Nanos> out;
    for (const auto& one : sent) out.push_back(one.when - since);
    return out;
  }

  RateLimits limits;
  Mono now = at({});
  std::vector<Sent> sent;

 private:
  std::map<RateLimits::Ticket, Sent> waiting_;
  std::size_t came_ = 0;
};

TEST(RateLimits, LetsAWindowGoAtOnceAndTheNextWhenItHasPassed_S10) {
  Line line({.rules = {{.units = 3, .window = seconds(10)}}});
  for (int i = 0; i < 7; ++i) line.come();
  line.run_until(at(minutes(1)));
  const auto t = line.times(at({}));
  ASSERT_EQ(t.size(), 7U);
  EXPECT_EQ(t[2], Nanos(0));
  EXPECT_EQ(t[3], seconds(10) + Nanos(1)) << "both ends of a window count";
  EXPECT_EQ(t[5], t[3]);
  EXPECT_EQ(t[6], t[3] + seconds(10) + Nanos(1));
}

TEST(RateLimits, KeepsWritesApart) {
  Line line({.rules = {{.of = Of::writes, .spacing = seconds(1)}}});
  for (int i = 0; i < 3; ++i) line.come(Effect::Write);
  for (int i = 0; i < 3; ++i) line.come(Effect::Read);
  line.run_until(at(minutes(1)));
  std::vector<std::pair<std::size_t, Nanos>> seen;
  for (const auto& one : line.sent) seen.emplace_back(one.number, one.when - at({}));
  EXPECT_EQ(seen, (std::vector<std::pair<std::size_t, Nanos>>{{0, seconds(0)},
                                                              {3, seconds(0)},
                                                              {4, seconds(0)},
                                                              {5, seconds(0)},
                                                              {1, seconds(1)},
                                                              {2, seconds(2)}}))
      << "reads share no rule with them";
}

TEST(RateLimits, CountsPointsByEffect) {
  Line line({.rules = {{.units = 10, .window = minutes(1), .read_cost = 1, .write_cost = 5}}});
  line.come(Effect::Write);
  for (int i = 0; i < 6; ++i) line.come();
  line.run_until(at({}));
  EXPECT_EQ(line.sent.size(), 6U) << "one write and five reads";
}

TEST(RateLimits, CheapRequestsDoNotKeepADearOneWaiting) {
  Line line({.rules = {{.units = 10, .window = minutes(1), .write_cost = 10}}});
  line.come();
  line.run_until(at(seconds(30)));
  const auto write = line.come(Effect::Write);
  for (int i = 0; i < 20; ++i) line.come();
  line.run_until(at(minutes(10)));
  ASSERT_EQ(line.sent.size(), 22U);
  EXPECT_EQ(line.sent[1].number, write);
  EXPECT_EQ(line.sent[1].when, at(minutes(1)) + Nanos(1));
}

TEST(RateLimits, BucketsDoNotWaitForEachOther) {
  Line line({.rules = {{.per = Per::bucket, .units = 1, .window = seconds(1)}}});
  for (const auto* app : {"a", "a", "b", "c"}) line.come(Effect::Read, app);
  line.run_until(at({}));
  EXPECT_EQ(line.sent.size(), 3U);
  line.run_until(at(seconds(2)));
  EXPECT_EQ(line.sent.back().number, 1U);
}

TEST(RateLimits, ActionsOfABucketAreCountedApart) {
  Line line({.rules = {{.per = Per::action, .except = "get", .units = 1, .window = seconds(1)},
                       {.per = Per::action, .only = "get", .units = 2, .window = seconds(1)}}});
  for (const auto* operation : {"list", "list", "bulk", "get", "get", "get"}) {
    line.come(Effect::Read, "a", operation);
  }
  line.run_until(at({}));
  EXPECT_EQ(line.sent.size(), 4U);
}

TEST(RateLimits, ObeysRetryAfterForAll_S10) {
  Line line({.rules = {{.units = 10, .window = seconds(10)}}});
  line.hear({.remaining = {}, .resets_in = {}, .retry_after = seconds(30)}, "a");
  EXPECT_EQ(line.limits.remaining(line.now), 0U);
  line.come(Effect::Read, "b");
  line.run_until(at(minutes(1)));
  EXPECT_EQ(line.times(at({})), std::vector<Nanos>{seconds(30)});
}

TEST(RateLimits, AHintAboutABucketHoldsForIt_S10) {
  Line line({.rules = {{.per = Per::bucket, .units = 10, .window = seconds(10)}},
             .hints_per_bucket = true});
  line.hear({.remaining = {}, .resets_in = {}, .retry_after = seconds(30)}, "a");
  line.come(Effect::Read, "a");
  line.come(Effect::Read, "b");
  line.run_until(at(minutes(1)));
  EXPECT_EQ(line.times(at({})), (std::vector<Nanos>{seconds(0), seconds(30)}));
  EXPECT_EQ(line.sent[0].bucket, "b");
}

TEST(RateLimits, ShorterRetryAfterDoesNotShortenALongerOne) {
  Line line({.rules = {{.units = 10, .window = seconds(10)}}});
  const auto one = line.limits.join(Effect::Read, "op", "");
  const auto two = line.limits.join(Effect::Read, "op", "");
  ASSERT_EQ(line.limits.leave(one, line.now), std::nullopt);
  ASSERT_EQ(line.limits.leave(two, line.now), std::nullopt);
  line.limits.answered(one, line.now, {.retry_after = seconds(30)});
  line.limits.answered(two, line.now, {.retry_after = seconds(1)});
  EXPECT_EQ(line.limits.leave(line.limits.join(Effect::Read, "op", ""), at(seconds(2))),
            at(seconds(30)));
}

TEST(RateLimits, SpendsNoMoreThanTheOtherSideHasLeft_S10) {
  Line line({.rules = {{.units = 10, .window = seconds(10)}}});
  line.hear({.remaining = 2, .resets_in = seconds(60), .retry_after = {}});
  EXPECT_EQ(line.limits.remaining(line.now), 2U);
  for (int i = 0; i < 3; ++i) line.come();
  line.run_until(at(minutes(2)));
  EXPECT_EQ(line.times(at({})), (std::vector<Nanos>{seconds(0), seconds(0), seconds(60)}));
}

TEST(RateLimits, WhatIsOnItsWayMayNotBeCountedInTheAnswerYet_S10) {
  RateLimits limits({.rules = {{.units = 10, .window = seconds(10)}}});
  const auto join = [&] { return limits.join(Effect::Read, "op", ""); };
  const auto first = join();
  ASSERT_FALSE(limits.leave(first, at({})));
  for (int i = 0; i < 2; ++i) ASSERT_FALSE(limits.leave(join(), at({})));
  limits.answered(first, at({}), {.remaining = 3, .resets_in = seconds(60), .retry_after = {}});
  EXPECT_FALSE(limits.leave(join(), at({})));
  EXPECT_EQ(limits.leave(join(), at({})), at(seconds(60)));
}

TEST(RateLimits, LateAnswerDoesNotGiveBackWhatIsSpent) {
  Line line({.rules = {{.units = 10, .window = minutes(2)}}});
  line.hear({.remaining = 2, .resets_in = seconds(60), .retry_after = {}});
  line.hear({.remaining = 9, .resets_in = seconds(60), .retry_after = {}});
  EXPECT_EQ(line.limits.remaining(line.now), 1U);
}

TEST(RateLimits, NothingLeftAndNoResetWaitsAWindow) {
  Line line({.rules = {{.units = 10, .window = seconds(10)}}});
  line.hear({.remaining = 0, .resets_in = {}, .retry_after = {}});
  line.come();
  line.run_until(at(minutes(1)));
  EXPECT_EQ(line.times(at({})), std::vector<Nanos>{seconds(10)});
}

TEST(RateLimits, WhoGivesUpFreesTheWay) {
  RateLimits limits({.rules = {{.units = 1, .window = seconds(10)}}});
  const auto join = [&] { return limits.join(Effect::Read, "op", ""); };
  ASSERT_FALSE(limits.leave(join(), at({})));
  const auto second = join();
  const auto third = join();
  ASSERT_TRUE(limits.leave(second, at({})));
  limits.give_up(second);
  EXPECT_EQ(limits.waiting(), 1U);
  EXPECT_FALSE(limits.leave(third, at(seconds(11))));
}

TEST(RateLimits, DropsIdleBuckets_S15) {
  Line line({.rules = {{.per = Per::bucket, .units = 1, .window = seconds(1)}},
             .hints_per_bucket = true});
  for (int i = 0; i < 500; ++i) line.come(Effect::Read, std::to_string(i));
  line.run_until(at(minutes(2)));
  line.come(Effect::Read, "last");
  line.run_until(at(minutes(3)));
  EXPECT_EQ(line.limits.meters(), 1U);
}

// ---- properties ------------------------------------------------------------------------------

/// Someone comes after a while.
struct Coming {
  std::int64_t after_ms;
  bool write;
  int bucket;
  int hint;  ///< 0, 1 none; 2 retry_after; 3 remaining
  std::int64_t amount;
};

rc::Gen<std::vector<Coming>> comings() {
  return rc::gen::container<std::vector<Coming>>(rc::gen::build<Coming>(
      rc::gen::set(&Coming::after_ms, rc::gen::weightedOneOf<std::int64_t>(
                                          {{3, rc::gen::just<std::int64_t>(0)},
                                           {2, rc::gen::inRange<std::int64_t>(0, 3000)}})),
      rc::gen::set(&Coming::write, rc::gen::arbitrary<bool>()),
      rc::gen::set(&Coming::bucket, rc::gen::inRange(0, 3)),
      rc::gen::set(&Coming::hint, rc::gen::inRange(0, 4)),
      rc::gen::set(&Coming::amount, rc::gen::inRange<std::int64_t>(0, 90))));
}

RateRule any_rule() {
  return {.of = *rc::gen::element(Of::requests, Of::writes),
          .per = *rc::gen::element(Per::credential, Per::bucket, Per::action),
          .only = "",
          .except = "",
          .units = *rc::gen::inRange<std::uint64_t>(0, 12),
          .window = milliseconds(*rc::gen::inRange(1, 8000)),
          .spacing = milliseconds(*rc::gen::element(0, 0, 30, 700)),
          .read_cost = *rc::gen::inRange<std::uint64_t>(1, 3),
          .write_cost = *rc::gen::inRange<std::uint64_t>(1, 6)};
}

RateRules any_rules() {
  RateRules rules{.rules = {}, .hints_per_bucket = *rc::gen::arbitrary<bool>()};
  const auto count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) rules.rules.push_back(any_rule());
  return rules;
}

void play(Line& line, const std::vector<Coming>& script, bool hints) {
  for (const auto& step : script) {
    line.run_until(line.now + milliseconds(step.after_ms));
    const auto bucket = std::to_string(step.bucket);
    line.come(step.write ? Effect::Write : Effect::Read, bucket);
    if (!hints) continue;
    if (step.hint == 2) {
      line.hear({.remaining = {}, .resets_in = {}, .retry_after = seconds(step.amount)}, bucket);
    }
    if (step.hint == 3) {
      line.hear({.remaining = static_cast<std::uint64_t>(step.amount / 9),
                 .resets_in = seconds(step.amount),
                 .retry_after = {}},
                bucket);
    }
  }
  line.run_until(line.now + hours(6));
}

/// An independent count: whether `one`, leaving at `when` after `before`, keeps to the rule.
bool keeps(const RateRule& rule, const std::vector<Line::Sent>& before, const Line::Sent& one,
           Mono when) {
  const auto cost = [&](const Line::Sent& sent) {
    const auto dear = sent.effect == Effect::Write ? rule.write_cost : rule.read_cost;
    return rule.units == 0 ? dear : std::min(dear, rule.units);
  };
  if (rule.of == Of::writes && one.effect != Effect::Write) return true;
  std::uint64_t used = cost(one);
  for (const auto& other : before) {
    if (rule.of == Of::writes && other.effect != Effect::Write) continue;
    if (rule.per != Per::credential && other.bucket != one.bucket) continue;
    if (rule.spacing > Nanos(0) && when - other.when < rule.spacing) return false;
    if (when - other.when <= rule.window) used += cost(other);
  }
  return rule.units == 0 || used <= rule.units;
}

RC_GTEST_PROP(RateLimits, NeverMoreThanTheLimitInAnyWindow_S10, ()) {
  const auto rules = any_rules();
  Line line(rules);
  play(line, *comings(), true);
  std::vector<Line::Sent> before;
  for (const auto& one : line.sent) {
    for (const auto& rule : rules.rules) RC_ASSERT(keeps(rule, before, one, one.when));
    before.push_back(one);
  }
}

RC_GTEST_PROP(RateLimits, EveryoneLeavesInTheEnd, ()) {
  const auto script = *comings();
  Line line(any_rules());
  play(line, script, true);
  RC_ASSERT(line.sent.size() == script.size());
  RC_ASSERT(line.limits.waiting() == 0U);
}

RC_GTEST_PROP(RateLimits, FirstComeFirstServedAmongAlike, ()) {
  Line line(any_rules());
  play(line, *comings(), false);
  std::map<std::pair<bool, std::string>, std::size_t> last;
  for (const auto& one : line.sent) {
    auto& before = last[{one.effect == Effect::Write, one.bucket}];
    RC_ASSERT(before <= one.number);
    before = one.number;
  }
}

RC_GTEST_PROP(RateLimits, NeverIdlesWhileThereIsRoomForTheFirst, ()) {
  // With one kind of request the line is one queue: each leaves as soon as the rules allow it
  // after the one before, but for the moment after which those behind ask again.
  const auto rules = any_rules();
  Line line(rules);
  std::vector<Mono> came;
  for (const auto& step : *comings()) {
    line.run_until(line.now + milliseconds(step.after_ms));
    line.come(Effect::Write, "a");
    came.push_back(line.now);
  }
  line.run_until(line.now + hours(6));
  std::vector<Line::Sent> before;
  for (std::size_t i = 0; i < line.sent.size(); ++i) {
    const auto& one = line.sent[i];
    const Mono earliest = i == 0 ? came[0] : std::max(came[i], line.sent[i - 1].when);
    if (const Mono early = one.when - milliseconds(2); early > earliest) {
      RC_ASSERT(!std::ranges::all_of(
          rules.rules, [&](const auto& rule) { return keeps(rule, before, one, early); }));
    }
    before.push_back(one);
  }
}

RC_GTEST_PROP(RateLimits, RetryAfterIsCutToTheLongestWait_S15, (std::int64_t wait_seconds)) {
  auto rules = any_rules();
  rules.longest_wait = seconds(*rc::gen::inRange(0, 900));
  Line line(rules);
  line.hear({.retry_after = seconds(wait_seconds % 4'000'000'000)});
  line.run_until(line.now + seconds(901));
  line.come();
  const auto now = line.now;
  line.run_until(now + seconds(1));
  RC_ASSERT(line.sent.size() == 1U);
}

}  // namespace
}  // namespace lockstep::net
