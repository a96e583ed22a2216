// The calls of one step, in their order, and what each answer leads to. What is decided on them has
// tests of its own: update_test.cpp, trial_test.cpp, health_test.cpp.
#include "providers/fly/roll_out.hpp"

#include <gmock/gmock.h>

#include "roll_out_world.hpp"

namespace lockstep::providers::fly {
namespace {

using namespace std::chrono_literals;
using test::Shape;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using K = ErrorKind;

using FlyStep = test::RollOutWorld;

TEST_F(FlyStep, LeasesLooksUpdatesAwaitsAndGivesBack) {
  before({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.lets_update({.id = "m1", .config = R"(, "x" : [1,2])"}, "i2");
  fly.lists({{.id = "m1", .instance = "i2"}, {.id = "m2"}});
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(fly.names(), ElementsAre("list", "lease m1", "show m1", "update m1", "show m1",
                                       "list", "list", "release m1"));
  EXPECT_THAT(done->updated, ElementsAre("m1"));
  EXPECT_EQ(done->machine, "");
  EXPECT_EQ(done->left, (RollOutScope{.restarts = 1}));
  EXPECT_EQ(done->reads, 5U);
  EXPECT_EQ(done->writes, 3U);
}

TEST_F(FlyStep, EachRequestIsOfItsMachineAndEndsInAMinute) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.lets_update({.id = "m1", .config = R"(, "x" : [1,2])"}, "i2");
  fly.lists({{.id = "m1", .instance = "i2"}});
  ASSERT_TRUE(step());
  EXPECT_THAT(fly.asked("lease m1")[0].url, HasSubstr("/machines/m1/lease?ttl=60"));
  EXPECT_EQ(fly.asked("update m1")[0].nonce, "nonce-m1");
  EXPECT_EQ(fly.asked("release m1")[0].nonce, "nonce-m1");
  EXPECT_THAT(fly.asked("update m1")[0].body, HasSubstr(R"(, "x" : [1,2]})")) << "byte for byte";
  EXPECT_THAT(fly.asked("update m1")[0].body, HasSubstr(R"("min_secrets_version":1003)"));
  for (const auto& asked : fly.asked()) {
    EXPECT_EQ(asked.bucket, asked.what == "list" ? "molecule-cp" : "machine/m1") << asked.what;
    EXPECT_GT(asked.deadline, asked.at + 59s) << asked.what;
    EXPECT_LE(asked.deadline, asked.at + 61s) << asked.what;
  }
  EXPECT_FALSE(fly.asked("lease m1")[0].with_nonce);
  EXPECT_EQ(fly.asked("update m1")[0].content_type, "application/json");
  EXPECT_EQ(fly.asked("lease m1")[0].operation, "leases.take");
  EXPECT_EQ(fly.asked("release m1")[0].operation, "leases.release");
}

TEST_F(FlyStep, NoRequestGoesBeyondTheStepsDeadline) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.fail_with("lease m1", K::transient);
  const auto end = sim.clock().mono() + 20s;
  ASSERT_FALSE(step(20s));
  for (const auto& asked : fly.asked()) {
    EXPECT_GE(asked.deadline, end) << asked.what;
    EXPECT_LE(asked.deadline, end + 1s) << asked.what;
  }
}

TEST_F(FlyStep, ASetThatIsNotKnownAsksNothing) {
  before({{.id = "m1"}});
  memory.evidence.version = "";
  EXPECT_EQ(step().error().kind, K::conflict);
  EXPECT_THAT(fly.names(), IsEmpty());
}

TEST_F(FlyStep, NothingLeftIsOneRead) {
  before({{.id = "m1", .state = "stopped"}});
  fly.lists({{.id = "m1", .instance = "i2", .state = "stopped"}});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->left.machines(), 0U);
  EXPECT_THAT(fly.names(), ElementsAre("list"));
}

TEST_F(FlyStep, AListThatFailsEndsItBeforeAnything) {
  before({{.id = "m1"}});
  fly.answer("list", 500, "");
  EXPECT_EQ(step().error().kind, K::transient);
  EXPECT_THAT(fly.names(), ElementsAre("list"));
}

TEST_F(FlyStep, AMachineOfASetBeforeIsHealthyBeforeAnyIsTouched) {
  before({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m1", .instance = "i2", .state = "starting"}, {.id = "m2"}});
  fly.lists({{.id = "m1", .instance = "i2", .state = "failed"}, {.id = "m2"}});
  const auto done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "m1");
  EXPECT_EQ(describe(*done->error), "did not become healthy: it is failed");
  EXPECT_EQ(done->error->kind, K::invalid);
  EXPECT_THAT(fly.names(), ElementsAre("list", "list"));
  EXPECT_EQ(done->left.machines(), 1U);
}

TEST_F(FlyStep, WhatItOnlyConfirmedItDidNotUpdate) {
  before({{.id = "m1"}, {.id = "m2", .state = "stopped"}});
  const Shape proven{.id = "m1", .instance = "i2", .events = test::event("start", -60)};
  fly.lists({proven, {.id = "m2", .state = "stopped"}});
  fly.lets_update({.id = "m2", .state = "stopped"}, "i2");
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, ElementsAre("m2"));
  EXPECT_EQ(done->left.machines(), 0U);
  EXPECT_EQ(fly.asked("list").size(), 1U) << "the first list shows it";
}

TEST_F(FlyStep, WhatAHindranceSaysIsHeeded) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1", .host = "unreachable"}});
  auto done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "m1");
  EXPECT_THAT(fly.names(), ElementsAre("list")) << "no lease is asked for";

  fly.forget("list");
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  fly.shows({.id = "m1", .host = "unreachable"});
  done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "m1");
  EXPECT_THAT(describe(*done->error), HasSubstr("host is not reachable"));
  EXPECT_EQ(fly.names().back(), "release m1");

  fly.forget("show m1");
  fly.shows({.id = "m1", .instance = "i2"});
  EXPECT_EQ(step().error().kind, K::conflict);
  EXPECT_EQ(fly.names().back(), "release m1");

  fly.forget("show m1");
  fly.shows({.id = "m1", .state = "destroyed"});
  done = step();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->machine, "");
  EXPECT_EQ(done->left.machines(), 0U);
  EXPECT_THAT(done->updated, IsEmpty());
  EXPECT_THAT(fly.names(), Not(Contains("update m1")));
}

