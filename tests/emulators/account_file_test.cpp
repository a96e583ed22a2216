#include "sandbox/account_file.hpp"

#include "accounts.hpp"
#include "base/files.hpp"

namespace lockstep::sandbox {
namespace {

struct Accounts {
  FlyEmulator fly;
  CloudflareEmulator cloudflare;
  GitHubEmulator github;
  Status seed(std::string_view yaml) { return seed_accounts(yaml, fly, cloudflare, github, at(0)); }
};

TEST(AccountFile, QuickstartHoldsThePlacesOfTheRunbooks) {
  const auto file = make_system_files()->read(
      Path(LOCKSTEP_SOURCE_DIR) / "tests/sandbox/quickstart.yaml", 1 << 20);
  ASSERT_TRUE(file);
  Accounts accounts;
  const auto seeded = accounts.seed(view(*file));
  ASSERT_TRUE(seeded) << describe(seeded.error());
  EXPECT_EQ(accounts.cloudflare.workers(kAccount),
            (std::vector<std::string>{"production-alokai-cms", "production-moltworker-gateway",
                                      "staging-alokai-cms", "staging-moltworker-gateway"}));
  EXPECT_EQ(accounts.fly.machines("molecule-cp").size(), 2U);
  Asking cloudflare(accounts.cloudflare, "Bearer sandbox-cloudflare-lockstep-not-a-real-1");
  const auto path = "/client/v4/accounts/" + kAccount;
  for (const auto* rest : {"/d1/database", "/storage/kv/namespaces", "/ai-gateway/gateways"}) {
    EXPECT_GE(cloudflare.get(path + rest).result().as_array().size(), 2U) << rest;
  }
  EXPECT_EQ(cloudflare.get(path + "/r2/buckets").result().at("buckets").as_array().size(), 2U);
  const auto bindings =
      cloudflare.get(path + "/workers/scripts/production-alokai-cms/settings").result();
  EXPECT_EQ(bindings.at("bindings").at(0).at("text"), "oidc");
  Asking fly(accounts.fly, "FlyV1 fm2_sandbox_lockstep_not_a_real_token");
  EXPECT_EQ(fly.get("/v1/apps/molecule-cp/secrets").body.at("secrets").as_array().size(), 2U);
}

TEST(AccountFile, QuickstartGuardsTheEnvironmentsOnGitHub) {
  const auto file = make_system_files()->read(
      Path(LOCKSTEP_SOURCE_DIR) / "tests/sandbox/quickstart.yaml", 1 << 20);
  ASSERT_TRUE(file);
  Accounts accounts;
  ASSERT_TRUE(accounts.seed(view(*file)));
  using Branches = GitHubProtection::Branches;
  const auto protection = [&](const char* environment) {
    return accounts.github.protection("alokai/cms", environment);
  };
  EXPECT_EQ(accounts.github.repositories(),
            (std::vector<std::string>{"alokai/cms", "Molecule-AI/molecule-monorepo"}));
  EXPECT_EQ(protection("production").reviewers.size(), 2U);
  EXPECT_EQ(protection("staging").branches, Branches::protected_only);
  EXPECT_EQ(protection("preview").branches, Branches::all);
  EXPECT_EQ(protection("packages").patterns.size(), 2U);
  Asking github(accounts.github,
                "token github_pat_11SANDBOX0lockstep_not_a_real_token_00000000000000000000001");
  const auto repository = std::string("/api/v3/repos/alokai/cms");
  EXPECT_EQ(github.get(repository + "/actions/secrets").body.at("total_count"), 1);
  EXPECT_EQ(github.get(repository + "/branches?protected=true").body.as_array().size(), 1U);
  for (const auto& name : accounts.github.environments("alokai/cms")) {
    EXPECT_EQ(github.get(repository + "/environments/" + name + "/secrets").status(), 200) << name;
  }
}

TEST(AccountFile, ValuesAreTextWhateverTheyLookLike) {
  Accounts accounts;
  ASSERT_TRUE(accounts.seed("fly: {apps: [{name: a, secrets: {A: 007, B: yes, C: \"\"}}]}"));
  EXPECT_EQ(accounts.fly.value("a", "A"), "007");
  EXPECT_EQ(accounts.fly.value("a", "B"), "yes");
  EXPECT_EQ(accounts.fly.value("a", "C"), "");
}

TEST(AccountFile, RefusesWhatItDoesNotUnderstand) {
  const std::pair<const char*, const char*> cases[] = {
      {"fly: {app: []}", "unknown field 'app'"},
      {"fly:\n  apps:\n  - {nam: a}", "line 3: unknown field 'nam'"},
      {"fly: {apps: [{secrets: {}}]}", "'name' is missing"},
      {"cloudflare: {accounts: [{id: short}]}", "32 hex digits"},
      {"cloudflare: {tokens: [{id: a, token: b, kind: robot}]}", "user or account"},
      {"cloudflare: {tokens: [{id: a, token: b, expires: soon}]}", "a time such as"},
      {"github: {repositories: [{name: a/b, environments: [{name: c, branches: some}]}]}",
       "all, protected or custom"},
      {"github: {tokens: [{id: a, token: b, permissions: {secrets: full}}]}", "read or write"},
      {"github: {tokens: [{id: a, token: b, repositories: [c/d]}]}", "not listed"},
      {"github: {repositories: [{name: b}]}", "owner/name"},
      {"- a", "a map is needed"},
      {"fly: [", "the account file"},
  };
  for (const auto& [yaml, text] : cases) {
    const auto seeded = Accounts().seed(yaml);
    ASSERT_FALSE(seeded) << yaml;
    EXPECT_EQ(seeded.error().kind, ErrorKind::invalid);
    EXPECT_NE(seeded.error().message.find(text), std::string::npos) << seeded.error().message;
  }
}

}  // namespace
}  // namespace lockstep::sandbox
