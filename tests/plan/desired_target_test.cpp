#include "plan/desired_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::Documents;
using ::testing::ElementsAre;
using testing::environment;
using testing::fly_target;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Policy, TheTargetOverTheEnvironmentOverTheDefaults) {
  Documents d;
  EXPECT_EQ(d.build().targets.at(0).policy.repair_after, 10min);
  EXPECT_EQ(d.build().targets.at(0).policy.max_deletions.percent, 25U);
  d.production.policy.repair_after = 1min;
  d.production.policy.max_deletions = "50%";
  d.production.policy.drift = api::Drift::Report;
  d.target.policy.repair_after = 0s;
  d.target.policy.max_deletions = "3";
  const auto policy = d.build().targets.at(0).policy;
  EXPECT_EQ(policy.repair_after, 0s);
  EXPECT_EQ(policy.max_deletions.absolute, 3U);
  EXPECT_EQ(policy.drift, api::Drift::Report);
}

TEST(Policy, AnUnknownTimeZoneIsAProblemOfTheDocumentThatSaysIt) {
  Documents d;
  const api::WriteWindow window{
      .days = {}, .from = "02:00", .to = "05:00", .time_zone = "Europe/Berlinn", .at = {20, 5}};
  d.target.policy.write_windows = std::vector{window};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "app.yaml:20:5: spec.policy.writeWindows[0].timeZone: this machine knows no time "
          "zone \"Europe/Berlinn\"; use a name of the IANA database, for example Europe/Berlin"));
  EXPECT_THAT(d.build().targets, IsEmpty());
  d.target.policy.write_windows.reset();
  d.production.policy.write_windows = std::vector{window};
  const auto problems = d.problems();
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_TRUE(problems[0].starts_with(
      "app.yaml:1:1: spec.environmentRef.name: Environment \"production\" is invalid"));
  EXPECT_TRUE(
      problems[1].starts_with("production.yaml:20:5: spec.policy.writeWindows[0].timeZone"));
}

TEST(Target, GatesOfTheWholeTarget) {
  Documents d;
  d.target.suspend = true;
  d.production.suspend = true;
  d.credential.suspend = true;
  d.target.mode = api::Mode::Observe;
  d.target.policy.on_delete = api::OnDelete::DeleteOwned;
  EXPECT_THAT(
      d.build().targets.at(0).gates,
      ElementsAre(
          std::pair(Gate::Observe, std::string("the Target says mode: Observe")),
          std::pair(Gate::Suspended, std::string("the Target says suspend: true")),
          std::pair(Gate::Suspended, std::string("Environment production says suspend: true")),
          std::pair(Gate::Suspended, std::string("Credential fly says suspend: true")),
          std::pair(Gate::Unsupported,
                    std::string("policy.onDelete: DeleteOwned is not built in this release"))));
}

/// The same documents for a Worker.
Documents worker(const std::string& script) {
  Documents d;
  d.credential.provider =
      api::CloudflareAccess{.account_id = "0123456789abcdef0123456789abcdef", .token = {}};
  d.credential.grants[0].places = {"cloudflareWorker/*/*"};
  d.production.places = {"cloudflareWorker/*/*"};
  d.target.place = api::CloudflareWorker{script};
  return d;
}

TEST(Target, AWorkerFitsItsEnvironmentsNamingOrSaysOff) {
  auto d = worker("alokai-cms");
  d.production.naming = "{environment}-{project}-{service}";
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "app.yaml:1:1: spec.place.cloudflareWorker.script: \"alokai-cms\" does not fit the "
          "naming rule \"{environment}-{project}-{service}\" of Environment \"production\"; "
          "correct the name, or say spec.naming: \"Off\""));
  d.target.naming = api::Naming::Off;
  EXPECT_THAT(d.problems(), IsEmpty());
  EXPECT_EQ(d.build().targets.at(0).place.key(),
            "cloudflareWorker/0123456789abcdef0123456789abcdef/alokai-cms");
}

