#include "api/load.hpp"

#include <gtest/gtest.h>

namespace lockstep::api {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view all_kinds = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare-production, namespace: cms}
spec:
  cloudflare: {accountId: "0123456789abcdef0123456789abcdef", token: {secretKeyRef: {name: cloudflare-production, key: token}}}
  grants:
  - {places: ["cloudflareWorker/*/production-alokai-*"], actions: [Read, Write, Delete]}
  - {places: ["cloudflareWorker/*/staging-alokai-*"]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: cms}
spec:
  places: ["cloudflareWorker/*/production-alokai-*", "githubEnvironment/alokai/cms/production"]
  variables: {AUTH_PROVIDER: oidc, AI_GATEWAY: prod-stream-aigw}
  sources:
  - {name: values, secretRef: {name: cms-production}}
  - {name: generated, secretRef: {name: cms-production-generated}, writable: true}
  naming: "{environment}-{project}-{service}"
  requires:
  - {credentialRef: {name: cloudflare-production}, aiGateways: [prod-stream-aigw], d1Databases: [prod-stream-tenant-db]}
  policy: {maxDeletions: 3, writeWindows: [{days: [Sat, Sun], from: "02:00", to: "05:00", timeZone: Europe/Berlin}]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: cms-production, namespace: cms, labels: {app: cms, role: runtime}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: cloudflare-production}
  place: {cloudflareWorker: {script: production-alokai-cms}}
  policy: {drift: Report, pruneAfter: 2h}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: cms-runtime}
spec:
  targets: {matchLabels: {app: cms, role: runtime}}
  variables: {AUTH_PROVIDER: token}
  secrets:
  - name: AUTH_JWT_SECRET
    usedBy: [cms worker]
    format: {minLength: 32}
    value: {generate: {bytes: 48, encoding: Base64URL}}
  - name: TOKEN_ENCRYPTION_KEY
    format: {hexBytes: 32}
    value: {from: {source: values, key: TOKEN_ENCRYPTION_KEY}}
    rotation: {policy: CompromisedOnly, consequence: Every API token stored in D1 becomes unreadable}
  - name: OIDC_ISSUER
    when: {variables: {AUTH_PROVIDER: [oidc]}}
    format: {url: {schemes: [https]}}
  - {name: CF_AI_GATEWAY_GATEWAY_ID, value: {variable: AI_GATEWAY}}
  - {name: CF_AI_GATEWAY_ACCOUNT_ID, public: true, value: {literal: "0123456789abcdef0123456789abcdef"}}
  - {name: CF_AI_GATEWAY_MODEL, optional: true}
  - {name: DISCORD_BOT_TOKEN, value: {external: {maxAge: 180d}}}
  - {name: OLD_KEY, value: {absent: {}}}
  - name: STRIPE_API_KEY
    format: {prefix: [sk_live_]}
    overrides: [{when: {variables: {STAGE: [staging]}}, format: {prefix: [sk_test_]}}]
  - {name: TENANT_REDIS_URL, as: [{targets: {names: [tenant-app]}, name: REDIS_URL}], alsoAs: [CACHE_URL]}
  - {name: SEED, allowEmpty: false, local: {placeholder: "openssl rand -hex 32"}}
  - {name: OPENAI_API_KEY, settings: {secretsStore: {scopes: [workers]}, githubOrganization: {visibility: Selected, repositories: [cms]}}}
)";

std::string text_of(const std::vector<Problem>& problems) {
  std::string out;
  for (const auto& problem : problems) out += to_string(problem) + "\n";
  return out;
}

