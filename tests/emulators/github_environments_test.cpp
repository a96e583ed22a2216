#include "github_account.hpp"

namespace lockstep::sandbox {
namespace {

class GitHubEnvironments : public GitHubTest {
 protected:
  json::value environment(const std::string& name) {
    return asking_.get(repository_ + "/environments/" + name).body;
  }
  const GitHubProtection guarded_{
      .reviewers = {{.name = "alice"}, {.name = "release", .team = true}},
      .prevent_self_review = true,
      .wait_timer = 30,
      .branches = GitHubProtection::Branches::custom,
      .patterns = {"main", "release/*"},
      .admins_may_bypass = false};
};

TEST_F(GitHubEnvironments, ShowsWhatGuardsThem) {
  github_.change_protection("alokai/cms", "production", guarded_, at(9));
  const auto seen = environment("production");
  EXPECT_EQ(seen.at("name"), "production");
  EXPECT_EQ(seen.at("updated_at"), "2026-01-01T00:00:09Z");
  EXPECT_EQ(seen.at("can_admins_bypass"), false);
  EXPECT_EQ(seen.at("deployment_branch_policy"),
            parsed(R"({"protected_branches":false,"custom_branch_policies":true})"));
  const auto& rules = seen.at("protection_rules").as_array();
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].at("wait_timer"), 30);
  EXPECT_EQ(rules[1].at("type"), "required_reviewers");
  EXPECT_EQ(rules[1].at("prevent_self_review"), true);
  EXPECT_EQ(rules[1].at("reviewers").at(0).at("reviewer").at("login"), "alice");
  EXPECT_EQ(rules[1].at("reviewers").at(1).at("type"), "Team");
  EXPECT_EQ(rules[1].at("reviewers").at(1).at("reviewer").at("slug"), "release");
  EXPECT_EQ(rules[2].at("type"), "branch_policy");
  const auto policies =
      asking_.get(repository_ + "/environments/production/deployment-branch-policies").body;
  EXPECT_EQ(policies.at("total_count"), 2);
  EXPECT_EQ(policies.at("branch_policies").at(1).at("name"), "release/*");
}

TEST_F(GitHubEnvironments, BareOnesHaveNoRulesAndNoPolicy) {
  const auto seen = environment("team%2Fblue");
  EXPECT_EQ(seen.at("name"), "team/blue");
  EXPECT_EQ(seen.at("protection_rules"), json::array());
  EXPECT_EQ(seen.at("deployment_branch_policy"), nullptr);
  EXPECT_EQ(seen.at("can_admins_bypass"), true);
}

TEST_F(GitHubEnvironments, ListsThemAll) {
  const auto list = asking_.get(repository_ + "/environments?per_page=1");
  EXPECT_EQ(list.body.at("total_count"), 2);
  EXPECT_EQ(list.body.at("environments").as_array().size(), 1U);
  EXPECT_NE(list.header("link").find("rel=\"next\""), std::string::npos);
  EXPECT_EQ(asking_.get(repository_ + "/environments/nowhere").status(), 404);
}

TEST_F(GitHubEnvironments, WorkflowMakesAMissingOneBare) {
  github_.run_workflow("alokai/cms", "Preview", at(4));
  EXPECT_EQ(environment("preview").at("protection_rules"), json::array());
  put(repository_ + "/environments/preview/secrets", "A", "fake-value");
  github_.run_workflow("alokai/cms", "preview", at(5));
  EXPECT_EQ(github_.names({"alokai/cms", "preview"}).size(), 1U);
}

TEST_F(GitHubEnvironments, DeletingOneTakesItsSecretsAndMakingItAgainLosesItsRules) {
  github_.change_protection("alokai/cms", "production", guarded_, at(1));
  put(production_, "A", "fake-value");
  github_.delete_environment("alokai/cms", "production", at(2));
  EXPECT_EQ(asking_.get(production_).status(), 404);
  EXPECT_EQ(asking_.put(production_ + "/A", "{}").status(), 404);
  github_.run_workflow("alokai/cms", "production", at(3));
  EXPECT_EQ(asking_.get(production_).body.at("total_count"), 0);
  EXPECT_TRUE(github_.protection("alokai/cms", "production").reviewers.empty());
}

TEST_F(GitHubEnvironments, PutReplacesAllSettingsAndIsCounted) {
  github_.change_protection("alokai/cms", "production", guarded_, at(1));
  const auto path = repository_ + "/environments/production";
  EXPECT_EQ(github_.environment_puts(), 0U);
  EXPECT_EQ(asking_.put(path, R"({"wait_timer":5})").status(), 200);
  const auto& left = github_.protection("alokai/cms", "production");
  EXPECT_EQ(left.wait_timer, 5);
  EXPECT_TRUE(left.reviewers.empty());
  EXPECT_TRUE(left.admins_may_bypass);
  EXPECT_EQ(left.branches, GitHubProtection::Branches::all);
  for (const auto* body :
       {R"({"wait_timer":50000})",
        R"({"deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":true}})",
        R"({"reviewers":[{"type":"Robot","id":1}]})"}) {
    EXPECT_EQ(asking_.put(path, body).status(), 422) << body;
  }
  EXPECT_EQ(asking_.put(repository_ + "/environments/fresh", "").status(), 200);
  EXPECT_EQ(github_.environments("alokai/cms").size(), 3U);
  EXPECT_EQ(github_.environment_puts(), 5U);
}

TEST_F(GitHubEnvironments, SaysWhichBranchesAreProtected) {
  const auto protected_ones = repository_ + "/branches?protected=true";
  EXPECT_EQ(asking_.get(protected_ones).body, json::array());
  github_.add_branch("alokai/cms", "main", true);
  EXPECT_EQ(asking_.get(protected_ones).body.at(0).at("name"), "main");
  EXPECT_EQ(asking_.get(repository_ + "/branches?protected=false").body, json::array());
}

}  // namespace
}  // namespace lockstep::sandbox
