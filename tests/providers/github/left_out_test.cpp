// S4: what GitHub's texts repeat of a value or the token is not told.
#include <gmock/gmock.h>

#include "base/remote_text.hpp"
#include "providers/github/answers.hpp"
#include "providers/github/api.hpp"
#include "providers/github/protections.hpp"
#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using GitHubTexts = GitHubWorld;

TEST_F(GitHubTexts, S4_TheNewNameOfAMovedRepositoryRepeatsNoPartOfTheToken) {
  http.answer(301, "", {{"Location", "https://api.github.com/repositories/4711"}});
  http.answer(200, R"({"full_name":"alokai/11FAKEFAKE0fake"})");
  EXPECT_THAT(observe(repository).error().message, Not(HasSubstr("11FAKE")));
}

TEST_F(GitHubTexts, S4_NamesOfReviewersAndBranchesRepeatNoPartOfTheToken) {
  GitHubProtections reader{http, sim.clock(), lockstep::testing::token_of(api_token), {}};
  http.answer(200, R"({"protection_rules":[{"type":"required_reviewers","reviewers":[
    {"type":"User","reviewer":{"login":"octocat"}},
    {"type":"User","reviewer":{"login":"x11FAKEFAKE0x"}},
    {"type":"Team","reviewer":{"slug":"11fakefake0"}}]}],
    "deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}})");
  http.answer(200,
              R"({"total_count":2,"branch_policies":[{"name":"main"},{"name":"fakefakefake"}]})");
  const auto found = sim.run(reader.protection(environment, {}));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->users, ElementsAre("octocat", left_out_text));
  EXPECT_THAT(found->teams, ElementsAre(left_out_text));
  EXPECT_THAT(found->patterns, ElementsAre(left_out_text, "main"));
}

TEST(GitHubRefusalTexts, S4_APermissionThatRepeatsAValueIsNotTold) {
  Confidential hidden;
  hidden.add("correct_horse_battery");
  const net::Response response{
      .status = 403,
      .headers = {{"X-Accepted-GitHub-Permissions", "horse_battery=write"}},
      .body = to_bytes(message("no"))};
  const auto error =
      refusal(response, {"secrets.put", "writing", net::Effect::Write}, hidden, Wall{});
  EXPECT_THAT(error.message, Not(HasSubstr("horse")));
}

TEST(GitHubBearer, ThePublicBeginningOfATokenHidesNoText) {
  Confidential hidden;
  (void)bearer(Secret(api_token), hidden);
  EXPECT_FALSE(hidden.repeated_in("Visit https://docs.github.com to learn more, github_pat_"));
  EXPECT_TRUE(hidden.repeated_in("11FAKEFAKE0"));
}

}  // namespace
}  // namespace lockstep::providers::github
