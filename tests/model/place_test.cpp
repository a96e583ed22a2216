#include "model/place.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const std::string account = "0123456789abcdef0123456789abcdef";

TEST(PlaceKey, EncodesWhatWouldChangeItsMeaning) {
  EXPECT_EQ((Place{PlaceKind::flyApp, {"molecule-cp"}}).key(), "flyApp/molecule-cp");
  EXPECT_EQ((Place{PlaceKind::githubEnvironment, {"o", "r", "a/b*c%d\n"}}).key(),
            "githubEnvironment/o/r/a%2Fb%2Ac%25d%0A");
  EXPECT_NE((Place{PlaceKind::dotenvFile, {"a%2Fb"}}).key(),
            (Place{PlaceKind::dotenvFile, {"a/b"}}).key());
}

TEST(PlaceOf, TakesTheAccountOrHostFromTheCredential) {
  api::Credential credential;
  credential.metadata.name = "main";
  credential.provider = api::CloudflareAccess{.account_id = account, .token = {}};
  EXPECT_EQ(place_of(api::CloudflareWorker{"cms"}, &credential)->key(),
            "cloudflareWorker/" + account + "/cms");
  EXPECT_EQ(
      place_of(api::CloudflarePages{"site", api::PagesDeployment::Preview}, &credential)->key(),
      "cloudflarePages/" + account + "/site/Preview");
  credential.provider =
      api::PlatformAccess{.url = "https://Platform.Example:8443/api", .token = {}};
  EXPECT_EQ(place_of(api::PlatformSettings{}, &credential)->key(),
            "platformSettings/platform.example:8443");
}

TEST(PlaceOf, FoldsTheCaseOfWhatGitHubFolds) {
  api::Credential credential;
  credential.provider = api::GitHubAccess{};
  EXPECT_EQ(place_of(api::GitHubRepository{.repository = "Alokai/CMS"}, &credential)->key(),
            "githubRepository/alokai/cms/Actions");
  EXPECT_EQ(place_of(api::GitHubEnvironment{"Alokai/CMS", "Production", {}}, &credential)->key(),
            "githubEnvironment/alokai/cms/production");
}

TEST(PlaceOf, ACredentialOfAnotherProviderIsRefusedByName) {
  api::Credential credential;
  credential.metadata.name = "main";
  credential.provider = api::CloudflareAccess{};
  const auto place = place_of(api::FlyApp{"x"}, &credential);
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().kind, ErrorKind::invalid);
  EXPECT_EQ(place.error().message, "Credential \"main\" is not a fly credential; name one that is");
  EXPECT_EQ(place_of(api::FlyApp{"x"}, nullptr).error().message,
            "needs credentialRef with a fly Credential");
  EXPECT_TRUE(place_of(api::DotenvFile{".dev.vars"}, nullptr));
}

TEST(Covers, AStarStaysInsideOnePartAndTheLastPartTakesTheRest) {
  const Place worker{PlaceKind::cloudflareWorker, {account, "production-cms"}};
  EXPECT_TRUE(covers("cloudflareWorker/*/production-*", worker));
  EXPECT_FALSE(covers("cloudflareWorker/*/staging-*", worker));
  EXPECT_FALSE(covers("cloudflareWorker/*", worker)) << "a missing part matches nothing";
  EXPECT_FALSE(covers("flyApp/*", worker));
  EXPECT_FALSE(covers("*", worker));
  const Place environment{PlaceKind::githubEnvironment, {"o", "r", "review/42"}};
  EXPECT_TRUE(covers("githubEnvironment/o/r/review/*", environment));
  EXPECT_TRUE(covers("githubEnvironment/O/R/Review/42", environment)) << "GitHub folds case";
  EXPECT_TRUE(
      covers("dotenvFile/apps/web/.dev.vars", {PlaceKind::dotenvFile, {"apps/web/.dev.vars"}}));
}

TEST(PatternProblem, NamesTheRemedy) {
  EXPECT_FALSE(pattern_problem("cloudflareWorker/*/production-*"));
  EXPECT_EQ(pattern_problem("flyAp/x"),
            "unknown kind of place \"flyAp\" (did you mean \"flyApp\"?)");
  EXPECT_EQ(pattern_problem("cloudflareWorker/x"),
            "a cloudflareWorker pattern has 2 parts after the kind, this one has 1; use * for any");
  EXPECT_TRUE(pattern_problem("*"));
  EXPECT_TRUE(pattern_problem(""));
}

TEST(Names, AreStoredAsThePlaceStoresThem) {
  EXPECT_EQ(canonical_name(PlaceKind::githubRepository, "npm_token"), "NPM_TOKEN");
  EXPECT_EQ(canonical_name(PlaceKind::flyApp, "npm_token"), "npm_token");
}

TEST(Names, WhatTheProviderWouldRefuseIsRefusedHere) {
  EXPECT_FALSE(name_problem(PlaceKind::flyApp, "DATABASE_URL"));
  EXPECT_TRUE(name_problem(PlaceKind::flyApp, "1ST"));
  EXPECT_TRUE(name_problem(PlaceKind::flyApp, ""));
  EXPECT_TRUE(name_problem(PlaceKind::flyApp, "A B"));
  EXPECT_FALSE(name_problem(PlaceKind::cloudflareWorker, "$A"));
  EXPECT_TRUE(name_problem(PlaceKind::githubRepository, "github_token"));
  EXPECT_FALSE(name_problem(PlaceKind::githubRepository, "MY_GITHUB_TOKEN"));
  EXPECT_FALSE(name_problem(PlaceKind::cloudflareSecretsStore, "api-key"));
}

TEST(Capabilities, EveryKindHasAWordAProviderACertaintyAndALimit) {
  for (int i = 0; i <= static_cast<int>(PlaceKind::dotenvFile); ++i) {
    const auto kind = static_cast<PlaceKind>(i);
    EXPECT_FALSE(to_string(kind).empty());
    EXPECT_FALSE(provider_name(kind).empty());
    EXPECT_GT(max_value_bytes(kind), 0U);
    EXPECT_NE(capabilities_of(kind).certainty, Certainty::none);
  }
  EXPECT_TRUE(capabilities_of(PlaceKind::cloudflareWorker).built);
  EXPECT_TRUE(capabilities_of(PlaceKind::flyApp).built);
  EXPECT_EQ(capabilities_of(PlaceKind::flyApp).certainty, Certainty::digest);
  EXPECT_EQ(capabilities_of(PlaceKind::cloudflareWorker).certainty, Certainty::version);
}

}  // namespace
}  // namespace lockstep
