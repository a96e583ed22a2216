#include "providers/fly/answers.hpp"

#include <gtest/gtest.h>

#include "base/remote_text.hpp"

namespace lockstep::providers::fly {
namespace {

struct Row {
  int status;
  std::string body;
  ErrorKind read;
  ErrorKind write;
};

class FlyRefusals : public ::testing::TestWithParam<Row> {};

TEST_P(FlyRefusals, MeanOneThingForReadsAndOneForWrites) {
  const auto& row = GetParam();
  const net::Response response{.status = row.status, .headers = {}, .body = to_bytes(row.body)};
  const Wall now(Seconds(1000));
  const Purpose read{"secrets.list", "reading", net::Effect::Read};
  const Purpose write{"secrets.bulk", "writing", net::Effect::Write};
  EXPECT_EQ(read_answer(response, read, {}, now).error().kind, row.read) << row.body;
  EXPECT_EQ(read_answer(response, write, {}, now).error().kind, row.write) << row.body;
}

using K = ErrorKind;
INSTANTIATE_TEST_SUITE_P(
    AllStatuses, FlyRefusals,
    ::testing::Values(
        Row{400, R"({"error":"could not find app \"x\""})", K::not_found, K::not_found},
        Row{404, R"({"message":"Could not find App"})", K::not_found, K::not_found},
        // S3: none of these proves that the app is gone.
        Row{404, "404 page not found", K::protocol, K::outcome_unknown},
        Row{500, R"({"error":"could not find app"})", K::transient, K::outcome_unknown},
        Row{199, R"({"secrets":[]})", K::protocol, K::outcome_unknown},
        Row{409, "<html>", K::protocol, K::outcome_unknown},
        Row{412, "<html>", K::protocol, K::outcome_unknown},
        Row{404, "", K::protocol, K::outcome_unknown},
        Row{404, R"({"error":"secret not found"})", K::protocol, K::outcome_unknown},
        Row{200, "{\"secrets\":[", K::protocol, K::outcome_unknown},
        Row{300, R"({"secrets":[]})", K::protocol, K::outcome_unknown},
        Row{302, "", K::protocol, K::outcome_unknown},
        Row{400, R"({"error":"invalid app name"})", K::invalid, K::invalid},
        Row{400, "<html>", K::protocol, K::outcome_unknown},
        Row{401, R"({"error":"Authenticate: token validation error"})", K::unauthorized,
            K::unauthorized},
        Row{401, R"({"message":"Unauthorized"})", K::unauthorized, K::unauthorized},
        Row{403, R"({"error":"not allowed"})", K::forbidden, K::forbidden},
        Row{408, R"({"error":"deadline_exceeded"})", K::transient, K::outcome_unknown},
        Row{409, R"({"error":"lease held"})", K::conflict, K::conflict},
        Row{412, R"({"error":"precondition"})", K::conflict, K::conflict},
        Row{422, R"({"error":"\"a-b\" is not a valid secret name"})", K::invalid, K::invalid},
        Row{429, "", K::throttled, K::throttled},
        Row{500, R"({"error":"unknown"})", K::transient, K::outcome_unknown},
        Row{502, "<html>bad gateway</html>", K::transient, K::outcome_unknown},
        Row{503, "", K::transient, K::outcome_unknown}));

TEST(FlyAnswer, EachStatusOfSuccessIsOne) {
  const Purpose read{"secrets.list", "reading", net::Effect::Read};
  for (const int status : {200, 201, 299}) {
    const net::Response response{.status = status, .headers = {}, .body = to_bytes("{}")};
    EXPECT_TRUE(read_answer(response, read, {}, Wall(Seconds(1000)))) << status;
  }
}

TEST(FlyRefusal, TellsWhenToComeBack) {
  const Wall now(Seconds(1000));
  net::Response response{.status = 429, .headers = {{"Retry-After", "17"}}, .body = {}};
  const Purpose read{"secrets.list", "reading", net::Effect::Read};
  EXPECT_EQ(read_answer(response, read, {}, now).error().retry_at, now + Seconds(17));
  EXPECT_EQ(fly_budget(response, now).retry_after, Nanos(Seconds(17)));
  response.headers.clear();
  EXPECT_EQ(read_answer(response, read, {}, now).error().retry_at, now + Seconds(3));
  EXPECT_EQ(fly_budget(response, now).retry_after, Nanos(Seconds(3)));
  EXPECT_EQ(fly_budget({.status = 200, .headers = {}, .body = {}}, now).retry_after, std::nullopt);
}

Error answered(int status, std::string_view body) {
  const net::Response response{.status = status, .headers = {}, .body = to_bytes(body)};
  const Purpose read{"machines.get", "reading", net::Effect::Read};
  return read_answer(response, read, {}, Wall(Seconds(1000))).error();
}

