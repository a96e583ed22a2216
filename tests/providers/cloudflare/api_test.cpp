#include "providers/cloudflare/api.hpp"

#include <gmock/gmock.h>

#include "world.hpp"

namespace lockstep::providers::cloudflare {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using K = ErrorKind;
struct Row {
  int status;
  int code;  ///< 0: a body that is no envelope
  ErrorKind read;
  ErrorKind write;
};
class CloudflareRefusals : public ::testing::TestWithParam<Row> {};

// S3, S10: codes decide before statuses.
TEST_P(CloudflareRefusals, MeanOneThingForReadsAndOneForWrites) {
  const auto& row = GetParam();
  const auto body = row.code == 0 ? std::string("<html>no</html>") : error_body(row.code);
  const net::Response response{.status = row.status, .headers = {}, .body = to_bytes(body)};
  const Purpose read{"deployments.list", "reading", net::Effect::Read};
  const Purpose write{"secrets.bulk", "writing", net::Effect::Write};
  const auto from_read = read_envelope(response, read, {}, Wall{});
  EXPECT_EQ(from_read.error().kind, row.read);
  EXPECT_EQ(read_envelope(response, write, {}, Wall{}).error().kind, row.write);
  EXPECT_EQ(from_read.error().code,
            row.code == 0 ? "http_" + std::to_string(row.status) : std::to_string(row.code));
}

INSTANTIATE_TEST_SUITE_P(
    AllCodes, CloudflareRefusals,
    ::testing::Values(
        Row{400, 6003, K::unauthorized, K::unauthorized},
        Row{403, 9106, K::unauthorized, K::unauthorized},
        Row{401, 1000, K::unauthorized, K::unauthorized},
        Row{401, 10000, K::unauthorized, K::unauthorized},
        Row{403, 10000, K::forbidden, K::forbidden}, Row{403, 9109, K::forbidden, K::forbidden},
        Row{401, 9109, K::unauthorized, K::unauthorized}, Row{404, 7003, K::invalid, K::invalid},
        Row{404, 10007, K::not_found, K::not_found}, Row{404, 10090, K::not_found, K::not_found},
        Row{500, 10013, K::transient, K::outcome_unknown}, Row{400, 10021, K::protocol, K::invalid},
        Row{400, 10053, K::invalid, K::invalid}, Row{404, 10056, K::invalid, K::invalid},
        Row{400, 10214, K::conflict, K::conflict}, Row{400, 10215, K::conflict, K::conflict},
        Row{429, 971, K::throttled, K::throttled}, Row{400, 971, K::throttled, K::throttled},
        Row{404, 12345, K::protocol, K::outcome_unknown},
        Row{200, 12345, K::protocol, K::outcome_unknown}, Row{409, 12345, K::conflict, K::conflict},
        Row{404, 0, K::protocol, K::outcome_unknown}, Row{200, 0, K::protocol, K::outcome_unknown},
        Row{301, 0, K::protocol, K::outcome_unknown}, Row{400, 0, K::protocol, K::outcome_unknown},
        Row{401, 0, K::unauthorized, K::unauthorized}, Row{403, 0, K::forbidden, K::forbidden},
        Row{408, 0, K::transient, K::outcome_unknown}, Row{429, 0, K::throttled, K::throttled},
        Row{502, 0, K::transient, K::outcome_unknown}));

Error read_error(int status, std::string_view body, std::vector<net::Header> headers = {}) {
  const net::Response response{
      .status = status, .headers = std::move(headers), .body = to_bytes(body)};
  return read_envelope(response, {"op", "reading"}, {}, Wall(Seconds(1000))).error();
}

TEST(CloudflareEnvelope, NeedsSuccessAndAResult) {
  EXPECT_EQ(read_error(200, R"({"result":{}})").kind, K::protocol);
  EXPECT_EQ(read_error(200, R"({"success":"true","result":{}})").kind, K::protocol);
  EXPECT_EQ(read_error(200, R"({"success":true})").kind, K::protocol);
  EXPECT_EQ(read_error(200, R"({"success":false,"errors":[]})").kind, K::protocol);
  EXPECT_EQ(read_error(500, R"({"success":true,"result":{}})").kind, K::transient);
}

TEST(CloudflareEnvelope, FindsTheCodeAmongSeveralAndAtTheTop) {
  EXPECT_EQ(read_error(404, R"({"success":false,"errors":[{"code":7,"message":"x"},
                                {"code":10007,"message":"This Worker does not exist"}]})")
                .kind,
            K::not_found);
  EXPECT_EQ(read_error(404, R"({"code":10007,"error":"workers.api.error.script_not_found"})").kind,
            K::not_found);
}

TEST(CloudflareEnvelope, TheListOfErrorsComesBeforeACodeAtTheTop) {
  const auto listed = read_error(404, R"({"errors":[{"code":12345}],"code":10007,"error":"gone"})");
  EXPECT_EQ(listed.kind, K::protocol);
  EXPECT_EQ(listed.code, "12345");
  const auto worded =
      read_error(404, R"({"errors":[{"message":"no"}],"code":10007,"error":"gone"})");
  EXPECT_EQ(worded.kind, K::protocol);
  EXPECT_EQ(worded.code, "http_404") << "no code is not the code 1";
}