TEST(Target, StagedIsBuiltForWorkersAndFly) {
  auto d = worker("production-cms");
  d.target.policy.apply = api::Apply::Staged;
  EXPECT_THAT(d.build().targets.at(0).gates, IsEmpty());
  Documents fly;
  fly.target.policy.apply = api::Apply::Staged;
  EXPECT_THAT(fly.build().targets.at(0).gates, IsEmpty());
}

/// The same documents for a place of GitHub.
Documents github(api::PlaceSpec place) {
  Documents d;
  d.credential.provider = api::GitHubAccess{};
  d.credential.grants[0].places = {"githubRepository/*/*/*", "githubEnvironment/*/*/*"};
  d.production.places = d.credential.grants[0].places;
  d.target.place = std::move(place);
  return d;
}

TEST(Target, OfARepositorysStoresOnlyActionsIsBuilt) {
  const auto gates = [](api::GitHubStore store) {
    return github(api::GitHubRepository{"alokai/cms", store}).build().targets.at(0).gates;
  };
  EXPECT_THAT(gates(api::GitHubStore::Actions), IsEmpty());
  EXPECT_THAT(
      gates(api::GitHubStore::Dependabot),
      ElementsAre(std::pair(
          Gate::Unsupported,
          std::string("githubRepository with store: Dependabot is not built in this release"))));
}

TEST(Target, KeepsWhatItExpectsOfAnEnvironmentsProtection) {
  const api::Expectation expect{.required_reviewers = api::RequiredReviewers::Any};
  const auto d = github(api::GitHubEnvironment{"alokai/cms", "production", expect});
  const auto target = d.build().targets.at(0);
  EXPECT_THAT(target.gates, IsEmpty());
  ASSERT_TRUE(target.expect);
  EXPECT_EQ(target.expect->required_reviewers, api::RequiredReviewers::Any);
}

TEST(Target, ADotenvFileStandsInALocalEnvironmentOnlyAndNothingElseDoes) {
  Documents d;
  d.production.local = true;
  d.production.approval = api::ApprovalRule::None;
  EXPECT_THAT(
      d.problems(),
      ElementsAre("app.yaml:1:1: spec.place: Environment \"production\" says local: "
                  "true, so only dotenvFile places may stand in it; name another Environment"));
  d.target.credential_ref.reset();
  d.target.place = api::DotenvFile{".dev.vars"};
  d.production.places = {"dotenvFile/.dev.vars*"};
  EXPECT_THAT(d.problems(), IsEmpty());
  d.production.local = false;
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:1:1: spec.place.dotenvFile: a dotenvFile may stand only in "
                          "an Environment with local: true; name one in spec.environmentRef"));
}

TEST(Environment, S19_ALocalOneNeedsNoApproval) {
  for (const auto rule : {api::ApprovalRule::Destructive, api::ApprovalRule::Always}) {
    Documents d;
    auto local = environment("local", "dotenvFile/.dev.vars");
    local.local = true;
    local.approval = rule;
    auto file = fly_target("dev", "");
    file.environment_ref.name = "local";
    file.credential_ref.reset();
    file.place = api::DotenvFile{".dev.vars"};
    d.more = {local, file};
    EXPECT_THAT(d.problems(),
                ElementsAre(HasSubstr("Environment \"local\" is invalid"),
                            "local.yaml:1:1: spec.approval: values of an Environment whose "
                            "approval is not None must not reach a local file, and with local: "
                            "true all its places are local files; say approval: None"));
    EXPECT_EQ(d.build().targets.size(), 1U) << "the file is no place to write to";
  }
}

TEST(Environment, S19_TwoLocalOnesShareNoSecretWhenOneNeedsApproval) {
  Documents d;
  auto local = environment("local", "dotenvFile/.dev.vars");
  local.local = true;
  local.approval = api::ApprovalRule::None;
  auto guarded = environment("guarded", "dotenvFile/.dev.vars.guarded");
  guarded.local = true;
  guarded.sources = local.sources;
  d.more = {local, guarded};
  EXPECT_THAT(d.problems(), ::testing::Contains(HasSubstr("belongs to Environment \"guarded\"")));
}

