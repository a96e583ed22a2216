#include "plan/desired_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents.hpp"

namespace lockstep {
namespace {

using testing::Documents;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::IsEmpty;
using testing::names;

api::When when(std::string variable, std::vector<std::string> values) {
  return {.variables = {{std::move(variable), std::move(values)}}, .at = {15, 7}};
}
const DesiredSecret& only(const Desired& desired) {
  return desired.targets.at(0).secrets.at(0);
}

TEST(Selector, LabelsMustAllMatchAndNamesAreEnough) {
  api::Target target;
  target.metadata.name = "app";
  target.metadata.labels = {{"app", "cms"}, {"role", "runtime"}};
  EXPECT_TRUE(plan::selects({.match_labels = {{"app", "cms"}}}, target));
  EXPECT_TRUE(plan::selects({.match_labels = {{"app", "cms"}, {"role", "runtime"}}}, target));
  EXPECT_FALSE(plan::selects({.match_labels = {{"app", "cms"}, {"role", "build"}}}, target));
  EXPECT_FALSE(plan::selects({.match_labels = {{"tier", ""}}}, target));
  EXPECT_TRUE(plan::selects({.names = {"x", "app"}}, target));
  EXPECT_FALSE(plan::selects({}, target));
}

TEST(Selector, StaysInItsNamespace) {
  Documents d;
  d.set.metadata.ns = "other";
  d.set.targets = {.match_labels = {{"app", "cms"}}};
  d.target.metadata.labels = {{"app", "cms"}};
  EXPECT_THAT(d.build().targets.at(0).secrets, IsEmpty());
}

TEST(Variables, TheTargetOverTheEnvironmentOverTheSecretSet) {
  Documents d;
  d.set.secrets = {entry("V", api::Variable{"MODE"})};
  d.set.variables["MODE"] = "set";
  EXPECT_EQ(only(d.build()).text, "set");
  d.production.variables["MODE"] = "environment";
  EXPECT_EQ(only(d.build()).text, "environment");
  d.target.variables["MODE"] = "target";
  EXPECT_EQ(only(d.build()).text, "target");
  EXPECT_EQ(to_string(only(d.build()).id), "cms/entry/production/runtime/V");
}

TEST(Variables, AnUndeclaredOneIsAnErrorAndNotANo) {
  Documents d;
  d.production.variables["AUTH_PROVIDER"] = "oidc";
  d.set.secrets[0].when = when("AUTH_PROVIDR", {"oidc"});
  d.set.secrets.push_back(entry("V", api::Variable{"GATEWAY"}));
  d.set.secrets[1].at = {16, 5};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "runtime.yaml:15:7: spec.secrets[0].when.variables.AUTH_PROVIDR: variable "
          "\"AUTH_PROVIDR\" is not declared for Target \"app\" (did you mean \"AUTH_PROVIDER\"?)",
          "runtime.yaml:16:5: spec.secrets[1].value.variable: variable \"GATEWAY\" is not "
          "declared for Target \"app\"; declare it in Environment \"production\", the Target "
          "or this SecretSet"));
}

TEST(Variables, OneThatLooksLikeACredentialIsRefusedUnlessTheEntrySaysPublic) {
  // S4: what a variable holds is public; a token in it would be shown.
  Documents d;
  d.production.variables["KEY"] = "0123456789abcdef0123456789abcdef";
  d.set.secrets = {entry("V", api::Variable{"KEY"})};
  d.set.secrets[0].at = {10, 3};
  const auto problems = d.problems();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(
      problems[0].starts_with("runtime.yaml:10:3: spec.secrets[0].value.variable: variable \"KEY\" "
                              "looks like a credential"));
  EXPECT_EQ(problems[0].find("0123456789"), std::string::npos) << "the text itself is not quoted";
  d.set.secrets[0].is_public = true;
  EXPECT_THAT(d.problems(), IsEmpty());
}

TEST(When, AllListedVariablesMustHaveOneOfTheirValues) {
  Documents d;
  d.production.variables = {{"AUTH", "oidc"}, {"STAGE", "production"}};
  d.set.secrets[0].when = when("AUTH", {"token", "oidc"});
  EXPECT_THAT(names(d.build().targets.at(0)), ElementsAre("TOKEN"));
  d.set.secrets[0].when->variables["STAGE"] = {"staging"};
  EXPECT_THAT(d.build().targets.at(0).secrets, IsEmpty());
  EXPECT_THAT(d.problems(), IsEmpty());
}

