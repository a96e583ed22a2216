#include "base/time.hpp"

#include <rapidcheck.h>

namespace lockstep {
namespace {

using namespace std::chrono;

Wall at(int y, unsigned m, unsigned d, Nanos time_of_day = {}) {
  return sys_days(year(y) / month(m) / day(d)) + time_of_day;
}
const Wall noon = at(2026, 1, 15, hours(12));

TEST(Rfc3339, WritesUtcInWholeSeconds) {
  EXPECT_EQ(to_rfc3339(at(2026, 1, 15, hours(10) + milliseconds(999))), "2026-01-15T10:00:00Z");
  EXPECT_EQ(to_rfc3339(Wall(milliseconds(-1))), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, ReadsFractionsAndOffsets) {
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00Z"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00.25Z"), noon + milliseconds(250));
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00.123456789Z"), noon + Nanos(123456789));
  EXPECT_EQ(parse_rfc3339("2026-01-15T14:30:00+02:30"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-15T07:00:00.5-05:00"), noon + milliseconds(500));
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00+00:00"), noon);
}

// Fly.io's machines API writes some times without a zone; they are UTC.
TEST(Rfc3339, TakesTheZonelessFormAsUtc) {
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00.000001"), noon + microseconds(1));
}

TEST(Rfc3339, RefusesWhatIsNoInstant) {
  for (const auto* bad : {"", "2026-01-15", "2026-02-30T12:00:00Z", "2026-13-01T12:00:00Z",
                          "2026-01-15T25:00:00Z", "2026-01-15T12:60:00Z", "2026-01-15T12:00:00Zx",
                          "2026-01-15T12:00:00Z ", " 2026-01-15T12:00:00Z", "2026-01-15T12:00:00+",
                          "2026-01-15T12:00:00 UTC", "yyyy-01-15T12:00:00Z", "1768478400",
                          "2026-01-15T12:00:00.1234567890123456789012345678901Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

// Providers' texts are what they are: one digit too few is another instant, not a shorter way to
// write this one.
TEST(Rfc3339, RefusesYearsAndOffsetsThatAreNotWritten) {
  for (const auto* bad :
       {"226-01-15T12:00:00Z",        "22-01-15T12:00:00Z",        "226-01-15T12:00:00.0Z",
        "+2026-01-15T12:00:00Z",      "-2026-01-15T12:00:00Z",     "02026-01-15T12:00:00Z",
        "2026-1-15T12:00:00Z",        "2026-01-15T1:00:00Z",       "2026-01-15T12:00:00+99:99",
        "2026-01-15T12:00:00+24:00",  "2026-01-15T12:00:00+01:60", "2026-01-15T12:00:00+0100",
        "2026-01-15T12:00:00+1",      "2026-01-15T12:00:00+01:0",  "2026-01-15T12:00:00.Z",
        "2026-01-15T12:00:00,5Z",     "2026-01-15T12:00:60Z",      "2026-01-15T24:00:00Z",
        "2026-01-15T12:00:00Z+01:00", "2026-01-15 12:00:00Z",      "2026-00-15T12:00:00Z",
        "2026-01-00T12:00:00Z",       "2025-02-29T12:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
  EXPECT_EQ(parse_rfc3339("2026-01-15T12:00:00.1234567899Z"), noon + Nanos(123456789));
  EXPECT_EQ(parse_rfc3339("2026-01-16T11:59:00+23:59"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-14T12:01:00-23:59"), noon);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), at(2024, 2, 29));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59.999999999+23:59"));
  EXPECT_TRUE(parse_rfc3339("1970-01-01T00:00:00-23:59"));
}

// Go's zero time and "never" dates must not wrap round to some instant of today.
TEST(Rfc3339, RefusesWhatIsNoDigitWhereOneStands) {
  const std::string good = "2026-01-15T12:00:00.25+02:30";
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'/', ':', ' ', 'a', '\0'}) {
      auto bad = good;
      bad[i] = other;
      if (bad == good) continue;
      EXPECT_FALSE(parse_rfc3339(bad)) << bad;
    }
  }
}

TEST(Rfc3339, RefusesYearsThatNanosecondsCannotHold) {
  for (const auto* bad : {"0001-01-01T00:00:00Z", "1600-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
                          "2262-01-01T00:00:00Z", "2262-04-12T00:00:00Z", "2300-01-01T00:00:00Z",
                          "9999-12-31T23:59:59Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
  EXPECT_EQ(parse_rfc3339("2261-12-31T23:59:59Z"), at(2261, 12, 31, hours(24) - seconds(1)));
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), at(1970, 1, 1));
  EXPECT_FALSE(parse_http_date("Thu, 31 Dec 1969 23:59:59 GMT"));
}

// What an offset leads to is written into the ledger in UTC, and must be read again there.
TEST(Rfc3339, RefusesInstantsThatAnOffsetLeadsOutOfTheYears_S15) {
  EXPECT_FALSE(parse_rfc3339("2261-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_rfc3339("1970-01-01T00:00:00+00:01"));
}

TEST(Rfc3339, AnyTwoInstantsHaveADifference) {
  std::vector<Wall> read;
  for (int year = 1600; year < 2300; ++year) {
    const auto when = parse_rfc3339(std::to_string(year) + "-12-31T23:59:59Z");
    if (when) read.push_back(*when);
  }
  ASSERT_GT(read.size(), 200U);
  const auto days_between = (floor<days>(read.back()) - floor<days>(read.front())).count();
  EXPECT_EQ((read.back() - read.front()) / hours(24), days_between) << "it wrapped round";
}

TEST(Rfc3339, PropertyTheExactFormComesBack) {
  EXPECT_TRUE(rc::check("round trip", [] {
    const Wall when(Nanos(*rc::gen::inRange<std::int64_t>(0, 9'200'000'000'000'000'000)));
    RC_ASSERT(parse_rfc3339(to_rfc3339_exact(when)) == when);
    RC_ASSERT(parse_rfc3339(to_rfc3339(when)) == floor<seconds>(when));
  }));
  EXPECT_EQ(to_rfc3339_exact(noon), "2026-01-15T12:00:00Z");
}

// RFC 9110, section 5.6.7.
TEST(HttpDate, ReadsTheFixedFormOnly) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            at(1994, 11, 6, hours(8) + minutes(49) + seconds(37)));
  for (const auto* bad : {"", "120", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                          "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37",
                          "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                          "Fri, 31 Dec 9999 23:59:59 GMT", "Sun,  6 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov  994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 08:49:60 GMT", "Sun, 06 Nov 1994 8:049:37 GMT",
                          "sun, 06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
}

TEST(DurationText, UsesTheLargestUnitThatDivides) {
  EXPECT_EQ(to_text(seconds(0)), "0s");
  EXPECT_EQ(to_text(seconds(90)), "90s");
  EXPECT_EQ(to_text(minutes(5)), "5m");
  EXPECT_EQ(to_text(minutes(90)), "90m");
  EXPECT_EQ(to_text(hours(36)), "36h");
  EXPECT_EQ(to_text(days(180)), "180d");
}

TEST(HumanDuration, HasAtMostTwoUnits) {
  EXPECT_EQ(to_human(milliseconds(400)), "0s");
  EXPECT_EQ(to_human(seconds(45)), "45s");
  EXPECT_EQ(to_human(minutes(12)), "12m");
  EXPECT_EQ(to_human(minutes(12) + seconds(3)), "12m 3s");
  EXPECT_EQ(to_human(hours(3) + seconds(59)), "3h");
  EXPECT_EQ(to_human(days(3) + hours(4) + minutes(59)), "3d 4h");
}

}  // namespace
}  // namespace lockstep
