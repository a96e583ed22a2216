#include "providers/github/answers.hpp"

#include <gmock/gmock.h>

#include "providers/github/limits.hpp"
#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using K = ErrorKind;

struct Row {
  int status;
  std::string body;
  ErrorKind read;
  ErrorKind write;
  std::vector<net::Header> headers = {};
};

class GitHubRefusals : public ::testing::TestWithParam<Row> {};

TEST_P(GitHubRefusals, MeanOneThingForReadsAndOneForWrites) {
  const auto& row = GetParam();
  const net::Response response{
      .status = row.status, .headers = row.headers, .body = to_bytes(row.body)};
  const Wall now(Seconds(1000));
  const Purpose read{"secrets.list", "reading", net::Effect::Read};
  const Purpose write{"secrets.put", "writing", net::Effect::Write};
  EXPECT_EQ(read_answer(response, read, {}, now).error().kind, row.read) << row.body;
  EXPECT_EQ(refusal(response, write, {}, now).kind, row.write) << row.body;
}

INSTANTIATE_TEST_SUITE_P(
    AllStatuses, GitHubRefusals,
    ::testing::Values(
        Row{401, message("Bad credentials"), K::unauthorized, K::unauthorized},
        Row{403, message("Resource not accessible by personal access token"), K::forbidden,
            K::forbidden},
        Row{403, "<html>forbidden</html>", K::forbidden, K::forbidden},
        Row{403, message("API rate limit exceeded for user ID 1."), K::throttled, K::throttled},
        Row{403, message("You have exceeded a secondary rate limit."), K::throttled, K::throttled},
        Row{403, message("You have triggered an abuse detection mechanism."), K::throttled,
            K::throttled},
        Row{403, message("x"), K::throttled, K::throttled, {{"x-ratelimit-remaining", "0"}}},
        Row{403, message("x"), K::throttled, K::throttled, {{"Retry-After", "9"}}},
        Row{403, message("x"), K::forbidden, K::forbidden, {{"x-ratelimit-remaining", "10"}}},
        Row{429, "", K::throttled, K::throttled},
        // S3: none of these proves that the place or the secret is gone.
        Row{404, not_found, K::protocol, K::outcome_unknown},
        Row{404, "404 page not found", K::protocol, K::outcome_unknown},
        Row{200, "{\"total_count\":", K::protocol, K::outcome_unknown},
        Row{200, "<html>", K::protocol, K::outcome_unknown},
        Row{200, "", K::protocol, K::outcome_unknown},
        Row{204, "", K::protocol, K::outcome_unknown},
        Row{304, "", K::protocol, K::outcome_unknown},
        Row{301, message("Moved Permanently"), K::protocol, K::outcome_unknown},
        Row{302, "", K::protocol, K::outcome_unknown},
        Row{307, message("Moved"), K::protocol, K::outcome_unknown},
        Row{308, "", K::protocol, K::outcome_unknown},
        Row{400, message("Unsupported API version"), K::protocol, K::outcome_unknown},
        Row{410, message("API version retired"), K::protocol, K::outcome_unknown},
        Row{409, message("Conflict"), K::conflict, K::conflict},
        Row{409, "<html>", K::protocol, K::outcome_unknown},
        Row{422, message("Invalid request."), K::invalid, K::invalid},
        Row{422, "<html>", K::protocol, K::outcome_unknown},
        Row{408, "", K::transient, K::outcome_unknown},
        Row{500, message("Server Error"), K::transient, K::outcome_unknown},
        Row{502, "<html>bad gateway</html>", K::transient, K::outcome_unknown},
        Row{503, message("Secrets service unavailable"), K::transient, K::outcome_unknown},
        // Only 403 and 429 are words about limits.
        Row{503, message("rate limit"), K::transient, K::outcome_unknown, {{"Retry-After", "9"}}}));

Error refused(int status, const std::string& body, std::vector<net::Header> headers = {},
              Wall now = Wall(Seconds(1000))) {
  return refusal({.status = status, .headers = std::move(headers), .body = to_bytes(body)},
                 {"secrets.put", "writing", net::Effect::Write}, {}, now);
}

TEST(GitHubRefusal, ForbiddenNamesTheMissingPermission) {
  const auto error = refused(403, message("Resource not accessible by integration"),
                             {{"X-Accepted-GitHub-Permissions", "environments=write"}});
  EXPECT_THAT(error.message, HasSubstr("it needs the permission environments=write"));
  const auto odd = refused(403, message("no"), {{"X-Accepted-GitHub-Permissions", "<b>x</b>"}});
  EXPECT_THAT(odd.message, Not(HasSubstr("<b>"))) << "S4: text from outside";
}

