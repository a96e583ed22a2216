// Bad days at GitHub: odd environments, long lists that change, limits, missing guards.
#include "cli/bad_days.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(BadDays, EnvironmentsWithOddNamesAreReachedAndKeyed) {
  struct Row {
    const char *name, *key, *pattern;
  };
  const Row rows[] = {
      {"prod/eu", "prod%2Feu", "prod/eu"},
      {"prod eu", "prod eu", "prod*"},
      {"100%", "100%25", "100%"},
      {"prod%2Feu", "prod%252feu", "prod%2F*"},
  };
  std::string places;
  for (const auto& row : rows) {
    github_.add_environment(repository, row.name, now());
    places += std::string(places.empty() ? "" : ", ") + "\"githubEnvironment/shop/store/" +
              row.pattern + "\"";
  }
  document(
      "apiVersion: lockstep.dev/v1alpha1\nkind: Credential\nmetadata: {name: odd, namespace: "
      "shop}\nspec:\n  github: {token: {secretKeyRef: {name: tokens, key: GITHUB}}}\n  grants:\n"
      "  - {places: [" +
      places + "]}\n");
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    value("KEY_" + std::to_string(i), "not-a-real-key-" + std::to_string(i));
    target("odd-" + std::to_string(i), "odd",
           "{githubEnvironment: {repository: shop/store, name: \"" + std::string(rows[i].name) +
               "\"}}",
           "[{name: KEY_" + std::to_string(i) + "}]");
  }
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto& plan = told.of("odd-" + std::to_string(i)).status.plan;
    EXPECT_EQ(plan.place.key(), std::string("githubEnvironment/shop/store/") + rows[i].key);
    EXPECT_EQ(github_.names({.repository = repository, .environment = rows[i].name}),
              std::vector{"KEY_" + std::to_string(i)});
  }
  EXPECT_EQ(github_.environments(repository).size(), std::size(rows)) << "S5";
}

TEST_F(BadDays, ListThatChangesWhileItIsReadCausesNoWriteAndNoDeletion_S3) {
  target("store", "github", "{githubRepository: {repository: shop/store}}",
         "[{name: API_KEY}, {name: OLD_KEY}]", "{pruneAfter: 0s, maxDeletions: \"100%\"}");
  value("OLD_KEY", "not-a-real-old-key");
  value("NEW_KEY", "not-a-real-new-key");
  const sandbox::GitHubScope scope{.repository = repository};
  for (int i = 0; i < 1'000; ++i) {
    github_.set_secret(scope, "ZZ_" + std::to_string(10'000 + i), "someone's", now());
  }
  ASSERT_EQ(apply().code, ExitCode::done);
  wants("store", "[{name: API_KEY}, {name: NEW_KEY}]");
  // Each page is another list: one name goes at its beginning, another comes.
  int turn = 0;
  github_.before_request([&](std::size_t, const net::Request& request) {
    if (!request.url.contains("/actions/secrets?")) return;
    const bool odd = turn % 2 == 1;
    const auto name = std::to_string(turn++);
    if (odd) {
      github_.unset_secret(scope, "ZZ_" + std::to_string(10'000 + turn), now());
    } else {
      github_.set_secret(scope, "AA_" + name, "someone's", now());
    }
  });
  const auto told = apply();
  EXPECT_EQ(told.writes, 0U) << told.all();
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_THAT(told.plan, AllOf(HasSubstr("chang"), HasSubstr("while")));
  EXPECT_EQ(at_github("OLD_KEY"), "not-a-real-old-key");
  EXPECT_EQ(at_github("NEW_KEY"), "(none)");
  github_.before_request({});
  pass_time(std::chrono::minutes(5));
  const auto calm = apply();
  EXPECT_EQ(at_github("NEW_KEY"), "not-a-real-new-key") << calm.all();
  pass_time(std::chrono::minutes(5));
  const auto last = apply();
  EXPECT_EQ(at_github("OLD_KEY"), "(none)") << last.all();
  EXPECT_EQ(apply().writes, 0U);
}

TEST_F(BadDays, LimitOfAnHourIsToldAtOnceBesideWhatAnswered_S10) {
  target("store", "github", "{githubRepository: {repository: shop/store}}");
  github_.set_faults([](const net::Request&) {
    return sandbox::Fault{.kind = sandbox::Fault::Kind::error_body,
                          .status = 429,
                          .headers = {{"Retry-After", "3300"}}};
  });
  const auto began = now();
  const auto told = apply({.at_once = true, .wait = std::chrono::minutes(1)});
  EXPECT_LE(now() - began, std::chrono::minutes(1));
  EXPECT_EQ(told.code, ExitCode::failed);
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("rate limited until 00:56Z, Credential github: "),
                            HasSubstr("wait for it with --wait 55m"), HasSubstr("NEIGHBOUR_KEY")));
  }
  github_.set_faults({});
  const auto patient = apply({.at_once = true, .wait = std::chrono::hours(1)});
  EXPECT_FALSE(patient.of("store").status.plan.unreadable) << "a new command asks anew";
}

TEST_F(BadDays, EnvironmentThatAWorkflowMadeBareIsGatedWhenReviewersAreExpected) {
  github_.run_workflow(repository, "production", now());
  target("prod", "github",
         "{githubEnvironment: {repository: shop/store, name: production, expect: "
         "{requiredReviewers: Any}}}");
  const auto told = apply();
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("ExpectationUnmet"), HasSubstr("no required reviewers")));
  }
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_EQ(at_github("API_KEY", "production"), "(none)");
  EXPECT_EQ(github_.environment_puts(), 0U);
  expect_neighbour_served(told);

  github_.change_protection(repository, "production", {.reviewers = {{.name = "alice"}}}, now());
  const auto mended = apply();
  EXPECT_EQ(mended.code, ExitCode::done) << mended.all();
  EXPECT_EQ(at_github("API_KEY", "production"), "not-a-real-api-key-one");
  EXPECT_THAT(mended.plan, HasSubstr("administrators of the repository may deploy without"));
}

