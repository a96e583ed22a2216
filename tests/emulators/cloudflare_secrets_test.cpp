#include "accounts.hpp"

namespace lockstep::sandbox {
namespace {

class CloudflareSecrets : public CloudflareTest {};

TEST_F(CloudflareSecrets, PutMakesAVersionAndDeploysItInTheOwnersName) {
  asking_.now = at(60);
  const auto answer = put_secret("AUTH_JWT_SECRET", "not-a-real-value");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.result().at("name"), "AUTH_JWT_SECRET");
  EXPECT_EQ(value("AUTH_JWT_SECRET"), "not-a-real-value");
  EXPECT_EQ(versions(), 2U);
  const auto deployment = newest_deployment();
  EXPECT_EQ(deployment.at("author_email"), "lockstep@example.com");
  EXPECT_EQ(deployment.at("source"), "api");
  EXPECT_EQ(deployment.at("created_on"), "2026-01-01T00:01:00.000000Z");
  EXPECT_EQ(deployment.at("annotations").at("workers/triggered_by"), "secret");
  EXPECT_EQ(deployment.at("versions").at(0).at("percentage"), 100);
}

TEST_F(CloudflareSecrets, SameValueStillMakesAVersion) {
  put_secret("K", "v");
  put_secret("K", "v");
  EXPECT_EQ(versions(), 3U);
}

TEST_F(CloudflareSecrets, ListsNamesAndTypesOnly) {
  put_secret("B", "value-of-b");
  put_secret("A", "value-of-a");
  const auto list = asking_.get(script("/secrets"));
  EXPECT_EQ(list.result(), parsed(R"([{"name":"A","type":"secret_text"},
                                           {"name":"B","type":"secret_text"}])"));
  for (const auto* rest : {"/secrets", "/secrets/A", "/settings", "/versions", "/deployments"}) {
    EXPECT_EQ(asking_.get(script(rest)).text().find("value-of"), std::string::npos) << rest;
  }
}

TEST_F(CloudflareSecrets, DeleteTakesEncodedNames) {
  put_secret("the/key", "v");
  EXPECT_EQ(asking_.remove(script("/secrets/the%2Fkey")).code(), 10056);
  const auto gone = asking_.remove(script("/secrets/the%2Fkey?url_encoded=true"));
  EXPECT_EQ(gone.status(), 200);
  EXPECT_TRUE(gone.result().is_null());
  EXPECT_EQ(value("the/key"), std::nullopt);
}

TEST_F(CloudflareSecrets, BulkIsOneVersionForAllAndKeepsWhatItDoesNotName) {
  put_secret("KEEP", "k");
  put_secret("OLD", "o");
  const auto before = versions();
  const auto answer =
      asking_.ask("PATCH", script("/secrets-bulk"),
                  R"({"secrets":{"A":)" + body("A", "a") + R"(,"OLD":null,"NEVER":null}})",
                  "application/merge-patch+json");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_EQ(versions(), before + 1);
  EXPECT_EQ(cloudflare_.names(kAccount, kWorker), (std::vector<std::string>{"A", "KEEP"}));
  EXPECT_EQ(answer.result().as_object().size(), 2U);
  EXPECT_EQ(newest_deployment().at("annotations").at("workers/triggered_by"), "secret");
}

TEST_F(CloudflareSecrets, RefusesWhatCloudflareRefuses) {
  std::string many = R"({"secrets":{)";
  for (int i = 0; i <= 100; ++i) many += (i ? ",\"N" : "\"N") + std::to_string(i) + "\":null";
  many += "}}";
  struct Case {
    const char* why;
    const char* method;
    std::string path;
    std::string body;
    int status;
    int code;
  };
  const auto nowhere = path("/workers/scripts/nowhere");
  const Case cases[] = {
      {"no Worker: put", "PUT", nowhere + "/secrets", body("A", "x"), 404, 10007},
      {"no Worker: list", "GET", nowhere + "/secrets", "", 404, 10007},
      {"no Worker: bulk", "PATCH", nowhere + "/secrets-bulk", R"({"secrets":{}})", 404, 10007},
      {"no Worker: settings", "GET", nowhere + "/settings", "", 404, 10007},
      {"no Worker: deployments", "GET", nowhere + "/deployments", "", 404, 10007},
      {"no Worker: service", "GET", path("/workers/services/nowhere"), "", 404, 10090},
      {"no Worker: latest", "PATCH", path("/workers/workers/nowhere/versions/latest"), "{}", 404,
       10222},
      {"a name of a variable: put", "PUT", script("/secrets"), body("STAGE", "x"), 400, 10053},
      {"a name of a variable: bulk", "PATCH", script("/secrets-bulk"),
       R"({"secrets":{"STAGE":)" + body("STAGE", "x") + "}}", 400, 10053},
      {"a name of a variable: delete", "DELETE", script("/secrets/STAGE"), "", 404, 10056},
      {"nothing to delete", "DELETE", script("/secrets/NONE"), "", 404, 10056},
      {"too large", "PUT", script("/secrets"), body("A", std::string(5121, 'x')), 400, 10054},
      {"more than 100", "PATCH", script("/secrets-bulk"), many, 400, 10021},
      {"not JSON", "PUT", script("/secrets"), "A=x", 400, 10021},
      {"no value", "PUT", script("/secrets"), R"({"name":"A","type":"secret_text"})", 400, 10021},
      {"a malformed account", "GET", "/client/v4/accounts/me/workers/scripts", "", 400, 7003},
      {"no such route", "GET", path("/workers/nothing"), "", 404, 7003},
      {"another account", "GET",
       "/client/v4/accounts/ffffffffffffffffffffffffffffffff/workers/scripts", "", 403, 9109},
  };
  for (const auto& each : cases) {
    const auto answer = asking_.ask(each.method, each.path, each.body);
    EXPECT_EQ(answer.status(), each.status) << each.why;
    EXPECT_EQ(answer.code(), each.code) << each.why;
    EXPECT_FALSE(answer.header("cf-ray").empty()) << each.why;
  }
  EXPECT_EQ(versions(), 1U);
  EXPECT_EQ(cloudflare_.workers(kAccount), std::vector<std::string>{kWorker});
}

TEST_F(CloudflareSecrets, ABadNameRefusesTheWholeBulk) {
  const auto answer =
      asking_.patch(script("/secrets-bulk"),
                    R"({"secrets":{"A":)" + body("A", "a") + R"(,"DB":)" + body("DB", "x") + "}}");
  EXPECT_EQ(answer.code(), 10053);
  EXPECT_EQ(value("A"), std::nullopt);
}

/// S8: the provider's own refusals while newer code waits or traffic is split.
TEST_F(CloudflareSecrets, RefusesEditsWhileTheLatestVersionIsNotWhollyDeployed) {
  put_secret("K", "v");
  const auto refused = [this](const char* when) {
    EXPECT_EQ(put_secret("K", "w").code(), 10215) << when;
    EXPECT_EQ(asking_.remove(script("/secrets/K")).code(), 10215) << when;
    EXPECT_EQ(asking_.patch(script("/secrets-bulk"), R"({"secrets":{"K":null}})").code(), 10214)
        << when;
    EXPECT_EQ(value("K"), "v") << when;
  };
  cloudflare_.upload(kAccount, kWorker, alice_, {.deploy = false}, at(10));
  refused("undeployed upload");
  cloudflare_.split_traffic(kAccount, kWorker, 10, alice_, at(20));
  refused("split traffic");
  cloudflare_.split_traffic(kAccount, kWorker, 100, alice_, at(30));
  refused("all traffic, but still two shares");
  cloudflare_.upload(kAccount, kWorker, alice_, {}, at(40));
  EXPECT_EQ(put_secret("K", "w").status(), 200);
  cloudflare_.rollback(kAccount, kWorker, 1, alice_, at(50));
  EXPECT_EQ(put_secret("K", "x").code(), 10215);
}

class FewVariables : public CloudflareTest {
 protected:
  FewVariables() : CloudflareTest({.max_variables = 2}) {}
};

TEST_F(FewVariables, CountsVariablesAndSecretsTogether) {
  EXPECT_EQ(put_secret("A", "x").status(), 200);
  EXPECT_EQ(put_secret("B", "x").code(), 10055);
  EXPECT_EQ(put_secret("A", "y").status(), 200);
}

class SlowEdits : public CloudflareTest {
 protected:
  SlowEdits() : CloudflareTest({.edit_takes = Seconds(2)}) {}
};

TEST_F(SlowEdits, AnEditHoldsTheLockOfItsScript) {
  cloudflare_.add_worker(kAccount, "other", at(0));
  EXPECT_EQ(put_secret("A", "x").outcome.delay, Seconds(2));
  asking_.now = at(1);
  const auto second = put_secret("B", "x");
  EXPECT_EQ(second.status(), 500);
  EXPECT_EQ(second.code(), 10013);
  EXPECT_EQ(asking_.put(path("/workers/scripts/other/secrets"), body("B", "x")).status(), 200);
  asking_.now = at(2);
  EXPECT_EQ(put_secret("B", "x").status(), 200);
}

}  // namespace
}  // namespace lockstep::sandbox
