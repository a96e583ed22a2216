// Leases, and waiting for health, in virtual time.
#include <gmock/gmock.h>

#include "roll_out_world.hpp"

namespace lockstep::providers::fly {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::Shape;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using K = ErrorKind;

constexpr auto no = R"({"error":"no","status":"unknown"})";
/// A machine whose check says so, since seconds after its start.
Shape checked(std::string status, double since = 1) {
  return {.id = "m1",
          .instance = "i2",
          .checks = R"("http":{})",
          .results = R"({"name":"http","status":")" + status + R"(","updated_at":")" +
                     to_rfc3339(at(since)) + "\"}",
          .events = test::event("start", 0)};
}

struct FlyWait : test::RollOutWorld {
  /// m1 is updated without any fault; what the lists show then is left to the test.
  FlyWait() {
    before({{.id = "m1"}, {.id = "m2"}});
    fly.lists({{.id = "m1"}, {.id = "m2"}});
    fly.lets_update({.id = "m1"}, "i2");
    begun = sim.clock().mono();
  }
  Nanos passed() { return sim.clock().mono() - begun; }
  /// Half a second more than that many seconds may have passed, for a clock that moves when read.
  void expect_passed(Nanos time) {
    EXPECT_GE(passed(), time);
    EXPECT_LE(passed(), time + 500ms);
  }
  Mono begun{};
};
using FlyLeases = FlyWait;

TEST_F(FlyWait, TenSecondsWithoutChecksAreSeenRunning) {
  fly.lists({{.id = "m1", .instance = "i2"}});
  ASSERT_TRUE(step());
  expect_passed(10s);
}

TEST_F(FlyWait, WhatThisStepUpdatedIsSeenRunningWhateverItsEventsTell) {
  fly.lists({{.id = "m1", .instance = "i2", .events = test::event("start", -3600)}});
  ASSERT_TRUE(step());
  EXPECT_GE(passed(), 10s);
}

TEST_F(FlyWait, ChecksThatPassEndItAfterTenSecondsToo) {
  fly.forget("show m1");
  fly.shows({.id = "m1"});
  fly.shows(checked("critical"));
  fly.lists({checked("critical")});
  fly.lists({checked("passing", 3)});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->updated, ElementsAre("m1"));
  expect_passed(10s);
}

TEST_F(FlyWait, ChecksOfTheInstanceBeforeAreWaitedOut) {
  fly.forget("show m1");
  fly.shows({.id = "m1"});
  fly.shows(checked("passing", -5));
  fly.lists({checked("passing", -5)});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->updated, ElementsAre("m1"));
  EXPECT_GE(passed(), 60s);
  EXPECT_LE(passed(), 66s);
}

TEST_F(FlyWait, FiveMinutesAreTheLimit) {
  fly.lists({checked("critical"), {.id = "m2"}});
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m1");
  EXPECT_EQ(done->error->kind, K::invalid);
  EXPECT_EQ(describe(*done->error), "did not become healthy in 5m: check http is critical");
  EXPECT_THAT(done->updated, IsEmpty());
  EXPECT_EQ(done->left.machines(), 1U);
  expect_passed(5min);
  EXPECT_EQ(fly.names().back(), "release m1");
}

TEST_F(FlyWait, WhatWasNeverSeenStopsNothing) {
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  const auto done = step();
  ASSERT_FALSE(done) << "the list is behind: nothing speaks against the machine";
  EXPECT_EQ(done.error().kind, K::transient);
  EXPECT_THAT(describe(done.error()), HasSubstr("m1 was not seen healthy in time: its update"));
  expect_passed(5min);
}

TEST_F(FlyWait, AStepThatHadLessTimeStopsNothing) {
  fly.lists({checked("critical")});
  const auto done = step(3min);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, K::transient);
  expect_passed(2min);
}