TEST_F(FlyStep, AConfigurationThatIsNotWhereItMustBeIsNotSentBack) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  auto text = test::json_of({.id = "m1"});
  text.replace(text.find("config"), 6, R"(conf\u0069g)");
  fly.answer("show m1", 200, text);
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m1");
  EXPECT_THAT(describe(*done->error), HasSubstr("not where it must be"));
}

TEST_F(FlyStep, ALookThatShowsAnotherMachineProvesNothing) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  fly.answer("show m1", 200, test::json_of({.id = "m2"}));
  EXPECT_EQ(step().error().kind, K::protocol);
  EXPECT_EQ(fly.names().back(), "release m1");
}

/// What an update answers, what is told of the machine then, and what comes of it.
struct Row {
  const char* name;
  int status;
  const char* body;
  const char* leased;  ///< the instance that the next lease names; "": none, and `shown` tells
  const char* shown;   ///< the instance that a look shows; "": it fails
  enum Ends : std::uint8_t { updated, stops, fails } ends;
  ErrorKind kind = K::internal;
};

class FlyAnswer : public FlyStep, public ::testing::WithParamInterface<Row> {};

TEST_P(FlyAnswer, OfAnUpdateIsJudgedByTheInstance_S6) {
  const auto& row = GetParam();
  before({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.leases("m1", "i1");
  fly.leases("m1", row.leased);
  fly.shows({.id = "m1"});
  fly.answer("update m1", row.status, row.body);
  if (*row.shown) fly.shows({.id = "m1", .instance = row.shown});
  if (!*row.shown) fly.answer("show m1", 500, "");
  fly.lists({{.id = "m1", .instance = "i2"}, {.id = "m2"}});
  const auto done = step();
  EXPECT_EQ(fly.asked("update m1").size(), 1U) << "never twice";
  EXPECT_EQ(fly.names().back(), "release m1");
  EXPECT_THAT(fly.names(), Not(Contains("update m2")));
  switch (row.ends) {
    case Row::updated:
      ASSERT_TRUE(done) << describe(done.error());
      EXPECT_THAT(done->updated, ElementsAre("m1"));
      EXPECT_EQ(done->left.machines(), 1U);
      break;
    case Row::stops:
      ASSERT_TRUE(done) << describe(done.error());
      EXPECT_EQ(done->machine, "m1");
      EXPECT_EQ(done->error->kind, K::invalid);
      EXPECT_EQ(done->left.machines(), 2U);
      break;
    case Row::fails:
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().kind, row.kind) << describe(done.error());
      break;
  }
}

constexpr auto no = R"({"error":"no","status":"unknown"})";
constexpr auto no_machine = R"({"error":"machine not found"})";
INSTANTIATE_TEST_SUITE_P(
    EachAnswer, FlyAnswer,
    ::testing::Values(
        Row{"DoneAnd408", 408, no, "i2", "i1", Row::updated},
        Row{"DoneAnd500", 500, no, "i2", "i1", Row::updated},
        Row{"DoneAnd412", 412, no, "i2", "i1", Row::updated},
        Row{"DoneAnd422", 422, no, "i2", "i1", Row::updated},
        Row{"DoneAndAPage", 200, "<html>", "i2", "i1", Row::updated},
        Row{"DoneAndNothing", 200, "{}", "i2", "i1", Row::updated},
        Row{"NotDoneAnd408", 408, no, "i1", "i1", Row::fails, K::outcome_unknown},
        Row{"NotDoneAnd500", 500, no, "i1", "i1", Row::fails, K::outcome_unknown},
        Row{"NotDoneAndAPage", 200, "<html>", "i1", "i1", Row::fails, K::outcome_unknown},
        Row{"NotDoneAndNothing", 200, "{}", "i1", "i1", Row::fails, K::outcome_unknown},
        Row{"NotFound", 404, no_machine, "i1", "i1", Row::fails, K::outcome_unknown},
        Row{"NotDoneAnd412", 412, no, "i1", "i1", Row::stops},
        Row{"NotDoneAnd422", 422, no, "i1", "i1", Row::stops},
        // Where leases do not tell, what is shown proves an update, and nothing else.
        Row{"ShownAfter500", 500, no, "", "i2", Row::updated},
        Row{"ShownAfter412", 412, no, "", "i2", Row::updated},
        Row{"NotShownAfter500", 500, no, "", "i1", Row::fails, K::outcome_unknown},
        Row{"NotShownAfter412", 412, no, "", "i1", Row::fails, K::conflict},
        Row{"NotShownAfter422", 422, no, "", "i1", Row::fails, K::invalid},
        Row{"UnseenAfter500", 500, no, "", "", Row::fails, K::outcome_unknown},
        Row{"LeaseIsLost", 409, no, "i2", "i2", Row::fails, K::conflict},
        Row{"Throttled", 429, no, "i2", "i2", Row::fails, K::throttled},
        Row{"Forbidden", 403, no, "i2", "i2", Row::fails, K::forbidden},
        Row{"DeadToken", 401, no, "i2", "i2", Row::fails, K::unauthorized}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(FlyStep, ALeaseThatIsNotGivenAgainLeavesItOpen_S6) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  fly.answer("lease m1", 409, no);
  fly.shows({.id = "m1"});
  fly.answer("update m1", 500, no);
  EXPECT_EQ(step().error().kind, K::outcome_unknown) << "the cause is told, and not the lease";
  EXPECT_EQ(fly.asked("release m1").size(), 1U);
}

TEST_F(FlyStep, AMachineThatTheListLacksIsNotDone_S3) {
  before({{.id = "m1"}, {.id = "m2", .state = "stopped"}});
  fly.answer("list", 200, "null");
  fly.shows({.id = "m1"});
  auto done = step();
  ASSERT_FALSE(done) << "it was only left out";
  EXPECT_EQ(done.error().kind, K::transient);
  EXPECT_THAT(describe(done.error()), HasSubstr("lacks machine m1"));
  EXPECT_THAT(fly.names(), ElementsAre("list", "show m1"));
  fly.forget("show m1");
  fly.answer("show m1", 404, "404 page not found");
  EXPECT_FALSE(step());
  fly.forget("show m1");
  fly.answer("show m1", 404, no_machine);
  fly.shows({.id = "m2", .state = "destroyed"});
  done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->left.machines(), 0U);
}

TEST_F(FlyStep, ALostAnswerIsLookedAfterAndOneThatNeverLeftIsNot_S6) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  fly.shows({.id = "m1"});
  fly.fail_with("update m1", K::transient);
  EXPECT_EQ(step().error().kind, K::transient);
  EXPECT_EQ(fly.asked("show m1").size(), 1U);
  EXPECT_EQ(fly.asked("lease m1").size(), 1U);
  fly.forget("update m1");
  fly.fail_with("update m1", K::outcome_unknown);
  EXPECT_EQ(step().error().kind, K::outcome_unknown);
  EXPECT_EQ(fly.asked("lease m1").size(), 3U);
}

