#include "providers/github/protections.hpp"

#include <gmock/gmock.h>

#include "world.hpp"

namespace lockstep::providers::github {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string environment_body(const std::string& rules, const std::string& policy,
                             const std::string& more = "") {
  return R"({"id":1,"name":"production","protection_rules":)" + rules +
         R"(,"deployment_branch_policy":)" + policy + more + "}";
}
constexpr auto reviewed = R"([
  {"id":1,"type":"wait_timer","wait_timer":30},
  {"id":2,"type":"required_reviewers","prevent_self_review":false,"reviewers":[
    {"type":"User","reviewer":{"login":"octocat","id":1}},
    {"type":"Team","reviewer":{"id":1,"slug":"justice-league"}}]},
  {"id":3,"type":"branch_policy"}])";
constexpr auto custom = R"({"protected_branches":false,"custom_branch_policies":true})";
constexpr auto only_protected = R"({"protected_branches":true,"custom_branch_policies":false})";

struct GitHubProtection : GitHubWorld {
  GitHubProtections reader{http, sim.clock(), lockstep::testing::token_of(api_token), {}};
  Result<Protection> read(const Place& place) { return sim.run(reader.protection(place, {})); }
};

TEST_F(GitHubProtection, OfAnEnvironmentThatAWorkflowMadeIsNone) {
  http.answer(200, environment_body("[]", "null"));
  const auto found = read(environment);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->users, IsEmpty());
  EXPECT_EQ(found->branches, Protection::Branches::all);
  EXPECT_FALSE(found->wait_timer);
  EXPECT_TRUE(found->admins_bypass) << "the default, where GitHub does not say";
  EXPECT_EQ(found->requests, 1U);
  EXPECT_THAT(asked(), ElementsAre("GET /repos/alokai/cms/environments/production"));
}

