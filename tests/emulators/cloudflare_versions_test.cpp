#include "accounts.hpp"

namespace lockstep::sandbox {
namespace {

class CloudflareVersions : public CloudflareTest {
 protected:
  Answer form(const std::string& method, const std::string& where, const std::string& part,
              const std::string& text, const std::string& code = "export default {}") {
    const std::string body = "--XX\r\nContent-Disposition: form-data; name=\"" + part +
                             "\"\r\nContent-Type: application/json\r\n\r\n" + text +
                             "\r\n--XX\r\nContent-Disposition: form-data; name=\"worker.js\"; "
                             "filename=\"worker.js\"\r\n\r\n" +
                             code + "\r\n--XX--\r\n";
    return asking_.ask(method, where, body, "multipart/form-data; boundary=XX");
  }
  std::string latest_path() { return path("/workers/workers/" + kWorker + "/versions/latest"); }
  std::string deploy_body(const std::string& version) {
    return R"({"strategy":"percentage","versions":[{"version_id":")" + version +
           R"(","percentage":100}],"annotations":{"workers/message":"as asked"}})";
  }
  json::value newest_version() {
    return asking_.get(script("/versions")).result().at("items").at(0);
  }
};

TEST_F(CloudflareVersions, ListIsNewestFirstAndPaged) {
  for (int i = 0; i < 11; ++i) put_secret("K", std::to_string(i));
  const auto first = asking_.get(script("/versions"));
  EXPECT_EQ(first.result().at("items").as_array().size(), 10U);
  EXPECT_EQ(first.result().at("items").at(0).at("number"), 12);
  EXPECT_EQ(first.body.at("result_info").at("total_count"), 12);
  const auto second = asking_.get(script("/versions?page=2&per_page=10"));
  EXPECT_EQ(second.result().at("items").as_array().size(), 2U);
  const auto all = asking_.get(script("/versions?deployable=true"));
  EXPECT_EQ(all.result().at("items").as_array().size(), 12U);
}

TEST_F(CloudflareVersions, DeploymentsListKeepsTheNewestTen) {
  for (int i = 0; i < 15; ++i) put_secret("K", std::to_string(i));
  const auto list = asking_.get(script("/deployments")).result().at("deployments").as_array();
  EXPECT_EQ(list.size(), 10U);
  EXPECT_EQ(list.at(0).at("versions").at(0).at("version_id"), newest_version().at("id"));
  EXPECT_EQ(cloudflare_.deployment_count(kAccount, kWorker), 16U);
}

TEST_F(CloudflareVersions, OneVersionTellsBindingsAndTheCodeItRuns) {
  const auto before = std::string(
      asking_.get(script("/versions/" + std::string(newest_version().at("id").as_string())))
          .result()
          .at("resources")
          .at("script")
          .at("etag")
          .as_string());
  put_secret("K", "v");
  const auto version =
      asking_.get(script("/versions/" + std::string(newest_version().at("id").as_string())));
  const auto& resources = version.result().at("resources");
  EXPECT_EQ(resources.at("script").at("etag"), json::value(before));
  EXPECT_EQ(resources.at("bindings"), parsed(R"([{"name":"DB","type":"d1","id":"1111"},
      {"name":"K","type":"secret_text"},
      {"name":"STAGE","type":"plain_text","text":"production"}])"));
  EXPECT_EQ(asking_.get(script("/versions/00000000-0000-4000-8000-000000000000")).code(), 100146);
}

TEST_F(CloudflareVersions, APersonsDeployIsToldFromASecretChange) {
  put_secret("K", "v");
  cloudflare_.upload(kAccount, kWorker, alice_, {}, at(9));
  const auto deployment = newest_deployment();
  EXPECT_EQ(deployment.at("annotations").at("workers/triggered_by"), "upload");
  EXPECT_EQ(deployment.at("author_email"), "alice@example.com");
  EXPECT_EQ(deployment.at("source"), "dash");
  EXPECT_EQ(value("K"), "v");
  cloudflare_.upload(kAccount, kWorker, alice_, {.deploy = false}, at(10));
  EXPECT_EQ(newest_version().at("annotations").at("workers/triggered_by"), "version_upload");
  EXPECT_EQ(newest_deployment(), deployment);
  EXPECT_FALSE(cloudflare_.latest_is_deployed(kAccount, kWorker));
}

TEST_F(CloudflareVersions, LatestPatchStagesSecretsAndDeploysOnRequest) {
  const auto staged =
      asking_.patch(latest_path(), R"({"env":{"K":{"type":"secret_text","text":"v"}},
                         "annotations":{"workers/message":"lockstep plan 1"}})");
  ASSERT_EQ(staged.status(), 200);
  EXPECT_EQ(staged.result().at("annotations").at("workers/message"), "lockstep plan 1");
  EXPECT_EQ(value("K"), std::nullopt);
  EXPECT_EQ(put_secret("L", "x").code(), 10215);
  EXPECT_EQ(asking_.get(latest_path()).result().at("id"), staged.result().at("id"));
  EXPECT_EQ(asking_.patch(latest_path() + "?deploy=true", "{}").status(), 200);
  EXPECT_EQ(value("K"), "v");
  EXPECT_EQ(newest_deployment().at("annotations").at("workers/triggered_by"), "version_upload");
}