TEST_F(FlyStep, AMachineAtRestIsNeitherStartedNorAwaited) {
  before({{.id = "m1", .state = "stopped"}});
  fly.lists({{.id = "m1", .state = "stopped"}});
  fly.lets_update({.id = "m1", .state = "stopped"}, "i2");
  auto done = step();
  ASSERT_TRUE(done);
  EXPECT_THAT(done->updated, ElementsAre("m1"));
  EXPECT_THAT(fly.asked("update m1")[0].body, HasSubstr(R"("skip_launch":true)"));
  EXPECT_EQ(fly.names().back(), "release m1");
  // Also after a lost answer.
  fly.forget("update m1");
  fly.forget("show m1");
  fly.forget("lease m1");
  fly.shows({.id = "m1", .state = "stopped"});
  fly.fail_with("update m1", K::outcome_unknown);
  fly.leases("m1", "i1");
  fly.leases("m1", "i2");
  done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, ElementsAre("m1"));
  EXPECT_EQ(done->machine, "");
}

TEST_F(FlyStep, AStopInABatchLeavesTheRestAndSeesTheFirstThrough) {
  std::vector<Shape> all;
  for (int i = 1; i <= 9; ++i) all.push_back({.id = "m" + std::to_string(i)});
  before(all);
  all[0] = {.id = "m1", .instance = "i2", .events = test::event("start", -60)};
  fly.lists(all);
  fly.lets_update({.id = "m2"}, "i2");
  fly.leases("m3", "i1");
  fly.shows({.id = "m3"});
  fly.answer("update m3", 422, no);
  all[1].instance = "i2";
  fly.lists(all);
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m3");
  EXPECT_THAT(fly.names(), Not(Contains("lease m4")));
  EXPECT_EQ(done->left.machines(), 7U) << "m2 is updated, if not proven";
  EXPECT_THAT(done->updated, IsEmpty());
  EXPECT_EQ(fly.asked("show m2").size(), 1U);
}