TEST(Load, ReadsTheDocumentsOfTheModel) {
  const auto loaded = load_yaml("a.yaml", all_kinds);
  ASSERT_EQ(text_of(loaded.problems), "");
  ASSERT_EQ(loaded.documents.size(), 4U);
  EXPECT_FALSE(loaded.incomplete);

  const auto& credential = std::get<Credential>(loaded.documents[0]);
  EXPECT_EQ(std::get<CloudflareAccess>(credential.provider).token.secret_key_ref.key, "token");
  EXPECT_EQ(credential.grants[0].actions.size(), 3U);
  EXPECT_EQ(credential.grants[1].actions, (std::vector{Action::Read, Action::Write}));
  EXPECT_EQ(credential.grants[1].at.line, 9U);

  const auto& environment = std::get<Environment>(loaded.documents[1]);
  EXPECT_EQ(environment.approval, ApprovalRule::Destructive);
  EXPECT_EQ(environment.sources[0].keys, std::vector<std::string>{"*"});
  EXPECT_TRUE(environment.sources[1].writable);
  EXPECT_EQ(environment.policy.max_deletions, "3");
  EXPECT_EQ((*environment.policy.write_windows)[0].days, (std::vector{Weekday::Sat, Weekday::Sun}));

  const auto& target = std::get<Target>(loaded.documents[2]);
  EXPECT_EQ(std::get<CloudflareWorker>(target.place).script, "production-alokai-cms");
  EXPECT_EQ(target.interval, 5min);
  EXPECT_EQ(target.policy.drift, Drift::Report);
  EXPECT_EQ(target.policy.prune_after, 2h);
  EXPECT_FALSE(target.policy.prune);
  EXPECT_EQ(kind_name(loaded.documents[2]), "Target");
  EXPECT_EQ(metadata(loaded.documents[2]).labels.at("role"), "runtime");
  EXPECT_EQ(location(loaded.documents[2]).line, 25U);
}

TEST(Load, ReadsEveryFieldOfAnEntry) {
  const auto loaded = load_yaml("a.yaml", all_kinds);
  ASSERT_EQ(loaded.documents.size(), 4U);
  const auto& set = std::get<SecretSet>(loaded.documents[3]);
  EXPECT_EQ(set.metadata.ns, "default");
  ASSERT_EQ(set.secrets.size(), 12U);
  EXPECT_EQ(std::get<Generate>(set.secrets[0].value).bytes, 48);
  EXPECT_EQ(set.secrets[0].at.line, 41U);
  EXPECT_EQ(set.secrets[1].rotation->policy, RotationPolicy::CompromisedOnly);
  EXPECT_EQ(set.secrets[2].when->variables.at("AUTH_PROVIDER"), std::vector<std::string>{"oidc"});
  EXPECT_EQ(std::get<Variable>(set.secrets[3].value).name, "AI_GATEWAY");
  EXPECT_EQ(std::get<External>(set.secrets[6].value).max_age, Seconds(180 * 24h));
  EXPECT_TRUE(std::holds_alternative<Absent>(set.secrets[7].value));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(set.secrets[8].value));
  EXPECT_EQ(*set.secrets[8].overrides[0].format->prefix, std::vector<std::string>{"sk_test_"});
  EXPECT_GT(set.secrets[8].overrides[0].at.line, 0U);
  EXPECT_EQ((*set.secrets[9].as)[0].name, "REDIS_URL");
  EXPECT_EQ(set.secrets[10].local->placeholder, "openssl rand -hex 32");
  EXPECT_EQ(set.secrets[11].settings->github_organization->visibility, Visibility::Selected);
}

constexpr std::string_view good_target = R"(---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: good, namespace: cms}
spec:
  environmentRef: {name: production}
  credentialRef: {name: fly}
  place: {flyApp: {app: molecule-cp}}
)";

// S2: what a broken document may have held is known by its kind and name, or not at all.
TEST(Load, ABrokenDocumentStopsOnlyItself) {
  const auto loaded = load_yaml(
      "a.yaml",
      "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\nmetadata: {name: bad, namespace: cms}\n"
      "spec: {}\n" +
          std::string(good_target));
  ASSERT_EQ(loaded.documents.size(), 1U);
  ASSERT_EQ(loaded.broken.size(), 1U);
  EXPECT_EQ(loaded.broken[0].kind, "SecretSet");
  EXPECT_EQ(loaded.broken[0].ns + "/" + loaded.broken[0].name, "cms/bad");
  EXPECT_FALSE(loaded.incomplete);
}