// S3: what stands between may answer with 409 as well.
TEST(CloudflareEnvelope, AConflictIsOnlyOneInCloudflaresOwnWords) {
  for (const auto* own : {R"({"success":false})", R"({"errors":[]})", R"({"errors":[{"code":7}]})",
                          R"({"code":7,"error":"no"})"}) {
    EXPECT_EQ(read_error(409, own).kind, K::conflict) << own;
  }
  for (const auto* other : {"<html>", "{}", R"({"success":true})"}) {
    EXPECT_EQ(read_error(409, other).kind, K::protocol) << other;
  }
}

TEST(CloudflareEnvelope, AWriteIsRefusedOnlyByACode) {
  const Purpose write{"secrets.bulk", "writing", net::Effect::Write};
  const auto kind = [&](std::string_view body) {
    const net::Response response{.status = 400, .headers = {}, .body = to_bytes(body)};
    return read_envelope(response, write, {}, Wall{}).error().kind;
  };
  EXPECT_EQ(kind(R"({"success":false,"errors":[{"code":1}]})"), K::invalid);
  EXPECT_EQ(kind(R"({"success":false,"errors":[{"message":"no"}]})"), K::outcome_unknown);
}

TEST(CloudflareEnvelope, OnlyA2xxStatusIsSuccess) {
  constexpr auto good = R"({"success":true,"result":{}})";
  EXPECT_EQ(read_error(300, good).kind, K::protocol);
  const net::Response response{.status = 200, .headers = {}, .body = to_bytes(good)};
  EXPECT_TRUE(read_envelope(response, {"op", "reading"}, {}, Wall{}));
}

TEST(CloudflareEnvelope, NamesThePermissionThatIsLacking) {
  const auto text = [](net::Effect effect) {
    const net::Response response{.status = 403, .headers = {}, .body = {}};
    return read_envelope(response, {"op", "asking", effect}, {}, Wall{}).error().message;
  };
  EXPECT_EQ(
      text(net::Effect::Read),
      "asking: Cloudflare refuses the API token: it is revoked or expired, lacks the permission "
      "Workers Scripts Read in the account of accountId, or accountId names the wrong account");
  EXPECT_NE(text(net::Effect::Write).find("Workers Scripts Write in"), std::string::npos);
}

TEST(CloudflareEnvelope, TellsWhenToComeBack) {
  EXPECT_EQ(read_error(429, "", {{"retry-after", "12"}}).retry_at, Wall(Seconds(1012)));
  EXPECT_EQ(read_error(429, error_body(971)).retry_at, Wall(Seconds(1300)));
  EXPECT_EQ(read_error(429, error_body(10000)).kind, K::throttled) << "whatever the code";
}

TEST(CloudflareEnvelope, SendsNobodyToPermissionsForATokenThatIsDead) {
  const auto dead = read_error(
      403, R"({"success":false,"errors":[{"code":9109,"message":"Invalid access token"}]})");
  EXPECT_EQ(dead.kind, K::unauthorized);
  EXPECT_THAT(dead.message, HasSubstr("it is wrong, revoked or expired"));
  EXPECT_THAT(dead.message, Not(HasSubstr("permission")));
  const auto may_not = read_error(
      403,
      R"({"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]})");
  EXPECT_EQ(may_not.kind, K::forbidden);
  EXPECT_THAT(may_not.message, HasSubstr("lacks the permission"));
  EXPECT_THAT(read_error(403, error_body(10000)).message,
              HasSubstr("it is revoked or expired, lacks the permission"))
      << "one code for both";
}

TEST(CloudflareBudget, ReadsItsHeaders) {
  net::Response response{
      .status = 200, .headers = {{"Ratelimit", R"("default";r=50;t=30)"}}, .body = {}};
  const auto hint = cloudflare_budget(response, Wall{});
  EXPECT_EQ(hint.remaining, 50U);
  EXPECT_EQ(hint.resets_in, Nanos(Seconds(30)));
  EXPECT_EQ(hint.retry_after, std::nullopt);
  response = {.status = 429, .headers = {}, .body = {}};
  EXPECT_EQ(cloudflare_budget(response, Wall{}).retry_after, Nanos(std::chrono::minutes(5)));
  const auto rules = cloudflare_rate_rules();
  EXPECT_EQ(rules.rules[0].window, Nanos(std::chrono::minutes(5)));
  EXPECT_LE(rules.rules[0].units, 1100U) << "people use the same budget";
}

TEST(CloudflareBearer, DropsASchemeThatWasStoredWithTheToken) {
  Confidential hidden;
  EXPECT_EQ(bearer(Secret("bearer abc"), hidden).expose(), "Bearer abc");
  EXPECT_EQ(bearer(Secret("abc"), hidden).expose(), "Bearer abc");
}

}  // namespace
}  // namespace lockstep::providers::cloudflare
