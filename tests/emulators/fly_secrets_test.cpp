#include "asking.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::sandbox {
namespace {

class FlySecrets : public ::testing::Test {
 protected:
  FlySecrets() {
    fly_.add_app("molecule-cp", "molecule");
    fly_.add_app("molecule-web", "molecule");
    fly_.add_app("stranger", "elsewhere");
    fly_.add_token({.id = "t1", .secret = "fm2_org", .organization = "molecule"});
    fly_.add_token(
        {.id = "t2", .secret = "fm2_app", .organization = "molecule", .apps = {"molecule-cp"}});
    fly_.add_token(
        {.id = "t3", .secret = "fm2_read", .organization = "molecule", .read_only = true});
  }
  FlyOptions free_of_limits() {
    return {.machine_actions = {}, .get_machine = {}, .secret_actions = {}};
  }
  FlyEmulator fly_{free_of_limits()};
  Asking org_{fly_, "FlyV1 fm2_org"};
  const std::string path_ = "/v1/apps/molecule-cp/secrets";
};

TEST_F(FlySecrets, BulkSetsAndUnsetsInOneCallAndNeverShowsAValue) {
  fly_.set_secret("molecule-cp", "OLD_KEY", "old", at(0));
  org_.now = at(5);
  const auto answer =
      org_.post(path_, R"({"values":{"NEON_API_KEY":"napi_0000","OLD_KEY":null,"GONE":null}})");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body.at("version"), answer.body.at("Version"));
  EXPECT_EQ(answer.body.at("secrets").as_array().size(), 1U);
  EXPECT_EQ(fly_.value("molecule-cp", "NEON_API_KEY"), "napi_0000");
  EXPECT_EQ(fly_.value("molecule-cp", "OLD_KEY"), std::nullopt);
  const auto list = org_.get(path_ + "?show_secrets=true");
  EXPECT_EQ(list.text().find("napi_0000"), std::string::npos);
  const auto& secret = list.body.at("secrets").as_array().at(0);
  EXPECT_EQ(secret.at("name"), "NEON_API_KEY");
  EXPECT_EQ(secret.at("digest").as_string().size(), 16U);
  EXPECT_EQ(secret.at("created_at"), "2026-01-01T00:00:05Z");
  EXPECT_FALSE(list.body.as_object().contains("version"));
}

TEST_F(FlySecrets, DigestIsTheSameForAValueInEveryApp) {
  fly_.set_secret("molecule-cp", "DEBUG", "1", at(0));
  fly_.set_secret("molecule-web", "VERBOSE", "1", at(0));
  fly_.set_secret("molecule-web", "OTHER", "2", at(0));
  const auto one = org_.get(path_ + "/DEBUG").body.at("digest");
  EXPECT_EQ(one, org_.get("/v1/apps/molecule-web/secrets/VERBOSE").body.at("digest"));
  EXPECT_NE(one, org_.get("/v1/apps/molecule-web/secrets/OTHER").body.at("digest"));
}

TEST_F(FlySecrets, VersionGrowsWithEveryWriteOfAnyKind) {
  const auto version = [](const Answer& answer) {
    return answer.body.at("version").to_number<int>();
  };
  const int one = version(org_.post(path_ + "/A", R"({"value":"x"})"));
  const int two = version(org_.post(path_, R"({"values":{"BogusDummySecret_00":null}})"));
  const int three = version(org_.remove(path_ + "/A"));
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_EQ(static_cast<std::uint64_t>(three), fly_.secrets_version("molecule-cp"));
}

