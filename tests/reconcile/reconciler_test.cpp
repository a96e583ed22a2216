// All Targets: once, and for ever.
#include "reconcile/reconciler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/controller.hpp"
#include "support/about.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::Controller;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Once, ClaimsAtTargetsThatAreNotChosenAreRemembered_S2) {
  Controller bench;
  bench.provider.places["production-second"]["FOREIGN"] = {"of others", {}};
  const auto foreign =
      testing::secret_set("foreign", {"second"}, {testing::entry("FOREIGN", api::External{})});
  const PlaceId second{"cms", "flyApp/production-second"};
  const auto apply = [&](bool only_the_first, bool write) {
    const auto world = bench.sim.run(load_world(bench.manifests));
    std::vector<const DesiredTarget*> targets;
    for (const auto& target : world->desired.targets) targets.push_back(&target);
    if (only_the_first) targets.resize(1);
    (void)bench.sim.run(bench.reconciler.once(*world, targets, {.write = write}, {}));
  };
  apply(false, true);
  bench.documents.more.push_back(foreign);
  bench.manifests.put(bench.documents);
  apply(true, false);
  EXPECT_FALSE(bench.ledger.records[second].names.contains("FOREIGN")) << "a look keeps nothing";
  apply(true, true);
  EXPECT_EQ(bench.ledger.records[second].names.at("FOREIGN").claimant, "SecretSet/foreign");
  bench.journal.clear();
  apply(true, true);
  EXPECT_THAT(bench.journal, Not(Contains("save production-second"))) << "known already";
  bench.documents.more.pop_back();
  bench.manifests.put(bench.documents);
  apply(false, true);
  EXPECT_EQ(bench.ledger.records[second].names.at("FOREIGN").claimant, "SecretSet/foreign");
}

TEST(World, CountsDocumentsAndThoseThatAreBroken) {
  Controller bench;
  bench.manifests.snapshot.broken = {
      {.kind = "Target", .ns = "cms", .name = "x", .at = {"x.yaml", 3, 1}}};
  bench.manifests.snapshot.problems = {{{"x.yaml", 5, 3}, "spec", "wrong"},
                                       {{"x.yaml", 6, 3}, "spec", "wrong, too"},
                                       {{"y.yaml", 2, 1}, "", "does not parse"}};
  auto world = bench.sim.run(load_world(bench.manifests));
  EXPECT_EQ(world->documents().all, 7U);
  EXPECT_EQ(world->documents().broken, 2U);
  world->desired.problems = {{{"runtime.yaml", 9, 5}, "spec.secrets", "claimed twice"}};
  EXPECT_EQ(world->documents().broken, 3U) << "one that is wrong with others counts, too";
  EXPECT_EQ(world->documents().all, 7U);
}

TEST(Once, S14_OneSlowPlaceDoesNotDelayAnother) {
  Controller bench;
  bench.provider.slow["production-app"] = 40s;
  auto world = bench.sim.run(load_world(bench.manifests));
  ASSERT_TRUE(world);
  std::vector<const DesiredTarget*> targets;
  for (const auto& target : world->desired.targets) targets.push_back(&target);
  const auto began = bench.sim.clock().mono();
  std::map<std::string, Nanos> ends;
  const auto outcomes = bench.sim.run(
      bench.reconciler.once(*world, targets, {.write = true}, {.ended = [&](const PassOutcome& o) {
        ends[o.status.key.name] = bench.sim.clock().mono() - began;
      }}));
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].status.key.name, "app") << "in the order that was asked for";
  EXPECT_LT(ends["second"], 1s);
  EXPECT_GE(ends["app"], 40s);
}

TEST(Once, TriesFaultsThatPassAFewTimesAndOthersNotAtAll) {
  Controller bench;
  auto world = bench.sim.run(load_world(bench.manifests));
  const auto tries = [&](ErrorKind kind) {
    bench.journal.clear();
    bench.provider.observe_errors["production-app"] = {.kind = kind, .message = "no"};
    (void)bench.sim.run(
        bench.reconciler.once(*world, {&world->desired.targets[0]}, {.write = true}, {}));
    return bench.lines("observe").size();
  };
  EXPECT_EQ(tries(ErrorKind::transient), 4U);
  EXPECT_EQ(tries(ErrorKind::forbidden), 1U);
}

