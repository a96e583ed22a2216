// Bad days with tokens, accounts and places: what is told, and that nothing is written.
#include "cli/bad_days.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* weak = "not-a-real-token-that-may-do-too-little-01";

/// A read that failed proves nothing: the Target is Unknown, not empty, and is left alone (S3).
void expect_unread(const Told& told, const std::string& target) {
  EXPECT_TRUE(told.of(target).status.plan.unreadable) << told.all();
  EXPECT_EQ(told.of(target).status.writes, 0U);
  EXPECT_EQ(told.code, ExitCode::failed);
}

TEST_F(BadDays, CloudflareTokenWithoutTheScopeNamesCredentialAndPermission) {
  cloudflare_.add_token(
      {.id = "t2", .secret = weak, .accounts = {account}, .permissions = {"D1 Read"}});
  target("web", "cloudflare-weak", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  expect_unread(told, "web");
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("Credential cloudflare-weak"),
                            HasSubstr("Workers Scripts Read"), Not(HasSubstr(weak))));
  }
  EXPECT_TRUE(cloudflare_.names(account, "shop-web").empty());
  expect_neighbour_served(told);
}

TEST_F(BadDays, CloudflareTokenThatOnlyReadsIsToldWhatWritesNeed) {
  cloudflare_.add_token(
      {.id = "t2", .secret = weak, .accounts = {account}, .permissions = {"Workers Scripts Read"}});
  target("web", "cloudflare-weak", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  EXPECT_THAT(told.plan + told.deeds,
              AllOf(HasSubstr("Credential cloudflare-weak"), HasSubstr("Workers Scripts Write")));
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_TRUE(cloudflare_.names(account, "shop-web").empty());
  expect_neighbour_served(told);
}

TEST_F(BadDays, FlyTokenThatOnlyReadsIsToldWhatWritesNeed) {
  fly_.add_token({.id = "t2", .secret = weak, .read_only = true});
  target("api", "fly-weak", "{flyApp: {app: shop-api}}");
  const auto told = apply();
  EXPECT_THAT(told.plan + told.deeds,
              AllOf(HasSubstr("Credential fly-weak"), HasSubstr("deploy token")));
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_TRUE(fly_.names("shop-api").empty());
  expect_neighbour_served(told);
}

TEST_F(BadDays, FlyTokenOfAnotherAppIsAFailedReadOrAProvedAbsence) {
  fly_.add_token({.id = "t2", .secret = weak, .apps = {"shop-neighbour"}});
  target("api", "fly-weak", "{flyApp: {app: shop-api}}");
  const auto told = apply();
  EXPECT_THAT(told.plan, AllOf(HasSubstr("Credential fly-weak"), HasSubstr("token")));
  EXPECT_EQ(told.of("api").status.writes, 0U);
  EXPECT_EQ(told.code, ExitCode::failed);
  expect_neighbour_served(told);
}

TEST_F(BadDays, GitHubTokenThatMayNotSeeARepositoryIsNoMissingRepository) {
  github_.add_repository("shop/other", now());
  github_.add_token({.id = "t2",
                     .secret = weak,
                     .repositories = {"shop/other"},
                     .permissions = {{"secrets", "write"}}});
  target("store", "github-weak", "{githubRepository: {repository: shop/store}}");
  const auto told = apply();
  expect_unread(told, "store");
  EXPECT_THAT(told.plan, AllOf(HasSubstr("Credential github-weak"), HasSubstr("404"),
                               HasSubstr("Secrets"), HasSubstr("shop/store")));
  EXPECT_EQ(at_github("API_KEY"), "(none)");
  expect_neighbour_served(told);
}

TEST_F(BadDays, GitHubTokenThatOnlyReadsIsToldThePermissionThatGitHubNames) {
  github_.add_token({.id = "t2", .secret = weak, .permissions = {{"secrets", "read"}}});
  target("store", "github-weak", "{githubRepository: {repository: shop/store}}",
         "[{name: API_KEY}, {name: SECOND_KEY}]");
  value("SECOND_KEY", "not-a-real-second-key");
  const auto told = apply();
  EXPECT_THAT(told.plan + told.deeds,
              AllOf(HasSubstr("Credential github-weak"), HasSubstr("secrets=write")));
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_EQ(at_github("API_KEY"), "(none)");
  expect_neighbour_served(told);
}

TEST_F(BadDays, AWrongTokenSendsNobodyToItsPermissions) {
  target("web", "cloudflare-weak", "{cloudflareWorker: {script: shop-web}}");
  target("api", "fly-weak", "{flyApp: {app: shop-api}}");
  target("store", "github-weak", "{githubRepository: {repository: shop/store}}");
  const auto told = apply();
  for (const auto* name : {"web", "api", "store"}) expect_unread(told, name);
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("Cloudflare does not accept the API token: it is wrong"),
                            HasSubstr("Fly.io does not accept the token: it is wrong"),
                            HasSubstr("GitHub does not accept the token: it is wrong"),
                            HasSubstr("put a token that works behind its Credential"),
                            Not(HasSubstr("permission")), Not(HasSubstr("that right"))));
  }
  expect_neighbour_served(told);
}

