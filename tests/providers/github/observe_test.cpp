#include <gmock/gmock.h>

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using GitHubObserve = GitHubWorld;

TEST_F(GitHubObserve, IsOneReadOfTheScopesList) {
  http.answer(200, secrets({{"b_key"}, {"A_KEY"}}));
  const auto seen = observe(environment);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 1U);
  ASSERT_EQ(seen->secrets.size(), 2U);
  EXPECT_EQ(seen->secrets[1].name, "B_KEY") << "S9: names are upper case";
  EXPECT_EQ(seen->secrets[0].updated_at, parse_rfc3339("2025-12-31T10:00:00Z"));
  const auto& asked = http.asked()[0];
  EXPECT_EQ(asked.url, std::string(environment_path) + "/secrets?per_page=100");
  EXPECT_EQ(asked.authorization, std::string("Bearer ") + api_token);
  EXPECT_EQ(header_of(asked, "Accept"), "application/vnd.github+json");
  EXPECT_EQ(header_of(asked, "X-GitHub-Api-Version"), "2022-11-28");
  EXPECT_EQ(header_of(asked, "User-Agent"), "lockstep");
}

TEST_F(GitHubObserve, ARepositorysListIsAnother) {
  http.answer(200, secrets({}));
  ASSERT_TRUE(observe(repository));
  EXPECT_THAT(asked(), ElementsAre("GET /repos/alokai/cms/actions/secrets?per_page=100"));
}

TEST_F(GitHubObserve, AnEnvironmentsNameIsOneEncodedPartOfThePath) {
  http.answer(200, secrets({}));
  ASSERT_TRUE(observe({PlaceKind::githubEnvironment, {"alokai", "cms", "eu/prod 1%"}}));
  EXPECT_THAT(asked(), ElementsAre("GET /repos/alokai/cms/environments/eu%2Fprod%201%25/"
                                   "secrets?per_page=100"));
}

TEST_F(GitHubObserve, OtherStoresAndPlacesAreUnsupportedWithoutACall) {
  for (const auto* store : {"Dependabot", "Codespaces"}) {
    const auto seen = observe({PlaceKind::githubRepository, {"alokai", "cms", store}});
    EXPECT_EQ(seen.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(seen.error().message, HasSubstr(store));
  }
  EXPECT_EQ(observe({PlaceKind::flyApp, {"x"}}).error().kind, ErrorKind::unsupported);
  for (const auto* name : {"..", ".", ""}) {
    EXPECT_EQ(observe({PlaceKind::githubEnvironment, {"alokai", "cms", name}}).error().kind,
              ErrorKind::invalid)
        << "it would be another path";
  }
  for (const auto kind : {PlaceKind::githubEnvironment, PlaceKind::githubRepository}) {
    EXPECT_EQ(observe({kind, {"alokai", "cms"}}).error().kind, ErrorKind::unsupported);
  }
  EXPECT_EQ(observe({PlaceKind::flyApp, {"a", "b", "c"}}).error().kind, ErrorKind::unsupported);
  EXPECT_TRUE(http.asked().empty());
}

TEST_F(GitHubObserve, FollowsTheLinksAndNothingElse) {
  const std::string list = std::string(environment_path) + "/secrets";
  http.answer(200, secrets({{"A"}}, 2), {link_to(list + "?per_page=100&page=2")});
  http.answer(200, secrets({{"B"}}, 2));
  const auto seen = observe(environment);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->requests, 2U);
  EXPECT_EQ(seen->secrets.size(), 2U);
  EXPECT_EQ(http.asked()[1].url, list + "?per_page=100&page=2");
}

