#include "plan/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace lockstep {
namespace {

using testing::Documents;
using ::testing::ElementsAre;
using testing::entry;
using testing::environment;
using testing::fly_target;
using ::testing::IsEmpty;
using testing::names;
using testing::secret_set;

TEST(Graph, ValidDocumentsBecomeOneTargetWithItsSecrets) {
  const auto desired = Documents().build();
  EXPECT_THAT(desired.problems, IsEmpty());
  ASSERT_EQ(desired.targets.size(), 1U);
  const auto& target = desired.targets[0];
  EXPECT_EQ(to_string(target.key), "cms/app");
  EXPECT_EQ(target.place.key(), "flyApp/production-app");
  EXPECT_EQ(target.deletions_blocked, "");
  ASSERT_EQ(target.secrets.size(), 1U);
  EXPECT_EQ(to_string(target.secrets[0].id), "cms/secret/production-values/TOKEN");
  EXPECT_EQ(target.permitted, (std::set{api::Action::Read, api::Action::Write}));
}

TEST(Graph, AReferenceToWhatIsNotThereSaysWhatIsNear) {
  Documents d;
  d.target.environment_ref = {.name = "prodution", .at = {5, 3}};
  d.target.credential_ref = api::LocalRef{.name = "cloudflare", .at = {6, 3}};
  d.set.targets = {.names = {"app", "ap"}, .at = {4, 5}};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:5:3: spec.environmentRef.name: there is no Environment "
                          "\"prodution\" in namespace \"cms\" (did you mean \"production\"?)",
                          "app.yaml:6:3: spec.credentialRef.name: there is no Credential "
                          "\"cloudflare\" in namespace \"cms\"; write one, or correct the name",
                          "runtime.yaml:4:5: spec.targets.names: there is no Target \"ap\" in "
                          "namespace \"cms\" (did you mean \"app\"?)"));
}

TEST(Graph, AReferenceToABrokenDocumentSaysWhereItIs) {
  Documents d;
  d.target.environment_ref = {.name = "staging", .at = {5, 3}};
  d.rest.broken = {
      {.kind = "Environment", .ns = "cms", .name = "staging", .at = {"staging.yaml", 7, 1}}};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:5:3: spec.environmentRef.name: Environment "
                          "\"staging\" is invalid (staging.yaml:7:1); mend it first"));
}

TEST(Graph, AnInvalidDocumentStopsWhatDependsOnItAndNothingElse) {
  Documents d;
  d.production.naming = "{environment";
  d.more = {environment("staging", "flyApp/staging-*"), fly_target("other", "staging-app")};
  std::get<api::Target>(d.more[1]).environment_ref.name = "staging";
  const auto desired = d.build();
  ASSERT_EQ(desired.targets.size(), 1U);
  EXPECT_EQ(desired.targets[0].key.name, "other");
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:1:1: spec.environmentRef.name: Environment \"production\" is "
                          "invalid (production.yaml:1:1); mend it first",
                          "production.yaml:1:1: spec.naming: has a { without a }; write "
                          "{environment}-{project}"));
}

// ---- places -------------------------------------------------------------------------------------

TEST(Graph, APlaceMustBeOneOfItsEnvironmentAndOfNoOther) {
  Documents d;
  d.target.place = api::FlyApp{"staging-app"};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "app.yaml:1:1: spec.place: flyApp/staging-app is not a place of Environment "
          "\"production\"; add it to that Environment's spec.places, or correct the place"));
  d.target.place = api::FlyApp{"production-app"};
  d.more = {environment("staging", "flyApp/*-app")};
  EXPECT_THAT(
      d.problems(),
      ElementsAre("app.yaml:1:1: spec.place: flyApp/production-app is listed by two "
                  "Environments, \"production\" and \"staging\"; narrow the spec.places of one"));
  EXPECT_THAT(d.build().targets, IsEmpty());
}

TEST(Graph, S17ACredentialThatGrantsNothingOrNoReadIsRefused) {
  Documents d;
  d.target.credential_ref->at = {6, 3};
  d.credential.grants[0].places = {"flyApp/other"};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:6:3: spec.credentialRef: Credential \"fly\" grants "
                          "nothing at flyApp/production-app; add the place to one of its "
                          "spec.grants"));
  d.credential.grants[0] = {.places = {"flyApp/*"}, .actions = {api::Action::Write}};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:6:3: spec.credentialRef: Credential \"fly\" does not "
                          "grant Read at flyApp/production-app; lockstep reads before it "
                          "writes: add Read to that grant"));
}

TEST(Graph, ACredentialOfAnotherProviderIsRefused) {
  Documents d;
  d.credential.provider = api::CloudflareAccess{};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:1:1: spec.credentialRef: Credential \"fly\" is not a "
                          "fly credential; name one that is"));
}

TEST(Graph, APatternThatCanMatchNothingIsAProblem) {
  Documents d;
  d.credential.grants = {{.places = {"flyApp/*", "flyapp/x"}, .at = {8, 5}}};
  const auto problems = d.problems();
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.back(),
            "fly.yaml:8:5: spec.grants[0].places[1]: unknown kind of place \"flyapp\" "
            "(did you mean \"flyApp\"?)");
}

