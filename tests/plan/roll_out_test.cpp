#include "plan/roll_out.hpp"

#include <gmock/gmock.h>

#include "plan/builders.hpp"
#include "plan/print.hpp"

namespace lockstep::plan {
namespace {

using lockstep::testing::row;
using lockstep::testing::Scene;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// A place where something is written and two of three machines run the old set.
struct Waiting : Scene {
  Waiting() {
    target.permitted.insert(api::Action::RollOut);
    record.roll_out_due = now;
    record.evidence.version = "42";
    seen.live = false;
    seen.roll_out = RollOutScope{.restarts = 2, .stopped = 1, .unmanaged = {"e28650"}};
  }
  std::optional<RollOutPlan> rolled() { return diff().roll_out; }
};

TEST(RollOut, SaysWhatRestartsWhatDoesNotAndWhatIsLeftAlone) {
  Waiting scene;
  const auto plan = scene.diff();
  ASSERT_TRUE(plan.roll_out);
  EXPECT_TRUE(plan.roll_out->runs());
  EXPECT_TRUE(plan.pending());
  const std::vector plans{plan};
  EXPECT_THAT(to_text(plans, {.now = scene.now}),
              HasSubstr("roll-out: 2 machines restart, one group at a time; 1 stopped machine is "
                        "updated, not started; left alone: 1 machine that Fly Launch does not "
                        "manage (e28650)\n"));
  EXPECT_THAT(to_markdown(plans, scene.now), HasSubstr("2 machines restart"));
  EXPECT_THAT(
      to_json(plans, scene.now),
      HasSubstr(R"("rollOut":{"restarts":2,"stopped":1,"unmanaged":["e28650"],"runs":true)"));
}

TEST(RollOut, IsAForecastWhileNothingIsWritten) {
  Waiting scene;
  EXPECT_FALSE(scene.rolled()->forecast);
  scene.record = {};
  scene.desire("A");
  ASSERT_TRUE(scene.rolled());
  EXPECT_TRUE(scene.rolled()->forecast);
}

TEST(RollOut, WaitsForAPersonUnderStagedAndAfterAMachineStoppedIt) {
  Waiting scene;
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_EQ(scene.rolled()->gate_reason, "waits for: lockstep rollout molecule/control-plane");
  EXPECT_FALSE(scene.rolled()->gate);
  scene.target.policy.apply = api::Apply::Live;
  scene.record.roll_out_stopped = "machine 148ed: did not become healthy: check http is critical";
  EXPECT_TRUE(scene.rolled()->stopped);
  EXPECT_EQ(scene.rolled()->gate_reason,
            "stopped: machine 148ed: did not become healthy: check http is critical; mend it, "
            "then: lockstep "
            "rollout molecule/control-plane");
}

TEST(RollOut, ObeysGatesOfTheTarget) {
  Waiting scene;
  scene.target.permitted.erase(api::Action::RollOut);
  EXPECT_EQ(scene.rolled()->gate, Gate::NotPermitted);
  EXPECT_THAT(scene.rolled()->gate_reason, HasSubstr("3 machines run the old set"));
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_FALSE(scene.rolled()->gate) << "nobody asked for it";
  scene.target.policy.apply = api::Apply::Live;
  scene.target.gates.emplace_back(Gate::Suspended, "suspended");
  EXPECT_EQ(scene.rolled()->gate, Gate::Suspended);
}

TEST(RollOut, IsNoneWithoutMachinesAndWhenEverythingIsLive) {
  Waiting scene;
  scene.seen.roll_out = RollOutScope{};
  EXPECT_FALSE(scene.rolled());
  scene.record.roll_out_due.reset();
  scene.seen.roll_out = RollOutScope{.restarts = 2};
  EXPECT_FALSE(scene.rolled());
}

TEST(RollOut, AppearsOnlyWhereMachinesAreKnownAndSomethingIsDueOrWritten) {
  Waiting scene;
  scene.seen.roll_out.reset();
  EXPECT_FALSE(scene.rolled()) << "machines were not read";
  scene.seen.roll_out = RollOutScope{.restarts = 2};
  scene.record.roll_out_due.reset();
  scene.desire("A");
  EXPECT_TRUE(scene.rolled()) << "this plan writes";
  scene.target.gates.emplace_back(Gate::Observe, "mode: Observe");
  EXPECT_FALSE(scene.rolled()) << "it does not";
  Scene worker(PlaceKind::cloudflareWorker);
  worker.record.roll_out_due = worker.now;
  worker.seen.roll_out = RollOutScope{.restarts = 2};
  EXPECT_FALSE(worker.diff().roll_out) << "no step of its own there";
}

TEST(RollOut, AdoptionWritesNothingToRollOut) {
  Waiting scene;
  scene.record.roll_out_due.reset();
  scene.target.policy.adopt = api::Adopt::Trust;
  scene.target.permitted.insert(api::Action::TakeOver);
  scene.desire("A");
  scene.there("A");
  const auto plan = scene.diff();
  ASSERT_TRUE(row(plan, "A").runs());
  EXPECT_FALSE(plan.roll_out);
}

TEST(RollOut, ItsLastStepIsDueUntilItHasSeenTheMachinesHealthy) {
  Waiting scene;
  scene.seen.roll_out = RollOutScope{};
  scene.record.roll_out_begun = scene.now;
  ASSERT_TRUE(scene.rolled());
  EXPECT_TRUE(scene.rolled()->runs());
  scene.record.roll_out_due.reset();
  EXPECT_FALSE(scene.rolled());
}

TEST(RollOut, WaitsOutsideTheWriteWindows) {
  Waiting scene;  // a Thursday, noon
  scene.target.policy.write_windows = {
      {.days = {api::Weekday::Sat}, .from = "02:00", .to = "05:00", .time_zone = "Europe/Berlin"}};
  EXPECT_EQ(scene.rolled()->gate, Gate::Window);
  EXPECT_EQ(scene.rolled()->gate_reason, "the next write window opens 2026-01-17T01:00:00Z");
  scene.now = testing::time("2026-01-17T01:00:00Z");
  EXPECT_TRUE(scene.rolled()->runs());
}

TEST(RollOut, WaitsForAHoldOfThePlaceOrOfANameThatItMakesLive) {
  Waiting scene;
  scene.desire("A");
  scene.desire("B");
  scene.wrote("A").staged = true;
  scene.wrote("B");
  const auto hold = [&](const std::string& name) {
    scene.holds = {
        {.name = name, .since = scene.now, .until = scene.now + 1h, .reason = "r", .by = "jane"}};
  };
  for (const auto* name : {"", "A"}) {
    hold(name);
    ASSERT_TRUE(scene.rolled());
    EXPECT_EQ(scene.rolled()->gate, Gate::Hold) << name;
    EXPECT_EQ(scene.rolled()->gate_reason, "held until 2026-01-15T13:00:00Z by jane: r");
  }
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet: the roll-out waits (Hold)");
  hold("B");
  EXPECT_TRUE(scene.rolled()->runs()) << "what is live already is not made live";
  hold("OTHER");
  EXPECT_TRUE(scene.rolled()->runs());
  hold("A");
  scene.holds[0].until = scene.now;
  EXPECT_TRUE(scene.rolled()->runs()) << "it has ended";
  scene.holds.push_back({.name = "A", .since = scene.now, .until = scene.now + 1h});
  EXPECT_EQ(scene.rolled()->gate, Gate::Hold) << "another one has not";
}

TEST(RollOut, OfItsGatesTheFirstInTheOrderOfTheEnumIsTold) {
  Waiting scene;
  scene.target.permitted.erase(api::Action::RollOut);
  scene.target.policy.write_windows = {
      {.days = {api::Weekday::Sat}, .from = "02:00", .to = "05:00", .time_zone = "Europe/Berlin"}};
  EXPECT_EQ(scene.rolled()->gate, Gate::NotPermitted);
  scene.holds = {{.name = "", .since = scene.now, .until = scene.now + 1h}};
  EXPECT_EQ(scene.rolled()->gate, Gate::Hold);
  scene.gates = {{Gate::NewerVersion, "later in the order"}};
  EXPECT_EQ(scene.rolled()->gate, Gate::Hold);
  scene.gates = {{Gate::Conflict, "two Targets"}};
  EXPECT_EQ(scene.rolled()->gate, Gate::Conflict);
  EXPECT_EQ(scene.rolled()->gate_reason, "two Targets");
}

TEST(RollOut, APersonsCommandGoesPastStagedAndPastAStopButNotPastGates) {
  Waiting scene;
  scene.target.policy.apply = api::Apply::Staged;
  scene.record.roll_out_stopped = "machine 148ed: it is failed";
  scene.roll_out = true;
  EXPECT_TRUE(scene.rolled()->runs());
  EXPECT_FALSE(scene.rolled()->stopped);
  scene.target.permitted.erase(api::Action::RollOut);
  EXPECT_EQ(scene.rolled()->gate, Gate::NotPermitted) << "now somebody asks for it";
}

TEST(RollOut, ANewWriteGoesPastAStop) {
  Waiting scene;
  scene.record.roll_out_stopped = "machine 148ed: it is failed";
  EXPECT_TRUE(scene.rolled()->stopped);
  scene.desire("A");
  EXPECT_TRUE(scene.rolled()->runs());
  EXPECT_FALSE(scene.rolled()->stopped);
}

TEST(RollOut, StagedRowsSayWhatComesNextAndOthersDoNot) {
  Waiting scene;
  scene.desire("A");
  scene.wrote("A").staged = true;
  scene.desire("B");
  scene.wrote("B");
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet: rolls out next");
  EXPECT_EQ(row(scene.diff(), "B").reason, "in sync");
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_EQ(row(scene.diff(), "A").reason,
            "written, not live yet: waits for: lockstep rollout molecule/control-plane");
  scene.record.roll_out_due.reset();
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet: live with the first deployment");
  scene.seen.live.reset();
  auto input = scene.input();
  input.scope = RollOutScope{};
  EXPECT_EQ(row(plan::diff(input), "A").reason,
            "written, not live yet: live with the first deployment");
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet") << "machines were not read";
}

// ---- the number of the last write, lost in a crash ----------------------------------------------

/// `A` is written and not live, `B` is live; which number the last write had is not known.
struct LostNumber : Waiting {
  LostNumber() {
    desire("A");
    desire("B");
    wrote("A").staged = true;
    wrote("B");
    record.evidence.version.clear();
  }
  void hold(const std::string& name) {
    holds.push_back({.name = name, .since = now, .until = now + 1h, .reason = "r", .by = "jane"});
  }
  /// The only row that would be written; "" for none.
  std::string written_again() {
    std::string out;
    for (const auto& r : diff().secrets) {
      if (r.action != ActionKind::none) out += r.name;
    }
    return out;
  }
  std::string waits_because() { return rolled()->runs() ? "" : rolled()->gate_reason; }
};

TEST(LostNumber, OneOfOurNamesIsToBeWrittenAgainAndThePlanSaysSo) {
  LostNumber scene;
  const auto plan = scene.diff();
  EXPECT_EQ(scene.written_again(), "A");
  EXPECT_TRUE(row(plan, "A").runs());
  EXPECT_EQ(row(plan, "A").action, ActionKind::update);
  EXPECT_EQ(row(plan, "A").state, State::Staged);
  EXPECT_EQ(row(plan, "A").reason,
            "written again: the number of the last write was lost in a crash");
  EXPECT_TRUE(plan.roll_out->runs());
  scene.record.evidence.version = "42";
  EXPECT_EQ(scene.written_again(), "") << "it is known";
}

TEST(LostNumber, NothingIsWrittenForARollOutThatWaits) {
  LostNumber scene;
  scene.target.policy.apply = api::Apply::Staged;
  EXPECT_EQ(scene.written_again(), "");
  scene.roll_out = true;
  EXPECT_EQ(scene.written_again(), "A");
  scene.hold("");
  EXPECT_EQ(scene.written_again(), "");
}

TEST(LostNumber, AWriteThatRunsAnywayTellsIt) {
  LostNumber scene;
  scene.value("B", 2);
  EXPECT_EQ(scene.written_again(), "B");
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet: rolls out next");
}

TEST(LostNumber, AHeldNameIsNotWrittenAgain) {
  LostNumber scene;
  scene.record.names["A"].staged = false;  // or the hold would stop the roll-out as a whole
  scene.hold("A");
  EXPECT_EQ(scene.written_again(), "B");
  scene.hold("B");
  const auto plan = scene.diff();
  EXPECT_EQ(row(plan, "A").gate, Gate::Hold);
  EXPECT_EQ(row(plan, "B").action, ActionKind::none);
  EXPECT_EQ(plan.roll_out->gate, Gate::Hold);
  EXPECT_EQ(plan.roll_out->gate_reason,
            "the number of the last write was lost in a crash, and writing A again waits: held "
            "until 2026-01-15T13:00:00Z by jane: r");
}

TEST(LostNumber, WithoutTheGrantWriteNothingIsWrittenAgain) {
  LostNumber scene;
  scene.target.permitted.erase(api::Action::Write);
  EXPECT_EQ(row(scene.diff(), "A").gate, Gate::NotPermitted);
  EXPECT_EQ(scene.rolled()->gate, Gate::NotPermitted);
}

TEST(LostNumber, S13_UnderApprovalAlwaysItNeedsAYesLikeAnyWrite) {
  LostNumber scene;
  scene.target.approval = api::ApprovalRule::Always;
  auto plan = scene.diff();
  EXPECT_EQ(row(plan, "A").gate, Gate::AwaitingApproval);
  EXPECT_EQ(plan.roll_out->gate, Gate::AwaitingApproval);
  settle_approvals(plan, scene.record, scene.seen, {}, {});
  ASSERT_EQ(plan.approval_digest.size(), 64U);
  settle_approvals(plan, scene.record, scene.seen, {}, {plan.approval_digest});
  EXPECT_TRUE(row(plan, "A").runs());
}

TEST(LostNumber, S16_ACompromisedOnlyNameIsNeverWrittenForIt) {
  LostNumber scene;
  scene.record.names["A"].compromised_only = true;
  EXPECT_EQ(scene.written_again(), "B") << "its rule when it was written";
  scene.target.secrets[1].rotation.policy = api::RotationPolicy::CompromisedOnly;
  EXPECT_EQ(scene.written_again(), "") << "and its rule now";
  EXPECT_FALSE(scene.rolled()->gate);
  EXPECT_EQ(scene.waits_because(),
            "the number of the last write was lost in a crash; it rolls out with the next write "
            "here");
  EXPECT_EQ(row(scene.diff(), "A").reason, "written, not live yet: " + scene.waits_because());
}

TEST(LostNumber, OnlyWhatStandsThereAsLockstepWroteItIsWrittenAgain) {
  using Change = void (*)(LostNumber&);
  const std::pair<const char*, Change> others[] = {
      {"contested (S20)", [](auto& s) { s.record.names["A"].contested = true; }},
      {"only trusted",
       [](auto& s) {
         s.record.names["A"].written = false;
         s.record.names["A"].origin = Origin::trusted;
       }},
      {"changed by others, and reported",
       [](auto& s) {
         s.target.policy.drift = api::Drift::Report;
         s.record.names["A"].drift_state = State::ChangedOutOfBand;
       }},
      {"its source has no value",
       [](auto& s) { s.no_value("A", ValueSight::Kind::missing, "no value"); }},
      {"written by others",
       [](auto& s) {
         s.desire("A0", ValueKind::external);
         s.there("A0");
         s.record.names["A"].contested = true;
       }},
      {"not desired", [](auto& s) { s.target.secrets.erase(s.target.secrets.begin()); }},
  };
  for (const auto& [what, change] : others) {
    LostNumber scene;
    scene.target.policy.prune = api::Prune::Never;
    change(scene);
    EXPECT_EQ(scene.written_again(), "B") << what;
  }
  LostNumber keyless;
  for (auto& [name, value] : keyless.values) value.fingerprint.clear();
  EXPECT_EQ(keyless.written_again(), "") << "without the ledger's key nothing can be compared";
}

TEST(LostNumber, AskedTwiceTheAnswerIsTheSame) {
  LostNumber scene;
  scene.record.names["A"].staged = false;
  scene.hold("A");
  scene.hold("B");
  auto plan = scene.diff();
  const auto reason = plan.roll_out->gate_reason;
  settle_roll_out(scene.input(), plan);
  EXPECT_EQ(plan.roll_out->gate_reason, reason);
  EXPECT_EQ(row(plan, "A").gate, Gate::Hold);
  scene.holds.clear();
  settle_roll_out(scene.input(), plan);
  EXPECT_TRUE(row(plan, "A").runs()) << "its hold was taken back meanwhile";
  EXPECT_TRUE(plan.roll_out->runs());
}

}  // namespace
}  // namespace lockstep::plan