TEST_F(FlySecrets, SameValueMovesUpdatedAtOnlyWhereConfigured) {
  const auto updated = [this](bool touches) {
    auto options = free_of_limits();
    options.same_value_touches = touches;
    FlyEmulator fly(options);
    fly.add_app("a", "molecule");
    fly.add_token({.id = "t", .secret = "fm2_org", .organization = "molecule"});
    fly.set_secret("a", "K", "v", at(0));
    fly.set_secret("a", "K", "v", at(9));
    return std::string(
        Asking(fly, "FlyV1 fm2_org").get("/v1/apps/a/secrets/K").body.at("updated_at").as_string());
  };
  EXPECT_EQ(updated(true), "2026-01-01T00:00:09Z");
  EXPECT_EQ(updated(false), "2026-01-01T00:00:00Z");
}

TEST_F(FlySecrets, RefusesWhatFlyRefuses) {
  struct Case {
    const char* why;
    const char* method;
    std::string path;
    std::string body;
    int status;
    const char* text;
  };
  const std::string large(65537, 'x');
  const Case cases[] = {
      {"a hyphen", "POST", path_, R"({"values":{"A-B":"x"}})", 422,
       R"(\"A-B\" is not a valid secret name)"},
      {"a token as name", "POST", path_ + "/fm2_x%20y", R"({"value":"x"})", 422, "fm2_x y"},
      {"a byte order mark", "POST", path_,
       "{\"values\":{\"\xEF\xBB\xBF"
       "A\":\"x\"}}",
       422, "not a valid secret name"},
      {"a number", "POST", path_, R"({"values":{"A":1}})", 400, "invalid request body"},
      {"not JSON", "POST", path_, "values=1", 400, "invalid request body"},
      {"too large", "POST", path_, R"({"values":{"A":")" + large + R"("}})", 422, "too large"},
      {"delete of nothing", "DELETE", path_ + "/NOPE", "", 404, "secret not found"},
      {"get of nothing", "GET", path_ + "/NOPE", "", 404, "secret not found"},
      {"no such app", "GET", "/v1/apps/nope/secrets", "", 404, "could not find app"},
      {"someone else's app", "GET", "/v1/apps/stranger/secrets", "", 403, "not authorized"},
      {"a version to come", "GET", path_ + "?version=999999", "", 412, "version"},
      {"no such route", "GET", "/v1/nothing", "", 404, "404 page not found"},
  };
  for (const auto& each : cases) {
    const auto answer = org_.ask(each.method, each.path, each.body);
    EXPECT_EQ(answer.status(), each.status) << each.why;
    EXPECT_NE(answer.text().find(each.text), std::string::npos) << each.why << answer.text();
  }
  EXPECT_TRUE(fly_.names("molecule-cp").empty());
}

TEST_F(FlySecrets, OneBadNameRefusesTheWholeBulk) {
  EXPECT_EQ(org_.post(path_, R"({"values":{"GOOD":"x","BAD NAME":"y"}})").status(), 422);
  EXPECT_TRUE(fly_.names("molecule-cp").empty());
}

TEST_F(FlySecrets, TokensAreTakenInBothSchemesAndHeldToTheirScope) {
  struct Case {
    const char* header;
    const char* app;
    const char* method;
    int status;
  };
  const Case cases[] = {
      {"FlyV1 fm2_org", "molecule-cp", "POST", 200},
      {"Bearer fm2_org", "molecule-cp", "POST", 200},
      {"bearer FlyV1 fm2_org", "molecule-cp", "POST", 200},
      {"FlyV1 fm2_unknown,fm2_app", "molecule-cp", "POST", 200},
      {"FlyV1 fm2_app", "molecule-web", "GET", 403},
      {"FlyV1 fm2_read", "molecule-cp", "GET", 200},
      {"FlyV1 fm2_read", "molecule-cp", "POST", 403},
      {"FlyV1 fm2_unknown", "molecule-cp", "GET", 401},
      {"", "molecule-cp", "GET", 401},
  };
  for (const auto& each : cases) {
    const auto answer = Asking(fly_, each.header)
                            .ask(each.method, "/v1/apps/" + std::string(each.app) + "/secrets",
                                 R"({"values":{"A":"x"}})");
    EXPECT_EQ(answer.status(), each.status) << each.header << " " << each.app;
    EXPECT_FALSE(answer.header("fly-request-id").empty());
  }
}

