// How long a command waits, for what, and what it tells meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error_codes.hpp"
#include "reconcile/bench.hpp"
#include "reconcile/reconciler.hpp"
#include "support/about.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

class NoManifests final : public ManifestStore {
 public:
  Awaitable<Result<ManifestSnapshot>> load() override { co_return ManifestSnapshot{}; }
};

const PlannedSecret& before(const PassOutcome& outcome, const std::string& name) {
  return *std::ranges::find(outcome.before.secrets, name, &PlannedSecret::name);
}

/// One command over all Targets of the bench, or the chosen one.
struct Command : Bench {
  NoManifests manifests;
  Reconciler reconciler{services, manifests, sim.executor(), {}};
  std::vector<Wait> waits;
  std::vector<TargetPlan> planned;
  Wall began{};
  Nanos took{};

  std::vector<PassOutcome> once(PassOptions options, const std::string& chosen = "") {
    World world;
    world.desired = desired;
    std::vector<const DesiredTarget*> targets;
    for (const auto& one : world.desired.targets) {
      if (chosen.empty() || one.key.name == chosen) targets.push_back(&one);
    }
    began = sim.clock().wall();
    auto outcomes =
        sim.run(reconciler.once(world, targets, std::move(options),
                                {.planned = [this](const auto& plan) { planned.push_back(plan); },
                                 .waits = [this](const Wait& wait) { waits.push_back(wait); }}));
    took = sim.clock().wall() - began;
    return outcomes;
  }
  /// A Target on an app of its name, with a Credential of its own.
  DesiredTarget& apart(const std::string& name, const std::string& credential) {
    desired.credentials[{"prod", credential}].metadata.name = credential;
    auto& out = target(name);
    out.credential = credential;
    desire(out, "TOKEN");
    return out;
  }
  void limit(const std::string& app, Nanos span, std::string_view code = "http_429") {
    provider.observe_errors[app] = {.kind = ErrorKind::throttled,
                                    .message = "too many requests",
                                    .retry_at = sim.clock().wall() + span,
                                    .code = std::string(code)};
    provider.before_observe = [this, app, ends = sim.clock().mono() + span](const auto&) {
      if (sim.clock().mono() >= ends) provider.observe_errors.erase(app);
    };
  }
};

TEST(Looking, S10_ALimitIsToldAtOnceBesideWhatAnswered) {
  Command bench;
  bench.wants({"TOKEN"});
  bench.apart("limited", "other");
  bench.limit("limited", 54min + 30s);
  const auto outcomes = bench.once({.wait = 1min});
  EXPECT_LE(bench.took, 1s);
  EXPECT_EQ(row(outcomes[0], "TOKEN").state, State::Missing);
  EXPECT_EQ(row(outcomes[1], "TOKEN").state, State::Unknown);
  EXPECT_EQ(row(outcomes[1], "TOKEN").reason, "rate limited until 00:55Z; --wait 55m waits for it");
  ASSERT_TRUE(outcomes[1].error);
  EXPECT_EQ(outcomes[1].error->message,
            "rate limited until 00:55Z, Credential other: too many requests");
  EXPECT_THAT(bench.waits, IsEmpty());
}

TEST(Looking, S10_WaitsAsLongAsItIsToldAndSaysFor) {
  Command bench;
  bench.apart("limited", "other");
  bench.limit("limited", 54min + 30s);
  bench.provider.slow["limited"] = 40s;
  const auto outcomes = bench.once({.wait = 55min});
  EXPECT_EQ(row(outcomes[0], "TOKEN").state, State::SourceMissing) << "read after all";
  EXPECT_GE(bench.took, 54min + 30s);
  EXPECT_EQ(bench.lines("observe").size(), 2U);
  ASSERT_EQ(bench.waits.size(), 1U);
  EXPECT_EQ(bench.waits[0].credential.name, "other");
  EXPECT_THAT(bench.waits[0].why, HasSubstr("rate limited until 00:55Z"));
  EXPECT_THAT(bench.log_text, HasSubstr("waiting"));
}

TEST(Looking, S10_ALimitThatEndsWithinTheMinuteIsWaitedFor) {
  Command bench;
  bench.apart("limited", "other");
  bench.limit("limited", 30s);
  EXPECT_FALSE(bench.once({.wait = 1min})[0].status.plan.unreadable);
}

TEST(Looking, S10_ALimitOfTheProviderAndOurOwnBudgetAreToldApart) {
  Command bench;
  bench.apart("limited", "other");
  bench.limit("limited", 4min + 30s, own_budget);
  (void)bench.once({.wait = 1min});
  ASSERT_EQ(bench.waits.size(), 1U);
  EXPECT_EQ(bench.waits[0].place, "flyApp/limited");
  EXPECT_EQ(bench.waits[0].why,
            "held back by lockstep's own request budget until 00:05Z, Credential other: too many "
            "requests");
}

