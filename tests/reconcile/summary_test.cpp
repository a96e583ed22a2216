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

TEST_F(Summary, WakesForTheRollOutsWindowAndForTheEarliestOfAll) {
  target.policy.write_windows = {{.from = "14:00", .to = "15:00"}};
  row("TOKEN", State::Staged);
  auto& roll_out = outcome.status.plan.roll_out.emplace();
  roll_out.gate = Gate::Hold;
  summarized();
  EXPECT_FALSE(outcome.wake_at) << "a hold of it is in plan.holds";
  outcome.status.plan.roll_out->gate = Gate::Window;
  summarized();
  ASSERT_TRUE(outcome.wake_at);
  EXPECT_EQ((outcome.wake_at->time_since_epoch() % std::chrono::hours(24)), 14h);
  for (const auto span : {3min, 1min, 2min}) {
    outcome.status.plan.holds.push_back({.name = "X", .until = noon + span});
  }
  summarized();
  EXPECT_EQ(outcome.wake_at, noon + 1min);
}

TEST_F(Summary, OnlyAGateThatOpensByItselfWakes) {
  target.policy.repair_after = target.policy.prune_after = 1h;
  row("A", State::Removed, ActionKind::create, Gate::Contested).since = noon;
  row("B", State::Extra, ActionKind::remove, Gate::AwaitingApproval).since = noon;
  summarized();
  EXPECT_FALSE(outcome.wake_at);
}

TEST_F(Summary, ReadyTellsWhatIsTheMatterFirst) {
  row("A", State::InSync);
  row("B", State::Stale, ActionKind::update, Gate::Conflict).gate_reason = "two claim it";
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").message, "B: two claim it");
  EXPECT_EQ(condition(outcome, "Stalled").reason, "Conflict");
  outcome.status.plan.secrets.clear();
  row("A", State::Invalid).reason = "the value is short";
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").reason, "Invalid");
  EXPECT_EQ(condition(outcome, "Ready").message, "A: the value is short");
  outcome.status.plan.secrets.clear();
  row("A", State::Extra);
  row("B", State::Missing, ActionKind::create).reason = "not there";
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").message, "B: not there");
  outcome.status.plan.secrets.clear();
  row("A", State::Staged);
  outcome.status.plan.roll_out.emplace();
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").reason, "Pending") << "the roll-out is left";
  outcome.status.plan.roll_out->gate = Gate::NotPermitted;
  outcome.status.plan.roll_out->gate_reason = "no RollOut";
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").reason, "NotPermitted");
}

TEST_F(Summary, ReasonsOfConditions) {
  const auto reason = [&](const char* type) { return condition(outcome, type).reason; };
  row("TOKEN", State::InSync);
  summarized();
  EXPECT_EQ(reason("Ready"), "InSync");
  EXPECT_EQ(reason("Reconciling"), "Settled");
  EXPECT_EQ(reason("Stalled"), "Fine");
  EXPECT_EQ(reason("Drifted"), "NoDrift");
  EXPECT_EQ(reason("AwaitingApproval"), "NothingWaits");
  row("OLD", State::Removed, ActionKind::create, Gate::AwaitingApproval);
  outcome.more = true;
  outcome.error = Error{.kind = ErrorKind::transient, .message = "down"};
  summarized();
  EXPECT_EQ(reason("Reconciling"), "MoreToDo");
  EXPECT_EQ(reason("Drifted"), "Drift");
  EXPECT_EQ(reason("AwaitingApproval"), "Waits");
  EXPECT_EQ(outcome.status.environment, "production");
  EXPECT_EQ(outcome.status.error->message, "down");
  outcome.error.reset();
  summarized();
  EXPECT_EQ(reason("Ready"), "WaitsForOthers");
}

TEST_F(Summary, PatienceOfTheWholeTargetNeedsEveryGatePatient) {
  row("TOKEN", State::Missing, ActionKind::create, Gate::Suspended);
  outcome.status.plan.gates = {{Gate::Suspended, "s"}, {Gate::NewerVersion, "n"}};
  outcome.status.plan.secrets[0].gate = Gate::NewerVersion;
  EXPECT_FALSE(content());
  outcome.status.plan.gates.pop_back();
  outcome.error = Error{.kind = ErrorKind::transient, .message = "down"};
  summarized();
  EXPECT_TRUE(condition(outcome, "Ready").status) << "nothing is done there anyway";
}

TEST_F(Summary, OnlyAPlaceThatIsNotBuiltIsReportedAsUnsupported) {
  outcome.status.plan =
      plan::unreadable(target, {.kind = ErrorKind::unsupported, .message = "no"}, noon);
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").reason, "PlaceUnreadable") << "no gate says so";
  outcome.status.plan.unreadable->kind = ErrorKind::transient;
  outcome.status.plan.gates = {{Gate::Suspended, "suspended"}};
  summarized();
  EXPECT_EQ(condition(outcome, "Ready").reason, "PlaceUnreadable");
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

TEST_F(Summary, GaugesTellAgesLooksAndWhatIsLeftOut) {
  auto& aged = row("AGED", State::InSync);
  aged.value_since = noon - 24h;
  aged.due_at = noon + 24h;
  row("OPTIONAL", State::SourceMissing).optional = true;
  row("NEEDED", State::SourceMissing);
  row("STALE", State::Stale, ActionKind::update).optional = true;
  summarized();
  Metrics metrics;
  export_gauges(metrics, target, outcome);
  const auto text = metrics.text();
  EXPECT_EQ(lines_with(text, {"last_rotated_timestamp_seconds{", "secret=\"AGED\""}).size(), 1U);
  EXPECT_EQ(lines_with(text, {"rotation_due_timestamp_seconds{", "secret=\"AGED\""}).size(), 1U);
  const auto drifts = [&](const std::string& name) {
    return lines_with(text, {"lockstep_secret_drift{", "secret=\"" + name + "\""}).size();
  };
  EXPECT_EQ(drifts("AGED"), 0U);
  EXPECT_EQ(drifts("OPTIONAL"), 0U);
  EXPECT_EQ(drifts("NEEDED"), 1U);
  EXPECT_EQ(drifts("STALE"), 1U);
  const auto looked = lines_with(text, {"lockstep_target_last_observed_timestamp_seconds{"});
  ASSERT_EQ(looked.size(), 1U);
  EXPECT_FALSE(looked[0].ends_with(" 0"));
}

TEST_F(Summary, AGateWithoutRowsOfItsOwnCountsThemAll) {
  row("A", State::Unknown);
  row("B", State::Unknown);
  outcome.status.plan.gates = {{Gate::PlaceMissing, "no app"}};
  summarized();
  Metrics metrics;
  export_gauges(metrics, target, outcome);
  const auto gated =
      lines_with(metrics.text(), {"lockstep_target_gated{", "gate=\"PlaceMissing\""});
  ASSERT_EQ(gated.size(), 1U);
  EXPECT_TRUE(gated[0].ends_with(" 2"));
}

TEST(ReportDrift, CountsADriftOfANameThatIsNew) {
  testing::Bench bench;
  PlaceRecord after;
  after.names["TOKEN"].drift_state = State::Removed;
  report_drift(bench.services, bench.wants({"TOKEN"}), {}, after, true);
  EXPECT_THAT(bench.log_text, ::testing::HasSubstr("drift detected"));
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