TEST_F(BadDays, WrongCloudflareAccountIsAFailedReadNotAMissingPlace) {
  target("web", "cloudflare-elsewhere", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  expect_unread(told, "web");
  EXPECT_TRUE(told.of("web").status.plan.gates.empty()) << told.plan;
  EXPECT_THAT(told.plan, AllOf(HasSubstr("accountId"), HasSubstr("Credential cloudflare-elsewhere"),
                               Not(HasSubstr("PlaceMissing")), Not(HasSubstr("create the place"))));
  expect_neighbour_served(told);
}

TEST_F(BadDays, UnknownCloudflareAccountIsAFailedReadNotAMissingPlace) {
  cloudflare_.set_faults([](const net::Request&) {
    return sandbox::Fault{
        .kind = sandbox::Fault::Kind::status,
        .status = 404,
        .body = R"({"success":false,"errors":[{"code":7003,"message":"Could not route to )"
                R"(/client/v4/accounts/x, perhaps your object identifier is invalid?"}],)"
                R"("messages":[],"result":null})"};
  });
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  expect_unread(told, "web");
  EXPECT_THAT(told.plan, AllOf(HasSubstr("accountId"), Not(HasSubstr("PlaceMissing"))));
  expect_neighbour_served(told);
}

TEST_F(BadDays, MissingPlacesAreNamedOnlyWhereTheProviderProvesThem) {
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-gone}}");
  target("api", "fly", "{flyApp: {app: shop-gone}}");
  target("eu", "github", "{githubEnvironment: {repository: shop/store, name: gone}}");
  target("repo", "github", "{githubRepository: {repository: shop/gone}}");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::failed);
  for (const auto* one : {"web", "api", "eu"}) {
    ASSERT_TRUE(told.of(one).status.plan.unreadable) << told.plan;
    EXPECT_EQ(told.of(one).status.plan.unreadable->kind, ErrorKind::not_found) << one;
    EXPECT_EQ(told.of(one).status.writes, 0U);
  }
  EXPECT_NE(told.of("repo").status.plan.unreadable->kind, ErrorKind::not_found);
  EXPECT_THAT(told.plan,
              AllOf(HasSubstr("there is no such Worker"), HasSubstr("there is no environment gone"),
                    HasSubstr("proves nothing"), HasSubstr("there is no such app")));
  EXPECT_EQ(github_.environments(repository).size(), 0U) << "S5";
  expect_neighbour_served(told);
}

TEST_F(BadDays, MovedRepositoryNamesTheNewPlace) {
  target("store", "github", "{githubRepository: {repository: shop/store}}");
  github_.move_repository(repository, "shop/boutique", now());
  const auto told = apply();
  expect_unread(told, "store");
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("the repository is now shop/boutique"),
                            HasSubstr("correct place.githubRepository.repository"),
                            HasSubstr("correct the repository's name in the Target")));
  }
  EXPECT_TRUE(github_.names({.repository = "shop/boutique"}).empty());
  expect_neighbour_served(told);
}

}  // namespace
}  // namespace lockstep::cli::testing