TEST(Overrides, LaterOnesLieOverEarlierOnesFieldByField) {
  Documents d;
  d.production.variables["STAGE"] = "staging";
  auto& secret = d.set.secrets[0];
  secret.description = "base";
  secret.format = api::Format{.min_length = 8};
  secret.overrides.resize(3);
  secret.overrides[0].when = when("STAGE", {"staging"});
  secret.overrides[0].format = api::Format{.min_length = 16};
  secret.overrides[0].optional = true;
  secret.overrides[1].when = when("STAGE", {"staging"});
  secret.overrides[1].format = api::Format{.min_length = 24};
  secret.overrides[2].when = when("STAGE", {"production"});
  secret.overrides[2].value = api::Absent{};
  const auto desired = d.build();
  EXPECT_EQ(only(desired).format.min_length, 24);
  EXPECT_TRUE(only(desired).optional);
  EXPECT_EQ(only(desired).description, "base");
  EXPECT_EQ(only(desired).kind, ValueKind::source);
}

TEST(Names, AsRenamesAtSomeTargetsAndAlsoAsAddsASecondOneOfTheSameSecret) {
  Documents d;
  d.set.secrets[0].as = {{.targets = {.names = {"app"}}, .name = "REDIS_URL"},
                         {.targets = {.names = {"other"}}, .name = "UNUSED"}};
  d.set.secrets[0].also_as = {"OLD_REDIS_URL"};
  d.more = {testing::fly_target("other", "production-other")};
  const auto desired = d.build();
  EXPECT_THAT(names(desired.targets.at(0)), ElementsAre("OLD_REDIS_URL", "REDIS_URL"));
  EXPECT_EQ(desired.targets[0].secrets[0].id, desired.targets[0].secrets[1].id);
  EXPECT_EQ(desired.targets[0].secrets[0].source_key, "TOKEN");
}

TEST(Names, ARenameAtATargetThatIsNotThereIsRefused) {
  Documents d;
  d.set.secrets[0].as = {{.targets = {.names = {"ap"}, .at = {11, 5}}, .name = "REDIS_URL"}};
  EXPECT_THAT(d.problems(),
              ElementsAre("runtime.yaml:11:5: spec.secrets[0].as[0].targets.names: there is no "
                          "Target \"ap\" in namespace \"cms\" (did you mean \"app\"?)"));
}

TEST(Names, WhatTheProviderWouldRefuseIsRefused) {
  Documents d;
  d.set.secrets = {entry("MY-TOKEN")};
  d.set.secrets[0].at = {10, 3};
  EXPECT_THAT(
      d.problems(),
      ElementsAre("runtime.yaml:10:3: spec.secrets[0].name: \"MY-TOKEN\": flyApp would refuse this "
                  "name: use letters, digits and _, not starting with a digit"));
}

TEST(Sources, TheFirstIsTheDefaultAndItsKeysBoundIt) {
  Documents d;
  d.production.sources[0].keys = {"CMS_*"};
  d.production.sources.push_back({.name = "more", .secret_ref = {.name = "more-values"}});
  d.set.secrets = {entry("A", api::FromSource{.key = "CMS_A"}),
                   entry("B", api::FromSource{.source = "more"})};
  const auto desired = d.build();
  EXPECT_EQ(to_string(desired.targets.at(0).secrets.at(0).id),
            "cms/secret/production-values/CMS_A");
  EXPECT_EQ(to_string(desired.targets.at(0).secrets.at(1).id), "cms/secret/more-values/B");
  d.set.secrets = {entry("A"), entry("B", api::FromSource{.source = "mor"})};
  d.set.secrets[0].at = {10, 3};
  d.set.secrets[1].at = {11, 3};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "runtime.yaml:10:3: spec.secrets[0].value: source \"values\" of Environment "
          "\"production\" does not offer the key \"A\"; add it to that source's keys",
          "runtime.yaml:11:3: spec.secrets[1].value.from.source: Environment \"production\" "
          "has no source \"mor\" (did you mean \"more\"?)"));
}

TEST(Sources, AGeneratedValueNeedsAWritableOneAndHasAKeyOfItsOwn) {
  Documents d;
  d.set.secrets = {entry("JWT", api::Generate{})};
  d.set.secrets[0].at = {10, 3};
  EXPECT_THAT(
      d.problems(),
      ElementsAre(
          "runtime.yaml:10:3: spec.secrets[0].value.generate: Environment \"production\" has no "
          "source with writable: true to keep a generated value; add one"));
  d.production.sources.push_back(
      {.name = "made", .secret_ref = {.name = "generated"}, .writable = true});
  EXPECT_EQ(to_string(only(d.build()).id), "cms/secret/generated/runtime.JWT");
  EXPECT_EQ(only(d.build()).kind, ValueKind::generate);
}