/// Nine machines of which the first is proven: the next three are a batch, and are updated.
struct FlyBatchOfThree : FlyStep {
  FlyBatchOfThree() {
    for (int i = 1; i <= 9; ++i) all.push_back({.id = "m" + std::to_string(i)});
    before(all);
    all[0] = {.id = "m1", .instance = "i2", .events = test::event("start", -60)};
    fly.lists(all);
    for (const auto* id : {"m2", "m3", "m4"}) fly.lets_update({.id = id}, "i2");
    for (std::size_t i = 1; i < 4; ++i) all[i].instance = "i2";
  }
  std::vector<Shape> all;
};

TEST_F(FlyBatchOfThree, IsAwaitedTogetherAndEachLeaseIsGivenBack) {
  fly.lists(all);
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(done->updated, ElementsAre("m2", "m3", "m4"));
  for (const auto* id : {"m2", "m3", "m4"}) {
    EXPECT_EQ(fly.asked(std::string("release ") + id).size(), 1U) << id;
  }
}

TEST_F(FlyBatchOfThree, TheFirstFailureIsTold) {
  all[2].state = all[3].state = "failed";
  fly.lists(all);
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m3");
}

TEST_F(FlyBatchOfThree, AFailureCountsMoreThanAnUpdateBySomeoneElse) {
  all[1].instance = "i3";
  all[2].state = "failed";
  fly.lists(all);
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m3");
}