TEST_F(GitHubProtection, ReadsReviewersTimerAndPatterns) {
  http.answer(200, environment_body(reviewed, custom, R"(,"can_admins_bypass":false)"));
  http.answer(200, R"({"total_count":3,"branch_policies":[{"id":2,"name":"release/*"},
    {"id":1,"name":"main","type":"branch"},{"id":3,"name":"v*","type":"tag"}]})");
  const auto found = read(environment);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->users, ElementsAre("octocat"));
  EXPECT_THAT(found->teams, ElementsAre("justice-league"));
  EXPECT_EQ(found->wait_timer, std::chrono::minutes(30));
  EXPECT_EQ(found->branches, Protection::Branches::custom);
  EXPECT_THAT(found->patterns, ElementsAre("main", "release/*", "tag:v*"));
  EXPECT_FALSE(found->admins_bypass);
  EXPECT_EQ(found->requests, 2U);
  EXPECT_EQ(
      asked()[1],
      "GET /repos/alokai/cms/environments/production/deployment-branch-policies?per_page=100");
}

TEST_F(GitHubProtection, AsksWhetherAnyBranchIsProtected) {
  http.answer(200, environment_body("[]", only_protected));
  http.answer(200, "[]");
  auto found = read(environment);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->branches, Protection::Branches::protected_);
  EXPECT_FALSE(found->any_protected_branch);
  http.answer(200, environment_body("[]", only_protected));
  http.answer(200, R"([{"name":"main","protected":true}])",
              {link_to("https://api.github.com/repositories/1/branches?protected=true&page=2")});
  found = read(environment);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->any_protected_branch);
  EXPECT_EQ(asked().back(), "GET /repos/alokai/cms/branches?protected=true&per_page=1");
}

TEST_F(GitHubProtection, S3_WhatIsNotUnderstoodIsNeverTakenForUnprotected) {
  for (const auto& body : {std::string("{}"), std::string("[]"), std::string("<html>"),
                           environment_body("null", "null"), environment_body("[]", "{}"),
                           environment_body("[]", R"({"protected_branches":true,)"
                                                  R"("custom_branch_policies":true})"),
                           environment_body(R"([{"type":"required_reviewers"}])", "null"),
                           environment_body(R"([{"type":"wait_timer"}])", "null"),
                           std::string(R"({"protection_rules":[]})")}) {
    http.answer(200, body);
    const auto found = read(environment);
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().kind, ErrorKind::protocol) << body;
  }
  http.answer(200, environment_body("[]", custom));
  http.answer(200, R"({"total_count":2,"branch_policies":[{"id":2,"name":"release/*"}]})");
  EXPECT_EQ(read(environment).error().kind, ErrorKind::protocol) << "a cut list";
  http.answer(200, environment_body("[]", only_protected));
  http.answer(403, message("no"));
  EXPECT_EQ(read(environment).error().kind, ErrorKind::forbidden);
}

TEST_F(GitHubProtection, WaitsUpToAMillionMinutes) {
  const auto timer = [&](const std::string& minutes) {
    const auto rule = R"([{"id":1,"type":"wait_timer","wait_timer":)" + minutes + "}]";
    http.answer(200, environment_body(rule, "null"));
    return read(environment);
  };
  EXPECT_EQ(timer("0")->wait_timer, std::nullopt);
  EXPECT_EQ(timer("1")->wait_timer, std::chrono::minutes(1));
  EXPECT_EQ(timer("1000000")->wait_timer, std::chrono::minutes(1'000'000));
  for (const auto* odd : {"-1", "1000001", "\"5\"", "1.5", "null"}) {
    ASSERT_FALSE(timer(odd)) << odd;
    http.answer(200, environment_body("[]", "null"));
    ASSERT_TRUE(read(environment));
  }
}

TEST_F(GitHubProtection, ListsReviewersInOrder) {
  http.answer(200, environment_body(R"([{"id":1,"type":"required_reviewers","reviewers":[
      {"type":"User","reviewer":{"login":"zoe"}},{"type":"Team","reviewer":{"slug":"web"}},
      {"type":"User","reviewer":{"login":"ann"}},{"type":"Team","reviewer":{"slug":"ops"}}]}])",
                                    "null"));
  const auto found = read(environment);
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->users, (std::vector<std::string>{"ann", "zoe"}));
  EXPECT_EQ(found->teams, (std::vector<std::string>{"ops", "web"}));
  EXPECT_EQ(found->requests, 1U);
}

TEST_F(GitHubProtection, S3_HalfABranchPolicyIsNone) {
  for (const auto* half :
       {R"({"protected_branches":true})", R"({"custom_branch_policies":true})"}) {
    http.answer(200, environment_body("[]", half));
    EXPECT_EQ(read(environment).error().kind, ErrorKind::protocol) << half;
  }
}

TEST_F(GitHubProtection, CountsTheReadsOfBranches) {
  http.answer(200, environment_body("[]", custom));
  http.answer(200, R"({"total_count":1,"branch_policies":[{"id":2,"name":"release/*"}]})");
  const auto patterns = read(environment);
  EXPECT_EQ(patterns->requests, 2U);
  EXPECT_TRUE(http.exhausted());
  http.answer(200, environment_body("[]", only_protected));
  http.answer(200, "[]");
  EXPECT_EQ(read(environment)->requests, 2U);
}

TEST_F(GitHubProtection, AMissingEnvironmentIsProved) {
  http.answer(404, not_found);
  http.answer(200, the_repository);
  http.answer(200, environments({}));
  EXPECT_EQ(read(environment).error().kind, ErrorKind::not_found);
  http.answer(404, not_found);
  http.answer(404, not_found);
  EXPECT_EQ(read(environment).error().kind, ErrorKind::protocol);
}

TEST_F(GitHubProtection, ARepositoryHasNone) {
  EXPECT_EQ(read(repository).error().kind, ErrorKind::unsupported);
  EXPECT_TRUE(http.asked().empty());
}

}  // namespace
}  // namespace lockstep::providers::github