TEST_F(BadDays, ProtectedBranchesWithoutAProtectedBranchGuardNothing) {
  github_.add_environment(repository, "production", now(),
                          {.branches = sandbox::GitHubProtection::Branches::protected_only});
  target("prod", "github",
         "{githubEnvironment: {repository: shop/store, name: production, expect: "
         "{deploymentBranches: Protected}}}");
  const auto told = apply();
  EXPECT_THAT(told.plan, AllOf(HasSubstr("ExpectationUnmet"),
                               HasSubstr("the repository has no protected branch")));
  EXPECT_EQ(at_github("API_KEY", "production"), "(none)");
  github_.add_branch(repository, "main", true);
  EXPECT_EQ(apply().code, ExitCode::done);
  EXPECT_EQ(at_github("API_KEY", "production"), "not-a-real-api-key-one");
}

TEST_F(BadDays, SecondaryLimitInTheMiddleOfABatchKeepsWhatWasWrittenAndGoesOnLater_S10) {
  std::string secrets = "[";
  for (int i = 0; i < 6; ++i) {
    const auto name = "KEY_" + std::to_string(i);
    value(name, "not-a-real-key-" + std::to_string(i));
    secrets += std::string(i == 0 ? "" : ", ") + "{name: " + name + "}";
  }
  target("store", "github", "{githubRepository: {repository: shop/store}}", secrets + "]");
  std::size_t puts = 0;
  std::size_t early = 0;
  std::optional<Wall> refused;
  github_.set_faults([&](const net::Request& request) -> sandbox::Fault {
    if (refused && now() < *refused + Seconds(90)) ++early;
    if (request.method != "PUT" || ++puts != 4) return {};
    refused = now();
    return {.kind = sandbox::Fault::Kind::status,
            .status = 403,
            .body = R"({"message":"You have exceeded a secondary rate limit."})",
            .headers = {{"Retry-After", "90"}}};
  });
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  EXPECT_EQ(early, 0U) << "asked again before the time that GitHub named";
  EXPECT_EQ(puts, 7U) << "three, the refused one, and three more: nothing is written twice";
  EXPECT_EQ(github_.throttled(), 0U);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(at_github("KEY_" + std::to_string(i)), "not-a-real-key-" + std::to_string(i));
  }
  expect_neighbour_served(told);
}

}  // namespace
}  // namespace lockstep::cli::testing