TEST_F(GitHubObserve, S17_ALinkToAnotherHostIsAFailedRead) {
  http.answer(200, secrets({{"A"}}, 2), {link_to("https://evil.example.com/secrets?page=2")});
  EXPECT_EQ(observe(environment).error().kind, ErrorKind::protocol);
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(GitHubObserve, S15_PagesThatNeverEndAreAFailedRead) {
  const auto next = link_to(std::string(environment_path) + "/secrets?page=2");
  for (int page = 0; page < 15; ++page) http.answer(200, secrets({{"A"}}, 1500), {next});
  EXPECT_EQ(observe(environment).error().kind, ErrorKind::protocol);
  EXPECT_EQ(http.asked().size(), 15U);
}

TEST_F(GitHubObserve, AListThatChangedWhileItWasReadIsReadOnceMore) {
  const auto next = link_to(std::string(environment_path) + "/secrets?page=2");
  http.answer(200, secrets({{"A"}}, 2), {next});
  http.answer(200, secrets({{"B"}}, 3));
  http.answer(200, secrets({{"A"}}, 3), {next});
  http.answer(200, secrets({{"B"}, {"C"}}, 3));
  const auto seen = observe(environment);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->secrets.size(), 3U);
  EXPECT_EQ(seen->requests, 4U);

  for (int look = 0; look < 2; ++look) {
    http.answer(200, secrets({{"A"}}, 2), {next});
    http.answer(200, secrets({{"A"}}, 2));
  }
  EXPECT_EQ(observe(environment).error().kind, ErrorKind::conflict) << "S3: never a partial list";
  EXPECT_TRUE(http.exhausted());
}

// ---- is it there? -------------------------------------------------------------------------------

TEST_F(GitHubObserve, AnEnvironmentIsProvedMissingByTheListOfThemAll) {
  http.answer(404, not_found);
  http.answer(200, the_repository);
  http.answer(200, environments({"Staging"}));
  const auto seen = observe(environment);
  EXPECT_EQ(seen.error().kind, ErrorKind::not_found);
  EXPECT_THAT(seen.error().message, HasSubstr("no environment production in alokai/cms"));
  EXPECT_THAT(
      asked(),
      ElementsAre("GET /repos/alokai/cms/environments/production/secrets?per_page=100",
                  "GET /repos/alokai/cms", "GET /repos/alokai/cms/environments?per_page=100"));
}

TEST_F(GitHubObserve, S3_A404WithoutTheWholeProofIsAFailedRead) {
  const auto fails_after = [&](std::vector<std::pair<int, std::string>> answers) {
    http.answer(404, not_found);
    for (const auto& [status, body] : answers) http.answer(status, body);
    const auto seen = observe(environment);
    EXPECT_EQ(seen.error().kind, ErrorKind::protocol);
    EXPECT_TRUE(http.exhausted());
  };
  fails_after({{404, not_found}});
  fails_after({{301, message("Moved Permanently")}});
  fails_after({{200, the_repository}, {404, not_found}});
  fails_after({{200, the_repository}, {403, message("no")}});
  fails_after({{200, the_repository}, {200, environments({"Production"})}});
  fails_after({{200, the_repository}, {200, R"({"total_count":2,"environments":[{"name":"x"}]})"}});
  fails_after({{200, "{}"}});
}

