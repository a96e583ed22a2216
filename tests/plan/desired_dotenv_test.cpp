// What developers' files get in place of values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builders.hpp"
#include "documents.hpp"

namespace lockstep {
namespace {

using testing::entry;
using ::testing::IsEmpty;

/// Production's Worker-like app, and `.dev.vars` with its example, all fed by one SecretSet.
struct Developers : testing::Documents {
  Developers() {
    auto local = testing::environment("local", "dotenvFile/.dev.vars*");
    local.local = true;
    local.approval = api::ApprovalRule::None;
    local.sources.push_back(
        {.name = "made", .secret_ref = {.name = "local-made"}, .writable = true});
    production.sources.push_back(
        {.name = "made", .secret_ref = {.name = "production-made"}, .writable = true});
    more = {local, file("dev", ".dev.vars"), file("example", ".dev.vars.example")};
    set.targets.names = {"app", "dev", "example"};
  }
  static api::Target file(std::string name, std::string path) {
    auto out = testing::fly_target(std::move(name), "");
    out.environment_ref.name = "local";
    out.credential_ref.reset();
    out.place = api::DotenvFile{std::move(path)};
    return out;
  }
  void only(api::SecretEntry one) { set.secrets = {std::move(one)}; }

  /// The one secret at a Target: 0 = app, 1 = dev, 2 = example.
  DesiredSecret at(std::size_t target) const {
    const auto desired = build();
    EXPECT_THAT(desired.problems, IsEmpty());
    return desired.targets.at(target).secrets.at(0);
  }
};

api::LocalStandIn stand_in(std::optional<std::string> placeholder,
                           std::optional<std::string> value) {
  return {.placeholder = std::move(placeholder), .value = std::move(value)};
}

TEST(DotenvFile, TakesTheEnvironmentsOwnSource) {
  Developers d;
  EXPECT_EQ(d.at(1).kind, ValueKind::source);
  EXPECT_EQ(d.at(1).source_secret, "local-values");
  EXPECT_EQ(d.at(0).source_secret, "production-values");
}

TEST(DotenvFile, TakesALocalValueInsteadOfTheSource) {
  Developers d;
  auto one = entry("TOKEN");
  one.local = stand_in(std::nullopt, "dev-only");
  one.format = api::Format{.min_length = 8};
  one.rotation = api::RotationRule{.policy = api::RotationPolicy::CompromisedOnly};
  d.only(one);
  EXPECT_EQ(d.at(0).kind, ValueKind::source) << "not a dotenvFile";
  EXPECT_EQ(d.at(1).kind, ValueKind::literal);
  EXPECT_EQ(d.at(1).text, "dev-only");
  EXPECT_EQ(d.at(1).format.min_length, 8U);
  EXPECT_EQ(d.at(1).rotation.policy, api::RotationPolicy::OnDemand);
}

// S19
TEST(DotenvFile, AnExampleHoldsPlaceholdersOnly) {
  Developers d;
  const std::vector<api::ValueSpec> values = {
      {}, api::FromSource{.source = "values", .key = "OTHER"}, api::Generate{}, api::External{}};
  for (const auto& value : values) {
    auto one = entry("TOKEN", value);
    one.format = api::Format{.min_length = 32};
    one.rotation = api::RotationRule{.policy = api::RotationPolicy::CompromisedOnly,
                                     .consequence = "all is lost"};
    one.local = stand_in("openssl rand -hex 32", "dev-only");
    d.only(one);
    const auto placeholder = d.at(2);
    EXPECT_EQ(placeholder.kind, ValueKind::literal);
    EXPECT_EQ(placeholder.text, "openssl rand -hex 32");
    EXPECT_EQ(placeholder.format, api::Format{}) << "no value that a format could judge";
    EXPECT_EQ(placeholder.rotation.policy, api::RotationPolicy::OnDemand);
    EXPECT_TRUE(placeholder.allow_empty);
    EXPECT_EQ(placeholder.source_secret, "");
    EXPECT_NE(placeholder.id, d.at(0).id) << "not the secret itself";
    EXPECT_NE(placeholder.id, d.at(1).id);
    EXPECT_EQ(to_string(placeholder.id), "cms/placeholder/local/runtime/TOKEN");
  }
}

TEST(DotenvFile, AnExampleWithoutAPlaceholderIsEmpty) {
  Developers d;
  auto one = entry("TOKEN");
  d.only(one);
  EXPECT_EQ(d.at(2).text, "");
  one.local = stand_in(std::nullopt, "dev-only");
  d.only(one);
  EXPECT_EQ(d.at(2).text, "") << "the value for .dev.vars is not for the example";
}

TEST(DotenvFile, AbsentStaysAbsentInAnExample) {
  Developers d;
  auto one = entry("TOKEN", api::Absent{});
  d.only(one);
  EXPECT_EQ(d.at(2).kind, ValueKind::absent);
}

TEST(DotenvFile, GeneratesIntoItsOwnEnvironmentsSource) {
  Developers d;
  d.only(entry("TOKEN", api::Generate{}));
  EXPECT_EQ(d.at(0).source_secret, "production-made");
  EXPECT_EQ(d.at(1).kind, ValueKind::generate);
  EXPECT_EQ(d.at(1).source_secret, "local-made");
}

// S16: consent guards values, and a placeholder is none.
TEST(DotenvFile, AChangedPlaceholderNeedsNoApproval) {
  Developers d;
  auto one = entry("TOKEN");
  one.rotation = api::RotationRule{.policy = api::RotationPolicy::CompromisedOnly,
                                   .consequence = "all is lost"};
  one.local = stand_in("new text", std::nullopt);
  d.only(one);
  const auto desired = d.build();
  PlaceRecord record;
  record.incumbent = "Target/example";
  auto& known = record.names["TOKEN"];
  known.fingerprint = "old";
  known.claimant = "SecretSet/runtime";
  known.written = true;
  Observation seen;
  seen.secrets.push_back({.name = "TOKEN"});
  plan::ValueSight value{.kind = plan::ValueSight::Kind::available, .fingerprint = "new"};
  const auto plan = plan::diff({.target = desired.targets.at(2),
                                .record = record,
                                .observation = seen,
                                .values = {{"TOKEN", value}}});
  ASSERT_EQ(plan.secrets.size(), 1U);
  EXPECT_EQ(plan.secrets[0].state, State::Stale);
  EXPECT_EQ(plan.secrets[0].needs_approval, "");
  EXPECT_TRUE(plan.secrets[0].runs());
}

}  // namespace
}  // namespace lockstep