// S2
TEST(Load, IsIncompleteWhenADocumentMayHaveBeenAnything) {
  const std::string head = "apiVersion: lockstep.dev/v1alpha1\n";
  for (const auto& text :
       {std::string("a: [\n"), std::string("- x\n"), head + "metadata: {name: x}\n",
        head + "kind: Targett\nmetadata: {name: x}\n", head + "kind: Target\nspec: {}\n",
        head + "kind: Target\nmetadata: {name: 12}\nspec: {}\n",
        head + "kind: Target\nmetadata: {name: x, namespace: no}\nspec: {}\n",
        std::string("kind: [Target]\n")}) {
    EXPECT_TRUE(load_yaml("a.yaml", text + std::string(good_target)).incomplete) << text;
  }
}

/// A SecretSet of namespace `shop` that is broken in what it says it is.
const std::vector<std::string> broken_identities = {
    "metadata: {name: ext, namspace: shop}",
    "metadata: {name: ext, namespace: a, namespace: shop}",
    "metadata: {name: ext, namespace: shop, namespace: shop}",
    "metadata: {name: ext}\nmetadata: {name: ext, namespace: shop}",
    "metadata: {name: ext, namespace: Shop}",
    "metadata: {name: ext, namespace: \"shop \"}",
    "metadata: {name: ext, namespace: \"\"}",
    "metadata: {name: ext, namespace: [shop]}",
    "metadata: {name: ext}\nnamespace: shop",
    "metadata: {name: ext, name: b, namespace: shop}",
    "metadata: {name: Ext, namespace: shop}",
    "metadata: {nam: ext, namespace: shop}",
    "metadata: [{name: ext, namespace: shop}]",
    "metdata: {name: ext, namespace: shop}",
    "name: ext\nnamespace: shop",
};

TEST(Load, WhoseIdentityIsNotOneValidTextMayBeAnyDocument_S2) {
  for (const auto& metadata : broken_identities) {
    const auto loaded =
        load_yaml("a.yaml", "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n" + metadata +
                                "\nspec: {targets: {names: [a]}, secrets: [{name: A}]}\n" +
                                std::string(good_target));
    EXPECT_TRUE(loaded.incomplete) << metadata;
    EXPECT_FALSE(loaded.problems.empty()) << metadata;
    EXPECT_EQ(loaded.documents.size(), 1U) << metadata << ": the others go on";
  }
}

// A misspelt namespace is one that is left out, so a broken document must say its namespace to be
// taken for one of that namespace only.
TEST(Load, ABrokenDocumentWithoutItsNamespaceMayBeOfAny_S2) {
  const auto loaded = load_yaml("a.yaml",
                                "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n"
                                "metadata: {name: ext}\nspec: {namespace: shop}\n" +
                                    std::string(good_target));
  EXPECT_TRUE(loaded.incomplete);
  EXPECT_EQ(loaded.why_incomplete, "a.yaml:1:1 is not understood");
  ASSERT_EQ(loaded.broken.size(), 1U) << "still told where somebody refers to it";
  EXPECT_EQ(loaded.broken[0].ns, "default");
}

TEST(Load, NamesTheFirstDocumentThatMayClaimAnything_S2) {
  const auto all = std::string(good_target) + "---\n- a list\n---\nkind: Targett\n";
  const auto loaded = load_yaml("a.yaml", all);
  const auto line = std::ranges::count(good_target, '\n') + 2;
  EXPECT_EQ(loaded.why_incomplete, "a.yaml:" + std::to_string(line) + ":1 is not understood");
  EXPECT_EQ(load_yaml("a.yaml", "a: [\n- x\n").why_incomplete, "a.yaml:2:1 is not understood");
  EXPECT_EQ(load_yaml("a.yaml", good_target).why_incomplete, "");
}

