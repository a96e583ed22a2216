// The manifests of this repository: they are valid together, name every secret of the runbooks and
// hold no value; what stands in for their Secrets in the quickstart fits them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "api/credential_like.hpp"
#include "api/format.hpp"
#include "api/load.hpp"
#include "api/local_config.hpp"
#include "api/node.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "plan/graph.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Path root = Path(LOCKSTEP_SOURCE_DIR);

std::string read(const Path& path) {
  const auto bytes = make_system_files()->read(path, 1 << 20);
  return bytes ? std::string(view(*bytes)) : "";
}

/// Every file below manifests/ whose name ends so.
std::vector<Path> files(std::string_view extension) {
  const auto system = make_system_files();
  std::vector<Path> out;
  const auto projects = system->list(root / "manifests", 100);
  for (const auto& project : projects.value()) {
    const auto folder = root / "manifests" / project;
    const auto names = system->list(folder, 100);
    for (const auto& name : names.value()) {
      if (name.ends_with(extension)) out.push_back(folder / name);
    }
  }
  return out;
}

struct Everything {
  plan::Manifests manifests;
  std::vector<std::string> problems;
  Desired desired;

  Everything() {
    for (const auto& path : files(".yaml")) {
      auto loaded = api::load_yaml(path.string(), read(path));
      for (const auto& problem : loaded.problems) problems.push_back(api::to_string(problem));
      for (auto& document : loaded.documents) manifests.documents.push_back(std::move(document));
      manifests.incomplete |= loaded.incomplete;
    }
    desired = plan::build_desired(manifests);
    for (const auto& problem : desired.problems) problems.push_back(api::to_string(problem));
  }
  const DesiredTarget& target(const std::string& ns, const std::string& name) const {
    const auto found = std::ranges::find(desired.targets, ObjectKey{ns, name}, &DesiredTarget::key);
    if (found == desired.targets.end()) throw std::out_of_range(ns + "/" + name);
    return *found;
  }
};

/// Every secret, variable and channel of one namespace, wherever it is desired.
std::vector<std::string> entry_names(const Everything& all, std::string_view ns) {
  std::vector<std::string> out;
  for (const auto& document : all.manifests.documents) {
    const auto* set = std::get_if<api::SecretSet>(&document);
    if (!set || set->metadata.ns != ns) continue;
    for (const auto& entry : set->secrets) out.push_back(entry.name);
  }
  return out;
}

std::vector<std::string> names_at(const DesiredTarget& target) {
  std::vector<std::string> out;
  for (const auto& secret : target.secrets) out.push_back(secret.name);
  return out;
}

/// The made-up values of the quickstart, by Secret (`NAMESPACE.NAME`) and key. The files use only
/// the plainest part of the dotenv grammar: one line a value, in double quotes where it has blanks.
std::map<std::string, std::map<std::string, std::string>> fake_values() {
  std::map<std::string, std::map<std::string, std::string>> out;
  const auto folder = root / "tests/quickstart/values";
  const auto listed = make_system_files()->list(folder, 100);
  for (const auto& file : listed.value()) {
    const auto text = read(folder / file);
    for (const auto& line : split(text, '\n')) {
      const auto equals = line.find('=');
      if (line.starts_with('#') || equals == std::string::npos) continue;
      auto value = line.substr(equals + 1);
      if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
      out[file.substr(0, file.size() - 4)][line.substr(0, equals)] = value;
    }
  }
  return out;
}

TEST(Manifests, AreValidTogether) {
  const Everything all;
  EXPECT_THAT(all.problems, IsEmpty());
  EXPECT_FALSE(all.manifests.incomplete);
  EXPECT_EQ(all.desired.targets.size(), 5U);
  for (const auto& target : all.desired.targets) {
    EXPECT_THAT(target.gates, IsEmpty()) << to_string(target.key);
    EXPECT_EQ(target.deletions_blocked, "") << to_string(target.key);
  }
}