TEST(Looking, S10_ABudgetThatItUsedUpItselfIsWaitedForAndTold) {
  Command bench;
  bench.apart("limited", "other");
  bench.limit("limited", 5min, own_budget);
  const auto outcomes = bench.once({.wait = 1min});
  EXPECT_FALSE(outcomes[0].status.plan.unreadable);
  EXPECT_GE(bench.took, 5min);
  ASSERT_EQ(bench.waits.size(), 1U);
  EXPECT_TRUE(bench.waits[0].until);
}

TEST(Looking, S15_EndsAMinuteAfterTheLastAnswer) {
  Command bench;
  bench.apart("answers", "other");
  bench.provider.slow["answers"] = 20s;
  for (int i = 0; i < 200; ++i) {
    const auto name = "silent-" + std::to_string(i);
    bench.apart(name, "other");
    bench.provider.slow[name] = 10min;
  }
  const auto outcomes = bench.once({.wait = 1min});
  EXPECT_LE(bench.took, 20s + 1min + 1s);
  EXPECT_GE(bench.took, 20s + 55s) << "an answer is worth another minute";
  EXPECT_FALSE(outcomes[0].status.plan.unreadable);
  EXPECT_THAT(outcomes[200].error->message, HasSubstr("not asked: nothing answers any more"));
  EXPECT_LE(bench.lines("observe").size(), 129U) << "64 at a time, and then no more";
}

TEST(Looking, S15_AnAnswerProlongsTheWaitForItsCredential) {
  Command bench;
  bench.apart("answers", "other");
  bench.provider.slow["answers"] = 50s;
  bench.apart("limited", "other");
  bench.provider.slow["limited"] = 55s;
  bench.limit("limited", 100s);
  EXPECT_FALSE(bench.once({.wait = 1min})[1].status.plan.unreadable);
  EXPECT_GE(bench.took, 100s);
}

TEST(Looking, S14_AWaitForAGeneratedValueEndsWithTheLook) {
  Command bench;
  Bench::desire(bench.wants({"PLAIN"}), "SESSION_KEY", ValueKind::generate);
  auto& silent = bench.apart("silent", "other");
  silent.secrets.clear();
  Bench::desire(silent, "SESSION_KEY", ValueKind::generate);
  bench.provider.slow["silent"] = 10min;
  const auto outcomes = bench.once({.wait = 1min});
  EXPECT_LE(bench.took, 70s);
  EXPECT_EQ(row(outcomes[0], "PLAIN").state, State::Missing);
  EXPECT_THAT(row(outcomes[0], "SESSION_KEY").reason, HasSubstr("flyApp/silent"));
}

TEST(Looking, S14_ASilentCredentialTakesNoTimeFromAnother) {
  Command bench;
  bench.apart("silent", "other");
  bench.provider.slow["silent"] = 10min;
  bench.wants({"TOKEN"});
  bench.limit("app", 50s);
  bench.provider.observe_errors["app"].retry_at.reset();
  const auto outcomes = bench.once({.wait = 1min});
  EXPECT_TRUE(outcomes[0].status.plan.unreadable);
  EXPECT_FALSE(outcomes[1].status.plan.unreadable);
  EXPECT_LE(bench.took, 61s);
}

TEST(Applying, S14_WritesTheRestAtOnceAndAGeneratedValueWhenItsPlacesAnswered) {
  Command bench;
  Bench::desire(bench.wants({"PLAIN"}), "SESSION_KEY", ValueKind::generate);
  auto& slow = bench.apart("slow", "other");
  slow.secrets.clear();
  Bench::desire(slow, "SESSION_KEY", ValueKind::generate);
  bench.provider.slow["slow"] = 40s;
  const auto outcomes = bench.once({.write = true});
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(row(outcome, "SESSION_KEY").state, State::InSync);
  }
  EXPECT_THAT(bench.lines("apply"),
              ElementsAre("apply app +PLAIN", "apply slow +SESSION_KEY", "apply app +SESSION_KEY"));
  EXPECT_EQ(bench.generated, 1);
  ASSERT_FALSE(bench.waits.empty());
  EXPECT_THAT(bench.waits[0].why, HasSubstr("flyApp/slow has not answered"));
  EXPECT_EQ(bench.waits[0].place, "flyApp/slow") << "what is waited for, not who waits";
  EXPECT_EQ(bench.waits[0].credential.name, "other");
  ASSERT_TRUE(bench.waits[0].until);
  EXPECT_GE(*bench.waits[0].until, bench.began + 40s);
  EXPECT_LE(*bench.waits[0].until, bench.began + call_limit + 1min + 1s);
  EXPECT_THAT(bench.log_text, HasSubstr("waiting place=flyApp/slow credential=prod/other until="));
  // What a later pass found to do was found, too: it is told as done.
  EXPECT_EQ(before(outcomes[0], "SESSION_KEY").action, ActionKind::create);
  EXPECT_LE(bench.took, 1min);
}

