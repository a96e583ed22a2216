#include "github_account.hpp"

namespace lockstep::sandbox {
namespace {

/// As the real limits are; time moves so that nothing else is reached.
class GitHubLimits : public GitHubTest {
 protected:
  GitHubLimits() : GitHubTest(GitHubOptions{}) {
    github_.add_token(
        {.id = "t2", .secret = "github_pat_same_user", .permissions = all_permissions()});
    github_.add_token({.id = "t3",
                       .secret = "github_pat_other",
                       .user = "hubot",
                       .permissions = all_permissions()});
  }
  /// How many of `count` requests, `every` seconds apart, were served.
  int served(const std::string& method, int count, double every) {
    int out = 0;
    for (int i = 0; i < count; ++i) {
      asking_.now += std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(every));
      const auto answer = asking_.ask(method, secrets_ + (method == "GET" ? "" : "/NOPE"));
      if (answer.status() == 200 || answer.status() == 404) ++out;
    }
    return out;
  }
};

TEST_F(GitHubLimits, FiveThousandAnHourForAUserWhateverTheToken) {
  EXPECT_EQ(served("GET", 5000, 0.1), 5000);
  const auto over = asking_.get(secrets_);
  EXPECT_EQ(over.status(), 403);
  EXPECT_NE(over.text().find("API rate limit exceeded"), std::string::npos);
  EXPECT_EQ(over.header("x-ratelimit-limit"), "5000");
  EXPECT_EQ(over.header("x-ratelimit-remaining"), "0");
  EXPECT_EQ(over.header("x-ratelimit-resource"), "core");
  EXPECT_EQ(over.header("retry-after"), "");
  Asking same(github_, "token github_pat_same_user");
  Asking other(github_, "token github_pat_other");
  same.now = other.now = asking_.now;
  EXPECT_EQ(same.get(secrets_).status(), 403);
  EXPECT_EQ(other.get(secrets_).status(), 200);
  EXPECT_EQ(same.get("/rate_limit").body.at("rate").at("remaining"), 0);
  EXPECT_EQ(github_.throttled(), 2U);
  const std::string reset(over.header("x-ratelimit-reset"));
  asking_.now = Wall(Seconds(std::stoll(reset)));
  EXPECT_EQ(asking_.get(secrets_).header("x-ratelimit-used"), "1");
}

TEST_F(GitHubLimits, NineHundredPointsAMinute) {
  EXPECT_EQ(served("GET", 900, 0.05), 900);
  const auto over = asking_.get(secrets_);
  EXPECT_EQ(over.status(), 403);
  EXPECT_NE(over.text().find("secondary rate limit"), std::string::npos);
  EXPECT_EQ(over.header("retry-after"), "60");
  EXPECT_NE(over.header("x-ratelimit-remaining"), "0");
  asking_.now += Seconds(59);
  EXPECT_EQ(asking_.get(secrets_).header("retry-after"), "1");
  asking_.now += Seconds(1);
  EXPECT_EQ(asking_.get(secrets_).status(), 200);
  EXPECT_EQ(github_.throttled(), 2U);
}

TEST_F(GitHubLimits, EightyWritesAMinuteThenNothingForAWhile) {
  EXPECT_EQ(served("DELETE", 80, 0.5), 80);
  EXPECT_EQ(served("DELETE", 1, 0.5), 0);
  EXPECT_EQ(asking_.get(secrets_).status(), 403);
  asking_.now += Seconds(60);
  EXPECT_EQ(served("DELETE", 1, 0), 1);
}

TEST_F(GitHubLimits, FiveHundredWritesAnHour) {
  EXPECT_EQ(served("PUT", 0, 0), 0);
  EXPECT_EQ(served("DELETE", 500, 1), 500);
  EXPECT_EQ(served("DELETE", 1, 1), 0);
  asking_.now = at(3602);
  EXPECT_EQ(served("DELETE", 1, 0), 1);
}

TEST_F(GitHubLimits, WritesCostFivePoints) {
  GitHubOptions options;
  options.content_per_minute = 0;
  GitHubEmulator github(options);
  github.add_repository("alokai/cms", at(0));
  github.add_token({.id = "t", .secret = "one", .permissions = all_permissions()});
  Asking asking(github, "token one");
  int served = 0;
  while (asking.remove(secrets_ + "/NOPE").status() == 404) ++served;
  EXPECT_EQ(served, 180);
}

TEST_F(GitHubLimits, StatusAndRetryAfterAreAsTheAccountSays) {
  GitHubOptions options;
  options.points_per_minute = 1;
  options.limit_status = 429;
  options.secondary_says_retry_after = false;
  GitHubEmulator github(options);
  github.add_repository("alokai/cms", at(0));
  github.add_token({.id = "t", .secret = "one", .permissions = all_permissions()});
  Asking asking(github, "token one");
  EXPECT_EQ(asking.get(secrets_).status(), 200);
  EXPECT_EQ(asking.get(secrets_).status(), 429);
  EXPECT_EQ(asking.get(secrets_).header("retry-after"), "");
}

}  // namespace
}  // namespace lockstep::sandbox