TEST_F(FlyBatchOfThree, OneThatGoesLeavesTheOthersOnTrial) {
  all[2].state = "starting";
  all.erase(all.begin() + 1);
  fly.lists(all);
  fly.shows({.id = "m2", .instance = "i2", .state = "destroyed"});
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->machine, "m3");
  EXPECT_THAT(done->updated, ElementsAre("m4"));
}

TEST_F(FlyBatchOfThree, ItsFirstLeaseIsRefreshedInTime) {
  fly.latency = std::chrono::seconds(2);
  fly.lists(all);
  ASSERT_TRUE(step());
  ASSERT_FALSE(fly.asked("refresh m2").empty());
  EXPECT_LE(fly.asked("refresh m2")[0].at - fly.asked("lease m2")[0].at, 30s);
}

// S4
TEST_F(FlyStep, NothingOfAConfigurationIsRepeated) {
  before({{.id = "m1"}});
  fly.lists({{.id = "m1"}});
  fly.leases("m1", "i1");
  fly.shows({.id = "m1", .config = R"(,"env":{"DSN":"hunter2hunter2hunter2"})"});
  fly.answer("update m1", 422, R"({"error":"DSN is hunter2hunter2hunter2"})");
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_THAT(describe(*done->error), Not(HasSubstr("hunter2")));
}

TEST_F(FlyStep, AnErrorInABatchEndsItAndGivesEveryLeaseBack) {
  std::vector<Shape> all;
  for (int i = 1; i <= 9; ++i) all.push_back({.id = "m" + std::to_string(i)});
  before(all);
  all[0] = {.id = "m1", .instance = "i2", .events = test::event("start", -60)};
  fly.lists(all);
  fly.lets_update({.id = "m2"}, "i2");
  fly.answer("lease m3", 403, no);
  EXPECT_EQ(step().error().kind, K::forbidden);
  EXPECT_THAT(fly.names(), Contains("release m2"));
  EXPECT_THAT(fly.names(), Not(Contains("lease m4")));
}

TEST_F(FlyStep, AMachineThatOnlyALaterListLacksIsLeft_S3) {
  before({{.id = "m1"}, {.id = "m2"}});
  fly.lists({{.id = "m1"}, {.id = "m2"}});
  fly.lets_update({.id = "m1"}, "i2");
  fly.lists({{.id = "m1", .instance = "i2"}});
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->left.machines(), 1U);
}

TEST_F(FlyStep, CountsWhatTheLastListShows) {
  before({{.id = "m1"}});
  memory.names["A"] = {.updated_at = test::at(0), .staged = true};
  fly.lists({{.id = "m1"}});
  fly.lets_update({.id = "m1"}, "i2");
  fly.lists({{.id = "m1", .instance = "i2"},
             {.id = "m2", .events = test::event("launch", -3600)},
             {.id = "m3", .events = test::event("launch", 30)}});
  const auto done = step();
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->left.machines(), 1U) << "m2 is from before the write, and no list showed it";
}

}  // namespace
}  // namespace lockstep::providers::fly