TEST_F(CloudflareVersions, RollbackNamesTheSecretsThatChanged) {
  put_secret("SECRET", "1");
  const std::string old(newest_version().at("id").as_string());
  put_secret("SECRET", "2");
  put_secret("SECRET_TWO", "x");
  const auto refused = asking_.post(script("/deployments"), deploy_body(old));
  EXPECT_EQ(refused.code(), 10220);
  EXPECT_NE(refused.text().find("changed: SECRET, SECRET_TWO"), std::string::npos);
  const auto forced = asking_.post(script("/deployments?force=true"), deploy_body(old));
  ASSERT_EQ(forced.status(), 200);
  EXPECT_EQ(value("SECRET"), "1");
  const auto deployment = newest_deployment();
  EXPECT_EQ(deployment.at("id"), forced.result().at("id"));
  EXPECT_EQ(deployment.at("annotations").at("workers/triggered_by"), "rollback");
  EXPECT_EQ(deployment.at("annotations").at("workers/message"), "as asked");
}

TEST_F(CloudflareVersions, RefusesDeploymentsThatDoNotAddUp) {
  const std::string id(newest_version().at("id").as_string());
  const auto body = [&](const std::string& version, int percent) {
    return R"({"strategy":"percentage","versions":[{"version_id":")" + version +
           R"(","percentage":)" + std::to_string(percent) + "}]}";
  };
  EXPECT_EQ(asking_.post(script("/deployments"), body(id, 90)).code(), 10021);
  EXPECT_EQ(asking_.post(script("/deployments"), body("none", 100)).code(), 100146);
  EXPECT_EQ(asking_.post(script("/deployments"), R"({"strategy":"percentage"})").code(), 10021);
  EXPECT_EQ(cloudflare_.deployment_count(kAccount, kWorker), 1U);
}

/// The bulk of wrangler before 4.93.1: read the settings, send them back whole.
TEST_F(CloudflareVersions, SettingsPatchReplacesBindingsAndKeepsNamedValues) {
  put_secret("KEEP", "k");
  put_secret("DROP", "d");
  const auto answer = form("PATCH", script("/settings"), "settings",
                           R"({"bindings":[{"type":"secret_text","name":"KEEP"},
                               {"type":"plain_text","name":"STAGE","text":"production"},
                               {"type":"secret_text","name":"NEW","text":"n"}]})");
  ASSERT_EQ(answer.status(), 200);
  EXPECT_EQ(cloudflare_.names(kAccount, kWorker), (std::vector<std::string>{"KEEP", "NEW"}));
  EXPECT_EQ(value("KEEP"), "k");
  EXPECT_EQ(answer.text().find("\"DB\""), std::string::npos);
  EXPECT_EQ(newest_deployment().at("annotations").at("workers/triggered_by"), "secret");
  cloudflare_.upload(kAccount, kWorker, alice_, {.deploy = false}, at(9));
  EXPECT_EQ(form("PATCH", script("/settings"), "settings", R"({"bindings":[]})").code(), 10214);
}

/// What lockstep must never cause (S5) and a person's deploy does.
TEST_F(CloudflareVersions, UploadCreatesAWorkerAndInheritsSecrets) {
  const auto where = path("/workers/scripts/new-worker");
  const auto metadata = R"({"main_module":"worker.js","bindings":[
      {"type":"secret_text","name":"S","text":"s"}]})";
  ASSERT_EQ(form("PUT", where, "metadata", metadata).status(), 200);
  EXPECT_EQ(cloudflare_.workers(kAccount), (std::vector<std::string>{"new-worker", kWorker}));
  ASSERT_EQ(form("PUT", where, "metadata", R"({"main_module":"worker.js","bindings":[]})").status(),
            200);
  EXPECT_EQ(cloudflare_.value(kAccount, "new-worker", "S"), "s");
  ASSERT_EQ(form("PUT", where, "metadata",
                 R"({"bindings":[{"type":"plain_text","name":"S","text":"visible"}]})")
                .status(),
            200);
  EXPECT_EQ(cloudflare_.value(kAccount, "new-worker", "S"), std::nullopt);
  EXPECT_EQ(cloudflare_.version_count(kAccount, "new-worker"), 3U);
}

TEST_F(CloudflareVersions, VersionUploadIsNotDeployedAndStrictInheritanceIsChecked) {
  const auto inherit = R"({"bindings":[{"type":"inherit","name":"NONE"}]})";
  EXPECT_EQ(form("POST", script("/versions?bindings_inherit=strict"), "metadata", inherit).code(),
            10057);
  ASSERT_EQ(form("POST", script("/versions"), "metadata", inherit).status(), 200);
  EXPECT_EQ(versions(), 2U);
  EXPECT_FALSE(cloudflare_.latest_is_deployed(kAccount, kWorker));
  EXPECT_EQ(form("POST", path("/workers/scripts/none/versions"), "metadata", "{}").code(), 10007);
  EXPECT_EQ(asking_.post(script("/versions"), "{}").code(), 10021);
}

TEST_F(CloudflareVersions, SettingsTellAllBindingsOfTheLatestVersion) {
  put_secret("K", "v");
  const auto settings = asking_.get(script("/settings"));
  EXPECT_EQ(settings.result().at("bindings").as_array().size(), 3U);
  EXPECT_EQ(settings.result().at("annotations").at("workers/triggered_by"), "secret");
}

}  // namespace
}  // namespace lockstep::sandbox
