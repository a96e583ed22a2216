#include "telemetry/metrics.hpp"

#include "model/state.hpp"
#include "telemetry/error_stream.hpp"
#include "telemetry/exposition.hpp"

namespace lockstep {
namespace {

using testing::Exposition;
using testing::read_exposition;

const TargetLabels cms{"cms", "production", "cms-production", "cloudflare"};
const TargetLabels fly{"molecule", "production", "control-plane", "fly"};
const std::map<std::string, std::string> cms_labels = {{"namespace", "cms"},
                                                       {"environment", "production"},
                                                       {"target", "cms-production"},
                                                       {"provider", "cloudflare"}};

Wall day(int d) {
  return std::chrono::sys_days(std::chrono::year(2026) / 1 / d);
}

std::map<std::string, std::string> with(std::map<std::string, std::string> labels,
                                        std::map<std::string, std::string> more) {
  labels.merge(more);
  return labels;
}

/// The page, after the check that a scraper takes it.
Exposition page(const Metrics& metrics) {
  auto read = read_exposition(metrics.text());
  EXPECT_THAT(read.problems, ::testing::IsEmpty());
  return read;
}

TEST(ExpositionReader, RefusesWhatAScraperRefuses) {
  for (const std::string_view bad : {
           "# HELP a_total x\n# TYPE a_total counter\na_total{k=\"v} 1\n",
           "# HELP a x\n# TYPE a counter\na 1\n",
           "# HELP a x\n# TYPE a gauge\na{k=\"1\"} 1\na{k=\"1\"} 2\n",
           "# HELP a x\n# TYPE a gauge\na{9k=\"1\"} 1\n",
           "# HELP a x\n# TYPE a gauge\na one\n",
           "# HELP a x\n# TYPE a gauge\nb 1\n",
           "# HELP a x\n# TYPE a gauge\na{k=\"\xFF\"} 1\n",
           "# TYPE a gauge\na 1\n",
           "# HELP a x\n# TYPE a gauge\na 1",
       }) {
    EXPECT_FALSE(read_exposition(bad).problems.empty()) << bad;
  }
}

TEST(Metrics, LoopHasControllerRuntimesNamesAndLabels) {
  Metrics metrics;
  metrics.reconciled("success", std::chrono::milliseconds(120));
  metrics.reconciled("error", std::chrono::seconds(90));
  metrics.queue(7);
  metrics.queue_added(false);
  metrics.queue_added(true);
  const auto read = page(metrics);
  const std::map<std::string, std::string> target = {{"controller", "target"}};
  const auto of = [&](std::string result) { return with(target, {{"result", result}}); };
  EXPECT_EQ(read.value("controller_runtime_reconcile_total", of("success")), 1);
  EXPECT_EQ(read.value("controller_runtime_reconcile_total", of("error")), 1);
  EXPECT_EQ(read.value("controller_runtime_reconcile_total", of("requeue")), 0);
  EXPECT_EQ(read.value("controller_runtime_reconcile_total", of("requeue_after")), 0);
  EXPECT_EQ(read.value("controller_runtime_reconcile_errors_total", target), 1);
  EXPECT_EQ(read.value("workqueue_depth", target), 7);
  EXPECT_EQ(read.value("workqueue_adds_total", target), 2);
  EXPECT_EQ(read.value("workqueue_retries_total", target), 1);
  EXPECT_EQ(read.types.at("workqueue_depth"), "gauge");
  EXPECT_EQ(read.types.at("workqueue_adds_total"), "counter");
}

TEST(Metrics, ReconcileTimeIsAHistogramWithControllerRuntimesBuckets) {
  Metrics metrics;
  metrics.reconciled("success", std::chrono::milliseconds(120));
  metrics.reconciled("success", std::chrono::seconds(90));
  const auto read = page(metrics);
  const std::string name = "controller_runtime_reconcile_time_seconds";
  EXPECT_EQ(read.types.at(name), "histogram");
  EXPECT_EQ(read.series(name + "_bucket", {{"controller", "target"}}), 41U);
  for (const auto* edge : {"0.005", "0.01", "0.45", "1", "1.25", "60"}) {
    EXPECT_EQ(read.series(name + "_bucket", {{"le", edge}}), 1U) << edge;
  }
  EXPECT_EQ(read.value(name + "_bucket", {{"le", "0.1"}}), 0);
  EXPECT_EQ(read.value(name + "_bucket", {{"le", "0.15"}}), 1);
  EXPECT_EQ(read.value(name + "_bucket", {{"le", "60"}}), 1);
  EXPECT_EQ(read.value(name + "_bucket", {{"le", "+Inf"}}), 2);
  EXPECT_EQ(read.value(name + "_count"), 2);
  EXPECT_NEAR(read.value(name + "_sum"), 90.12, 1e-9);
}

TEST(Metrics, TargetSeriesNameStateGateAndDrift) {
  Metrics metrics;
  metrics.target(
      cms, {.by_state = {{"InSync", 12}, {"ChangedOutOfBand", 1}, {"Extra", 1}},
            .drift = {{"API_KEY", "ChangedOutOfBand", "version"}, {"FINE", "InSync", "version"}},
            .by_gate = {{"WaitingRepair", 1}},
            .last_observed = day(15)});
  const auto read = page(metrics);
  EXPECT_EQ(read.value("lockstep_target_secrets", with(cms_labels, {{"state", "InSync"}})), 12);
  EXPECT_EQ(read.value("lockstep_target_gated", with(cms_labels, {{"gate", "WaitingRepair"}})), 1);
  EXPECT_EQ(read.value("lockstep_secret_drift", with(cms_labels, {{"secret", "API_KEY"},
                                                                  {"state", "ChangedOutOfBand"},
                                                                  {"certainty", "version"}})),
            1);
  EXPECT_EQ(read.series("lockstep_secret_drift"), 1U) << "none for a name that is InSync";
  EXPECT_EQ(read.value("lockstep_target_last_observed_timestamp_seconds", cms_labels), 1768435200);
}

TEST(Metrics, EveryStateOfTheModelHasASeriesAlsoAtZero) {
  Metrics metrics;
  metrics.target(cms, {.by_state = {{"InSync", 1}}});
  const auto read = page(metrics);
  std::size_t states = 0;
  for (auto n = static_cast<int>(State::Unknown); n <= static_cast<int>(State::Extra); ++n) {
    const std::string word(to_string(static_cast<State>(n)));
    EXPECT_EQ(read.value("lockstep_target_secrets", with(cms_labels, {{"state", word}})),
              word == "InSync" ? 1 : 0)
        << word;
    ++states;
  }
  EXPECT_EQ(read.series("lockstep_target_secrets"), states);
}

TEST(Metrics, NewPassReplacesAllSeriesOfItsTargetAndNoOther) {
  Metrics metrics;
  const TargetGauges drifted{.by_state = {{"Removed", 1}},
                             .drift = {{"A", "Removed", "digest"}},
                             .by_gate = {{"Hold", 1}}};
  metrics.target(cms, drifted);
  metrics.target(fly, drifted);
  metrics.target(cms, {.by_state = {{"InSync", 1}}});
  const auto read = page(metrics);
  EXPECT_EQ(read.series("lockstep_secret_drift", cms_labels), 0U);
  EXPECT_EQ(read.series("lockstep_target_gated", cms_labels), 0U);
  EXPECT_EQ(read.value("lockstep_target_secrets", with(cms_labels, {{"state", "Removed"}})), 0);
  EXPECT_EQ(read.series("lockstep_secret_drift", {{"target", "control-plane"}}), 1U);
  EXPECT_EQ(read.series("lockstep_target_gated", {{"target", "control-plane"}}), 1U);
}

TEST(Metrics, TargetThatIsGoneLeavesNoGaugesBehind) {
  Metrics metrics;
  metrics.target(cms, {.by_state = {{"InSync", 1}}});
  metrics.rotation(cms, "API_KEY", day(1), day(31));
  metrics.target_gone(cms);
  metrics.target_gone(fly);
  const auto read = page(metrics);
  for (const auto& sample : read.samples) EXPECT_FALSE(sample.labels.contains("target"));
}

TEST(Metrics, CountersCount) {
  Metrics metrics;
  metrics.drift_detected(cms, "Removed");
  metrics.drift_detected(cms, "Removed");
  metrics.written(cms, "create", "done");
  metrics.written(cms, "delete", "failed");
  metrics.requested("fly", "molecule/fly", "secrets.list", "200");
  metrics.requested("fly", "molecule/fly", "secrets.list", "transient");
  metrics.budget("fly", "molecule/fly", 17);
  const auto read = page(metrics);
  EXPECT_EQ(read.value("lockstep_drift_detected_total", with(cms_labels, {{"state", "Removed"}})),
            2);
  EXPECT_EQ(read.value("lockstep_writes_total",
                       with(cms_labels, {{"action", "create"}, {"outcome", "done"}})),
            1);
  EXPECT_EQ(read.series("lockstep_writes_total"), 2U);
  EXPECT_EQ(read.value("lockstep_provider_requests_total", {{"provider", "fly"},
                                                            {"credential", "molecule/fly"},
                                                            {"operation", "secrets.list"},
                                                            {"code", "transient"}}),
            1);
  EXPECT_EQ(read.value("lockstep_provider_budget_remaining", {{"credential", "molecule/fly"}}), 17);
}

TEST(Metrics, RotationTimesLeaveOutWhatIsNotKnown) {
  Metrics metrics;
  metrics.rotation(cms, "NEVER_DUE", day(1), {});
  metrics.rotation(cms, "NEVER_ROTATED", {}, day(31));
  const auto read = page(metrics);
  EXPECT_EQ(read.value("lockstep_secret_last_rotated_timestamp_seconds",
                       with(cms_labels, {{"secret", "NEVER_DUE"}})),
            1767225600);
  EXPECT_EQ(read.value("lockstep_secret_rotation_due_timestamp_seconds",
                       with(cms_labels, {{"secret", "NEVER_ROTATED"}})),
            1769817600);
  EXPECT_EQ(read.series("lockstep_secret_last_rotated_timestamp_seconds"), 1U);
  EXPECT_EQ(read.series("lockstep_secret_rotation_due_timestamp_seconds"), 1U);
}

TEST(Metrics, NamesOfSecretsCanBeSwitchedOff) {
  Metrics metrics(false);
  metrics.target(cms, {.by_state = {{"Removed", 1}}, .drift = {{"API_KEY", "Removed", "version"}}});
  metrics.rotation(cms, "API_KEY", day(1), day(31));
  EXPECT_EQ(
      page(metrics).value("lockstep_target_secrets", with(cms_labels, {{"state", "Removed"}})), 1);
  EXPECT_THAT(metrics.text(), ::testing::Not(::testing::HasSubstr("API_KEY")));
}

// S4: names of extra secrets come from the place; they neither break the page nor a terminal.
TEST(Metrics, S4HostileNamesLeaveThePageWhole) {
  Metrics metrics;
  metrics.target(cms, {.by_state = {{"Extra", 4}},
                       .drift = {{"A\nlockstep_fake 1\x1b[31m", "Extra", "version"},
                                 {"quote\" back\\slash", "Extra", "version"},
                                 {"stray\xFF", "Extra", "version"},
                                 {"stray\xFE", "Extra", "version"}}});
  const auto read = page(metrics);
  EXPECT_EQ(read.series("lockstep_fake"), 0U);
  EXPECT_EQ(read.value("lockstep_secret_drift", {{"secret", "A?lockstep_fake 1?[31m"}}), 1);
  EXPECT_EQ(read.value("lockstep_secret_drift", {{"secret", "quote\" back\\slash"}}), 1);
  EXPECT_EQ(read.value("lockstep_secret_drift", {{"secret", "stray?"}}), 1);
  EXPECT_FALSE(metrics.text().contains('\x1b'));
}

TEST(Metrics, LinesThatWereNotWrittenAreCounted) {
  const Metrics metrics;
  EXPECT_EQ(page(metrics).value("lockstep_log_lines_lost_total", {}),
            static_cast<double>(standard_error().lost()));
}

TEST(Metrics, PageDependsOnWhatHappenedNotOnItsOrder) {
  const auto fill = [](Metrics& metrics, bool backwards) {
    for (int i = 0; i < 50; ++i) {
      const auto name = "app-" + std::to_string(backwards ? 49 - i : i);
      metrics.target({"ns", "env", name, "fly"}, {.by_state = {{"InSync", 3}}});
      metrics.written({"ns", "env", name, "fly"}, "create", "done");
      metrics.requested("fly", name, "secrets.list", "200");
    }
  };
  Metrics forwards, backwards;
  fill(forwards, false);
  fill(backwards, true);
  EXPECT_EQ(forwards.text(), backwards.text());
  EXPECT_TRUE(std::ranges::is_sorted(page(forwards).families));
}

}  // namespace
}  // namespace lockstep