TEST(FlyRefusal, OnlyFlysOwnWordSaysThatAMachineIsNoMore) {
  EXPECT_TRUE(says_no_machine(answered(404, R"({"error":"Machine not found"})")));
  EXPECT_FALSE(says_no_machine(answered(404, "404 page not found")));
  EXPECT_FALSE(says_no_machine(answered(404, R"({"error":"could not find app"})")));
  EXPECT_FALSE(says_no_machine(answered(404, R"({"error":"lease not found"})")));
  EXPECT_FALSE(says_no_machine(answered(500, R"({"error":"machine not found"})")));
  EXPECT_FALSE(says_no_machine(answered(405, R"({"error":"machine not found"})")));
  EXPECT_FALSE(
      says_no_machine(answered(404, R"({"error":"could not find app, machine not found"})")));
}

TEST(FlyRefusal, ATextThatIsLeftOutStillSaysThatAMachineIsNoMore_S4) {
  Confidential hidden;
  hidden.add("vending-machine-17");
  const net::Response response{
      .status = 404, .headers = {}, .body = to_bytes(R"({"error":"machine not found"})")};
  const Purpose read{"machines.get", "reading", net::Effect::Read};
  const auto error = read_answer(response, read, hidden, Wall(Seconds(1000))).error();
  EXPECT_EQ(error.remote.text(), left_out_text);
  EXPECT_TRUE(says_no_machine(error));
}

TEST(FlyBudget, CountsEachActionOfAnAppOrMachineByItself) {
  EXPECT_EQ(bucket_of_app("cp"), "cp");
  EXPECT_EQ(bucket_of_machine("m1"), "machine/m1");
  const auto rules = fly_rate_rules();
  EXPECT_TRUE(rules.hints_per_bucket);
  EXPECT_EQ(rules.longest_wait, std::chrono::minutes(10));
  ASSERT_EQ(rules.rules.size(), 2U);
  EXPECT_EQ(rules.rules[0].except, "machines.get");
  EXPECT_EQ(rules.rules[0].units, 3U);
  EXPECT_GT(rules.rules[0].window, std::chrono::seconds(3));
  EXPECT_EQ(rules.rules[1].only, "machines.get");
  EXPECT_EQ(rules.rules[1].units, 10U);
  EXPECT_GT(rules.rules[1].window, std::chrono::seconds(2));
}

Result<SecretList> list_of(std::string_view text) {
  const auto document = parse_json(text);
  return read_secrets(*document, {"secrets.list", "reading", net::Effect::Read});
}

// S15
TEST(FlySecrets, EndlessListsAreRefused) {
  std::string names;
  for (int i = 0; i < 5001; ++i) {
    if (i == 5000) {
      EXPECT_TRUE(list_of("{\"secrets\":[" + names + "]}"));
    }
    names += (names.empty() ? "{\"name\":\"N" : ",{\"name\":\"N") + std::to_string(i) + "\"}";
  }
  EXPECT_FALSE(list_of("{\"secrets\":[" + names + "]}"));
}

TEST(FlySecrets, ReadsWhatMayBeAbsent) {
  const auto list = list_of(
      R"({"secrets":[{"name":"B","digest":"522d6815e668a102","updated_at":"2026-01-15T10:00:00"},
                     {"name":"A"}],"Version":41})");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->version, "41");
  EXPECT_EQ(list->secrets.begin()->first, "A");
  EXPECT_TRUE(list->secrets.at("A").token.empty());
  EXPECT_EQ(list->secrets.at("B").token.expose(), "522d6815e668a102");
  EXPECT_EQ(to_rfc3339(*list->secrets.at("B").updated_at), "2026-01-15T10:00:00Z");
  EXPECT_EQ(list_of(R"({"secrets":[],"Version":1,"version":null})")->version, "1");
  EXPECT_EQ(list_of(R"({"secrets":null,"Version":1,"version":2})")->version, "2");
}

// S3
TEST(FlySecrets, RefusesWhatIsNotUnderstood) {
  for (const auto* text :
       {"[]", "{}", R"({"secrets":{}})", R"({"secrets":[7]})", R"({"secrets":[{}]})",
        R"({"secrets":[{"name":""}]})", R"({"secrets":[{"name":"A"},{"name":"A"}]})",
        R"({"secrets":[{"name":"A","updated_at":"yesterday"}]})", R"({"secrets":[],"version":"x"})",
        R"({"secrets":[{"name":"A\u001b[2J"}]})"}) {
    const auto list = list_of(text);
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().kind, ErrorKind::protocol);
  }
}

}  // namespace
}  // namespace lockstep::providers::fly