/// A chosen Target, and a place beside it that shall hold the same made value.
struct Chosen : Command {
  Chosen() {
    Bench::desire(wants({"PLAIN"}), "SESSION_KEY", ValueKind::generate);
    auto& other = apart("beside", "other");
    other.secrets.clear();
    Bench::desire(other, "SESSION_KEY", ValueKind::generate);
  }
};

TEST(Applying, S14_APlaceThatNobodyChoseIsNotWaitedForBeyondItsFiveSeconds) {
  for (const bool write : {true, false}) {
    Chosen bench;
    bench.provider.slow["beside"] = 10min;
    const auto outcomes = bench.once({.write = write, .at_once = true}, "app");
    EXPECT_LE(bench.took, 5s + testing::work_time) << write;
    EXPECT_THAT(bench.waits, IsEmpty());
    EXPECT_EQ(bench.value_at("PLAIN"), write ? "value-of-PLAIN" : "(not there)");
    EXPECT_EQ(row(outcomes[0], "SESSION_KEY").reason,
              "not generated yet: it may be at flyApp/beside, which has not answered so far");
    EXPECT_EQ(row(outcomes[0], "SESSION_KEY").needs_answer_of, "flyApp/beside");
  }
}

TEST(Applying, S14_APlaceThatNobodyChoseIsWaitedForWhenItSaysUntilWhen) {
  Chosen bench;
  bench.limit("beside", 7min + 30s);
  const auto outcomes = bench.once({.write = true}, "app");
  EXPECT_EQ(row(outcomes[0], "SESSION_KEY").state, State::InSync);
  EXPECT_THAT(bench.lines("apply"), ElementsAre("apply app +PLAIN", "apply app +SESSION_KEY"));
  ASSERT_EQ(bench.waits.size(), 1U);
  EXPECT_EQ(bench.waits[0].place, "flyApp/beside");
  EXPECT_EQ(bench.waits[0].credential.name, "other");
  EXPECT_THAT(bench.waits[0].why, HasSubstr("cannot be read so far (rate limited until 00:08Z, "
                                            "Credential other: too many requests)"));
  EXPECT_GE(*bench.waits[0].until, bench.began + 7min + 30s);
  EXPECT_LE(*bench.waits[0].until, bench.began + 8min);
}

TEST(Looking, S14_ALimitBeyondItsPatienceIsNotWaitedFor) {
  for (const Nanos span : {Nanos(8min), Nanos(54min)}) {
    Chosen bench;
    bench.limit("beside", span - 30s);
    const auto outcomes = bench.once({.wait = 1min}, "app");
    EXPECT_LE(bench.took, 1s);
    EXPECT_THAT(row(outcomes[0], "SESSION_KEY").reason,
                HasSubstr("(rate limited until 00:" + std::string(span == 8min ? "08" : "54") +
                          "Z, Credential other: "));
    EXPECT_EQ(row(outcomes[0], "SESSION_KEY").needs_answer_of, "flyApp/beside");
    EXPECT_THAT(bench.waits, IsEmpty());
  }
}

TEST(Applying, TellsWhatItFoundBeforeItWritesAndOnce) {
  Command bench;
  bench.wants({"TOKEN"});
  bench.provider.evidence_is_ours = false;
  (void)bench.once({.write = true});
  ASSERT_EQ(bench.planned.size(), 1U);
  EXPECT_EQ(bench.planned[0].secrets[0].action, ActionKind::create);
  EXPECT_EQ(bench.planned[0].secrets[0].state, State::Missing);
}

TEST(Applying, ItsPatienceIsLongerThanALooksAndItsCallsAreNoShorter) {
  Command bench;
  bench.wants({"TOKEN"});
  bench.provider.slow["app"] = 5min;
  EXPECT_EQ(row(bench.once({.write = true})[0], "TOKEN").state, State::InSync);
}