TEST_F(GitHubObserve, ARepositoryIsNeverProvedMissing) {
  http.answer(404, not_found);
  EXPECT_EQ(observe(repository).error().kind, ErrorKind::protocol);
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(GitHubObserve, AMovedRepositoryIsAFailedReadThatNamesTheNewPlace) {
  http.answer(301, message("Moved Permanently"),
              {{"Location", "https://api.github.com/repositories/4711/actions/secrets"}});
  http.answer(200, R"({"id":4711,"full_name":"alokai/storefront"})");
  const auto seen = observe(repository);
  EXPECT_EQ(seen.error().kind, ErrorKind::protocol);
  EXPECT_THAT(seen.error().message, HasSubstr("the repository is now alokai/storefront; correct "
                                              "place.githubRepository.repository"));
  EXPECT_EQ(http.asked()[1].url, "https://api.github.com/repositories/4711");
}

TEST_F(GitHubObserve, EveryKindOfRedirectIsAMove) {
  for (const int status : {301, 302, 307, 308}) {
    http.answer(status, "", {{"Location", "https://api.github.com/repositories/4711"}});
    http.answer(200, R"({"full_name":"a/b"})");
    EXPECT_THAT(observe(repository).error().message, HasSubstr("is now a/b")) << status;
    EXPECT_EQ(header_of(http.asked().back(), "User-Agent"), "lockstep");
  }
  for (const int status : {303, 500}) {
    http.answer(status, "", {{"Location", "https://api.github.com/repositories/4711"}});
    EXPECT_THAT(observe(repository).error().message, ::testing::Not(HasSubstr("correct")))
        << status;
  }
}

TEST_F(GitHubObserve, AMoveThatCannotBeFollowedIsStillToldAsOne) {
  const auto move = [&] {
    http.answer(301, "", {{"Location", "https://api.github.com/repositories/4711"}});
  };
  move();
  http.fail_with({.kind = ErrorKind::transient, .message = "no way"});
  EXPECT_THAT(observe(repository).error().message, HasSubstr("renamed or transferred"));
  int left = 1;
  GitHubSecretsProvider drying(
      http, sim.clock(), sim.random(),
      [&left] {
        return left-- > 0 ? lockstep::testing::token_of(api_token)()
                          : lockstep::testing::broken_token()();
      },
      GitHubOptions{});
  move();
  const auto seen = sim.run(drying.observe(repository, memory, {}));
  EXPECT_THAT(seen.error().message, HasSubstr("renamed or transferred"));
}

// S4
TEST_F(GitHubObserve, TheNewNameOfAMovedRepositoryIsOwnerAndName) {
  const auto told = [&](const std::string& name) {
    http.answer(301, "", {{"Location", "https://api.github.com/repositories/4711"}});
    http.answer(200, R"({"full_name":")" + name + "\"}");
    return observe(repository).error().message.contains("is now " + name + ";");
  };
  EXPECT_TRUE(told("aAzZ09._-/b"));
  EXPECT_TRUE(told("o/" + std::string(198, 'r')));
  EXPECT_FALSE(told("o/" + std::string(199, 'r')));
  for (const auto* other : {"plain", "/name", "owner/", "a/b/c", "a/b@", "a/b[", "a/b`", "a/b{",
                            "a/b:", "a/b,", "a/b c"}) {
    EXPECT_FALSE(told(other)) << other;
  }
}

TEST(GitHubBearer, DropsTheSchemesThatGitHubTakes) {
  Confidential hidden;
  for (const auto* stored : {"Bearer ghs_x", "token ghs_x", "TOKEN  ghs_x", "ghs_x"}) {
    EXPECT_EQ(bearer(Secret(stored), hidden).expose(), "Bearer ghs_x") << stored;
  }
  EXPECT_EQ(bearer(Secret("basic ghs_x"), hidden).expose(), "Bearer basic ghs_x");
  EXPECT_EQ(bearer(Secret("token"), hidden).expose(), "Bearer token");
}

