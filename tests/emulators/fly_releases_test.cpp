// What flyctl and other clients ask beside secrets and machines: releases and GraphQL.
#include <gtest/gtest.h>

#include "asking.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::sandbox {
namespace {

class FlyReleases : public ::testing::Test {
 protected:
  FlyReleases() {
    fly_.add_app("molecule-cp", "molecule");
    fly_.add_app("bare", "molecule");
    machine_ = fly_.add_machine("molecule-cp", {.region = "fra"}, at(0));
    fly_.set_secret("molecule-cp", "DEBUG", "1", at(0));
    fly_.add_token({.id = "t1", .secret = "fm2_org", .organization = "molecule"});
    fly_.add_token({.id = "t2", .secret = "fm2_ro", .organization = "molecule", .read_only = true});
  }
  static std::string document(const std::string& query, const std::string& variables) {
    return R"({"query":")" + query + R"(","variables":)" + variables + "}";
  }
  json::value graphql(const std::string& query, const std::string& variables) {
    return asking_.post("/graphql", document(query, variables)).body;
  }
  static std::string code(const json::value& refused) {
    return std::string(refused.at("errors").at(0).at("extensions").at("code").as_string());
  }
  FlyEmulator fly_{{.secret_actions = {}}};
  Asking asking_{fly_, "Bearer fm2_org"};
  Asking reader_{fly_, "Bearer fm2_ro"};
  std::string machine_;
  const std::string app_ = R"({"appName":"molecule-cp"})";
  const std::string releases_ = "/api/v1/apps/molecule-cp/releases?limit=20";
};

TEST_F(FlyReleases, AReleaseIsMadeRunsAndEnds) {
  const auto made = asking_.post(
      "/api/v1/releases",
      R"({"app_name":"molecule-cp","build_id":0,"definition":{"app":"molecule-cp"},"image":"registry.fly.io/a:1","strategy":"ROLLING"})");
  EXPECT_EQ(made.status(), 201);
  const auto& release = made.body.at("release");
  EXPECT_EQ(release.at("version"), 1);
  EXPECT_EQ(release.at("image_ref"), "registry.fly.io/a:1");
  const auto path = "/api/v1/releases/" + std::string(release.at("id").as_string());
  EXPECT_EQ(asking_.patch(path, R"({"status":"running"})").body.at("in_progress"), true);
  EXPECT_EQ(asking_.patch(path, R"({"status":"complete"})").body.at("stable"), true);
  EXPECT_EQ(asking_.patch(path, R"({"status":"perfect"})").status(), 422);
  asking_.post("/api/v1/releases", R"({"app_name":"molecule-cp"})");
  const auto listed = asking_.get(releases_).body.at("releases");
  ASSERT_EQ(listed.as_array().size(), 2U);
  EXPECT_EQ(listed.at(0).at("version"), 2) << "newest first";
  EXPECT_EQ(asking_.get("/api/v1/apps/molecule-cp/releases?limit=1")
                .body.at("releases")
                .as_array()
                .size(),
            1U);
}

TEST_F(FlyReleases, SomeonesDeploymentIsAReleaseOfItsMachines) {
  fly_.deploy("molecule-cp", at(10));
  const auto listed = asking_.get(releases_).body.at("releases");
  EXPECT_EQ(listed.at(0).at("version"), 1);
  EXPECT_EQ(listed.at(0).at("created_at"), "2026-01-01T00:00:10Z");
}

TEST_F(FlyReleases, RefusesWhoMayNotWrite) {
  const auto body = R"({"app_name":"molecule-cp"})";
  EXPECT_EQ(reader_.post("/api/v1/releases", body).status(), 403);
  EXPECT_EQ(reader_.get(releases_).status(), 200);
  Asking nobody(fly_, "Bearer fm2_nobody");
  EXPECT_EQ(nobody.post("/api/v1/releases", body).status(), 401);
  EXPECT_EQ(asking_.post("/api/v1/releases", R"({"app_name":"other"})").status(), 404);
  EXPECT_EQ(asking_.post("/api/v1/releases", "{}").status(), 422);
  EXPECT_EQ(asking_.patch("/api/v1/releases/none", R"({"status":"complete"})").status(), 404);
}

TEST_F(FlyReleases, AnswersWhatADeploymentAsksBesides) {
  EXPECT_EQ(asking_.get("/v1/apps/molecule-cp/volumes").body, json::value(json::array()));
  EXPECT_EQ(asking_.get("/v1/apps/molecule-cp/ip_assignments").body, parsed(R"({"ips":[]})"));
  const auto path = "/v1/apps/molecule-cp/machines/";
  EXPECT_EQ(asking_.get(path + machine_ + "/ps").body.as_array().size(), 1U);
  EXPECT_EQ(asking_.get(path + std::string("none/ps")).status(), 404);
}

TEST_F(FlyReleases, GraphqlTellsAppConfigAndImage) {
  const auto compact = graphql("query { appcompact:app(name: $appName) { id } }", app_);
  EXPECT_EQ(compact.at("data").at("appcompact").at("platformVersion"), "machines");
  EXPECT_EQ(compact.at("data").at("appcompact").at("deployed"), true);
  const auto config = "query { app { currentReleaseUnprocessed { configDefinition } } }";
  const auto none = parsed(R"({"data":{"app":{"currentReleaseUnprocessed":null}}})");
  EXPECT_EQ(graphql(config, app_), none);
  fly_.deploy("molecule-cp", at(1));
  EXPECT_EQ(graphql(config, app_), none) << "nobody recorded it";
  asking_.post("/api/v1/releases", R"({"app_name":"molecule-cp","definition":{"app":"a"}})");
  EXPECT_EQ(graphql(config, app_), parsed(R"({"data":{"app":{"currentReleaseUnprocessed":
                       {"configDefinition":{"app":"a"}}}}})"));
  const auto image = graphql("query { app { currentReleaseUnprocessed { id imageRef } } }", app_);
  EXPECT_EQ(image.at("data").at("app").at("currentReleaseUnprocessed").at("version"), 2);
}