TEST_F(FlySecrets, DeadTokensGetTheBodyOfTheServiceThatAnswers) {
  fly_.revoke_token("t1");
  EXPECT_EQ(org_.get(path_).body.at("error"), "Authenticate: token validation error");
  EXPECT_EQ(org_.get("/v1/apps/molecule-cp").body.at("message"), "Unauthorized");
  EXPECT_EQ(org_.get("/v1/apps/molecule-cp").status(), 401);
}

TEST_F(FlySecrets, DestroyedAppAnswersBadRequest) {
  fly_.destroy_app("molecule-cp", at(1));
  const auto secrets = org_.get(path_);
  EXPECT_EQ(secrets.status(), 400);
  EXPECT_NE(secrets.text().find("could not find app"), std::string::npos);
  const auto app = org_.get("/v1/apps/molecule-cp");
  EXPECT_EQ(app.status(), 400);
  EXPECT_TRUE(app.body.as_object().contains("message"));
  EXPECT_FALSE(fly_.has_app("molecule-cp"));
}

TEST_F(FlySecrets, LimitsActionsPerApp) {
  FlyEmulator fly;
  fly.add_app("a", "molecule");
  fly.add_app("b", "molecule");
  fly.add_token({.id = "t", .secret = "fm2_org", .organization = "molecule"});
  Asking asking(fly, "FlyV1 fm2_org");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(asking.get("/v1/apps/a/secrets").status(), 200);
  EXPECT_EQ(asking.get("/v1/apps/a/secrets").status(), 429);
  EXPECT_EQ(asking.get("/v1/apps/b/secrets").status(), 200);
  EXPECT_EQ(asking.post("/v1/apps/a/secrets", R"({"values":{}})").status(), 200);
  asking.now = at(1);
  EXPECT_EQ(asking.get("/v1/apps/a/secrets").status(), 200);
  EXPECT_EQ(asking.get("/v1/apps/a/secrets").status(), 429);
}

TEST_F(FlySecrets, LateReadSeesAWriteWhenItAsksForItsVersion) {
  auto options = free_of_limits();
  options.read_lag = Seconds(10);
  FlyEmulator fly(options);
  fly.add_app("a", "molecule");
  fly.add_token({.id = "t", .secret = "fm2_org", .organization = "molecule"});
  Asking asking(fly, "FlyV1 fm2_org");
  const auto written = asking.post("/v1/apps/a/secrets", R"({"values":{"A":"x"}})");
  const auto version = std::to_string(written.body.at("version").to_number<int>());
  const auto seen = [&](const std::string& query) {
    return asking.get("/v1/apps/a/secrets" + query).body.at("secrets").as_array().size();
  };
  EXPECT_EQ(seen(""), 0U);
  EXPECT_EQ(seen("?version=" + version), 1U);
  EXPECT_EQ(seen("?min_version=" + version), 1U);
  asking.now = at(10);
  EXPECT_EQ(seen(""), 1U);
}

TEST_F(FlySecrets, SaysWhatATokenIsAndListsAppsForOrganisationTokensOnly) {
  const auto current = Asking(fly_, "FlyV1 fm2_app").get("/v1/tokens/current");
  EXPECT_EQ(current.body.at("tokens").at(0).at("apps").at(0), "molecule-cp");
  EXPECT_EQ(org_.get("/v1/apps?org_slug=molecule").body.at("total_apps"), 2);
  EXPECT_EQ(Asking(fly_, "FlyV1 fm2_app").get("/v1/apps?org_slug=molecule").status(), 403);
  EXPECT_EQ(org_.get("/v1/apps").status(), 400);
  EXPECT_EQ(org_.get("/v1/apps/molecule-cp").body.at("organization").at("slug"), "molecule");
}

}  // namespace
}  // namespace lockstep::sandbox
