#include "reconcile/queue.hpp"

#include <rapidcheck/gtest.h>

#include <algorithm>

namespace lockstep::reconcile {
namespace {

Mono at(int second) {
  return Mono(std::chrono::seconds(second));
}
ObjectKey key(int n) {
  return {"ns", "target-" + std::to_string(n)};
}

TEST(WorkQueue, KeepsEarlierDeadlineForSameKey) {
  WorkQueue queue;
  queue.add(key(1), at(9));
  queue.add(key(1), at(5));
  queue.add(key(1), at(7));
  EXPECT_EQ(queue.next(), at(5));
  EXPECT_EQ(queue.take(at(4)), std::nullopt);
  EXPECT_EQ(queue.take(at(5)), key(1));
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(WorkQueue, HandsOutTheEarliestDeadlineFirst) {
  WorkQueue queue;
  queue.add(key(1), at(3));
  queue.add(key(2), at(1));
  queue.add(key(3), at(2));
  EXPECT_EQ(queue.depth(at(2)), 2U);
  EXPECT_EQ(queue.take(at(9)), key(2));
  EXPECT_EQ(queue.take(at(9)), key(3));
  EXPECT_EQ(queue.take(at(9)), key(1));
}

TEST(WorkQueue, AKeyBeingWorkedOnComesBackOnlyAfterItsEnd) {
  WorkQueue queue;
  queue.add(key(1), at(0));
  ASSERT_EQ(queue.take(at(0)), key(1));
  queue.add(key(1), at(4));
  queue.add(key(1), at(2));
  EXPECT_EQ(queue.take(at(9)), std::nullopt);
  EXPECT_EQ(queue.running(), 1U);
  queue.done(key(1));
  EXPECT_EQ(queue.next(), at(2));
}

TEST(WorkQueue, ARemovedKeyDoesNotComeBack) {
  WorkQueue queue;
  queue.add(key(1), at(0));
  ASSERT_EQ(queue.take(at(0)), key(1));
  queue.add(key(1), at(0));
  queue.add(key(2), at(0));
  queue.remove(key(1));
  queue.remove(key(2));
  queue.done(key(1));
  EXPECT_FALSE(queue.knows(key(1)));
  EXPECT_FALSE(queue.knows(key(2)));
}

/// The queue as a list of wishes, without any cleverness.
struct Model {
  std::map<ObjectKey, Mono> wished;
  std::set<ObjectKey> running;

  void add(const ObjectKey& which, Mono when) {
    const auto [it, fresh] = wished.emplace(which, when);
    if (!fresh) it->second = std::min(it->second, when);
  }
  std::optional<Mono> next() const {
    std::optional<Mono> out;
    for (const auto& [which, when] : wished) {
      if (!running.contains(which)) out = std::min(out.value_or(when), when);
    }
    return out;
  }
};

RC_GTEST_PROP(WorkQueue, NeverOneKeyTwiceEarliestDeadlineNothingLost, ()) {
  WorkQueue queue;
  Model model;
  int now = 0;
  const auto steps = *rc::gen::inRange(1, 120);
  for (int i = 0; i < steps; ++i) {
    const auto which = key(*rc::gen::inRange(0, 4));
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1: {
        const auto when = at(now + *rc::gen::inRange(-3, 8));
        queue.add(which, when);
        model.add(which, when);
        break;
      }
      case 2: {
        const auto expected = model.next();
        const auto taken = queue.take(at(now));
        RC_ASSERT(taken.has_value() == (expected && *expected <= at(now)));
        if (!taken) break;
        RC_ASSERT(model.wished.at(*taken) == *expected);
        RC_ASSERT(model.running.insert(*taken).second);
        model.wished.erase(*taken);
        break;
      }
      case 3:
        queue.done(which);
        model.running.erase(which);
        break;
      default:
        if (*rc::gen::inRange(0, 4) == 0) {
          queue.remove(which);
          model.wished.erase(which);
        }
        now += *rc::gen::inRange(0, 4);
    }
    RC_ASSERT(queue.next() == model.next());
    RC_ASSERT(queue.running() == model.running.size());
    RC_ASSERT(queue.knows(which) ==
              (model.wished.contains(which) || model.running.contains(which)));
  }
}

TEST(WorkQueue, PassesOverKeysThatAreNotFree_S14) {
  const ObjectKey held{"ns", "held"};
  const ObjectKey other{"ns", "other"};
  WorkQueue queue;
  queue.add(held, Mono(std::chrono::seconds(1)));
  queue.add(other, Mono(std::chrono::seconds(2)));
  const auto free = [&](const ObjectKey& key) { return key != held; };
  EXPECT_EQ(queue.next(free), Mono(std::chrono::seconds(2)));
  EXPECT_EQ(queue.take(Mono(std::chrono::seconds(3)), free), other);
  EXPECT_EQ(queue.next(free), std::nullopt);
  EXPECT_EQ(queue.take(Mono(std::chrono::seconds(3)), free), std::nullopt);
  EXPECT_EQ(queue.take(Mono(std::chrono::seconds(3))), held) << "it stayed in the queue";
}

}  // namespace
}  // namespace lockstep::reconcile