TEST(Graph, OnePlaceHasOneTarget) {
  Documents d;
  d.more = {fly_target("rival", "production-app")};
  const auto desired = d.build();
  ASSERT_EQ(desired.targets.size(), 2U) << "the incumbent of the ledger goes on working";
  EXPECT_THAT(desired.targets[0].rivals, ElementsAre(ObjectKey{"cms", "rival"}));
  EXPECT_THAT(desired.targets[1].rivals, ElementsAre(ObjectKey{"cms", "app"}));
  EXPECT_THAT(
      d.problems(),
      ElementsAre("app.yaml:1:1: spec.place: flyApp/production-app is also the place of Target "
                  "\"cms/rival\" (rival.yaml:1:1); one place has one Target: merge them",
                  "rival.yaml:1:1: spec.place: flyApp/production-app is also the place of Target "
                  "\"cms/app\" (app.yaml:1:1); one place has one Target: merge them"));
}

// ---- names --------------------------------------------------------------------------------------

TEST(Graph, OneNameHasOneEntryButTheRestOfBothSetsWorks) {
  Documents d;
  d.more = {secret_set("second", {"app"}, {entry("TOKEN"), entry("MORE")})};
  const auto desired = d.build();
  const auto& target = desired.targets.at(0);
  EXPECT_THAT(names(target), ElementsAre("MORE", "TOKEN", "TOKEN"));
  EXPECT_EQ(target.secrets[1].rival, "second.yaml:10:3");
  EXPECT_EQ(target.secrets[2].rival, "runtime.yaml:10:3");
  EXPECT_THAT(
      d.problems(),
      ElementsAre("second.yaml:10:3: spec.secrets: \"TOKEN\" at Target \"app\" is also claimed at "
                  "runtime.yaml:10:3; one name has one entry: remove or rename one"));
}

TEST(Graph, OneSecretHasOneFormatAndOneRotationEverywhere) {
  Documents d;
  d.more = {fly_target("app2", "production-app2"),
            secret_set("second", {"app2"}, {entry("OTHER", api::FromSource{.key = "TOKEN"})})};
  EXPECT_THAT(d.problems(), IsEmpty());
  d.set.secrets[0].format = api::Format{.min_length = 32};
  EXPECT_THAT(
      d.problems(),
      ElementsAre("runtime.yaml:10:3: spec.secrets: \"TOKEN\" is the same secret as the entry at "
                  "second.yaml:10:3 (key \"TOKEN\" of Secret \"production-values\") but has "
                  "another format or rotation; make them equal",
                  "second.yaml:10:3: spec.secrets: \"OTHER\" is the same secret as the entry at "
                  "runtime.yaml:10:3 (key \"TOKEN\" of Secret \"production-values\") but has "
                  "another format or rotation; make them equal"));
  for (const auto& target : d.build().targets) EXPECT_THAT(target.secrets, IsEmpty());
}

TEST(Graph, ASetWithAProblemStopsAsAWhole) {
  Documents d;
  d.set.secrets.push_back(entry("BAD-NAME"));
  const auto desired = d.build();
  EXPECT_THAT(desired.targets.at(0).secrets, IsEmpty());
  EXPECT_THAT(desired.targets.at(0).selecting_sets, ElementsAre("runtime"));
}

// ---- positions and names in what is told --------------------------------------------------------

TEST(Graph, TheFirstOfAListIsNamedByItsPlaceInIt) {
  Documents d;
  d.credential.grants = {{.places = {"flyapp/x"}, .at = {8, 5}}};
  d.production.places = {"flyapp/y", "flyApp/production-*"};
  d.set.secrets[0].overrides.resize(1);
  d.set.secrets[0].overrides[0].as = {{.targets = {.names = {"ap"}, .at = {11, 5}}, .name = "X"}};
  const auto problems = d.problems();
  const auto told = [&](const std::string& begin) {
    return std::ranges::any_of(problems, [&](const auto& p) { return p.starts_with(begin); });
  };
  EXPECT_TRUE(told("fly.yaml:8:5: spec.grants[0].places[0]: unknown kind of place"));
  EXPECT_TRUE(told("production.yaml:1:1: spec.places[0]: unknown kind of place"));
  EXPECT_TRUE(told("runtime.yaml:11:5: spec.secrets[0].overrides[0].as[0].targets.names: "));
  EXPECT_TRUE(
      told("app.yaml:1:1: spec.credentialRef.name: Credential \"fly\" is invalid "
           "(fly.yaml:1:1); mend it first"));
}

TEST(Graph, ANameThatIsNearIsOneOfItsKindAndNamespace) {
  Documents d;
  d.target.credential_ref = api::LocalRef{.name = "flyy"};
  auto elsewhere = environment("productiom", "flyApp/x");
  elsewhere.metadata.ns = "other";
  d.more = {elsewhere};
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:1:1: spec.credentialRef.name: there is no Credential \"flyy\" "
                          "in namespace \"cms\" (did you mean \"fly\"?)"));
  d.target.credential_ref = api::LocalRef{.name = "app"};
  d.target.environment_ref.name = "productiom";
  EXPECT_THAT(d.problems(),
              ElementsAre("app.yaml:1:1: spec.credentialRef.name: there is no Credential \"app\" "
                          "in namespace \"cms\"; write one, or correct the name",
                          "app.yaml:1:1: spec.environmentRef.name: there is no Environment "
                          "\"productiom\" in namespace \"cms\" (did you mean \"production\"?)"));
}

