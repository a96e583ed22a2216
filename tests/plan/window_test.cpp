#include "plan/window.hpp"

#include <gtest/gtest.h>

#include "builders.hpp"

namespace lockstep::plan {
namespace {

using api::Weekday;
using testing::time;

using Windows = std::vector<api::WriteWindow>;

Windows berlin(std::vector<Weekday> days, std::string from, std::string to) {
  return {{.days = std::move(days),
           .from = std::move(from),
           .to = std::move(to),
           .time_zone = "Europe/Berlin"}};
}

TEST(Window, NoWindowsMeansAlways) {
  EXPECT_TRUE(window_open({}, time(testing::noon)));
}

TEST(Window, BeginsAtFromAndEndsBeforeTo) {
  const auto windows = berlin({}, "02:00", "05:00");
  EXPECT_FALSE(window_open(windows, time("2026-01-15T00:59:59Z")));
  EXPECT_TRUE(window_open(windows, time("2026-01-15T01:00:00Z")));
  EXPECT_TRUE(window_open(windows, time("2026-01-15T03:59:59Z")));
  EXPECT_FALSE(window_open(windows, time("2026-01-15T04:00:00Z")));
}

TEST(Window, OverMidnightBelongsToTheDayOnWhichItBegan) {
  const Windows windows = {{.days = {Weekday::Sat}, .from = "22:00", .to = "02:00"}};  // UTC
  EXPECT_FALSE(window_open(windows, time("2026-01-16T23:00:00Z"))) << "Friday night";
  EXPECT_FALSE(window_open(windows, time("2026-01-17T01:00:00Z"))) << "Friday's night on Saturday";
  EXPECT_TRUE(window_open(windows, time("2026-01-17T22:00:00Z")));
  EXPECT_TRUE(window_open(windows, time("2026-01-18T01:59:00Z"))) << "Saturday's night on Sunday";
  EXPECT_FALSE(window_open(windows, time("2026-01-18T02:00:00Z")));
  EXPECT_FALSE(window_open(windows, time("2026-01-18T23:00:00Z")));
}

TEST(Window, DaysAreThoseOfTheZone) {
  const auto windows = berlin({Weekday::Sat}, "00:00", "01:00");
  EXPECT_TRUE(window_open(windows, time("2026-01-16T23:30:00Z"))) << "00:30 on Saturday in Berlin";
}

TEST(Window, FollowsSummerTime) {
  const auto windows = berlin({}, "04:00", "05:00");
  EXPECT_TRUE(window_open(windows, time("2026-03-28T03:30:00Z"))) << "winter: UTC+1";
  EXPECT_FALSE(window_open(windows, time("2026-03-29T03:30:00Z"))) << "summer: UTC+2";
  EXPECT_TRUE(window_open(windows, time("2026-03-29T02:30:00Z")));
}

TEST(Window, AnHourThatTheClocksSkipDoesNotOpen) {
  const auto windows = berlin({}, "02:00", "03:00");  // does not exist on 2026-03-29
  EXPECT_FALSE(window_open(windows, time("2026-03-29T00:59:00Z")));
  EXPECT_FALSE(window_open(windows, time("2026-03-29T01:00:00Z")));
  EXPECT_EQ(next_opening(windows, time("2026-03-29T00:30:00Z")), time("2026-03-30T00:00:00Z"));
}

TEST(Window, AnHourThatTheClocksRepeatOpensTwice) {
  const auto windows = berlin({}, "02:30", "03:00");  // 2026-10-25, first in UTC+2, then in UTC+1
  EXPECT_TRUE(window_open(windows, time("2026-10-25T00:30:00Z")));
  EXPECT_FALSE(window_open(windows, time("2026-10-25T01:00:00Z")));
  EXPECT_TRUE(window_open(windows, time("2026-10-25T01:30:00Z")));
  EXPECT_FALSE(window_open(windows, time("2026-10-25T02:00:00Z")));
}

TEST(Window, TellsTheNextOpeningWithinEightDays) {
  const auto windows = berlin({Weekday::Sat}, "02:00", "05:00");
  EXPECT_EQ(next_opening(windows, time("2026-01-15T12:00:30Z")), time("2026-01-17T01:00:00Z"));
  EXPECT_EQ(next_opening(windows, time("2026-01-17T04:00:00Z")), time("2026-01-24T01:00:00Z"));
  EXPECT_FALSE(
      next_opening({{.days = {}, .from = "02:00", .to = "05:00", .time_zone = "Nowhere/Land"}},
                   time(testing::noon)));
}

TEST(Window, KnowsTimeZonesByTheirNames) {
  EXPECT_TRUE(known_time_zone("Europe/Berlin"));
  EXPECT_TRUE(known_time_zone("UTC"));
  EXPECT_FALSE(known_time_zone("Europe/Berlinn"));
  EXPECT_FALSE(known_time_zone(""));
  EXPECT_FALSE(known_time_zone("../../etc/passwd"));
}

TEST(Window, CountsMinutes) {
  const auto windows = berlin({}, "02:35", "04:59");
  EXPECT_FALSE(window_open(windows, time("2026-01-15T01:34:59Z")));
  EXPECT_TRUE(window_open(windows, time("2026-01-15T01:35:00Z")));
  EXPECT_TRUE(window_open(windows, time("2026-01-15T03:58:59Z")));
  EXPECT_FALSE(window_open(windows, time("2026-01-15T03:59:00Z")));
}

}  // namespace
}  // namespace lockstep::plan
