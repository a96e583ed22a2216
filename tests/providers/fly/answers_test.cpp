#include "providers/fly/answers.hpp"

#include <gtest/gtest.h>

#include "providers/fly/authorization.hpp"
#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {
namespace {

std::string header_of(std::string_view token) {
  Confidential hidden;
  return std::string(authorization(Secret(token), hidden).expose());
}

TEST(FlyAuthorization, FollowsFlyGo) {
  EXPECT_EQ(header_of("fo1_opaqueFAKE"), "Bearer fo1_opaqueFAKE");
  EXPECT_EQ(header_of("FlyV1 fm2_aFAKE,fm2_bFAKE"), "FlyV1 fm2_aFAKE,fm2_bFAKE");
  EXPECT_EQ(header_of("bearer FLYV1 Bearer  fm2_aFAKE"), "FlyV1 fm2_aFAKE");
  EXPECT_EQ(header_of("fm1r_aFAKE, opaqueFAKE ,fm1a_bFAKE"), "FlyV1 fm1r_aFAKE,fm1a_bFAKE");
}

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
        Row{404, "", K::protocol, K::outcome_unknown},
        Row{404, R"({"error":"secret not found"})", K::protocol, K::outcome_unknown},
        Row{200, "{\"secrets\":[", K::protocol, K::outcome_unknown},
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

Result<SecretList> list_of(std::string_view text) {
  const auto document = parse_json(text);
  return read_secrets(*document, {"secrets.list", "reading", net::Effect::Read});
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

Result<std::vector<std::string>> machines_of(std::string_view text) {
  const auto document = parse_json(text);
  return read_machines(*document, "machines.list").transform(managed_entries);
}

/// A machine with number `n`; `rest` is its state and configuration.
std::string machine(int n, const std::string& state, const std::string& rest) {
  const auto number = std::to_string(n);
  return R"({"id":"m)" + number + R"(","instance_id":"i)" + number + R"(","state":")" + state +
         "\"," + rest + "}";
}
std::string launched(const std::string& group) {
  return R"("config":{"metadata":{"fly_platform_version":"v2","fly_process_group":")" + group +
         "\"}}";
}

TEST(FlyMachines, CountsOnlyThoseThatFlyLaunchManages) {
  const auto v2 = std::string(R"({"metadata":{"fly_platform_version":"v2"}})");
  const auto machines = machines_of(
      "[" + machine(1, "started", launched("web")) + "," +
      machine(2, "stopped", R"("config":)" + v2) + "," + machine(3, "destroyed", launched("web")) +
      "," + machine(4, "destroying", launched("web")) + "," +
      machine(5, "started", launched("fly_app_release_command")) + "," +
      machine(6, "started", launched("fly_app_console")) + "," +
      machine(7, "started", R"("config":{"metadata":null})") + "," +
      machine(8, "started", R"("config":null,"incomplete_config":)" + v2) + "," +
      machine(9, "started", R"("config":null)") + "]");
  ASSERT_TRUE(machines);
  EXPECT_EQ(*machines, (std::vector<std::string>{"m1/i1", "m2/i2", "m8/i8", "m9/i9"}));
  EXPECT_FALSE(machines_of(R"({"machines":[]})"));
  EXPECT_FALSE(machines_of(R"([{"id":"m1","state":"started"}])"));
}

TEST(FlyLiveness, IsLiveOnlyWhenNoOldInstanceIsLeft) {
  EXPECT_EQ(liveness({"m1/i1", "m2/i2"}, {"m1/i1", "m2/i9"}).note,
            "1 of 2 machines runs the old set");
  EXPECT_FALSE(liveness({"m1/i1"}, {"m1/i1"}).live);
  EXPECT_TRUE(liveness({"m1/i1", "m2/i2"}, {"m1/i8", "m2/i9"}).live);
  EXPECT_TRUE(liveness({std::string(no_machines)}, {"m1/i1"}).live);
  EXPECT_FALSE(liveness({"m1/i1"}, {}).live);
  EXPECT_EQ(liveness({std::string(no_machines)}, {}).note,
            "staged for the first deployment: the app has no machine");
  // The machines could not be read at the write: nothing is proved.
  EXPECT_FALSE(liveness({}, {"m1/i1"}).live);
}

}  // namespace
}  // namespace lockstep::providers::fly
