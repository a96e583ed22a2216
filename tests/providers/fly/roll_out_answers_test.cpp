// What each answer to an update leads to.
#include <gmock/gmock.h>

#include "roll_out_world.hpp"

namespace lockstep::providers::fly {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using K = ErrorKind;

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

class FlyAnswer : public test::RollOutWorld, public ::testing::WithParamInterface<Row> {};

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

}  // namespace
}  // namespace lockstep::providers::fly
