#include "providers/github/pages.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

constexpr auto base = "https://ghes.example.com/api/v3";
constexpr auto path = "/repos/alokai/cms/environments/a%2Fb/secrets";

Result<std::string> next(const std::string& url) {
  return next_query("<" + url + ">; rel=\"next\"", base, path);
}

TEST(NextPage, IsTheQueryOfTheLinkWithRelNext) {
  EXPECT_EQ(next_query("", base, path).value(), "");
  const std::string list = std::string(base) + path;
  EXPECT_EQ(next_query("<" + list + "?page=1>; rel=\"prev\", <" + list +
                           "?per_page=100&page=3>; rel=\"next\", <" + list + "?page=9>; rel=last",
                       base, path)
                .value(),
            "?per_page=100&page=3");
  EXPECT_EQ(next_query("<" + list + "?page=1>; rel=\"first\"", base, path).value(), "");
}

TEST(NextPage, MayNameTheRepositoryByItsNumber) {
  EXPECT_EQ(next(std::string(base) + "/repositories/12/environments/a%2fb/secrets?page=2").value(),
            "?page=2");
}

TEST(NextPage, MayBeOfTheRepositoryItself) {
  EXPECT_EQ(next_query("<https://ghes.example.com/api/v3/repositories/12?page=2>; rel=\"next\"",
                       base, "/repos/alokai/cms")
                .value(),
            "?page=2");
}

TEST(NextPage, HasAQueryOfAtMost512Characters) {
  const auto query = [](std::size_t length) {
    std::string out = "?page=";
    out.resize(length, '1');
    return out;
  };
  EXPECT_EQ(next(std::string(base) + path + query(512)).value(), query(512));
  EXPECT_FALSE(next(std::string(base) + path + query(513)));
}

TEST(NextPage, ALinkWithoutItsEndIsNone) {
  EXPECT_EQ(
      next_query("<" + std::string(base) + path + "?page=2; rel=\"next\"", base, path).value(), "");
}

TEST(NextPage, S17_AListOfAnotherKindIsAnotherList) {
  EXPECT_FALSE(next_query("<" + std::string(base) + "/repositories/12/secrets?page=2>; rel=next",
                          base, "/orgs/acme/x/secrets"));
}

TEST(NextPage, S17_NeverLeadsElsewhere) {
  const std::string list(path);
  for (const auto& url : {
           "https://evil.example.com/api/v3" + list + "?page=2",
           "http://ghes.example.com/api/v3" + list + "?page=2",
           "https://ghes.example.com:8443/api/v3" + list + "?page=2",
           "https://ghes.example.com" + list + "?page=2",
           "https://ghes.example.com/api/v4" + list + "?page=2",
           std::string(base) + "/repos/alokai/other/environments/a%2Fb/secrets?page=2",
           std::string(base) + "/repositories/12/actions/secrets?page=2",
           std::string(base) + "/repositories/x/environments/a%2Fb/secrets?page=2",
           std::string(base) + list,
           std::string("//evil.example.com/?page=2"),
           std::string(base) + list + "?page=" + std::string(600, '1'),
       }) {
    const auto query = next(url);
    ASSERT_FALSE(query) << url;
    EXPECT_EQ(query.error().kind, ErrorKind::protocol);
  }
}

std::optional<std::string> moved(const std::string& location, const std::string& body = "") {
  return moved_to({.status = 301, .headers = {{"Location", location}}, .body = to_bytes(body)},
                  base);
}

