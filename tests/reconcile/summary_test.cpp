#include "reconcile/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::condition;

constexpr Wall noon{std::chrono::hours(490'000)};

/// The outcome of a pass at noon, row by row.
struct Summary : ::testing::Test {
  DesiredTarget target;
  PassOutcome outcome;

  Summary() {
    target.key = {"prod", "app"};
    target.place = {PlaceKind::flyApp, {"app"}};
    target.environment = "production";
    outcome.status.plan.observed_at = noon;
  }
  PlannedSecret& row(const std::string& name, State state, ActionKind action = ActionKind::none,
                     std::optional<Gate> gate = {}) {
    PlannedSecret out;
    out.name = name;
    out.state = state;
    out.action = action;
    out.gate = gate;
    out.desired = state != State::Extra;
    return outcome.status.plan.secrets.emplace_back(std::move(out));
  }
  bool content() const { return is_content(outcome.status.plan); }
  void summarized() {
    outcome.before = outcome.status.plan;
    summarize(outcome, target);
  }
};

TEST_F(Summary, InSyncIsReadyAndNothingElse) {
  row("TOKEN", State::InSync);
  summarized();
  EXPECT_TRUE(content());
  EXPECT_TRUE(condition(outcome, "Ready").status);
  EXPECT_EQ(condition(outcome, "Ready").message, "1/1 in sync");
  for (const auto* type : {"Reconciling", "Stalled", "Drifted", "AwaitingApproval"}) {
    EXPECT_FALSE(condition(outcome, type).status) << type;
  }
  EXPECT_EQ(outcome.status.place, "flyApp/app");
  EXPECT_EQ(outcome.status.provider, "fly");
  EXPECT_EQ(outcome.status.last_observed, noon);
  EXPECT_FALSE(outcome.wake_at);
}

TEST_F(Summary, WorkThatOnlyWaitsIsContent) {
  for (const auto gate :
       {Gate::AwaitingApproval, Gate::WaitingRepair, Gate::WaitingPrune, Gate::Hold, Gate::Window,
        Gate::Suspended, Gate::Observe, Gate::Unsupported}) {
    outcome.status.plan.secrets.clear();
    row("TOKEN", State::Stale, ActionKind::update, gate);
    EXPECT_TRUE(content()) << to_string(gate);
  }
}

TEST_F(Summary, EveryOtherGateIsNot) {
  for (const auto gate : {Gate::Conflict, Gate::NotPermitted, Gate::PlaceMissing,
                          Gate::NewerVersion, Gate::ResourceMissing, Gate::NameTaken,
                          Gate::LimitExceeded, Gate::Contested, Gate::ExpectationUnmet}) {
    outcome.status.plan.secrets.clear();
    row("TOKEN", State::Stale, ActionKind::update, gate);
    EXPECT_FALSE(content()) << to_string(gate);
    summarized();
    EXPECT_EQ(condition(outcome, "Ready").reason, to_string(gate));
    EXPECT_TRUE(condition(outcome, "Stalled").status);
  }
}

TEST_F(Summary, WhatAPersonMustActOnIsNotContent) {
  for (const auto state : {State::Unknown, State::Unadopted, State::SourceUnavailable,
                           State::Invalid, State::SourceMissing}) {
    outcome.status.plan.secrets.clear();
    row("TOKEN", state);
    EXPECT_FALSE(content()) << to_string(state);
  }
  outcome.status.plan.secrets.clear();
  row("TOKEN", State::SourceMissing).optional = true;
  EXPECT_TRUE(content());
}

TEST_F(Summary, PendingWorkIsNotContent) {
  row("TOKEN", State::Missing, ActionKind::create);
  EXPECT_FALSE(content());
}

TEST_F(Summary, AnExtraNameThatIsLeftAloneIsContent) {
  row("DEBUG", State::Extra);
  EXPECT_TRUE(content());
}

TEST_F(Summary, APlaceThatCannotBeReadIsNotReadyAndWasNotObserved) {
  outcome.status.plan =
      plan::unreadable(target, {.kind = ErrorKind::transient, .message = "down"}, noon);
  outcome.error = outcome.status.plan.unreadable;
  summarized();
  EXPECT_FALSE(content());
  EXPECT_EQ(condition(outcome, "Ready").reason, "PlaceUnreadable");
  EXPECT_FALSE(outcome.status.last_observed);
}

TEST_F(Summary, APlaceThatIsNotBuiltSaysSoAndFailsNothing) {
  outcome.status.plan =
      plan::unreadable(target, {.kind = ErrorKind::unsupported, .message = "not built"}, noon);
  outcome.status.plan.gates = {{Gate::Unsupported, "not built"}};
  summarized();
  EXPECT_TRUE(content());
  EXPECT_EQ(condition(outcome, "Ready").reason, "Unsupported");
}

TEST_F(Summary, ASuspendedTargetIsContentWhateverItsRowsSay) {
  row("TOKEN", State::Missing, ActionKind::create, Gate::Suspended);
  outcome.status.plan.gates = {{Gate::Suspended, "suspended"}};
  EXPECT_TRUE(content());
}

TEST_F(Summary, AFailedPassIsNotReadyAlthoughItsRowsAre) {
  row("TOKEN", State::InSync);
  outcome.error = Error{.kind = ErrorKind::storage, .message = "the disk is full"};
  summarized();
  EXPECT_FALSE(condition(outcome, "Ready").status);
  EXPECT_EQ(condition(outcome, "Ready").reason, "PassFailed");
}

TEST_F(Summary, MoreToDoIsReconcilingAndNotStalled) {
  row("TOKEN", State::Missing, ActionKind::create);
  outcome.more = true;
  summarized();
  EXPECT_TRUE(condition(outcome, "Reconciling").status);
  EXPECT_FALSE(condition(outcome, "Stalled").status);
}

TEST_F(Summary, DriftThatThePassRepairedIsStillTold) {
  row("TOKEN", State::InSync);
  outcome.before.secrets = {{.name = "TOKEN", .state = State::Removed}};
  summarize(outcome, target);
  EXPECT_TRUE(condition(outcome, "Drifted").status);
}

TEST_F(Summary, WakesWhenTheFirstGateOpens) {
  target.policy.repair_after = 10min;
  target.policy.prune_after = 1h;
  row("A", State::Extra, ActionKind::remove, Gate::WaitingPrune).since = noon - 55min;
  row("B", State::Removed, ActionKind::create, Gate::WaitingRepair).since = noon - 2min;
  summarized();
  EXPECT_EQ(outcome.wake_at, noon + 5min);
}

TEST_F(Summary, WakesWhenTheWindowOpens) {
  target.policy.write_windows = {{.from = "14:00", .to = "15:00"}};
  row("A", State::Missing, ActionKind::create, Gate::Window);
  summarized();
  ASSERT_TRUE(outcome.wake_at);
  EXPECT_GT(*outcome.wake_at, noon);
  EXPECT_EQ((outcome.wake_at->time_since_epoch() % std::chrono::hours(24)), 14h);
}

TEST_F(Summary, ADeletionThatIsBlockedWakesNobody) {
  row("A", State::Extra, ActionKind::remove, Gate::WaitingPrune);
  summarized();
  EXPECT_FALSE(outcome.wake_at);
}

/// The lines of an exposition that hold all of these.
std::vector<std::string> lines_with(const std::string& text, std::vector<std::string> parts) {
  std::vector<std::string> out;
  for (const auto& line : split(text, '\n')) {
    const bool all = std::ranges::all_of(parts, [&](const auto& p) { return line.contains(p); });
    if (all && !line.starts_with('#')) out.push_back(line);
  }
  return out;
}

TEST_F(Summary, GaugesCountStatesAndGatesAndNameDrift) {
  row("A", State::InSync);
  row("B", State::InSync);
  row("C", State::Removed, ActionKind::create, Gate::WaitingRepair).certainty = Certainty::digest;
  summarized();
  Metrics metrics;
  export_gauges(metrics, target, outcome);
  const auto text = metrics.text();
  const auto in_sync =
      lines_with(text, {"lockstep_target_secrets{", "state=\"InSync\"", "target=\"app\""});
  ASSERT_EQ(in_sync.size(), 1U) << text;
  EXPECT_TRUE(in_sync[0].ends_with(" 2")) << in_sync[0];
  EXPECT_EQ(
      lines_with(text, {"lockstep_secret_drift{", "secret=\"C\"", "certainty=\"digest\""}).size(),
      1U);
  EXPECT_EQ(lines_with(text, {"lockstep_secret_drift{", "secret=\"A\""}).size(), 0U);
  EXPECT_EQ(lines_with(text, {"lockstep_target_gated{", "gate=\"WaitingRepair\""}).size(), 1U);
}

TEST_F(Summary, AGateOfTheWholeTargetIsInTheGauges) {
  row("A", State::Missing, ActionKind::create, Gate::Suspended);
  outcome.status.plan.gates = {{Gate::Suspended, "suspended"}};
  summarized();
  Metrics metrics;
  export_gauges(metrics, target, outcome);
  const auto gated = lines_with(metrics.text(), {"lockstep_target_gated{", "gate=\"Suspended\""});
  ASSERT_EQ(gated.size(), 1U);
  EXPECT_TRUE(gated[0].ends_with(" 1"));
}

TEST(ReportDrift, CountsEachDriftOnceWhenItBegins) {
  testing::Bench bench;
  const auto& target = bench.wants({"TOKEN"});
  PlaceRecord before, after;
  before.names["TOKEN"].written = true;
  after = before;
  after.names["TOKEN"].drift_state = State::Removed;
  after.names["TOKEN"].drift_by = "jane@example.com";
  report_drift(bench.services, target, before, after, false);
  EXPECT_EQ(bench.log_text, "") << "a plan only looks";
  report_drift(bench.services, target, before, after, true);
  EXPECT_THAT(bench.log_text, ::testing::HasSubstr("by=jane@example.com"));
  const auto once = bench.log_text;
  report_drift(bench.services, target, after, after, true);
  EXPECT_EQ(bench.log_text, once);
  EXPECT_EQ(lines_with(bench.metrics.text(), {"lockstep_drift_detected_total{", "} 1"}).size(), 1U);
}

}  // namespace
}  // namespace lockstep::reconcile