TEST_F(FlyWait, AFailureEndsItAtOnce) {
  fly.lists({{.id = "m1", .instance = "i2", .state = "failed"}, {.id = "m2"}});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "m1");
  expect_passed(5s);
}

TEST_F(FlyWait, AnotherInstanceEndsTheStep) {
  fly.lists({{.id = "m1", .instance = "i3"}});
  const auto done = step();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, K::conflict);
  EXPECT_THAT(describe(done.error()), HasSubstr("m1 was updated by someone else"));
  expect_passed(5s);
}

TEST_F(FlyWait, ListsThatFailArePassedOverWhenALaterOneMayNot) {
  for (const int status : {500, 429, 404}) fly.answer("list", status, "");
  fly.answer("list", 200, "{");
  fly.lists({checked("passing")});
  ASSERT_TRUE(step());
  fly.forget("list");
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.answer("list", 403, no);
  fly.forget("show m1");
  fly.lets_update({.id = "m1"}, "i2");
  EXPECT_EQ(step().error().kind, K::forbidden);
  EXPECT_EQ(fly.names().back(), "release m1");
}

TEST_F(FlyWait, AMachineThatIsNotListedIsAskedFor) {
  fly.answer("list", 200, "null");
  fly.lists({checked("passing")});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->updated, ElementsAre("m1")) << "it was there: the list was cut";
  EXPECT_EQ(fly.asked("show m1").size(), 3U);
}

TEST_F(FlyWait, AMachineThatIsNeverListedIsNotHealthy) {
  fly.lists({{.id = "m2"}});
  const auto done = step();
  ASSERT_FALSE(done);
  EXPECT_THAT(describe(done.error()), HasSubstr("it is not listed"));
}

TEST_F(FlyWait, OnlyFlysOwnWordLetsAMachineGo) {
  fly.lists({{.id = "m2"}});
  fly.answer("show m1", 404, "404 page not found");
  fly.answer("show m1", 500, "");
  fly.answer("show m1", 404, R"({"error":"machine not found"})");
  auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, IsEmpty()) << "it does not run the new set";
  EXPECT_EQ(done->machine, "");
  expect_passed(15s);
}

TEST_F(FlyWait, AMachineThatIsDestroyedIsNotAwaited) {
  fly.lists({{.id = "m1", .instance = "i2", .state = "destroying"}, {.id = "m2"}});
  auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, IsEmpty());
  fly.forget("list");
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m2"}});
  fly.forget("show m1");
  fly.lets_update({.id = "m1"}, "i2");
  fly.shows({.id = "m1", .instance = "i2", .state = "destroyed"});
  done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, IsEmpty());
}

TEST_F(FlyWait, TheFirstLookStartsTheClockAndIsNoVerdict) {
  fly.forget("show m1");
  fly.shows({.id = "m1"});
  fly.shows({.id = "m1", .instance = "i2", .state = "failed"});
  fly.lists({checked("passing")});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "");
  fly.forget("show m1");
  fly.shows({.id = "m1"});
  fly.answer("show m1", 500, "");
  fly.forget("list");
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m1", .instance = "i2"}});
  const auto before = passed();
  ASSERT_TRUE(step()) << "a look that fails costs nothing but time";
  EXPECT_GE(passed() - before, 15s);
}

Awaitable<void> keep(RollOutStep& step, std::optional<Result<RolledOut>>& out) {
  auto running = step.run();
  out = co_await std::move(running);
}

TEST_F(FlyWait, EndsWithTheProgram) {
  fly.lists({checked("critical")});
  RollOutStep step(caller, "molecule-cp", memory, {.deadline = begun + 1h, .attempt = "a"});
  std::optional<Result<RolledOut>> out;
  Scope scope(sim.executor());
  scope.start(keep(step, out));
  sim.run_until(begun + 30s, [] { return false; });
  scope.cancel();
  sim.run_until(begun + 1h, [&] { return scope.drained(); });
  ASSERT_TRUE(out);
  ASSERT_FALSE(*out);
  EXPECT_EQ(out->error().kind, K::cancelled);
  EXPECT_THAT(fly.names(), Not(Contains("release m1")));
  EXPECT_LE(passed(), 30s) << "at once";
}

