// Pages, late reads, conditional reads, moved repositories, headers.
#include "github_account.hpp"

namespace lockstep::sandbox {
namespace {

class GitHubReads : public GitHubTest {
 protected:
  void add(int count) {
    for (int i = 0; i < count; ++i) {
      github_.set_secret({.repository = "alokai/cms"}, "N" + std::to_string(1000 + i), "fake",
                         at(0));
    }
  }
  /// The path behind rel="next"; "" on the last page.
  static std::string next(const Answer& answer) {
    const std::string link(answer.header("link"));
    const auto end = link.find(">; rel=\"next\"");
    if (end == std::string::npos) return "";
    const auto begin = link.rfind('<', end) + 1;
    const std::string origin = "https://sandbox.test";
    const auto url = link.substr(begin, end - begin);
    EXPECT_TRUE(url.starts_with(origin)) << url;
    return url.substr(origin.size());
  }
};

TEST_F(GitHubReads, PagesOfThirtyAndAtMostAHundred) {
  add(100);
  const auto size = [&](const std::string& query) {
    return asking_.get(secrets_ + query).body.at("secrets").as_array().size();
  };
  EXPECT_EQ(size(""), 30U);
  EXPECT_EQ(size("?page=4"), 10U);
  EXPECT_EQ(size("?page=5"), 0U);
  EXPECT_EQ(size("?per_page=100"), 100U);
  EXPECT_EQ(size("?per_page=1000"), 100U);
  EXPECT_EQ(asking_.get(secrets_ + "?per_page=100").header("link"), "");
  EXPECT_EQ(asking_.get(secrets_ + "?page=5").body.at("total_count"), 100);
}

TEST_F(GitHubReads, LinkLeadsThroughAllPagesUnderTheRepositorysId) {
  add(70);
  for (const std::string prefix : {"", "/api/v3"}) {
    std::set<std::string> names;
    std::size_t pages = 0;
    for (auto path = prefix + secrets_; !path.empty(); ++pages) {
      const auto answer = asking_.get(path);
      for (const auto& each : answer.body.at("secrets").as_array()) {
        names.insert(std::string(each.at("name").as_string()));
      }
      if (pages == 0) {
        EXPECT_NE(answer.header("link").find("page=3>; rel=\"last\""), std::string::npos);
      }
      path = next(answer);
      EXPECT_TRUE(path.empty() || path.starts_with(prefix + "/repositories/")) << path;
    }
    EXPECT_EQ(names.size(), 70U);
    EXPECT_EQ(pages, 3U);
  }
}

TEST_F(GitHubReads, LateReadsShowTheOldState) {
  auto options = unlimited();
  options.read_lag = Seconds(10);
  GitHubEmulator github(options);
  github.add_repository("alokai/cms", at(0));
  github.add_token({.id = "t", .secret = "late", .permissions = all_permissions()});
  Asking asking(github, "token late");
  github.set_secret({.repository = "alokai/cms"}, "A", "fake", at(1));
  github.set_secret({.repository = "alokai/cms"}, "A", "fake", at(60));
  const auto updated = [&](double when) {
    asking.now = at(when);
    return asking.get(secrets_ + "/A").body.at("updated_at");
  };
  EXPECT_EQ(updated(69), "2026-01-01T00:00:01Z");
  EXPECT_EQ(updated(70), "2026-01-01T00:01:00Z");
  github.unset_secret({.repository = "alokai/cms"}, "A", at(80));
  EXPECT_EQ(updated(89), "2026-01-01T00:01:00Z");
  asking.now = at(90);
  EXPECT_EQ(asking.get(secrets_ + "/A").status(), 404);
}

TEST_F(GitHubReads, EtagsBelongToATokenAndSaveTheHour) {
  auto options = unlimited();
  options.requests_per_hour = 10;
  GitHubEmulator github(options);
  github.add_repository("alokai/cms", at(0));
  github.add_token({.id = "a", .secret = "one", .permissions = all_permissions()});
  github.add_token({.id = "b", .secret = "two", .permissions = all_permissions()});
  Asking one(github, "token one");
  Asking two(github, "token two");
  const auto first = one.get(secrets_);
  EXPECT_EQ(first.header("x-ratelimit-used"), "1");
  one.extra = two.extra = {{.name = "If-None-Match", .value = std::string(first.header("etag"))}};
  const auto same = one.get(secrets_);
  EXPECT_EQ(same.status(), 304);
  EXPECT_EQ(same.text(), "");
  EXPECT_EQ(same.header("x-ratelimit-used"), "1");
  EXPECT_EQ(two.get(secrets_).status(), 200);
  github.set_secret({.repository = "alokai/cms"}, "A", "fake", at(1));
  EXPECT_EQ(one.get(secrets_).status(), 200);
  options.etags = false;
  GitHubEmulator without(options);
  without.add_repository("alokai/cms", at(0));
  without.add_token({.id = "a", .secret = "one", .permissions = all_permissions()});
  EXPECT_EQ(Asking(without, "token one").get(secrets_).header("etag"), "");
}

TEST_F(GitHubReads, MovedRepositoryRedirectsToItsId) {
  put(secrets_, "A", "fake-value");
  const auto id = std::to_string(asking_.get(repository_).body.at("id").to_number<int>());
  github_.move_repository("alokai/cms", "Platform/cms-next", at(1));
  const auto read = asking_.get(secrets_ + "?per_page=100");
  EXPECT_EQ(read.status(), 301);
  EXPECT_EQ(read.header("location"),
            "https://sandbox.test/repositories/" + id + "/actions/secrets?per_page=100");
  const auto write = asking_.remove("/api/v3" + secrets_ + "/A");
  EXPECT_EQ(write.status(), 307);
  EXPECT_EQ(write.header("location"),
            "https://sandbox.test/api/v3/repositories/" + id + "/actions/secrets/A");
  EXPECT_EQ(asking_.get("/repositories/" + id).body.at("full_name"), "Platform/cms-next");
  EXPECT_EQ(github_.names({.repository = "platform/CMS-next"}).size(), 1U);
  // Someone takes the old name: no redirect any more, another repository.
  github_.add_repository("alokai/cms", at(2));
  EXPECT_EQ(asking_.get(secrets_).body.at("total_count"), 0);
}

TEST_F(GitHubReads, DeletedRepositoryIsNotFound) {
  github_.delete_repository("alokai/cms", at(1));
  EXPECT_EQ(asking_.get(secrets_).status(), 404);
  EXPECT_EQ(github_.repositories().size(), 2U);
}

TEST_F(GitHubReads, EveryAnswerHasADate) {
  asking_.now = at(59.9);
  for (const auto* path : {"/repos/alokai/cms", "/repos/no/such", "/user"}) {
    EXPECT_EQ(asking_.get(path).header("date"), "Thu, 01 Jan 2026 00:00:59 GMT") << path;
  }
}

TEST_F(GitHubReads, RefusesRequestsThatSayTooLittle) {
  asking_.agent = "";
  EXPECT_EQ(asking_.get(secrets_).status(), 403);
  asking_.agent = "lockstep/0.1";
  asking_.extra = {{.name = "X-GitHub-Api-Version", .value = "2022-11-28"}};
  EXPECT_EQ(asking_.get(secrets_).status(), 200);
  asking_.extra = {{.name = "X-GitHub-Api-Version", .value = "2011-01-01"}};
  EXPECT_EQ(asking_.get(secrets_).status(), 400);
}

TEST_F(GitHubReads, FaultsHaveGitHubsOwnBodies) {
  const std::pair<int, const char*> cases[] = {{401, "Bad credentials"},
                                               {403, "Resource not accessible"},
                                               {404, "Not Found"},
                                               {422, "Validation Failed"},
                                               {429, "secondary rate limit"},
                                               {500, "Server Error"},
                                               {502, "<html>"},
                                               {503, "Secrets service unavailable"}};
  for (const auto& [status, text] : cases) {
    github_.set_faults([status](const net::Request&) {
      return Fault{.kind = Fault::Kind::error_body, .status = status};
    });
    const auto answer = asking_.get(secrets_);
    EXPECT_EQ(answer.status(), status);
    EXPECT_NE(answer.text().find(text), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace lockstep::sandbox
