// Many passes that must know what all places of a secret hold, and ask once.
#include "reconcile/shared_look.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"
#include "support/about.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

/// Ten places, each of which shall hold the same three generated values.
struct Ten : Bench {
  Ten() {
    for (char c = 'a'; c < 'k'; ++c) {
      auto& place = target(std::string(1, c));
      for (const auto* name : {"SESSION_KEY", "CSRF_KEY", "COOKIE_KEY"}) {
        desire(place, name, ValueKind::generate);
      }
    }
  }
  std::size_t looks_at(const std::string& place) const {
    return static_cast<std::size_t>(std::ranges::count(journal, "observe " + place));
  }
  /// One pass over each Target, side by side.
  std::vector<PassOutcome> all_at_once(PassOptions options = {.write = true}) {
    Scope scope(sim.executor());
    std::vector<PassOutcome> outcomes(desired.targets.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      scope.start([](Ten& b, std::size_t which, PassOptions o,
                     std::vector<PassOutcome>& out) -> Awaitable<void> {
        Pass pass(b.services, b.health, b.looks, b.desired, b.desired.targets[which], std::move(o));
        auto running = pass.run();
        out[which] = co_await std::move(running);
      }(*this, i, options, outcomes));
    }
    sim.run_until(Mono::max(), [&] { return scope.drained(); });
    return outcomes;
  }
};

SharedLooks::Until until(Mono at) {
  return [at](const SharedLooks::Pending&) { return at; };
}

TEST(SharedLook, S14_PassesThatWantTheSameSecretsReadEachPlaceOnce) {
  Ten bench;
  for (const auto& target : bench.desired.targets) bench.provider.slow[target.key.name] = 300ms;
  bench.provider.slow["c"] = 2s;
  for (const auto& outcome : bench.all_at_once()) {
    EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::InSync) << outcome.status.key.name;
  }
  for (const auto& target : bench.desired.targets) {
    EXPECT_EQ(bench.looks_at(target.key.name), 1U) << target.key.name << ": its own pass";
  }
  EXPECT_EQ(bench.lines("apply").size(), 10U);
  EXPECT_EQ(bench.generated, 3);
}

TEST(SharedLook, S14_OnePassReadsTheOtherPlacesSideBySideAndOnceForAllSecrets) {
  Ten bench;
  for (const auto& target : bench.desired.targets) bench.provider.slow[target.key.name] = 2s;
  const auto began = bench.sim.clock().mono();
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
  EXPECT_THAT(bench.sim.clock().mono() - began, testing::JustAfter(4s))
      << "its own place, then all others";
  EXPECT_EQ(bench.lines("observe").size(), 10U);
}

TEST(SharedLook, S10_AWaitForAnotherBudgetHoldsNoPassAndIsTold) {
  Ten bench;
  bench.desired.targets[1].credential = "other";
  bench.desired.credentials[{"prod", "other"}].metadata.name = "other";
  bench.provider.observe_errors["b"] = {.kind = ErrorKind::throttled,
                                        .message = "too many requests",
                                        .retry_at = bench.sim.clock().wall() + 3min - 1s};
  const auto began = bench.sim.clock().mono();
  const auto first = bench.pass();
  EXPECT_LE(bench.sim.clock().mono() - began, testing::work_time);
  EXPECT_THAT(row(first, "SESSION_KEY").reason,
              HasSubstr("it may be at flyApp/b, which cannot be read so far (rate limited until "
                        "00:03Z, Credential other: too many requests)"));
  EXPECT_THAT(bench.log_text, HasSubstr("a look waits place=flyApp/b credential=prod/other until="
                                        "2026-"));
  bench.provider.observe_errors.clear();
  bench.wait(2min);
  (void)bench.pass();
  EXPECT_EQ(bench.looks_at("b"), 1U) << "nobody comes back before the time it named";
  bench.wait(1min);
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
  EXPECT_EQ(bench.looks_at("b"), 2U);
  EXPECT_EQ(bench.looks_at("c"), 1U) << "one look, however long it took";
}