TEST(Manifests, NameEverySecretOfTheRunbooks) {
  const Everything all;
  EXPECT_THAT(
      entry_names(all, "moltworker"),
      UnorderedElementsAre("CLOUDFLARE_AI_GATEWAY_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID",
                           "CF_AI_GATEWAY_GATEWAY_ID", "MOLTBOT_GATEWAY_TOKEN", "ANTHROPIC_API_KEY",
                           "OPENAI_API_KEY", "AI_GATEWAY_API_KEY", "AI_GATEWAY_BASE_URL",
                           "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN",
                           "TELEGRAM_BOT_TOKEN", "CF_AI_GATEWAY_MODEL"));
  EXPECT_THAT(entry_names(all, "cms"), UnorderedElementsAre("AUTH_JWT_SECRET", "OIDC_AUDIENCE",
                                                            "OIDC_ISSUER", "TOKEN_ENCRYPTION_KEY"));
  EXPECT_THAT(
      entry_names(all, "molecule"),
      UnorderedElementsAre("FLY_API_TOKEN", "NEON_API_KEY", "DATABASE_URL", "TENANT_REDIS_URL",
                           "SECRETS_ENCRYPTION_KEY", "RESEND_API_KEY", "RESEND_FROM_EMAIL",
                           "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "OLD_SENTRY_DSN"));
}

TEST(Manifests, ConditionsDecideWhereASecretIsDesired) {
  const Everything all;
  EXPECT_THAT(
      names_at(all.target("cms", "cms-production")),
      ElementsAre("AUTH_JWT_SECRET", "OIDC_AUDIENCE", "OIDC_ISSUER", "TOKEN_ENCRYPTION_KEY"));
  EXPECT_THAT(names_at(all.target("cms", "cms-staging")),
              ElementsAre("AUTH_JWT_SECRET", "TOKEN_ENCRYPTION_KEY"));
  EXPECT_THAT(
      names_at(all.target("moltworker", "gateway-production")),
      ElementsAreArray({"ANTHROPIC_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID", "CF_AI_GATEWAY_GATEWAY_ID",
                        "CF_AI_GATEWAY_MODEL", "CLOUDFLARE_AI_GATEWAY_API_KEY", "DISCORD_BOT_TOKEN",
                        "MOLTBOT_GATEWAY_TOKEN", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"}));
  EXPECT_THAT(
      names_at(all.target("moltworker", "gateway-staging")),
      ElementsAreArray({"ANTHROPIC_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID", "CF_AI_GATEWAY_GATEWAY_ID",
                        "CF_AI_GATEWAY_MODEL", "CLOUDFLARE_AI_GATEWAY_API_KEY",
                        "MOLTBOT_GATEWAY_TOKEN", "TELEGRAM_BOT_TOKEN"}));
}

TEST(Manifests, SayOfEverySecretWhatItIsForAndWhereItComesFrom) {
  const Everything all;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      const auto where = to_string(target.key) + " " + secret.name;
      EXPECT_NE(secret.description, "") << where;
      if (secret.kind == ValueKind::absent) continue;
      EXPECT_NE(secret.obtain_from, "") << where;
      EXPECT_THAT(secret.used_by, ::testing::Not(IsEmpty())) << where;
    }
  }
}

TEST(Manifests, CompromisedOnlySecretsSayWhatBreaks) {
  const Everything all;
  std::vector<std::string> found;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      if (secret.rotation.policy != api::RotationPolicy::CompromisedOnly) continue;
      found.push_back(to_string(target.key) + " " + secret.name);
      EXPECT_NE(secret.rotation.consequence, "") << found.back();
      EXPECT_EQ(secret.format.hex_bytes, 32) << found.back();
    }
  }
  EXPECT_THAT(found, UnorderedElementsAre("cms/cms-production TOKEN_ENCRYPTION_KEY",
                                          "cms/cms-staging TOKEN_ENCRYPTION_KEY",
                                          "molecule/control-plane SECRETS_ENCRYPTION_KEY"));
}

/// Every scalar with the path of keys that leads to it. Account ids are identifiers, not values.
void collect(const api::Node& node, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (!node.text.empty() && path != ".spec.cloudflare.accountId") out.emplace_back(path, node.text);
  for (const auto& item : node.items) collect(item, path + "[]", out);
  for (const auto& entry : node.entries) {
    out.emplace_back(path, entry.key);
    collect(entry.value, path + "." + entry.key, out);
  }
}

// S4
TEST(Manifests, HoldNothingThatLooksLikeACredential) {
  for (const auto& path : files(".yaml")) {
    const auto parsed = api::parse_yaml(path.string(), read(path));
    ASSERT_THAT(parsed.documents, ::testing::Not(IsEmpty())) << path;
    std::vector<std::pair<std::string, std::string>> scalars;
    for (const auto& document : parsed.documents) collect(document, "", scalars);
    for (const auto& [where, text] : scalars) {
      const auto reason = api::looks_like_credential(text);
      EXPECT_FALSE(reason) << path << where << ": " << reason.value_or("");
    }
  }
}

// S4
TEST(Manifests, HoldNoneOfTheQuickstartsValues) {
  auto texts = files(".yaml");
  const auto pages = files(".md");
  texts.insert(texts.end(), pages.begin(), pages.end());
  for (const auto& path : texts) {
    const auto text = read(path);
    for (const auto& [secret, values] : fake_values()) {
      for (const auto& [key, value] : values) {
        EXPECT_FALSE(text.contains(value)) << path << " holds " << secret << "/" << key;
      }
    }
  }
}

TEST(Manifests, TheQuickstartHasAFittingValueForEverySecret) {
  const Everything all;
  auto left = fake_values();
  std::set<std::string> used;
  for (const auto& target : all.desired.targets) {
    for (const auto& secret : target.secrets) {
      if (secret.kind != ValueKind::source) continue;
      const auto file = target.key.ns + "." + secret.source_secret;
      const auto where = file + "/" + secret.source_key;
      const auto& values = left[file];
      const auto value = values.find(secret.source_key);
      if (value == values.end()) {
        EXPECT_TRUE(secret.optional) << where << " has no value";
        continue;
      }
      used.insert(where);
      const auto problem = api::format_problem(secret.format, value->second);
      EXPECT_FALSE(problem) << where << ": " << problem.value_or("");
    }
  }
  for (const auto& [key, credential] : all.desired.credentials) {
    const auto file = key.ns + "." + credential.metadata.name;
    EXPECT_TRUE(left[file].contains("token")) << file;
    used.insert(file + "/token");
  }
  for (const auto& [file, values] : left) {
    for (const auto& [key, value] : values) {
      EXPECT_TRUE(used.contains(file + "/" + key)) << file << "/" << key << " is for nothing";
    }
  }
}

TEST(Manifests, TheQuickstartsLocalConfigStandsInForEverySecretThatIsNamed) {
  auto text = read(root / "tests/quickstart/lockstep.local.yaml.in");
  const std::pair<std::string, std::string> blanks[] = {
      {"@CLOUDFLARE@", "https://127.0.0.1:8443/client/v4"},
      {"@FLY@", "https://127.0.0.1:8443"},
      {"@CA_FILE@", "ca.pem"}};
  for (const auto& [blank, filled] : blanks) {
    const auto at = text.find(blank);
    ASSERT_NE(at, std::string::npos) << blank;
    text.replace(at, blank.size(), filled);
  }
  const auto loaded = api::load_local_config("lockstep.local.yaml", text);
  ASSERT_TRUE(loaded.config) << api::to_string(loaded.problems.at(0));
  std::set<std::string> named;
  for (const auto& document : Everything().manifests.documents) {
    const auto& ns = api::metadata(document).ns;
    if (const auto* credential = std::get_if<api::Credential>(&document)) {
      named.insert(ns + "/" + credential->metadata.name);
    }
    const auto* environment = std::get_if<api::Environment>(&document);
    if (!environment) continue;
    for (const auto& source : environment->sources) named.insert(ns + "/" + source.secret_ref.name);
  }
  std::set<std::string> stood_in;
  for (const auto& [secret, stand_in] : loaded.config->secrets) stood_in.insert(secret);
  EXPECT_EQ(stood_in, named);
}

}  // namespace
}  // namespace lockstep
