// What the five runbooks say, written down by hand, against what the manifests ask for: which
// secret lives where, what belongs together, what guards it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "manifests/everything.hpp"

namespace lockstep {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

/// The rows of a runbook's tables that name one place.
struct Row {
  std::string target;
  std::string place;  ///< its key, with ACCOUNT for the account's id
  std::vector<std::string> names;
};

std::vector<Row> moltworker() {
  return {
      {"moltworker/gateway-production",
       "cloudflareWorker/ACCOUNT/production-moltworker-gateway",
       {"CLOUDFLARE_AI_GATEWAY_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID", "CF_AI_GATEWAY_GATEWAY_ID",
        "MOLTBOT_GATEWAY_TOKEN", "CF_AI_GATEWAY_MODEL", "ANTHROPIC_API_KEY", "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN"}},
      {"moltworker/gateway-staging",
       "cloudflareWorker/ACCOUNT/staging-moltworker-gateway",
       {"CLOUDFLARE_AI_GATEWAY_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID", "CF_AI_GATEWAY_GATEWAY_ID",
        "MOLTBOT_GATEWAY_TOKEN", "CF_AI_GATEWAY_MODEL", "ANTHROPIC_API_KEY", "TELEGRAM_BOT_TOKEN"}},
      {"moltworker/gateway-dev-vars",
       "dotenvFile/.dev.vars",
       {"CLOUDFLARE_AI_GATEWAY_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID", "CF_AI_GATEWAY_GATEWAY_ID",
        "MOLTBOT_GATEWAY_TOKEN", "CF_AI_GATEWAY_MODEL"}},
  };
}

std::vector<Row> cms() {
  const std::vector<std::string> deploy{"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"};
  const std::vector<std::string> always{"AUTH_JWT_SECRET", "TOKEN_ENCRYPTION_KEY"};
  return {
      {"cms/cms-production",
       "cloudflareWorker/ACCOUNT/production-alokai-cms",
       {"AUTH_JWT_SECRET", "TOKEN_ENCRYPTION_KEY", "OIDC_ISSUER", "OIDC_AUDIENCE"}},
      {"cms/cms-staging", "cloudflareWorker/ACCOUNT/staging-alokai-cms", always},
      {"cms/dev-vars", "dotenvFile/apps%2Fcms%2F.dev.vars", always},
      {"cms/dev-vars-example", "dotenvFile/apps%2Fcms%2F.dev.vars.example", always},
      {"cms/actions-repository", "githubRepository/alokai/cms/Actions", {"VERDACCIO_AUTH_TOKEN"}},
      {"cms/actions-staging", "githubEnvironment/alokai/cms/staging", deploy},
      {"cms/actions-production", "githubEnvironment/alokai/cms/production", deploy},
      {"cms/actions-preview", "githubEnvironment/alokai/cms/preview", deploy},
      {"cms/docs-production", "cloudflarePages/ACCOUNT/alokai-cms-docs/Production", {}},
      {"cms/docs-preview", "cloudflarePages/ACCOUNT/alokai-cms-docs/Preview", {}},
  };
}

std::vector<Row> molecule() {
  return {
      {"molecule/control-plane",
       "flyApp/molecule-cp",
       {"FLY_API_TOKEN", "NEON_API_KEY", "DATABASE_URL", "TENANT_REDIS_URL",
        "SECRETS_ENCRYPTION_KEY", "RESEND_API_KEY", "RESEND_FROM_EMAIL", "STRIPE_API_KEY",
        "STRIPE_WEBHOOK_SECRET", "OLD_SENTRY_DSN"}},
      {"molecule/monorepo-actions",
       "githubRepository/molecule-ai/molecule-monorepo/Actions",
       {"FLY_API_TOKEN"}},
      {"molecule/tenant-platform",
       "platformSettings/platform.moleculesai.app",
       {"ANTHROPIC_API_KEY"}},
  };
}

std::vector<Row> ai_providers() {
  return {{"ai-providers/ai-providers-store",
           "cloudflareSecretsStore/ACCOUNT/ai-providers-store",
           {"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY", "PERPLEXITY_API_KEY",
            "GOOGLE_AI_STUDIO_API_KEY", "HUGGINGFACE_API_KEY", "ELEVENLABS_API_KEY",
            "AI_GATEWAY_ACCOUNT_ID", "AI_GATEWAY_ID", "CLOUDFLARE_API_KEY"}}};
}

std::vector<Row> all_rows() {
  std::vector<Row> out;
  for (const auto& rows : {moltworker(), cms(), molecule(), ai_providers()}) {
    out.insert(out.end(), rows.begin(), rows.end());
  }
  return out;
}

/// Every entry of one namespace, wherever it is desired.
std::vector<std::string> entry_names(const Everything& all, std::string_view ns) {
  std::vector<std::string> out;
  for (const auto& document : all.manifests.documents) {
    const auto* set = std::get_if<api::SecretSet>(&document);
    if (!set || set->metadata.ns != ns) continue;
    for (const auto& entry : set->secrets) out.push_back(entry.name);
  }
  return out;
}

const api::Expectation* expectation(const Everything& all, std::string_view target) {
  for (const auto& document : all.manifests.documents) {
    const auto* found = std::get_if<api::Target>(&document);
    if (!found || found->metadata.ns + "/" + found->metadata.name != target) continue;
    const auto* place = std::get_if<api::GitHubEnvironment>(&found->place);
    return place && place->expect ? &*place->expect : nullptr;
  }
  return nullptr;
}

TEST(Runbooks, EverySecretIsDeclaredWhereItsRunbookSays) {
  const Everything all;
  std::vector<std::string> targets;
  for (const auto& row : all_rows()) {
    targets.push_back(row.target);
    const auto& target = all.target(row.target);
    auto place = target.place.key();
    if (const auto at = place.find(account); at != std::string::npos) {
      place.replace(at, account.size(), "ACCOUNT");
    }
    EXPECT_EQ(place, row.place);
    std::vector<std::string> names;
    for (const auto& secret : target.secrets) names.push_back(secret.name);
    EXPECT_THAT(names, UnorderedElementsAreArray(row.names)) << row.target;
  }
  std::vector<std::string> found;
  for (const auto& target : all.desired.targets) found.push_back(to_string(target.key));
  EXPECT_THAT(found, UnorderedElementsAreArray(targets));
}

TEST(Runbooks, MoltworkersChannelsAreDeclaredAlsoWhereTheyAreOff) {
  const Everything all;
  EXPECT_THAT(
      entry_names(all, "moltworker"),
      UnorderedElementsAre("CLOUDFLARE_AI_GATEWAY_API_KEY", "CF_AI_GATEWAY_ACCOUNT_ID",
                           "CF_AI_GATEWAY_GATEWAY_ID", "MOLTBOT_GATEWAY_TOKEN", "ANTHROPIC_API_KEY",
                           "OPENAI_API_KEY", "AI_GATEWAY_API_KEY", "AI_GATEWAY_BASE_URL",
                           "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN",
                           "TELEGRAM_BOT_TOKEN", "CF_AI_GATEWAY_MODEL"));
}

TEST(Runbooks, GitHubsOwnTokenIsNowhere) {
  const Everything all;
  for (const auto* ns : {"moltworker", "cms", "molecule", "ai-providers"}) {
    EXPECT_THAT(entry_names(all, ns), ::testing::Not(::testing::Contains("GITHUB_TOKEN"))) << ns;
  }
}

TEST(Runbooks, OnlyTheFlyTokenIsInTwoPlaces) {
  const Everything all;
  std::map<SecretId, std::set<std::string>> places;
  for (const auto& target : all.desired.targets) {
    if (target.place.kind == PlaceKind::dotenvFile) continue;
    for (const auto& secret : target.secrets) {
      places[secret.id].insert(to_string(target.key) + " " + secret.name);
    }
  }
  std::vector<std::string> coupled;
  for (const auto& [id, where] : places) {
    // Public configuration is the same text everywhere by being written once.
    if (where.size() > 1) coupled.insert(coupled.end(), where.begin(), where.end());
  }
  EXPECT_THAT(coupled, UnorderedElementsAre("molecule/control-plane FLY_API_TOKEN",
                                            "molecule/monorepo-actions FLY_API_TOKEN"));
}

TEST(Runbooks, EachGitHubEnvironmentHasADeployTokenOfItsOwnAndTheSameAccount) {
  const Everything all;
  std::set<SecretId> tokens;
  for (const auto* target :
       {"cms/actions-staging", "cms/actions-production", "cms/actions-preview"}) {
    tokens.insert(all.secret(target, "CLOUDFLARE_API_TOKEN").id);
    EXPECT_EQ(all.secret(target, "CLOUDFLARE_ACCOUNT_ID").text, account);
  }
  EXPECT_EQ(tokens.size(), 3U);
}

TEST(Runbooks, TheRepositorysSecretHasAnEnvironmentOfItsOwn) {
  const Everything all;
  const auto& repository = all.target("cms/actions-repository");
  for (const auto& target : all.desired.targets) {
    if (target.key == repository.key || target.key.ns != "cms") continue;
    EXPECT_NE(target.environment, repository.environment) << to_string(target.key);
  }
}

TEST(Runbooks, GitHubEnvironmentsAreGuardedAsWritten) {
  const Everything all;
  const auto* staging = expectation(all, "cms/actions-staging");
  const auto* production = expectation(all, "cms/actions-production");
  const auto* preview = expectation(all, "cms/actions-preview");
  ASSERT_TRUE(staging && production && preview);
  EXPECT_EQ(staging->required_reviewers, api::RequiredReviewers::None);
  EXPECT_EQ(production->required_reviewers, api::RequiredReviewers::Any);
  EXPECT_EQ(preview->deployment_branches, api::DeploymentBranches::All);
}

TEST(Runbooks, OnlyWhatIsNotBuiltIsGated) {
  const Everything all;
  std::vector<std::string> gated;
  for (const auto& target : all.desired.targets) {
    for (const auto& [gate, reason] : target.gates) {
      EXPECT_EQ(gate, Gate::Unsupported) << to_string(target.key) << ": " << reason;
      gated.push_back(to_string(target.key));
    }
  }
  EXPECT_THAT(gated, UnorderedElementsAre("ai-providers/ai-providers-store", "cms/docs-preview",
                                          "cms/docs-production", "molecule/tenant-platform"));
}

TEST(Runbooks, TheControlPlanesMachinesMayBeRestarted) {
  const Everything all;
  EXPECT_TRUE(all.target("molecule/control-plane").permitted.contains(api::Action::RollOut));
}

// S19
TEST(Runbooks, ADevelopersFileSharesNoSecretWithAStage) {
  const Everything all;
  std::set<std::string> local, staged;
  for (const auto& target : all.desired.targets) {
    auto& sources = target.place.kind == PlaceKind::dotenvFile ? local : staged;
    for (const auto& secret : target.secrets) {
      if (!secret.source_secret.empty()) {
        sources.insert(target.key.ns + "/" + secret.source_secret);
      }
    }
  }
  std::vector<std::string> both;
  std::ranges::set_intersection(local, staged, std::back_inserter(both));
  EXPECT_THAT(both, IsEmpty());
  EXPECT_FALSE(local.empty());
}

TEST(Runbooks, TheExampleFileHoldsPlaceholdersAsWritten) {
  const Everything all;
  std::map<std::string, api::LocalStandIn> stand_ins;
  for (const auto& document : all.manifests.documents) {
    const auto* set = std::get_if<api::SecretSet>(&document);
    if (!set || set->metadata.name != "cms-runtime") continue;
    for (const auto& entry : set->secrets) {
      if (entry.local) stand_ins[entry.name] = *entry.local;
    }
  }
  EXPECT_EQ(stand_ins.at("TOKEN_ENCRYPTION_KEY").placeholder, "openssl rand -hex 32");
  EXPECT_FALSE(stand_ins.at("TOKEN_ENCRYPTION_KEY").value) << "a key of its own a machine";
  const auto& jwt = stand_ins.at("AUTH_JWT_SECRET");
  EXPECT_EQ(jwt.placeholder, jwt.value) << "the example's default is fine for local use";
}

}  // namespace
}  // namespace lockstep