TEST(SharedLook, S16_WhatOneSlowPlaceShowsCountsForEveryPass) {
  Ten bench;
  bench.provider.slow["b"] = 40s;
  bench.set("COOKIE_KEY", "from before lockstep", "b");
  const auto waits = bench.pass();
  EXPECT_EQ(waits.awaited.size(), 1U);
  ASSERT_EQ(bench.sim.run(bench.looks.answered(waits.awaited, until(Mono::max()))),
            Ended::finished);
  const auto later = bench.pass({.write = true}, 2);
  EXPECT_THAT(row(later, "COOKIE_KEY").reason, HasSubstr("flyApp/b has COOKIE_KEY already"));
  EXPECT_EQ(row(later, "SESSION_KEY").state, State::InSync) << "only that name";
  EXPECT_EQ(bench.looks_at("b"), 1U);
}

TEST(SharedLook, S16_AnAnswerIsKeptForAShortWhileOnly) {
  Ten bench;
  (void)bench.plan();
  (void)bench.plan(1);
  EXPECT_EQ(bench.looks_at("j"), 1U);
  bench.set("SESSION_KEY", "by hand, meanwhile", "j");
  bench.wait(1min);
  EXPECT_THAT(row(bench.pass(), "SESSION_KEY").reason, HasSubstr("flyApp/j has SESSION_KEY"));
  EXPECT_EQ(bench.looks_at("j"), 2U);
}

TEST(SharedLook, S14_AFaultOfAnotherPassIsNotTheLastWord) {
  Ten bench;
  bench.desired.targets.resize(2);
  bench.provider.slow["b"] = 1s;
  bench.provider.observe_errors["b"] = {.kind = ErrorKind::transient, .message = "down"};
  const auto began = bench.sim.clock().mono();
  bench.provider.before_observe = [&](const auto&) {
    if (bench.sim.clock().mono() > began + 500ms) bench.provider.observe_errors.clear();
  };
  const auto outcomes = bench.all_at_once();
  EXPECT_TRUE(outcomes[1].status.plan.unreadable) << "its own pass comes back later";
  EXPECT_EQ(row(outcomes[0], "SESSION_KEY").state, State::InSync);
}

TEST(SharedLook, S3_AReadFromBeforeOurLastWriteProvesNothing) {
  Bench bench;
  Bench::desire(bench.target("app"), "SESSION_KEY", ValueKind::generate);
  auto& other = bench.target("second");
  other.place = {PlaceKind::githubRepository, {"alokai", "second"}};
  Bench::desire(other, "SESSION_KEY", ValueKind::generate);
  auto& known = bench.ledger.records[{"prod", other.place.key()}].names["OLD"];
  known.origin = Origin::created;
  known.written = true;
  known.written_at = bench.sim.clock().wall();
  known.updated_at = bench.sim.clock().wall();
  EXPECT_THAT(row(bench.pass(), "SESSION_KEY").reason, HasSubstr("from before our last write"));
}

TEST(SharedLook, EndingItStopsItsReadsAndLaterOnesBegin) {
  Ten bench;
  bench.provider.slow["b"] = 10min;
  const auto waits = bench.pass();
  const auto began = bench.sim.clock().mono();
  bench.sim.run([](SharedLooks& looks) -> Awaitable<int> {
    auto ending = looks.end();
    co_await std::move(ending);
    co_return 0;
  }(bench.looks));
  EXPECT_LE(bench.sim.clock().mono() - began, 1s);
  EXPECT_THAT(bench.looks.unanswered(waits.awaited), IsEmpty());
  bench.provider.slow.clear();
  bench.wait(1min);
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
}

TEST(SharedLook, S16_AFolderOfThisMachineThatIsNotThereHoldsNothing) {
  for (const auto kind : {PlaceKind::dotenvFile, PlaceKind::flyApp}) {
    Bench bench;
    Bench::desire(bench.target("app"), "SESSION_KEY", ValueKind::generate);
    auto& other = bench.target("second");
    other.place.kind = kind;
    Bench::desire(other, "SESSION_KEY", ValueKind::generate);
    bench.provider.observe_errors["second"] = {.kind = ErrorKind::not_found, .message = "no"};
    EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state,
              kind == PlaceKind::dotenvFile ? State::InSync : State::SourceUnavailable);
  }
}