TEST(Graph, WhatIsWrongAtEveryTargetIsToldOnce) {
  Documents d;
  d.set = secret_set("runtime", {"app", "second"}, {entry("BAD-NAME")});
  d.more = {fly_target("second", "production-second")};
  EXPECT_EQ(d.problems().size(), 1U);
}

TEST(Graph, CredentialsAreAtHand) {
  EXPECT_TRUE(Documents().build().credentials.contains({"cms", "fly"}));
}

TEST(Graph, TheFirstNamesOfATargetMayBeRivals) {
  Documents d;
  d.more = {secret_set("second", {"app"}, {entry("TOKEN")})};
  const auto desired = d.build();
  for (const auto& secret : desired.targets.at(0).secrets) EXPECT_NE(secret.rival, "");
  EXPECT_EQ(d.problems().size(), 1U);
}

TEST(Graph, EveryPartOfARotationRuleCounts) {
  using Rule = api::RotationRule;
  for (const auto& rule : {Rule{.policy = api::RotationPolicy::CompromisedOnly},
                           Rule{.max_age = Seconds(3600)}, Rule{.consequence = "tenants fail"}}) {
    Documents d;
    d.more = {secret_set("second", {"app"}, {entry("OTHER", api::FromSource{.key = "TOKEN"})})};
    d.set.secrets[0].rotation = rule;
    EXPECT_EQ(d.problems().size(), 2U);
    std::get<api::SecretSet>(d.more[0]).secrets[0].rotation = rule;
    EXPECT_THAT(d.problems(), IsEmpty());
  }
}

TEST(Graph, OneEntryMayHaveAnotherFormatAtAnotherTarget) {
  Documents d;
  d.set = secret_set("runtime", {"app", "second"}, {entry("TOKEN")});
  d.target.variables["STAGE"] = "live";
  auto second = fly_target("second", "production-second");
  second.variables["STAGE"] = "test";
  d.more = {second};
  d.set.secrets[0].overrides.resize(1);
  d.set.secrets[0].overrides[0].when = {.variables = {{"STAGE", {"test"}}}};
  d.set.secrets[0].overrides[0].format = api::Format{.min_length = 8};
  EXPECT_THAT(d.problems(), IsEmpty());
}

// ---- S2 -----------------------------------------------------------------------------------------

TEST(Graph, S2AnInvalidDocumentStopsDeletionsInItsNamespace) {
  Documents d;
  d.rest.broken = {{.kind = "SecretSet", .ns = "cms", .name = "x", .at = {"x.yaml", 3, 1}}};
  EXPECT_EQ(d.build().targets.at(0).deletions_blocked, "SecretSet cms/x is invalid (x.yaml:3:1)");
  d.rest.broken[0].ns = "elsewhere";
  EXPECT_EQ(d.build().targets.at(0).deletions_blocked, "");
}

TEST(Graph, S2AReferenceToWhatIsMissingStopsDeletionsToo) {
  Documents d;
  d.more = {secret_set("second", {"gone"}, {entry("X")})};
  EXPECT_EQ(d.build().targets.at(0).deletions_blocked,
            "SecretSet cms/second is invalid (second.yaml:1:1)");
}

TEST(Graph, S2ATextThatDoesNotParseStopsAllDeletions) {
  Documents d;
  d.rest.incomplete = true;
  d.rest.why_incomplete = "b.yaml:3:5 is not understood";
  EXPECT_EQ(d.build().targets.at(0).deletions_blocked,
            "b.yaml:3:5 is not understood and may claim any name");
}

TEST(IdleSets, AreToldSinceANamespaceOrALabelMayBeMisspelt) {
  Documents d;
  auto idle = secret_set("idle", {}, {entry("X")});
  idle.targets.match_labels = {{"app", "nobody"}};
  auto astray = idle;
  astray.metadata.name = "astray";
  astray.metadata.ns = "cmss";
  d.more = {idle, astray};
  const auto desired = d.build();
  EXPECT_EQ(desired.problems.size(), 0U);
  auto manifests = d.rest;
  manifests.documents = {d.set, idle, astray};
  std::vector<std::string> told;
  for (const auto& note : plan::idle_sets(manifests, desired)) told.push_back(note.text);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "SecretSet \"idle\" selects no Target of namespace \"cms\"; correct it, or "
                      "remove it",
                      "SecretSet \"astray\" selects no Target of namespace \"cmss\"; did you mean "
                      "namespace \"cms\"?"}));
  auto unclear = desired;
  unclear.incomplete = true;
  EXPECT_TRUE(plan::idle_sets(manifests, unclear).empty()) << "its Target may not be understood";
}

}  // namespace
}  // namespace lockstep