TEST(MovedRepository, IsANumberOnTheSameServerOnly) {
  EXPECT_EQ(moved(std::string(base) + "/repositories/4711"), "4711");
  EXPECT_EQ(moved(std::string(base) + "/repositories/4711/actions/secrets?per_page=100"), "4711");
  EXPECT_EQ(moved("", R"({"message":"Moved Permanently","url":"https://ghes.example.com/api/v3/)"
                      R"(repositories/12"})"),
            "12");
  for (const auto* number : {"90", "12345678901234567890"}) {
    EXPECT_EQ(moved(std::string(base) + "/repositories/" + number), number);
  }
  for (const auto* other : {"123456789012345678901", "1x", "1:", "1/"}) {
    const auto found = moved(std::string(base) + "/repositories/" + other);
    EXPECT_EQ(found.value_or(""), std::string(other) == "1/" ? "1" : "") << other;
  }
  EXPECT_EQ(moved("https://evil.example.com/api/v3/repositories/4711"), std::nullopt);
  EXPECT_EQ(moved(std::string(base) + "/repositories/../user"), std::nullopt);
  EXPECT_EQ(moved(std::string(base) + "/repositories/" + std::string(30, '1')), std::nullopt);
  EXPECT_EQ(moved(std::string(base) + "/repos/alokai/new"), std::nullopt);
}

Result<std::map<std::string, ObservedSecret>> read(const std::vector<std::string>& texts) {
  std::vector<json::value> pages;
  for (const auto& text : texts) pages.push_back(parse_json(text).value());
  return read_secrets(pages, {"secrets.list", "reading"});
}

TEST(SecretPages, AreOneListByUpperCaseName) {
  const auto all = read(
      {secrets({{"foo"}, {"BAR", "2026-01-01T00:00:00.000+00:00"}}, 3), secrets({{"BAZ"}}, 3)});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 3U);
  EXPECT_TRUE(all->contains("FOO"));
  EXPECT_EQ(all->at("BAR").updated_at, parse_rfc3339("2026-01-01T00:00:00Z"));
}

TEST(SecretPages, S15_HaveAtMostFifteenHundredEntries) {
  const auto text = [](long total) { return read({secrets({{"A"}}, total)}).error().message; };
  EXPECT_EQ(text(1500),
            "GitHub's answer to secrets.list was not understood: it shows 1 of 1500 entries");
  EXPECT_EQ(text(1501),
            "GitHub's answer to secrets.list was not understood: total_count is not at most 1500");
}

TEST(SecretPages, S3_ThatDoNotAddUpAreNoList) {
  const auto kind = [](const std::vector<std::string>& texts) {
    const auto list = read(texts);
    return list ? ErrorKind::internal : list.error().kind;
  };
  EXPECT_EQ(kind({secrets({{"A"}}, 2)}), ErrorKind::protocol) << "a cut list";
  EXPECT_EQ(kind({secrets({{"A"}, {"B"}}, 1)}), ErrorKind::protocol);
  EXPECT_EQ(kind({secrets({{"A"}}, 2), secrets({{"B"}}, 3)}), ErrorKind::conflict);
  EXPECT_EQ(kind({secrets({{"A"}}, 2), secrets({{"A"}}, 2)}), ErrorKind::conflict);
  EXPECT_EQ(kind({secrets({{"A"}}, 2), secrets({{"A", "2026-01-01T00:00:00Z"}, {"B"}}, 2)}),
            ErrorKind::conflict);
  EXPECT_EQ(kind({secrets({{"A"}}, 5000)}), ErrorKind::protocol) << "S15";
  EXPECT_EQ(kind({R"({"secrets":[]})"}), ErrorKind::protocol);
  EXPECT_EQ(kind({R"({"total_count":0})"}), ErrorKind::protocol);
  EXPECT_EQ(kind({R"({"total_count":1,"secrets":[{"name":"A"}]})"}), ErrorKind::protocol);
  EXPECT_EQ(kind({R"({"total_count":-1,"secrets":[]})"}), ErrorKind::protocol);
  EXPECT_EQ(kind({"[]"}), ErrorKind::protocol);
  EXPECT_TRUE(read({secrets({{"A"}}, 2), secrets({{"A"}, {"B"}}, 2)}))
      << "a name that slid to the next page is one name";
}

}  // namespace
}  // namespace lockstep::providers::github
