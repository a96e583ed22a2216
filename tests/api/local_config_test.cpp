#include "api/local_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace lockstep::api {
namespace {

constexpr std::string_view whole = R"(
keyrings:
  main: {path: secure/lockstep.keyring, keyFile: secure/keyring.key}
  other: {path: other.keyring, passphrase: {env: KEYRING_PASSPHRASE}}
secrets:
  cms/cloudflare-production: {keys: {token: {env: CLOUDFLARE_API_TOKEN}, extra: {file: secure/t}}}
  cms/cms-production: {envFile: {path: secure/production.env}}
  cms/cms-staging: {envPrefix: CMS_STAGING_}
  plain: {keyring: main}
endpoints: {cloudflare: "https://127.0.0.1:8443/client/v4", fly: "http://localhost:8080"}
hosts: ["https://127.0.0.1:8443"]
caFile: sandbox-ca.pem
adminManifests: [platform/]
)";

TEST(LocalConfig, ReadsTheWholeOfTheModel) {
  const auto loaded = load_local_config("lockstep.local.yaml", whole);
  ASSERT_TRUE(loaded.config) << to_string(loaded.problems[0]);
  const auto& config = *loaded.config;
  EXPECT_EQ(config.keyrings.at("main").key_file, "secure/keyring.key");
  EXPECT_EQ(config.keyrings.at("other").passphrase->env, "KEYRING_PASSPHRASE");
  const auto& keys = config.secrets.at("cms/cloudflare-production").keys;
  EXPECT_EQ(keys.at("token").env, "CLOUDFLARE_API_TOKEN");
  EXPECT_EQ(keys.at("extra").file, "secure/t");
  EXPECT_EQ(config.secrets.at("cms/cms-production").env_file->path, "secure/production.env");
  EXPECT_FALSE(config.secrets.at("cms/cms-production").env_file->allow_others);
  EXPECT_EQ(config.secrets.at("cms/cms-staging").env_prefix, "CMS_STAGING_");
  EXPECT_EQ(config.secrets.at("cms/cms-staging").at.line, 8U);
  EXPECT_EQ(config.secrets.at("default/plain").keyring, "main");
  EXPECT_EQ(config.endpoints.cloudflare, "https://127.0.0.1:8443/client/v4");
  EXPECT_EQ(config.hosts.size(), 1U);
  EXPECT_EQ(config.ca_file, "sandbox-ca.pem");
  EXPECT_EQ(config.admin_manifests, std::vector<std::string>{"platform/"});
}

TEST(LocalConfig, S19_SaysWhatMayLieInADevelopersFile) {
  const auto loaded = load_local_config("f", R"(
keyrings: {main: {path: k, keyFile: key}}
secrets:
  cms/silent: {envPrefix: CMS_}
  cms/dev: {envFile: {path: dev.env}, localFiles: true}
  cms/made: {keyring: main, localFiles: true}
  cms/listed: {keys: {a: {env: A, localFiles: true}, b: {env: B}, c: {env: C, localFiles: false}}}
)");
  ASSERT_TRUE(loaded.config) << to_string(loaded.problems[0]);
  const auto& secrets = loaded.config->secrets;
  EXPECT_FALSE(secrets.at("cms/silent").local_files);
  EXPECT_TRUE(secrets.at("cms/dev").local_files);
  EXPECT_TRUE(secrets.at("cms/made").local_files);
  EXPECT_FALSE(secrets.at("cms/listed").local_files);
  EXPECT_EQ(secrets.at("cms/listed").keys.at("a").local_files, true);
  EXPECT_EQ(secrets.at("cms/listed").keys.at("b").local_files, std::nullopt);
  EXPECT_EQ(secrets.at("cms/listed").keys.at("c").local_files, false);
}

TEST(LocalConfig, S19_LocalFilesIsTrueOrFalseAtAStandIn) {
  const auto problem = [](std::string_view text) {
    const auto loaded = load_local_config("f", text);
    return loaded.problems.empty() ? "" : to_string(loaded.problems[0]);
  };
  EXPECT_EQ(problem("keyrings: {k: {path: p, passphrase: {env: E, localFiles: true}}}"),
            "f:1:37: keyrings.k.passphrase.localFiles: a passphrase is no value of a Secret: "
            "remove it");
  EXPECT_NE(problem("secrets: {a/b: {envPrefix: A_, localFiles: \"yes\"}}"), "");
  EXPECT_NE(problem("secrets: {a/b: {envPrefix: A_, localfiles: true}}"), "");
  EXPECT_NE(problem("secrets: {a/b: {localFiles: true}}"), "") << "says nothing without a stand-in";
}

TEST(LocalConfig, AnEmptyTextIsAnEmptyConfig) {
  EXPECT_TRUE(load_local_config("lockstep.local.yaml", "").config);
  EXPECT_TRUE(load_local_config("lockstep.local.yaml", "# later\n").config);
}

TEST(LocalConfig, PlainHttpIsForLoopbackOnly) {  // S17
  for (const std::string_view host :
       {"http://127.0.0.1:1", "http://localhost", "http://[::1]:8080", "https://ghe.example.com"}) {
    EXPECT_TRUE(load_local_config("f", "hosts: [\"" + std::string(host) + "\"]").config) << host;
  }
  for (const std::string_view host :
       {"http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example.com",
        "https://u@h", "https://h/p", "https://", "h:1", "http://127.0.0.1@evil.example"}) {
    EXPECT_FALSE(load_local_config("f", "hosts: [\"" + std::string(host) + "\"]").config) << host;
  }
}

TEST(LocalConfig, TheExampleOfTheReadmeIsValid) {
  std::ifstream in(LOCKSTEP_SOURCE_DIR "/README.md", std::ios::binary);
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  const auto end = readme.find("```", readme.find("endpoints:  "));
  ASSERT_NE(end, std::string::npos);
  const auto begin = readme.rfind("```yaml\n", end - 1) + 8;
  const auto loaded = load_local_config("README.md", readme.substr(begin, end - begin));
  ASSERT_TRUE(loaded.config) << to_string(loaded.problems[0]);
  EXPECT_TRUE(loaded.config->secrets.at("shop/shared").env_file->allow_others);
  EXPECT_FALSE(loaded.config->endpoints.github.empty());
  EXPECT_EQ(loaded.config->hosts.size(), 1U);
  EXPECT_FALSE(loaded.config->ca_file.empty());
}

}  // namespace
}  // namespace lockstep::api