TEST(Load, WhatMayBeMeantAsOursIsNotForeign_S2) {
  const std::string rest =
      "metadata: {name: ext, namespace: shop}\n"
      "spec: {targets: {names: [a]}, secrets: [{name: A, value: {external: {}}}]}\n";
  for (const std::string head :
       {"apiVersion: lockstep.dev/v1alpha1\nkind: SecrtSt\n",
        "apiVersion: lockstep.dve/v1alpha1\nkind: Secrets\n",
        "apiVersion: lokstp.dev/v1alpha1\nkind: Thing\n",
        "apiVersion: LOCKSTEP.DEV/v1alpha1\nkind: Thing\n",
        "apiVersion: example.com/v1\nkind: secretset\n",
        "apiVersion: example.com/v1\nkind: SECRETSET\n",
        "apiVersion: example.com/v1\nkind: Secretz\n", "kind: SecretSets\n",
        "apiVersion: example.com/v1\n", "apiVersion: 1\nkind: Thing\n",
        "apiVersion: example.com/v1\nkind: [SecretSet]\n",
        "apiVersion: example.com/v1\nkind: Thing\nkind: SecretSet\n",
        "apiversion: lockstep.dev/v1alpha1\nKind: SecretSet\n", "\"\": x\n"}) {
    const auto loaded = load_yaml("a.yaml", head + rest + std::string(good_target));
    EXPECT_TRUE(loaded.incomplete) << head;
    EXPECT_FALSE(loaded.problems.empty()) << head;
    EXPECT_EQ(loaded.documents.size(), 1U) << head;
  }
}

// Each sign is enough by itself.
TEST(Load, AHeadAloneMayBeMeantAsOurs_S2) {
  for (const std::string head :
       {"apiVersion: lockstep.de/v1\nkind: Thing\n",
        "apiVersion: example.com/v1\nkind: Secretset\n",
        "apiVersion: example.com/v1\nkind: SECRETSET\n", "kind: Thing\n",
        "apiVersion: example.com/v1\n", "apiVersion: example.com/v1\nkind: \"\"\n",
        "apiVersion: \"\"\nkind: Thing\n", "apiVersion: example.com/v1\nkind: 5\n",
        "apiVersion: 1\nkind: Thing\n"}) {
    EXPECT_TRUE(load_yaml("a.yaml", head + std::string(good_target)).incomplete) << head;
  }
}

TEST(Load, ADocumentWithoutANameIsToldOnceAndNotTwiceWritten) {
  const std::string nameless =
      "---\napiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\nmetadata: {namespace: shop}\n";
  EXPECT_TRUE(load_yaml("a.yaml", nameless + nameless).broken.empty());
}

TEST(Load, AnotherVersionOfOurGroupIsToldAsOne) {
  const auto told = [](const std::string& head) {
    return load_yaml("a.yaml", head + "metadata: {name: x, namespace: shop}\n").problems.at(0).text;
  };
  EXPECT_TRUE(told("apiVersion: lockstep.dev/v9\nkind: Thing\n").starts_with("is unknown: write"));
  EXPECT_TRUE(told("apiVersion: apps/v1\nkind: Thing\n").starts_with("is not lockstep's"));
  EXPECT_TRUE(told("apiVersion: lockstep.dev/v1alpha1\n").starts_with("needs the field \"kind\""));
}

TEST(Load, ANameThatIsNoTextIsNone) {
  const auto loaded = load_yaml("a.yaml",
                                "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n"
                                "metadata: {name: 5, namespace: shop}\n");
  EXPECT_TRUE(loaded.broken.empty());
  EXPECT_TRUE(loaded.incomplete);
}

TEST(Load, OurSpecIndentedTooLittleIsNotForeign_S2) {
  EXPECT_TRUE(load_yaml("a.yaml",
                        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n"
                        "targets: {names: [a]}\n")
                  .incomplete);
}

TEST(Load, AListWithOursInItIsRefusedAndMayClaimAnything_S2) {
  const auto loaded = load_yaml("a.yaml",
                                "apiVersion: v1\nkind: List\nitems:\n"
                                "- {apiVersion: lockstep.dev/v1alpha1, kind: SecretSet}\n");
  EXPECT_TRUE(loaded.incomplete);
  EXPECT_EQ(loaded.problems.back().text,
            "lists are not read: write each document by itself, with --- between them");
}

