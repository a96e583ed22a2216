// What wakes the controller, and what it tells of manifests, holds and faults.
#include "reconcile/reconciler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/controller.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::Controller;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Run, GoesOnAtOnceWhileThereIsMoreToDo) {
  Controller bench;
  bench.provider.abilities.max_changes = 1;
  bench.start();
  bench.run_for(1s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
  EXPECT_THAT(bench.metrics.text(), HasSubstr("result=\"requeue\"} 2"));
  EXPECT_THAT(bench.metrics.text(), HasSubstr("result=\"requeue_after\"} 2"));
  EXPECT_EQ(bench.source.refreshed, 4) << "each pass reads its sources anew";
  EXPECT_THAT(bench.metrics.text(),
              HasSubstr("workqueue_adds_total{controller=\"target\",name=\"target\"} 2"));
  bench.journal.clear();
  bench.run_for(1min);
  EXPECT_TRUE(bench.journal.empty()) << "manifests that did not change wake nobody";
}

TEST(Run, AFaultIsToldAndTriedAgainSoonerThanAfterTheInterval) {
  Controller bench;
  bench.provider.observe_errors["production-app"] = {.kind = ErrorKind::transient,
                                                     .message = "down"};
  bench.start();
  bench.run_for(10s);
  const auto tries = std::ranges::count(bench.journal, "observe production-app");
  EXPECT_GE(tries, 3);
  EXPECT_LE(tries, 6) << "each wait is longer";
  EXPECT_THAT(bench.log_text, HasSubstr("pass failed"));
  EXPECT_THAT(bench.metrics.text(), HasSubstr("result=\"error\"} " + std::to_string(tries)));
  EXPECT_THAT(bench.metrics.text(),
              HasSubstr("workqueue_retries_total{controller=\"target\",name=\"target\"} " +
                        std::to_string(tries)));
  bench.provider.observe_errors.clear();
  bench.run_for(20s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
  bench.journal.clear();
  bench.provider.observe_errors["production-app"] = {.kind = ErrorKind::transient,
                                                     .message = "down"};
  const auto looks = [&] { return std::ranges::count(bench.journal, "observe production-app"); };
  bench.sim.run_until(bench.sim.clock().mono() + 7min, [&] { return looks() != 0; });
  bench.run_for(8s);
  EXPECT_GE(looks(), 3) << "a success makes the next wait short again";
  const auto& status = bench.status.latest.at({"cms", "app"});
  EXPECT_TRUE(status.error);
  EXPECT_TRUE(status.last_observed) << "the last look that was whole is still told";
}

TEST(Run, WakesWhenAGateOpensByItself) {
  Controller bench;
  bench.documents.target.interval = Seconds(3600);
  bench.manifests.put(bench.documents);
  bench.start();
  bench.run_for(1s);
  bench.set("TOKEN", "by hand", "production-app");
  bench.documents.set.secrets[0].description = "changed, so that all are looked at";
  bench.manifests.put(bench.documents);
  bench.run_for(10s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "by hand") << "it waits for repairAfter";
  bench.run_for(10min);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
}

TEST(Run, HoldsAreToldWhenTheyComeAndWhenTheyGo) {
  Controller bench;
  const PlaceId place{"cms", "flyApp/production-app"};
  const auto now = bench.sim.clock().wall();
  bench.ledger.held[place] = {
      {.name = "", .since = now, .until = now + 24h, .reason = "a sale", .by = "jane@x"},
      {.name = "TOKEN", .since = now, .until = now + 24h, .reason = "a test", .by = "jane@x"}};
  const auto count = [&](const std::string& text) {
    return std::ranges::count_if(split(bench.log_text, '\n'),
                                 [&](const auto& line) { return line.contains(text); });
  };
  bench.start();
  bench.run_for(20min);
  EXPECT_EQ(count("lockstep hold cms/app --release"), 1) << "once, not in every pass";
  EXPECT_EQ(count("lockstep hold cms/app TOKEN --release"), 1);
  bench.ledger.hold_error = Error{.kind = ErrorKind::storage, .message = "altered"};
  bench.run_for(6min);
  EXPECT_EQ(count("hold ended"), 0) << "nothing is known of them";
  bench.ledger.hold_error.reset();
  bench.ledger.held.clear();
  bench.run_for(20min);
  EXPECT_EQ(count("hold ended"), 2);
}

TEST(Run, AGeneratedValueIsMadeOnceThePlaceThatWasWaitedForAnswered) {
  Controller bench;
  bench.documents.production.sources[0].writable = true;
  bench.source.writables = {"production-values"};
  bench.documents.target.interval = Seconds(3600);
  std::get<api::Target>(bench.documents.more[0]).interval = Seconds(3600);
  bench.documents.set.secrets.push_back(testing::entry("SESSION_KEY", api::Generate{}));
  bench.manifests.put(bench.documents);
  bench.provider.slow["production-second"] = 30s;
  bench.start();
  bench.run_for(20s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
  EXPECT_EQ(bench.value_at("SESSION_KEY", "production-app"), "(not there)");
  bench.run_for(1min);
  EXPECT_EQ(bench.value_at("SESSION_KEY", "production-app"), "generated-value-number-1");
  EXPECT_LE(std::ranges::count(bench.journal, "observe production-app"), 3) << "it only waited";
}

TEST(Run, ATargetThatIsGoneIsLookedAtNoMoreAndLeavesNoSeries) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  EXPECT_THAT(bench.metrics.text(), HasSubstr("state=\"InSync\",target=\"second\""));
  bench.documents.more.clear();
  bench.documents.set.targets.names = {"app"};
  bench.manifests.put(bench.documents);
  bench.run_for(1min);
  bench.journal.clear();
  bench.run_for(30min);
  EXPECT_THAT(bench.journal, Not(Contains("observe production-second")));
  EXPECT_THAT(bench.metrics.text(), Not(HasSubstr("state=\"InSync\",target=\"second\"")));
  EXPECT_EQ(bench.status.known, (std::set<ObjectKey>{{"cms", "app"}}));
}

TEST(Run, ProblemsAndNotesOfManifestsAreInTheLog) {
  Controller bench;
  auto idle = testing::secret_set("idle", {}, {testing::entry("X")});
  idle.targets.match_labels = {{"app", "nobody"}};
  bench.documents.more.push_back(idle);
  bench.manifests.put(bench.documents);
  bench.manifests.snapshot.problems.push_back({{"z.yaml", 1, 1}, "spec", "is wrong"});
  bench.start();
  bench.run_for(1s);
  EXPECT_THAT(bench.log_text, HasSubstr("SecretSet \\\"idle\\\" selects no Target"));
  EXPECT_THAT(bench.log_text, HasSubstr("z.yaml:1:1: spec: is wrong"));
  EXPECT_THAT(bench.log_text, HasSubstr("manifests loaded targets=2"));
}

TEST(LoadWorld, ProblemsOfSingleDocumentsAndAcrossThemAreInTheOrderOfTheFiles) {
  Controller bench;
  bench.documents.target.credential_ref = api::LocalRef{.name = "gone"};
  bench.manifests.put(bench.documents);
  bench.manifests.snapshot.problems = {{{"z.yaml", 1, 1}, "spec", "is wrong"},
                                       {{"a.yaml", 1, 1}, "spec", "is wrong"}};
  std::vector<std::string> files;
  for (const auto& problem : bench.sim.run(load_world(bench.manifests))->problems()) {
    files.push_back(problem.at.file);
  }
  EXPECT_EQ(files, (std::vector<std::string>{"a.yaml", "app.yaml", "z.yaml"}));
}

TEST(Once, ReadsSourcesAnewAndTellsStatusAndSeries) {
  Controller bench;
  auto world = bench.sim.run(load_world(bench.manifests));
  (void)bench.sim.run(
      bench.reconciler.once(*world, {&world->desired.targets[0]}, {.write = true}, {}));
  EXPECT_EQ(bench.source.refreshed, 1);
  EXPECT_TRUE(bench.status.latest.contains({"cms", "app"}));
  EXPECT_THAT(bench.metrics.text(), HasSubstr("target=\"app\""));
}

TEST(Run, S2_ASecondTimeWithoutManifestsDeletesNothingEither) {
  Controller bench;
  const Error gone{.kind = ErrorKind::storage, .message = "the disk is gone"};
  bench.start();
  bench.run_for(1min);
  bench.manifests.error = gone;
  bench.run_for(1min);
  bench.manifests.error.reset();
  bench.run_for(1min);
  bench.drop_entry("OLD");
  bench.run_for(30min);
  bench.manifests.error = gone;
  bench.run_for(3h);
  EXPECT_EQ(bench.value_at("OLD", "production-app"), "value-of-OLD");
}

TEST(Run, ManifestsThatCannotBeReadAtFirstAreReadLater) {
  Controller bench;
  bench.manifests.error = Error{.kind = ErrorKind::storage, .message = "the disk is gone"};
  bench.start();
  bench.run_for(1min);
  EXPECT_TRUE(bench.journal.empty());
  bench.manifests.error.reset();
  bench.run_for(10s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
}

TEST(Run, AHoldOverAPlaceThatCannotBeReadIsToldToo) {
  Controller bench;
  const auto now = bench.sim.clock().wall();
  bench.ledger.held[{"cms", "flyApp/production-app"}] = {
      {.name = "", .since = now, .until = now + 24h, .reason = "a sale", .by = "jane@x"}};
  bench.provider.observe_errors["production-app"] = {.kind = ErrorKind::transient,
                                                     .message = "down"};
  bench.start();
  bench.run_for(1min);
  EXPECT_THAT(bench.log_text, HasSubstr("lockstep hold cms/app --release"));
}

TEST(Run, ATargetWhoseLabelsChangeWhileItsPassRunsLeavesNoOldSeries) {
  Controller bench;
  bench.provider.slow["production-app"] = 30s;
  bench.start();
  bench.run_for(10s);
  bench.documents.production.metadata.name = "live";
  bench.documents.target.environment_ref.name = "live";
  std::get<api::Target>(bench.documents.more[0]).environment_ref.name = "live";
  bench.manifests.put(bench.documents);
  bench.run_for(25s);
  EXPECT_THAT(bench.metrics.text(),
              Not(HasSubstr("lockstep_target_secrets{environment=\"production\"")));
}

}  // namespace
}  // namespace lockstep::reconcile