TEST_F(FlyReleases, GraphqlWritesSecretsAndTellsNoVersion) {
  const auto set = "mutation { setSecrets(input: $input) { release { id } } }";
  EXPECT_EQ(graphql(set, R"({"input":{"appId":"molecule-cp","secrets":[
                             {"key":"KEY","value":"fake"}]}})"),
            parsed(R"({"data":{"setSecrets":{"release":null}}})"));
  EXPECT_EQ(fly_.value("molecule-cp", "KEY"), "fake");
  EXPECT_EQ(fly_.value("molecule-cp", "DEBUG"), "1");
  EXPECT_EQ(fly_.live_value("molecule-cp", machine_, "KEY"), std::nullopt) << "staged";
  const auto list = graphql("query { app { secrets { name digest } } }", app_);
  EXPECT_EQ(list.at("data").at("app").at("secrets").as_array().size(), 2U);
  graphql(set, R"({"input":{"appId":"molecule-cp","replaceAll":true,"secrets":[
                   {"key":"ONLY","value":"fake"}]}})");
  EXPECT_EQ(fly_.names("molecule-cp"), std::vector<std::string>{"ONLY"});
  const auto unset = "mutation { unsetSecrets(input: $input) { release { id } } }";
  graphql(unset, R"({"input":{"appId":"molecule-cp","keys":["ONLY","NEVER_WAS"]}})");
  EXPECT_EQ(fly_.names("molecule-cp"), std::vector<std::string>{});
}

TEST_F(FlyReleases, GraphqlRefusesWith200) {
  const auto secrets = "query { app { secrets { name } } }";
  EXPECT_EQ(code(graphql(secrets, R"({"appName":"other"})")), "NOT_FOUND");
  EXPECT_EQ(code(graphql("query { viewer { id } }", app_)), "BAD_REQUEST");
  EXPECT_EQ(code(asking_.post("/graphql", "{}").body), "BAD_REQUEST");
  const auto set = document("mutation { setSecrets(input: $input) }",
                            R"({"input":{"appId":"molecule-cp","secrets":[
                                {"key":"KEY","value":"fake"}]}})");
  EXPECT_EQ(code(reader_.post("/graphql", set).body), "NOT_FOUND");
  EXPECT_EQ(fly_.value("molecule-cp", "KEY"), std::nullopt);
  Asking nobody(fly_, "Bearer fm2_nobody");
  EXPECT_EQ(code(nobody.post("/graphql", set).body), "UNAUTHORIZED");
  const auto bad = graphql("mutation { setSecrets(input: $input) }",
                           R"({"input":{"appId":"molecule-cp","secrets":[
                               {"key":"not a name","value":"fake"}]}})");
  EXPECT_EQ(code(bad), "UNPROCESSABLE");
}

}  // namespace
}  // namespace lockstep::sandbox