TEST(SharedLook, S16_AFolderThatCannotBeReadMayHoldTheName) {
  Bench bench;
  Bench::desire(bench.target("app"), "SESSION_KEY", ValueKind::generate);
  auto& other = bench.target("second");
  other.place.kind = PlaceKind::dotenvFile;
  Bench::desire(other, "SESSION_KEY", ValueKind::generate);
  bench.provider.observe_errors["second"] = {.kind = ErrorKind::forbidden, .message = "no"};
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::SourceUnavailable);
}

TEST(SharedLook, APlaceThatDoesNotWantTheSecretIsNotRead) {
  Bench bench;
  Bench::desire(bench.target("app"), "SESSION_KEY", ValueKind::generate);
  Bench::desire(bench.target("other"), "PLAIN");
  EXPECT_EQ(row(bench.pass(), "SESSION_KEY").state, State::InSync);
  EXPECT_EQ(bench.lines("observe"), std::vector<std::string>{"observe app"});
}

TEST(SharedLook, SaysHowManyPlacesAreWaitedFor) {
  for (const std::size_t silent : {1U, 2U, 3U}) {
    Ten bench;
    const std::string names = "bcd";
    for (std::size_t i = 0; i < silent; ++i) bench.provider.slow[names.substr(i, 1)] = 10min;
    const std::string others = silent == 1   ? ""
                               : silent == 2 ? " (and 1 other)"
                                             : " (and 2 others)";
    EXPECT_EQ(
        row(bench.pass(), "SESSION_KEY").reason,
        "not generated yet: it may be at flyApp/b" + others + ", which has not answered so far");
  }
}

TEST(SharedLook, S15_AFaultThatPassesIsTriedAFewTimesAndAnotherOnce) {
  for (const auto kind : {ErrorKind::transient, ErrorKind::forbidden}) {
    Ten bench;
    bench.provider.observe_errors["b"] = {.kind = kind, .message = "down"};
    const auto first = bench.pass();
    (void)bench.sim.run(bench.looks.answered(first.awaited, until(Mono::max())));
    EXPECT_EQ(bench.looks_at("b"), kind == ErrorKind::transient ? 4U : 1U);
  }
}

TEST(SharedLook, S10_ALimitIsWaitedForMoreThanAFewTimesButNotForEver) {
  Ten bench;
  bench.provider.observe_errors["b"] = {.kind = ErrorKind::throttled, .message = "limited"};
  bench.provider.before_observe = [&](const auto&) {
    bench.provider.observe_errors["b"].retry_at = bench.sim.clock().wall() + 1min;
  };
  const auto began = bench.sim.clock().mono();
  const auto first = bench.pass();
  (void)bench.sim.run(bench.looks.answered(first.awaited, until(Mono::max())));
  EXPECT_GT(bench.looks_at("b"), 4U);
  EXPECT_LE(bench.sim.clock().mono() - began, 11min);
}

TEST(SharedLook, WhoWaitsForAnAnswerWaitsNoLongerThanItSays) {
  Ten bench;
  bench.provider.slow["b"] = 10min;
  const auto first = bench.pass();
  const auto began = bench.sim.clock().mono();
  EXPECT_EQ(bench.sim.run(bench.looks.answered(first.awaited, until(began + 20s))),
            Ended::timed_out);
  EXPECT_THAT(bench.sim.clock().mono() - began, testing::JustAfter(20s));
}

TEST(SharedLook, HearsOfEachPlaceThatAnswered) {
  Ten bench;
  std::set<std::string> heard;
  bench.looks.on_answer([&](const PlaceId& place) { heard.insert(place.place); });
  (void)bench.pass();
  EXPECT_EQ(heard.size(), 10U);
}

TEST(SharedLook, S14_AFaultOfThePassThatReadFirstIsNotTheLastWordEither) {
  Ten bench;
  bench.desired.targets.resize(2);
  bench.provider.slow["a"] = 1s;
  bench.provider.observe_errors["a"] = {.kind = ErrorKind::transient, .message = "down"};
  const auto began = bench.sim.clock().mono();
  bench.provider.before_observe = [&](const auto&) {
    if (bench.sim.clock().mono() > began + 500ms) bench.provider.observe_errors.clear();
  };
  const auto outcomes = bench.all_at_once();
  EXPECT_TRUE(outcomes[0].status.plan.unreadable) << "its own pass comes back later";
  EXPECT_EQ(row(outcomes[1], "SESSION_KEY").state, State::InSync);
}

}  // namespace
}  // namespace lockstep::reconcile