TEST(GitHubRefusal, ABare404NamesWhatItMayMean) {
  EXPECT_THAT(refused(404, not_found).message, HasSubstr("proves nothing"));
  EXPECT_THAT(refused(404, not_found).message, HasSubstr("token"));
}

TEST(GitHubRefusal, S4_A422IsNeverQuoted) {
  const auto error =
      refused(422, message("Invalid request. AAAAhunter2AAAA does not match /^(?:[A-Za-z0-9]"));
  EXPECT_THAT(describe(error), Not(HasSubstr("hunter2")));
  EXPECT_EQ(error.code, "http_422");
  EXPECT_EQ(refused(422, message("Bad request - validation failed due to an improperly encrypted "
                                 "secret"))
                .code,
            improper_seal);
  EXPECT_EQ(refused(422, message("an improperly encrypted secret")).message,
            "writing: GitHub cannot open the sealed value");
}

TEST(GitHubRefusal, ShowsGitHubsMessageAndElseTheWholeAnswer) {
  EXPECT_EQ(refused(403, message("not yours")).remote.text(), "not yours");
  EXPECT_EQ(refused(502, "bad gateway").remote.text(), "bad gateway");
}

TEST(GitHubLimit, TellsWhenToComeBack) {
  const Wall now(Seconds(1000));
  const auto after = [&](int status, const std::string& body, std::vector<net::Header> headers) {
    return *refused(status, body, std::move(headers), now).retry_at - now;
  };
  EXPECT_EQ(after(429, "", {{"Retry-After", "17"}}), Seconds(17));
  EXPECT_EQ(
      after(403, message("x"), {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1900"}}),
      Seconds(900));
  EXPECT_EQ(
      after(403, message("x"), {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1000"}}),
      Seconds(1))
      << "a limit that ends now is not asked about at once";
  EXPECT_EQ(after(403, message("You have exceeded a secondary rate limit"), {}), Seconds(60));
  // A secondary limit while the primary one is far away: its reset says nothing.
  EXPECT_EQ(after(403, message("You have exceeded a secondary rate limit"),
                  {{"x-ratelimit-remaining", "4000"}, {"x-ratelimit-reset", "4000"}}),
            Seconds(60));
  EXPECT_EQ(after(429, "", {{"Retry-After", "99999"}}), std::chrono::minutes(65)) << "S15";
}

TEST(GitHubBudget, WaitsForAWholeHour) {
  EXPECT_EQ(github_rate_rules().longest_wait, Nanos(std::chrono::hours(1)));
}

TEST(GitHubBudget, LearnsFromHeadersAndFromSecondaryLimits) {
  const Wall now(Seconds(1000));
  net::Response response{.status = 200,
                         .headers = {{"x-ratelimit-remaining", "12"},
                                     {"x-ratelimit-reset", "1600"},
                                     {"x-ratelimit-resource", "core"}},
                         .body = {}};
  EXPECT_EQ(github_budget(response, now).remaining, 12U);
  EXPECT_EQ(github_budget(response, now).resets_in, Nanos(Seconds(600)));
  EXPECT_EQ(github_budget(response, now).retry_after, std::nullopt);
  response.headers[2].value = "search";
  EXPECT_EQ(github_budget(response, now).remaining, std::nullopt);
  response = {.status = 403, .headers = {}, .body = to_bytes(message("secondary rate limit"))};
  EXPECT_EQ(github_budget(response, now).retry_after, Nanos(Seconds(60)));
  response = {.status = 403, .headers = {}, .body = to_bytes(message("not yours"))};
  EXPECT_EQ(github_budget(response, now).retry_after, std::nullopt);
}

TEST(GitHubLimits, ALimitThatIsCutSaysWhatWasAskedAndWhatIsDone_S15) {
  const net::Response response{.status = 429, .headers = {{"Retry-After", "999999"}}, .body = {}};
  const auto error =
      refusal(response, {"secrets.list", "reading", net::Effect::Read}, {}, Wall(Seconds(1000)));
  EXPECT_THAT(error.message,
              HasSubstr("; it asks to stay away for a day or more, and lockstep asks "
                        "again after 1h 5m"));
  EXPECT_EQ(error.retry_at, Wall(Seconds(1000)) + std::chrono::minutes(65));
}

}  // namespace
}  // namespace lockstep::providers::github