TEST(Applying, WhatAllItsPassesDidIsToldTogether) {
  Command bench;
  bench.wants({"A", "B"});
  bench.desired.targets[0].permitted.insert(api::Action::RollOut);
  bench.provider.abilities.max_changes = 1;
  bench.provider.staged = true;
  bench.provider.machines = {"m1/i1"};
  bench.provider.check.roll_out = bench.provider.old_machines = RollOutScope{.restarts = 1};
  for (int i = 0; i < 2; ++i) bench.provider.steps.emplace_back(RolledOut{.updated = {"m1"}});
  const auto outcome = bench.once({.write = true}).at(0);
  EXPECT_EQ(outcome.status.names_written, 2U);
  EXPECT_EQ(outcome.status.reads, bench.lines("observe").size());
  EXPECT_EQ(outcome.status.writes, bench.lines("apply").size());
  EXPECT_EQ(bench.lines("apply").size(), 2U);
  EXPECT_THAT(outcome.machines, ElementsAre("m1"));
  EXPECT_EQ(row(outcome.before, "A").state, State::Missing);
}

TEST(Applying, AFoundPlaceIsTheFirstThatWasRead) {
  Command bench;
  bench.wants({"A"});
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient, .message = "down"};
  bench.provider.before_observe = [&](const auto&) {
    if (bench.lines("observe").size() == 2) bench.provider.observe_errors.clear();
  };
  const auto outcome = bench.once({.write = true}).at(0);
  EXPECT_FALSE(outcome.before.unreadable);
  EXPECT_EQ(row(outcome.before, "A").state, State::Missing);
  EXPECT_EQ(row(outcome, "A").state, State::InSync);
}

TEST(Applying, OneThatHasNothingMoreToWriteForItselfEnds) {
  Command bench;
  bench.wants({"A"});
  bench.desired.targets[0].approval = api::ApprovalRule::Always;
  (void)bench.once({.write = true});
  EXPECT_EQ(bench.lines("observe").size(), 1U) << "what waits for a yes is no reason to look again";
}

TEST(Applying, S13_AfterAWriteTheRestIsLookedAtOnceMoreForItsDigest) {
  Command bench;
  bench.wants({"A", "KEY"});
  auto& key = bench.desired.targets[0].secrets[1];
  key.rotation.policy = api::RotationPolicy::CompromisedOnly;
  bench.set("KEY", "from before lockstep");
  bench.desired.targets[0].policy.adopt = api::Adopt::Overwrite;
  bench.desired.targets[0].permitted.insert(api::Action::TakeOver);
  const auto outcome = bench.once({.write = true}).at(0);
  EXPECT_EQ(bench.lines("observe").size(), 2U);
  EXPECT_EQ(outcome.status.plan.approval_digest.size(), 64U);
}

TEST(Applying, APersonsYesToARollOutEndsWhereAMachineStopsIt) {
  Command bench;
  auto& app = bench.wants({"A", "KEY"});
  app.secrets[1].rotation.policy = api::RotationPolicy::CompromisedOnly;
  bench.set("KEY", "from before lockstep");
  app.policy.adopt = api::Adopt::Overwrite;
  app.permitted.insert({api::Action::TakeOver, api::Action::RollOut});
  bench.provider.staged = true;
  bench.provider.machines = {"m1/i1"};
  bench.provider.check.roll_out = bench.provider.old_machines = RollOutScope{.restarts = 1};
  bench.provider.steps.emplace_back(RolledOut{.left = {.restarts = 1}, .machine = "m1"});
  const auto outcome = bench.once({.write = true, .roll_out = true}).at(0);
  EXPECT_EQ(bench.lines("observe").size(), 2U) << "KEY waits for a yes of its own";
  EXPECT_TRUE(outcome.status.plan.roll_out->stopped);
  EXPECT_EQ(bench.lines("roll-out").size(), 1U);
}

TEST(Applying, TheTimeThatAServerNamesIsTold) {
  Command bench;
  bench.apart("limited", "other");
  const auto began = bench.sim.clock().wall();
  bench.limit("limited", 5min);
  (void)bench.once({.write = true});
  ASSERT_EQ(bench.waits.size(), 1U);
  EXPECT_GE(bench.waits[0].until.value(), began + 5min);
  EXPECT_LE(bench.waits[0].until.value(), began + 6min);
}

TEST(Applying, AFaultThatIsNotALimitIsNotToldAsOne) {
  Command bench;
  bench.wants({"A"});
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient, .message = "down"};
  (void)bench.once({.write = true});
  EXPECT_THAT(bench.waits, IsEmpty());
}

TEST(Applying, AFaultThatAsksForMoreThanAMinuteEndsIt) {
  Command bench;
  bench.wants({"A"});
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::transient,
                                          .message = "down for maintenance",
                                          .retry_at = bench.sim.clock().wall() + 10min};
  (void)bench.once({.write = true});
  EXPECT_EQ(bench.lines("observe").size(), 1U);
  EXPECT_LE(bench.took, 1s);
}

}  // namespace
}  // namespace lockstep::reconcile