TEST(Once, WaitsForAThrottledPlaceAsLongAsItsPatienceLasts_S10) {
  Controller bench;
  auto world = bench.sim.run(load_world(bench.manifests));
  const auto began = bench.sim.clock().mono();
  bench.provider.observe_errors["production-app"] = {.kind = ErrorKind::throttled,
                                                     .message = "come back later",
                                                     .retry_at = bench.sim.clock().wall() + 20min};
  (void)bench.sim.run(
      bench.reconciler.once(*world, {&world->desired.targets[0]}, {.write = true}, {}));
  const auto waited = bench.sim.clock().mono() - began;
  EXPECT_GE(waited, 60min) << "more than a few attempts";
  EXPECT_LE(waited, 65min) << "and no longer";
}

TEST(Once, GoesOnWhileThereIsMoreToDo) {
  Controller bench;
  bench.provider.abilities.max_changes = 1;
  auto world = bench.sim.run(load_world(bench.manifests));
  const auto outcomes = bench.sim.run(
      bench.reconciler.once(*world, {&world->desired.targets[0]}, {.write = true}, {}));
  EXPECT_EQ(bench.lines("apply").size(), 2U);
  EXPECT_EQ(outcomes[0].status.names_written, 2U);
  EXPECT_EQ(outcomes[0].before.secrets[0].state, State::Missing) << "as it was found first";
}

TEST(Run, EveryTargetHasAPassAndTheNextIsAnnounced) {
  Controller bench;
  bench.start();
  bench.run_for(1s);
  ASSERT_EQ(bench.status.latest.size(), 2U);
  for (const auto& [key, status] : bench.status.latest) {
    const auto wait = *status.next_pass - bench.sim.clock().wall();
    EXPECT_GT(wait, 4min);
    EXPECT_LT(wait, 6min);
  }
}

TEST(Run, S2_NothingIsDeletedWhileTheManifestsCannotBeRead) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  bench.drop_entry("OLD");
  bench.run_for(30min);
  bench.manifests.error = Error{.kind = ErrorKind::storage, .message = "the disk is gone"};
  bench.run_for(3h);
  EXPECT_EQ(bench.value_at("OLD", "production-app"), "value-of-OLD");
  EXPECT_EQ(
      std::ranges::count(split(bench.log_text, '\n'), true,
                         [](const auto& l) { return l.contains("manifests cannot be read"); }),
      1)
      << "told once, not at every look";
  // The rest goes on.
  bench.source.values[{"cms", "production-values", "TOKEN"}] = "new";
  bench.run_for(6min);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "new");
  bench.manifests.error.reset();
  bench.run_for(59min);
  EXPECT_EQ(bench.value_at("OLD", "production-app"), "value-of-OLD") << "its clock starts anew";
  bench.run_for(10min);
  EXPECT_EQ(bench.value_at("OLD", "production-app"), "(not there)");
}

TEST(Run, S14_AFolderOfManifestsThatHangsStopsNoPass) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  bench.manifests.hangs_on = &bench.sim.clock();
  bench.run_for(1min);
  bench.source.values[{"cms", "production-values", "TOKEN"}] = "new";
  bench.run_for(6min);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "new");
}

TEST(Run, S14_AGeneratedValueIsWrittenAsSoonAsItsPlacesAnswered) {
  Controller bench;
  bench.documents.production.sources.push_back(
      {.name = "generated", .secret_ref = {.name = "generated"}, .writable = true});
  bench.documents.set.secrets.push_back(testing::entry("SESSION_KEY", api::Generate{}));
  bench.manifests.put(bench.documents);
  bench.provider.slow["production-second"] = 40s;
  bench.start();
  bench.run_for(30s);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
  EXPECT_EQ(bench.value_at("SESSION_KEY", "production-app"), "(not there)");
  bench.run_for(20s);
  EXPECT_EQ(bench.value_at("SESSION_KEY", "production-app"), "generated-value-number-1");
}

