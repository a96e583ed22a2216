#include "net/retry_after.hpp"

#include <gtest/gtest.h>

namespace lockstep::net {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Wall now() {
  return *parse_rfc3339("2026-01-15T10:00:00Z");
}

Response with(std::vector<Header> headers) {
  return {.status = 200, .headers = std::move(headers), .body = {}};
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  EXPECT_EQ(parse_retry_after("120", now()), seconds(120));
  EXPECT_EQ(parse_retry_after(" 0 ", now()), seconds(0));
  EXPECT_EQ(parse_retry_after("1.5", now()), seconds(2));
  EXPECT_EQ(parse_retry_after("Thu, 15 Jan 2026 10:00:30 GMT", now()), seconds(30));
  EXPECT_EQ(parse_retry_after("Thu, 15 Jan 2026 09:00:00 GMT", now()), seconds(0));
}

TEST(RetryAfter, IsBounded_S15) {
  EXPECT_EQ(parse_retry_after("999999999999999999", now()), longest_hint);
  EXPECT_EQ(parse_retry_after("Fri, 01 Jan 2100 00:00:00 GMT", now()), longest_hint);
  // As long as it likes, it is not taken for absent.
  for (const char* text :
       {"9999999999999999999999", "18446744073709551617", "1000000000000000000000.5",
        "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 2262 00:00:00 GMT"}) {
    EXPECT_EQ(parse_retry_after(text, now()), longest_hint) << text;
  }
}

TEST(RetryAfter, IgnoresEverythingElse) {
  for (const char* text : {"", "-1", "+5", "soon", "5s", "0x10", "1e3", "1.", "1.2.3",
                           "Mon, 31 Dec 9999 23:59:59 GMT", "Thu, 15 Jan 2026 10:00:30 CET"}) {
    EXPECT_EQ(parse_retry_after(text, now()), std::nullopt) << text;
  }
  EXPECT_EQ(parse_retry_after(std::string(10000, '1'), now()), std::nullopt);
}

TEST(RateLimitHeaders, ReadCloudflaresForm) {
  const auto items = parse_ratelimit(R"("default";r=50;t=30, "burst";t=5;r=7)");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].policy, "default");
  EXPECT_EQ(items[0].remaining, 50U);
  EXPECT_EQ(items[0].resets_in, seconds(30));
  EXPECT_EQ(items[1].remaining, 7U);
  const auto policies = parse_ratelimit_policy(R"("burst";q=100;w=60)");
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_EQ(policies[0].name, "burst");
  EXPECT_EQ(policies[0].quota, 100U);
  EXPECT_EQ(policies[0].window, seconds(60));
}

TEST(RateLimitHeaders, SkipOddItems) {
  EXPECT_TRUE(parse_ratelimit("").empty());
  EXPECT_TRUE(parse_ratelimit(R"("default";t=30)").empty());
  EXPECT_TRUE(parse_ratelimit(R"("default";r=-1;t=30)").empty());
  EXPECT_EQ(parse_ratelimit(R"("default";r=1;t=x)").at(0).resets_in, std::nullopt);
  EXPECT_TRUE(parse_ratelimit(std::string(4096, 'a')).empty());
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a;r=1,";
  EXPECT_EQ(parse_ratelimit(many).size(), 16U);
}

TEST(StandardHint, TakesTheTightestPolicy) {
  const auto hint = standard_hint(
      with({{"ratelimit", R"("default";r=50;t=30, "daily";r=3;t=7200)"}, {"Retry-After", "9"}}),
      now());
  EXPECT_EQ(hint.remaining, 3U);
  EXPECT_EQ(hint.resets_in, hours(2));
  EXPECT_EQ(hint.retry_after, seconds(9));
}

TEST(StandardHint, FillsAMissingResetFromThePolicysWindow) {
  const auto hint = standard_hint(
      with({{"Ratelimit", R"("burst";r=5)"}, {"Ratelimit-Policy", R"("burst";q=100;w=60)"}}),
      now());
  EXPECT_EQ(hint.remaining, 5U);
  EXPECT_EQ(hint.resets_in, seconds(60));
}

TEST(StandardHint, IsEmptyWithoutHeaders) {
  const auto hint = standard_hint(with({}), now());
  EXPECT_FALSE(hint.remaining || hint.resets_in || hint.retry_after);
}

TEST(XRateLimitHint, KnowsBothMeaningsOfReset) {
  const auto left =
      x_ratelimit_hint(with({{"X-RateLimit-Remaining", "12"}, {"X-RateLimit-Reset", "40"}}), now(),
                       ResetForm::seconds_left);
  EXPECT_EQ(left.remaining, 12U);
  EXPECT_EQ(left.resets_in, seconds(40));
  const auto epoch = std::chrono::floor<Seconds>(now()).time_since_epoch().count() + 600;
  const auto until = x_ratelimit_hint(
      with({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", std::to_string(epoch)}}), now(),
      ResetForm::epoch_seconds);
  EXPECT_EQ(until.remaining, 0U);
  EXPECT_EQ(until.resets_in, minutes(10));
  const auto past =
      x_ratelimit_hint(with({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "17"}}), now(),
                       ResetForm::epoch_seconds);
  EXPECT_EQ(past.resets_in, seconds(0));
}

}  // namespace
}  // namespace lockstep::net