TEST(Environment, S19ALocalOneSharesNoSecretWithOneThatNeedsApproval) {
  Documents d;
  auto local = environment("local", "dotenvFile/.dev.vars");
  local.local = true;
  local.approval = api::ApprovalRule::None;
  local.sources[0].secret_ref.name = "production-values";
  local.sources[0].at = {9, 5};
  d.more = {local};
  EXPECT_THAT(
      d.problems(),
      ElementsAre("local.yaml:9:5: spec.sources[0].secretRef.name: Secret \"production-values\" "
                  "belongs to Environment \"production\", whose values need approval and must not "
                  "reach a local file; name another"));
  d.production.approval = api::ApprovalRule::None;
  EXPECT_THAT(d.problems(), IsEmpty());
}

TEST(Target, S19_ADotenvFileKnowsTheSecretsThatMustNotReachIt) {
  Documents d;
  auto local = environment("local", "dotenvFile/.dev.vars");
  local.local = true;
  local.approval = api::ApprovalRule::None;
  auto file = fly_target("dev", "");
  file.environment_ref.name = "local";
  file.credential_ref.reset();
  file.place = api::DotenvFile{".dev.vars"};
  auto elsewhere = environment("elsewhere", "flyApp/elsewhere");
  elsewhere.metadata.ns = "other";
  elsewhere.approval = api::ApprovalRule::Always;
  d.more = {local, file, elsewhere};
  const auto desired = d.build();
  ASSERT_EQ(desired.targets.size(), 2U);
  EXPECT_THAT(desired.targets[0].guarded, IsEmpty()) << "no file";
  EXPECT_THAT(desired.targets[1].guarded, ElementsAre(ObjectKey{"cms", "production-values"},
                                                      ObjectKey{"other", "elsewhere-values"}));
  d.production.approval = api::ApprovalRule::None;
  EXPECT_THAT(d.build().targets[1].guarded, ElementsAre(ObjectKey{"other", "elsewhere-values"}));
}

TEST(Environment, SourcesHaveDistinctNamesAndRequirementsACloudflareCredential) {
  Documents d;
  auto other = environment("other", "flyApp/other-*");
  other.sources.push_back({.name = "values", .secret_ref = {.name = "x"}, .at = {7, 3}});
  other.requires_ = {{.credential_ref = {.name = "fly", .at = {12, 3}}},
                     {.credential_ref = {.name = "gone", .at = {13, 3}}}};
  d.more = {other};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "other.yaml:7:3: spec.sources[1].name: a second source \"values\"; give each its own "
          "name",
          "other.yaml:12:3: spec.requires[0].credentialRef.name: Credential \"fly\" is not a "
          "cloudflare credential; name one that is",
          "other.yaml:13:3: spec.requires[1].credentialRef.name: there is no Credential "
          "\"gone\" in namespace \"cms\"; write one, or correct the name"));
}

TEST(Policy, EachFieldComesFromTheTargetElseItsEnvironment) {
  api::Policy said;
  said.on_unverifiable = api::OnUnverifiable::Rewrite;
  said.adopt = api::Adopt::Trust;
  said.prune = api::Prune::All;
  said.prune_after = Seconds(60);
  said.apply = api::Apply::Staged;
  said.ignore = std::vector<std::string>{"KEEP_*"};
  said.write_windows = std::vector{
      api::WriteWindow{.days = {}, .from = "02:00", .to = "05:00", .time_zone = "Europe/Berlin"}};
  for (const bool of_target : {true, false}) {
    Documents d;
    (of_target ? d.target.policy : d.production.policy) = said;
    EXPECT_THAT(d.problems(), IsEmpty());
    const auto policy = d.build().targets.at(0).policy;
    EXPECT_EQ(policy.on_unverifiable, api::OnUnverifiable::Rewrite);
    EXPECT_EQ(policy.adopt, api::Adopt::Trust);
    EXPECT_EQ(policy.prune, api::Prune::All);
    EXPECT_EQ(policy.prune_after, Seconds(60));
    EXPECT_EQ(policy.apply, api::Apply::Staged);
    EXPECT_EQ(policy.ignore, *said.ignore);
    EXPECT_EQ(policy.write_windows.size(), 1U);
  }
}

