#include "model/plan.hpp"

#include <gtest/gtest.h>

#include "model/observation.hpp"

namespace lockstep {
namespace {

PlannedSecret row(State state, bool desired = true) {
  PlannedSecret out;
  out.state = state;
  out.desired = desired;
  return out;
}

TEST(TargetPlan, CountsDesiredSecretsOnly) {
  TargetPlan plan;
  plan.secrets = {row(State::InSync), row(State::Stale), row(State::Extra, false),
                  row(State::SourceMissing), row(State::InSync)};
  plan.secrets[3].optional = true;
  plan.secrets[4].absent = true;
  EXPECT_EQ(plan.desired_count(), 2U);
  EXPECT_EQ(plan.in_sync_count(), 1U);
}

TEST(TargetPlan, DriftIsWhatOthersDid) {
  for (const auto state : {State::Removed, State::ChangedOutOfBand, State::Unverifiable}) {
    TargetPlan plan;
    plan.secrets = {row(state)};
    EXPECT_TRUE(plan.drifted()) << to_string(state);
  }
  for (const auto state :
       {State::Stale, State::Missing, State::Extra, State::Unadopted, State::Unknown}) {
    TargetPlan plan;
    plan.secrets = {row(state)};
    EXPECT_FALSE(plan.drifted()) << to_string(state);
  }
}

TEST(PlannedSecret, RunsOnlyWithAnActionAndNoGate) {
  auto secret = row(State::Missing);
  EXPECT_FALSE(secret.runs());
  secret.action = ActionKind::create;
  EXPECT_TRUE(secret.runs());
  secret.gate = Gate::Window;
  EXPECT_FALSE(secret.runs());
}

TEST(DeletionLimit, IsAShareOrACountAndAtLeastOne) {
  EXPECT_EQ(DeletionLimit{}.allowed(9), 2U);
  EXPECT_EQ(DeletionLimit{}.allowed(3), 1U);
  EXPECT_EQ(DeletionLimit{.percent = 100}.allowed(9), 9U);
  EXPECT_EQ((DeletionLimit{.percent = 25, .absolute = 5}).allowed(1000), 5U);
  EXPECT_EQ((DeletionLimit{.percent = 25, .absolute = 0}).allowed(1000), 1U);
}

TEST(Observation, FindsByExactName) {
  Observation seen;
  seen.secrets.push_back({.name = "A", .token = {}, .updated_at = {}, .live = {}});
  seen.secrets.push_back({.name = "AB", .token = {}, .updated_at = {}, .live = {}});
  ASSERT_TRUE(seen.find("AB"));
  EXPECT_EQ(seen.find("AB")->name, "AB");
  EXPECT_FALSE(seen.find("a"));
  EXPECT_FALSE(seen.find("ABC"));
}

}  // namespace
}  // namespace lockstep