TEST(Run, AFolderThatHangsHoldsUpNoEnd) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  bench.manifests.hangs_on = &bench.sim.clock();
  bench.run_for(1min);
  const auto began = bench.sim.clock().mono();
  bench.reconciler.stop();
  bench.sim.run_until(Mono::max(), [&] { return bench.ended.has_value(); });
  EXPECT_TRUE(bench.ended && *bench.ended);
  EXPECT_LT(bench.sim.clock().mono() - began, 1s);
  EXPECT_THAT(bench.log_text, Not(HasSubstr("manifests cannot be read")));
}

TEST(Run, S7_EndsWithinAMinuteOfTheLossOfItsLock) {
  Controller bench;
  bench.start();
  bench.run_for(30min);
  EXPECT_FALSE(bench.ended);
  bench.fence.held = false;
  bench.run_for(1min);
  ASSERT_TRUE(bench.ended) << "it would look on for ever and write nothing";
  EXPECT_EQ(bench.ended->error().kind, ErrorKind::fenced);
  EXPECT_THAT(bench.log_text, HasSubstr("the right to write is lost"));
}

TEST(Run, ATargetThatGoesWhileItsPassRunsLeavesNoSeries) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  bench.provider.slow["production-second"] = 30s;
  bench.documents.set.secrets[0].description = "changed, so that all are looked at";
  bench.manifests.put(bench.documents);
  bench.run_for(10s);
  bench.documents.more.clear();
  bench.documents.set.targets.names = {"app"};
  bench.manifests.put(bench.documents);
  bench.run_for(10min);
  EXPECT_THAT(bench.metrics.text(), Not(HasSubstr("state=\"InSync\",target=\"second\"")));
  EXPECT_FALSE(bench.status.latest.at({"cms", "second"}).next_pass <
               std::optional(bench.sim.clock().wall() - 9min))
      << "no outcome came after the Target had gone";
}

TEST(Run, ATargetWhoseLabelsChangeLeavesNoOldSeries) {
  Controller bench;
  bench.start();
  bench.run_for(1min);
  bench.documents.production.metadata.name = "live";
  bench.documents.target.environment_ref.name = "live";
  std::get<api::Target>(bench.documents.more[0]).environment_ref.name = "live";
  bench.manifests.put(bench.documents);
  bench.run_for(1min);
  EXPECT_THAT(bench.metrics.text(), HasSubstr("environment=\"live\""));
  EXPECT_THAT(bench.metrics.text(),
              Not(HasSubstr("lockstep_target_secrets{environment=\"production\"")));
}

TEST(Run, StopLetsRunningPassesFinishAndStartsNoNewOnes) {
  Controller bench;
  bench.provider.slow["production-app"] = 5s;
  bench.start();
  bench.run_for(1s);
  bench.reconciler.stop();
  const auto began = bench.sim.clock().mono();
  bench.sim.run_until(Mono::max(), [&] { return bench.ended.has_value(); });
  EXPECT_LE(bench.sim.clock().mono() - began, 5s + testing::work_time);
  EXPECT_EQ(bench.value_at("TOKEN", "production-app"), "value-of-TOKEN");
}

TEST(Run, StopEndsWithinItsBoundAlsoWhenAPassIsSlow) {
  Controller bench;
  bench.provider.slow["production-app"] = 10min;
  bench.start();
  bench.run_for(1s);
  bench.reconciler.stop();
  const auto began = bench.sim.clock().mono();
  bench.sim.run_until(Mono::max(), [&] { return bench.ended.has_value(); });
  EXPECT_LE(bench.sim.clock().mono() - began, 9s);
}

}  // namespace
}  // namespace lockstep::reconcile