TEST(Policy, MaxDeletionsIsAShareOrANumber) {
  Documents d;
  d.target.policy.max_deletions = "150%";
  EXPECT_EQ(d.build().targets.at(0).policy.max_deletions.percent, 150U);
  EXPECT_FALSE(d.build().targets.at(0).policy.max_deletions.absolute);
  d.target.policy.max_deletions = "12";
  EXPECT_EQ(d.build().targets.at(0).policy.max_deletions.absolute, 12U);
}

TEST(Target, TakesItsLabelsItsIntervalAndItsEnvironmentsRules) {
  Documents d;
  d.target.metadata.labels = {{"app", "cms"}};
  d.target.interval = Seconds(120);
  d.production.approval = api::ApprovalRule::Always;
  auto cloudflare = testing::fly_credential("cf");
  cloudflare.provider = api::CloudflareAccess{.account_id = "0123456789abcdef0123456789abcdef"};
  d.more = {cloudflare};
  d.production.requires_ = {{.credential_ref = {.name = "cf"}, .r2_buckets = {"media"}}};
  EXPECT_THAT(d.problems(), IsEmpty());
  const auto target = d.build().targets.at(0);
  EXPECT_EQ(target.labels, d.target.metadata.labels);
  EXPECT_EQ(target.interval, Seconds(120));
  EXPECT_EQ(target.approval, api::ApprovalRule::Always);
  EXPECT_EQ(target.requires_.size(), 1U);
}

TEST(Target, ANamingRuleIsAboutWorkersAndOneThatFitsIsFine) {
  Documents d;
  d.production.naming = "{environment}-{project}";
  d.target.place = api::FlyApp{"production-app-of-many-words"};
  EXPECT_THAT(d.problems(), IsEmpty());
  auto fits = worker("production-cms");
  fits.production.naming = "{environment}-{project}";
  EXPECT_THAT(fits.problems(), IsEmpty());
}

TEST(Target, APlaceOfAKindThatIsNotBuiltIsUnsupported) {
  Documents d;
  d.credential.provider = api::GitHubAccess{};
  d.credential.grants[0].places = {"githubOrganization/*/*"};
  d.production.places = d.credential.grants[0].places;
  d.target.place = api::GitHubOrganization{.organization = "acme"};
  EXPECT_THAT(d.build().targets.at(0).gates,
              ElementsAre(std::pair(
                  Gate::Unsupported,
                  std::string("githubOrganization places are not built in this release"))));
}

TEST(Target, InAnEnvironmentOfTheWrongKindOneThingIsTold) {
  Documents d;
  d.target.credential_ref.reset();
  d.target.place = api::DotenvFile{".dev.vars"};
  EXPECT_EQ(d.problems().size(), 1U) << "that its places lack the file says nothing more";
}

TEST(Target, APlaceThatItsCredentialCannotMakeWholeIsToldAtIt) {
  auto d = worker("production-cms");
  d.credential.provider = api::FlyAccess{};
  d.target.credential_ref->at = {6, 3};
  ASSERT_EQ(d.problems().size(), 1U);
  EXPECT_TRUE(d.problems()[0].starts_with("app.yaml:6:3: spec.credentialRef: "));
  d.target.credential_ref.reset();
  ASSERT_EQ(d.problems().size(), 1U);
  EXPECT_TRUE(d.problems()[0].starts_with("app.yaml:1:1: spec.credentialRef: "));
}

}  // namespace
}  // namespace lockstep