TEST(Load, ADocumentThatClaimsNothingLeavesTheRestComplete) {
  for (const std::string_view head :
       {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 1}\n",
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret}]\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n",
        "apiVersion: example.com/v1\nkind: Config\nsources: [a]\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
        "apiVersion: lockstep.dev/v1alpha1\nkind: Approval\n",
        "apiVersion: lockstep.dev/v1alpha1\nkind: Rotation\n"}) {
    const auto loaded = load_yaml("a.yaml", std::string(head) + std::string(good_target));
    EXPECT_FALSE(loaded.incomplete) << head;
    EXPECT_EQ(loaded.problems.size(), 1U) << head;
    EXPECT_EQ(loaded.documents.size(), 1U) << head;
  }
}

TEST(Load, TellsProblemsInTheOrderOfTheText) {
  const auto loaded = load_yaml("a.yaml", R"(apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: x}
spec:
  secrets:
  - {name: A, format: {minLength: 9, maxLength: 1}, patern: x}
  - {name: B, vaule: x}
  targets: {}
)");
  for (std::size_t i = 1; i < loaded.problems.size(); ++i) {
    EXPECT_LE(loaded.problems[i - 1].at, loaded.problems[i].at);
  }
  EXPECT_EQ(loaded.problems.size(), 4U);
}

// S15: a hostile document cannot ask for a million error texts, and stays refused.
TEST(Load, BoundsTheNumberOfProblems) {
  std::string text =
      "apiVersion: lockstep.dev/v1alpha1\nkind: Target\nmetadata: {name: x}\nspec:\n";
  for (int i = 0; i < 5'000; ++i) text += "  f" + std::to_string(i) + ": 1\n";
  const auto loaded = load_yaml("a.yaml", text + "---\n" + text + std::string(good_target));
  EXPECT_EQ(loaded.problems.size(), 1'001U);
  EXPECT_EQ(loaded.broken.size(), 2U);
  EXPECT_EQ(loaded.documents.size(), 1U);
}

TEST(Load, JsonOfTheApiServerMayCarryItsMetadataAndStatus) {
  constexpr std::string_view text = R"({"apiVersion": "lockstep.dev/v1alpha1", "kind": "Target",
    "metadata": {"name": "x", "namespace": "cms", "uid": "u", "generation": 3,
                 "managedFields": [{"manager": "kubectl"}]},
    "spec": {"environmentRef": {"name": "production"}, "credentialRef": {"name": "fly"},
             "place": {"flyApp": {"app": "molecule-cp"}}, "policy": {"maxDeletions": 3}},
    "status": {"conditions": []}})";
  const auto loaded = load_json("cms/x", text);
  EXPECT_EQ(text_of(loaded.problems), "");
  ASSERT_EQ(loaded.documents.size(), 1U);
  EXPECT_EQ(std::get<Target>(loaded.documents[0]).policy.max_deletions, "3");
}

TEST(Load, JsonProblemsNameThePathWithoutALine) {
  const auto loaded =
      load_json("cms/x", R"({"apiVersion": "lockstep.dev/v1alpha1", "kind": "Target",
    "metadata": {"name": "x"}, "spec": {"place": {"flyApp": {"app": "a", "app": "b"}}}})");
  EXPECT_EQ(text_of(loaded.problems),
            "cms/x: spec.place.flyApp.app: is given twice: keep one\n"
            "cms/x: spec: needs the field \"environmentRef\"\n");
}

TEST(Load, TwoConditionalEntriesMayShareAName) {
  const auto loaded = load_yaml("a.yaml", R"(apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: x}
spec:
  targets: {names: [a]}
  secrets:
  - {name: A, when: {variables: {S: [x]}}}
  - {name: A, when: {variables: {S: [z]}}}
)");
  EXPECT_EQ(text_of(loaded.problems), "");
}

}  // namespace
}  // namespace lockstep::api