TEST_F(GitHubObserve, S17_ARedirectToAnotherHostIsNotFollowed) {
  http.answer(307, "", {{"Location", "https://evil.example.com/repositories/4711"}});
  const auto seen = observe(environment);
  EXPECT_EQ(seen.error().kind, ErrorKind::protocol);
  EXPECT_THAT(seen.error().message, HasSubstr("correct place.githubEnvironment.repository"));
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(GitHubObserve, S4_TheNewNameOfAMovedRepositoryIsANameOrNothing) {
  http.answer(301, "", {{"Location", "https://api.github.com/repositories/4711"}});
  http.answer(200, R"({"full_name":"<b>x</b>/y z"})");
  EXPECT_EQ(observe(repository).error().message.find("<b>"), std::string::npos);
}

// ---- ETags --------------------------------------------------------------------------------------

TEST_F(GitHubObserve, AListThatDidNotChangeIsConfirmedByItsETag) {
  http.answer(200, secrets({{"A"}}), {{"ETag", "W/\"abc\""}});
  http.answer(304, "");
  http.answer(200, secrets({{"A"}, {"B"}}), {{"ETag", "W/\"def\""}});
  ASSERT_TRUE(observe(environment));
  const auto again = observe(environment);
  ASSERT_TRUE(again);
  EXPECT_NE(again->find("A"), nullptr);
  EXPECT_EQ(header_of(http.asked()[0], "If-None-Match"), "");
  EXPECT_EQ(header_of(http.asked()[1], "If-None-Match"), "W/\"abc\"");
  EXPECT_EQ(observe(environment)->secrets.size(), 2U);
}

TEST_F(GitHubObserve, AnETagHoldsForOneScopeAndOneToken) {
  std::string token = "ghs_FAKEfakeFAKEfake0001";
  GitHubSecretsProvider changing(
      http, sim.clock(), sim.random(), [&token] { return lockstep::testing::token_of(token)(); },
      GitHubOptions{});
  const auto look = [&](const Place& place) {
    http.answer(200, secrets({}), {{"ETag", "\"abc\""}});
    EXPECT_TRUE(sim.run(changing.observe(place, memory, {})));
    return header_of(http.asked().back(), "If-None-Match");
  };
  EXPECT_EQ(look(environment), "");
  EXPECT_EQ(look(repository), "");
  EXPECT_EQ(look(environment), "\"abc\"");
  token = "ghs_FAKEfakeFAKEfake0002";
  EXPECT_EQ(look(environment), "");
}

TEST_F(GitHubObserve, NotModifiedWithoutAQuestionIsAFailedRead) {
  http.answer(304, "");
  EXPECT_EQ(observe(environment).error().kind, ErrorKind::protocol);
}

TEST_F(GitHubObserve, AListInPagesIsNeverConfirmedByItsFirstOne) {
  const auto next = link_to(std::string(environment_path) + "/secrets?page=2");
  for (int look = 0; look < 2; ++look) {
    http.answer(200, secrets({{"A"}}, 2), {next, {"ETag", "\"abc\""}});
    http.answer(200, secrets({{"B"}}, 2), {{"ETag", "\"def\""}});
    ASSERT_TRUE(observe(environment));
  }
  for (const auto& one : http.asked()) EXPECT_EQ(header_of(one, "If-None-Match"), "");
}

TEST(EtagCache, S15_IsBounded) {
  EtagCache cache;
  for (std::size_t i = 0; i <= EtagCache::most_entries; ++i) {
    cache.keep("/p" + std::to_string(i), "t", "\"e\"", to_bytes("{}"));
    (void)cache.body("/p0", "t");
  }
  EXPECT_EQ(cache.size(), EtagCache::most_entries);
  EXPECT_EQ(cache.etag("/p0", "t"), "\"e\"") << "used all the time";
  EXPECT_EQ(cache.etag("/p1", "t"), "") << "not used for longest";
  cache.keep("/p0", "t", "bad\r\nheader", to_bytes("{}"));
  EXPECT_EQ(cache.etag("/p0", "t"), "");
  cache.keep("/p2", "t", "a b", to_bytes("{}"));
  EXPECT_EQ(cache.etag("/p2", "t"), "");
  cache.keep("/p2", "t", "a\x7f", to_bytes("{}"));
  EXPECT_EQ(cache.etag("/p2", "t"), "");
  cache.keep("/p2", "t", std::string(257, 'e'), to_bytes("{}"));
  EXPECT_EQ(cache.etag("/p2", "t"), "");
  for (const auto& etag : {std::string("!~"), std::string(256, 'e')}) {
    cache.keep("/p2", "t", etag, to_bytes("{}"));
    EXPECT_EQ(cache.etag("/p2", "t"), etag);
  }
  EXPECT_FALSE(cache.body("/p2", "another token"));
  cache.keep("/big", "t", "\"e\"", SecretBytes(EtagCache::largest_body));
  EXPECT_EQ(cache.etag("/big", "t"), "\"e\"");
  cache.keep("/big", "t", "\"e\"", SecretBytes(EtagCache::largest_body + 1));
  EXPECT_EQ(cache.etag("/big", "t"), "");
}

TEST_F(GitHubObserve, ADeadSourceOfTokensSendsNothing) {
  GitHubSecretsProvider without(http, sim.clock(), sim.random(), lockstep::testing::broken_token(),
                                GitHubOptions{});
  EXPECT_EQ(sim.run(without.observe(repository, memory, {})).error().kind, ErrorKind::transient);
  EXPECT_TRUE(http.asked().empty());
}

}  // namespace
}  // namespace lockstep::providers::github