TEST(Sources, AnEnvironmentWithoutAnySaysSo) {
  Documents d;
  d.production.sources.clear();
  EXPECT_THAT(d.problems(),
              ElementsAre("runtime.yaml:10:3: spec.secrets[0].value: Environment \"production\" "
                          "has no sources; add one to its spec.sources"));
}

TEST(Values, OfEachKindKeepWhatTheySay) {
  Documents d;
  d.set.secrets = {entry("A", api::External{.max_age = Seconds(3600)}),
                   entry("B", api::Generate{.bytes = 48}), entry("C", api::Literal{"on"}),
                   entry("D", api::Absent{})};
  d.production.sources[0].writable = true;
  const auto secrets = d.build().targets.at(0).secrets;
  ASSERT_EQ(secrets.size(), 4U);
  EXPECT_EQ(secrets[0].kind, ValueKind::external);
  EXPECT_EQ(secrets[0].external_max_age, Seconds(3600));
  EXPECT_EQ(secrets[1].kind, ValueKind::generate);
  EXPECT_EQ(secrets[1].generate.bytes, 48);
  EXPECT_EQ(secrets[2].kind, ValueKind::literal);
  EXPECT_EQ(secrets[2].text, "on");
  EXPECT_EQ(secrets[3].kind, ValueKind::absent);
  for (const auto& secret : secrets) EXPECT_FALSE(secret.optional || secret.allow_empty);
}

TEST(Overrides, ReplaceEveryFieldThatTheyName) {
  Documents d;
  d.production.variables = {{"STAGE", "live"}, {"KEY", "0123456789abcdef0123456789abcdef"}};
  auto& secret = d.set.secrets[0];
  secret.overrides.resize(1);
  auto& over = secret.overrides[0];
  over.when = when("STAGE", {"live"});
  over.description = "what for";
  over.obtain_from = "the provider's dashboard";
  over.used_by = std::vector<std::string>{"shop"};
  over.value = api::Variable{"KEY"};
  over.rotation = api::RotationRule{.consequence = "tenants fail"};
  over.allow_empty = true;
  over.is_public = true;
  over.as = {{.targets = {.names = {"app"}}, .name = "NAME_HERE"}};
  over.also_as = std::vector<std::string>{"SECOND"};
  const auto desired = d.build();
  EXPECT_THAT(names(desired.targets.at(0)), ElementsAre("NAME_HERE", "SECOND"));
  const auto& resolved = only(desired);
  EXPECT_EQ(resolved.description, "what for");
  EXPECT_EQ(resolved.obtain_from, "the provider's dashboard");
  EXPECT_EQ(resolved.used_by, std::vector<std::string>{"shop"});
  EXPECT_EQ(resolved.kind, ValueKind::variable);
  EXPECT_EQ(resolved.rotation.consequence, "tenants fail");
  EXPECT_TRUE(resolved.allow_empty);
}

TEST(Overrides, OfALocalFileReplaceItsValue) {
  Documents d;
  d.production.local = true;
  d.production.approval = api::ApprovalRule::None;
  d.production.places = {"dotenvFile/.dev.vars"};
  d.production.variables["STAGE"] = "dev";
  d.target.credential_ref.reset();
  d.target.place = api::DotenvFile{".dev.vars"};
  d.set.secrets[0].overrides.resize(1);
  d.set.secrets[0].overrides[0].when = when("STAGE", {"dev"});
  d.set.secrets[0].overrides[0].local = api::LocalStandIn{.value = "dev-only"};
  const auto desired = d.build();
  EXPECT_EQ(only(desired).text, "dev-only");
  EXPECT_EQ(only(desired).source_name, "local value");
}

TEST(Overrides, WithoutAValueLeaveTheEntrysOwn) {
  Documents d;
  d.production.variables["STAGE"] = "live";
  d.set.secrets = {entry("C", api::Literal{"on"})};
  d.set.secrets[0].overrides.resize(1);
  d.set.secrets[0].overrides[0].when = when("STAGE", {"live"});
  d.set.secrets[0].overrides[0].description = "what for";
  EXPECT_EQ(only(d.build()).text, "on");
}

TEST(Sources, OneThatIsNearToNoneIsToldWhatThereIs) {
  Documents d;
  d.set.secrets = {entry("A", api::FromSource{.source = "elsewhere"})};
  ASSERT_EQ(d.problems().size(), 1U);
  EXPECT_TRUE(d.problems()[0].ends_with("has no source \"elsewhere\"; it has: values"));
}

}  // namespace
}  // namespace lockstep