TEST_F(FlyLeases, AreRefreshedEveryTwentySeconds) {
  fly.lists({checked("critical")});
  ASSERT_TRUE(step());
  const auto refreshed = fly.asked("refresh m1");
  ASSERT_GE(refreshed.size(), 13U);
  EXPECT_LE(refreshed.size(), 15U);
  EXPECT_EQ(refreshed[0].nonce, "nonce-m1");
  EXPECT_THAT(refreshed[0].url, HasSubstr("ttl=60"));
  for (std::size_t i = 0; i < refreshed.size(); ++i) {
    const Nanos since = refreshed[i].at - begun - static_cast<long>(i + 1) * 20s;
    EXPECT_GE(since, 0s);
    EXPECT_LE(since, 2s * static_cast<long>(i + 1));
  }
}

TEST_F(FlyLeases, AreNotRefreshedBeforeThereIsOne) {
  fly.forget("list");
  fly.lists({{.id = "m1", .instance = "i2", .state = "starting"}, {.id = "m2"}});
  ASSERT_TRUE(step());
  EXPECT_THAT(fly.names(), Not(Contains("refresh m1")));
  expect_passed(5min);
}

TEST_F(FlyLeases, ARefreshThatFailsEndsOnlyWhatNothingCanMend) {
  fly.forget("refresh m1");
  for (const int status : {409, 412, 500, 408, 404, 429}) fly.answer("refresh m1", status, no);
  fly.answer("refresh m1", 401, no);
  fly.lists({checked("critical")});
  EXPECT_EQ(step().error().kind, K::unauthorized);
  EXPECT_EQ(fly.asked("refresh m1").size(), 7U);
}

TEST_F(FlyLeases, SomeoneElsesEndsTheStepForAWhile) {
  fly.forget("lease m1");
  fly.answer("lease m1", 409, R"({"error":"lease currently held by someone"})");
  const auto done = step();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, K::conflict);
  EXPECT_THAT(describe(done.error()), HasSubstr("someone else is at work on machine m1"));
  ASSERT_TRUE(done.error().retry_at);
  EXPECT_GE(*done.error().retry_at, at(20));
  EXPECT_LE(*done.error().retry_at, at(21));
  EXPECT_THAT(fly.names(), ElementsAre("list", "lease m1")) << "there is none to give back";
}

TEST_F(FlyLeases, OtherRefusalsAreToldAsTheyAre) {
  for (const auto& [status, kind] : std::map<int, K>{{403, K::forbidden},
                                                     {422, K::invalid},
                                                     {500, K::outcome_unknown},
                                                     {408, K::outcome_unknown}}) {
    fly.forget("lease m1");
    fly.answer("lease m1", status, no);
    const auto done = step();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, kind) << status;
    EXPECT_FALSE(done.error().retry_at);
  }
  fly.forget("lease m1");
  fly.answer("lease m1", 200, R"({"status":"success","data":{}})");
  EXPECT_EQ(step().error().kind, K::protocol);
}

TEST_F(FlyLeases, AreNotGivenBackByAProgramThatIsStopped) {
  fly.forget("show m1");
  fly.fail_with("show m1", K::cancelled);
  EXPECT_EQ(step().error().kind, K::cancelled);
  EXPECT_THAT(fly.names(), Not(Contains("release m1")));
}

TEST_F(FlyLeases, OneThatCannotBeGivenBackEndsByItself) {
  fly.forget("release m1");
  fly.answer("release m1", 500, "");
  fly.lists({checked("passing")});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->updated, ElementsAre("m1"));
}

}  // namespace
}  // namespace lockstep::providers::fly
