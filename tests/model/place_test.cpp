#include "model/place.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.hpp"

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

TEST(Covers, TakesTheKeyAsItIsPrinted) {
  for (const auto* name :
       {"prod/eu", "50%", "50%25", "a%2Fb", "a*b", "QA 2 (west)", "%", "%2", "%%2F"}) {
    const Place place{PlaceKind::githubEnvironment, {"acme", "site", to_lower(name)}};
    EXPECT_TRUE(covers(place.key(), place)) << place.key();
    EXPECT_FALSE(pattern_problem(place.key())) << place.key();
  }
  const auto environment = [](std::string name) {
    return Place{PlaceKind::githubEnvironment, {"acme", "site", std::move(name)}};
  };
  const std::string site = "githubEnvironment/acme/site/";
  EXPECT_TRUE(covers(site + "prod/eu", environment("prod/eu"))) << "plain names go on working";
  EXPECT_TRUE(covers(site + "50%", environment("50%")));
  EXPECT_TRUE(covers(site + "prod%252Feu", environment("prod%2feu"))) << "a literal %2F";
  EXPECT_FALSE(covers(site + "prod%2Feu", environment("prod%2feu")));
  EXPECT_TRUE(covers(site + "prod%2feu", environment("prod%2feu"))) << "not what key() writes";
  EXPECT_TRUE(covers(site + "%41", environment("%41"))) << "nor is this";
  EXPECT_TRUE(covers(site + "*%2Feu-*", environment("prod/eu-1")));
}

TEST(Covers, AnEscapeNeverWidensAPattern) {
  const Place site{PlaceKind::githubEnvironment, {"acme", "site", "prod"}};
  EXPECT_FALSE(covers("githubEnvironment/acme/site/%2A", site)) << "a star as a character";
  EXPECT_FALSE(covers("githubEnvironment/acme%2Fsite/prod", site)) << "no border of parts";
  EXPECT_FALSE(covers("githubEnvironment%2Facme/site/prod", site));
  EXPECT_FALSE(covers("githubEnvironment/acme/site/prod%00", site));
}

RC_GTEST_PROP(Covers, AKeyCoversItsOwnPlaceAndNoOther, ()) {
  const auto name = rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("%25F/*Aab\n"))));
  const Place one{PlaceKind::githubEnvironment, {"o", "r", to_lower(*name)}};
  const Place other{PlaceKind::githubEnvironment, {"o", "r", to_lower(*name)}};
  RC_ASSERT(covers(one.key(), one));
  RC_ASSERT(covers(one.key(), other) == (one == other));
}

/// The meaning of a star, spelled out: which beginnings of the text each beginning of the pattern
/// matches.
bool glob(std::string_view pattern, std::string_view text) {
  std::vector<bool> matched(text.size() + 1);
  matched[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      next[i] = c == '*' ? matched[i] || (i > 0 && next[i - 1])
                         : i > 0 && matched[i - 1] && text[i - 1] == c;
    }
    matched = std::move(next);
  }
  return matched.back();
}

RC_GTEST_PROP(Covers, StarsMeanAnyTextOfAPart, ()) {
  const auto pattern =
      *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/**"))));
  const auto name = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab/")));
  const Place place{PlaceKind::githubEnvironment, {"o", "r", name}};
  RC_ASSERT(covers("githubEnvironment/o/r/" + pattern, place) == glob(pattern, name));
}

TEST(PatternProblem, OneThatCanMatchNothingSaysWhatItsKindsNamesHold) {
  EXPECT_EQ(pattern_problem("cloudflareWorker/*/Production-*"),
            "can match nothing at \"Production-*\"; write, with * for any text, a Worker's name: "
            "lower-case letters, digits and \"-\", no \"-\" at either end, such as "
            "production-alokai-cms");
  for (const auto* bad :
       {"flyApp/My_App", "flyApp/a/b", "flyApp/-*", "flyApp/", "cloudflareWorker/acme/*",
        "cloudflarePages/*/site/Staging", "githubRepository/acme/site/actions",
        "githubRepository/acme/../Actions", "githubRepository/ac me/*/*",
        "githubEnvironment/*/*/..", "githubEnvironment/*/*/.",
        "githubEnvironment/acme%2Fsite/x/prod", "githubOrganization/a.b/*",
        "platformSettings/Platform.Example", "dotenvFile/../.dev.vars", "dotenvFile/apps/.env",
        "dotenvFile/apps//.dev.vars", "dotenvFile//.dev.vars"}) {
    EXPECT_TRUE(pattern_problem(bad)) << bad;
  }
  EXPECT_TRUE(pattern_problem("flyApp/" + std::string(64, 'a') + "*")) << "too long for any";
  for (const auto* good :
       {"flyApp/*", "flyApp/*-*", "flyApp/**", "cloudflareWorker/0123*/production-*",
        "cloudflarePages/*/site/*view", "githubRepository/Acme/.github/*",
        "githubRepository/acme/site/Dep*", "githubRepository/*/..site/Actions",
        "githubEnvironment/acme/site/QA 2 (west)", "githubEnvironment/acme/site/50%25",
        "githubEnvironment/acme/site/z\xC3\xBCrich", "cloudflareSecretsStore/*/any name",
        "githubOrganization/acme/Actions", "platformSettings/platform.example:8443",
        "platformSettings/[::1]:80", "dotenvFile/*", "dotenvFile/*/*", "dotenvFile/apps/*",
        "dotenvFile/apps/cms/.dev.vars.staging"}) {
    EXPECT_EQ(pattern_problem(good), std::nullopt) << good;
  }
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
