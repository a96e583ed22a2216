#include "plan/gates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/print.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::row;
using testing::Scene;
using testing::time;

/// A Target with one name to create.
Scene one_to_create() {
  Scene s;
  s.desire("A");
  return s;
}

TEST(Gates, NothingClosedMeansItRuns) {
  auto s = one_to_create();
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Gates, TheFirstInTheOrderOfTheEnumIsTold) {
  auto s = one_to_create();
  s.gates = {{Gate::NewerVersion, "newer"}};
  s.target.gates = {{Gate::Unsupported, "not built"}, {Gate::Observe, "mode: Observe"}};
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Observe);
  s.target.gates.pop_back();
  s.holds = {{.name = "A", .since = s.now, .until = s.now + 1h, .reason = "release", .by = "jane"}};
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Hold) << "a row's own gate may come before the place's";
  EXPECT_EQ(row(s.diff(), "A").gate_reason, "held until 2026-01-15T13:00:00Z by jane: release");
}

TEST(Gates, S8NewerVersionStopsEveryWrite) {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A");
  s.desire("B");
  s.wrote("B");
  s.value("B", 2);
  s.gates = {{Gate::NewerVersion, "a newer version than the deployed one exists"}};
  const auto plan = s.pass();
  for (const auto& r : plan.secrets) {
    EXPECT_FALSE(r.runs());
    EXPECT_EQ(r.gate, Gate::NewerVersion);
  }
}

TEST(Gates, AHoldOfThePlaceHoldsEveryNameAndEndsByItself) {
  auto s = one_to_create();
  s.holds = {{.name = "", .since = s.now, .until = s.now + 1h, .reason = "r", .by = "b"}};
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Hold);
  EXPECT_EQ(s.diff().holds.size(), 1u);
  const auto plan = s.diff();
  EXPECT_THAT(plan::to_text(std::span(&plan, 1), {.now = s.now}),
              ::testing::HasSubstr("  held: all of it until 2026-01-15T13:00:00Z by b: r\n"));
  EXPECT_TRUE(row(s.pass_after(1h), "A").runs());
  EXPECT_TRUE(s.diff().holds.empty());
}

TEST(Gates, NotPermittedNamesTheActionThatTheCredentialLacks) {
  Scene s;
  s.desire("A");
  s.desire("B");
  s.there("B");
  s.desire("C", ValueKind::absent);
  s.there("C");
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted = {api::Action::Read};
  const auto plan = s.pass();
  const auto text = [](std::string_view action) {
    return "Credential main does not grant " + std::string(action) +
           " at this place; add it to its spec.grants";
  };
  EXPECT_EQ(row(plan, "A").gate_reason, text("Write"));
  EXPECT_EQ(row(plan, "B").gate_reason, text("TakeOver"));
  EXPECT_EQ(row(plan, "C").gate_reason, text("Delete"));
  for (const auto& r : plan.secrets) EXPECT_EQ(r.gate, Gate::NotPermitted);
}

TEST(Gates, NameTakenSaysByWhat) {
  auto s = one_to_create();
  s.seen.taken["A"] = "kv_namespace";
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::NameTaken);
  EXPECT_EQ(row(s.diff(), "A").gate_reason,
            "the name is held by a binding of type kv_namespace; rename one of them");
}

TEST(Gates, LimitExceededCountsBytesPerKindOfPlace) {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A");
  s.values["A"].size = 5 * 1024;
  EXPECT_TRUE(row(s.pass(), "A").runs());
  s.values["A"].size = 5 * 1024 + 1;
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::LimitExceeded);
  EXPECT_EQ(row(s.diff(), "A").gate_reason,
            "the value has 5121 bytes, cloudflareWorker takes 5120");
}

TEST(Gates, WindowTellsTheNextOpening) {
  auto s = one_to_create();  // a Thursday, noon
  s.target.policy.write_windows = {
      {.days = {api::Weekday::Sat}, .from = "02:00", .to = "05:00", .time_zone = "Europe/Berlin"}};
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Window);
  EXPECT_EQ(row(s.diff(), "A").gate_reason, "the next write window opens 2026-01-17T01:00:00Z");
  s.now = time("2026-01-17T01:00:00Z");
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Gates, RepairsWaitUnlessAPersonApplies) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::WaitingRepair);
  EXPECT_EQ(row(s.diff(), "A").gate_reason, "repaired in 10m");
  EXPECT_EQ(row(s.pass_after(9min), "A").gate_reason, "repaired in 1m");
  s.at_once = true;
  EXPECT_TRUE(row(s.diff(), "A").runs());
  s.at_once = false;
  EXPECT_TRUE(row(s.pass_after(1min), "A").runs());
}

TEST(Prune, ClockStartsAnewWhileDeletionsAreBlocked) {
  // S1, S2
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD");
  EXPECT_EQ(row(s.pass(), "OLD").gate_reason, "deleted in 1h");
  EXPECT_EQ(row(s.pass_after(50min), "OLD").gate_reason, "deleted in 10m");
  s.target.deletions_blocked = "SecretSet cms/x is invalid (a.yaml:1:1)";
  EXPECT_EQ(row(s.pass_after(20min), "OLD").gate_reason,
            "no deletions: SecretSet cms/x is invalid (a.yaml:1:1)");
  s.target.deletions_blocked.clear();
  EXPECT_EQ(row(s.pass_after(1min), "OLD").gate_reason, "deleted in 1h");
  EXPECT_TRUE(row(s.pass_after(1h), "OLD").runs());
}

TEST(Prune, ClockStartsAnewWhenTheNameWasDesiredInBetweenEvenIfItWasNotThere) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD");
  s.pass();
  s.desire("OLD");
  s.gone("OLD");
  s.pass_after(50min);
  std::erase_if(s.target.secrets, [](const auto& d) { return d.name == "OLD"; });
  s.wrote("OLD");
  s.record.names["OLD"].drift_state = State::InSync;
  EXPECT_EQ(row(s.pass_after(20min), "OLD").gate, Gate::WaitingPrune);
  EXPECT_EQ(row(s.diff(), "OLD").gate_reason, "deleted in 1h");
}

/// A place with 8 names that nobody desires any more, for longer than pruneAfter.
Scene many_to_delete() {
  Scene s;
  s.desire("A");
  s.wrote("A");
  for (int i = 0; i < 8; ++i) s.wrote("OLD_" + std::to_string(i));
  s.pass();
  s.now += 2h;
  return s;
}

TEST(MaxDeletions, LetsSomeRunAndAsksForTheRest) {
  auto s = many_to_delete();  // 25% of 9 names: 2
  const auto plan = s.pass();
  EXPECT_EQ(std::ranges::count_if(plan.secrets, [](const auto& r) { return r.runs(); }), 2);
  EXPECT_EQ(row(plan, "OLD_2").gate, Gate::AwaitingApproval);
  EXPECT_EQ(row(plan, "OLD_2").gate_reason, "more than 2 deletions here in a day (maxDeletions)");
}

TEST(MaxDeletions, CountsTheDayAgainstTheNamesThereWereBefore) {
  auto s = many_to_delete();
  s.record.deletions = {s.now - 23h, s.now - 1h};
  s.record.names_at_window_start = 12;  // 25%: 3
  auto plan = s.pass();
  EXPECT_EQ(std::ranges::count_if(plan.secrets, [](const auto& r) { return r.runs(); }), 1);
  plan = s.pass_after(2h);  // one of the two is older than a day
  EXPECT_EQ(std::ranges::count_if(plan.secrets, [](const auto& r) { return r.runs(); }), 2);
}

TEST(MaxDeletions, AllowsAtLeastOne) {
  auto s = many_to_delete();
  s.target.policy.max_deletions.absolute = 0;
  const auto plan = s.pass();
  EXPECT_EQ(std::ranges::count_if(plan.secrets, [](const auto& r) { return r.runs(); }), 1);
}

TEST(Contested, S20AfterThreeRepairsInAnHourTheNameIsLeftAloneUntilAPersonActs) {
  Scene s;
  s.desire("A");
  s.at_once = true;
  auto& known = s.wrote("A");
  known.repairs = {s.now - 50min, s.now - 30min, s.now - 10min};
  s.there("A", 5);
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Contested);
  EXPECT_TRUE(
      row(s.diff(), "A").gate_reason.ends_with("lockstep apply --target molecule/control-plane"));
  EXPECT_EQ(row(s.pass_after(24h), "A").gate, Gate::Contested) << "time alone does not settle it";
  s.retry_contested = true;
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Contested, RepairsOlderThanAnHourDoNotCount) {
  Scene s;
  s.desire("A");
  s.at_once = true;
  s.wrote("A").repairs = {s.now - 60min, s.now - 30min, s.now - 10min};
  s.there("A", 5);
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Contested, OnWorkersItIsThePlace) {
  Scene s(PlaceKind::cloudflareWorker);
  s.at_once = true;
  s.desire("A");
  s.desire("B");
  s.wrote("A");
  s.wrote("B");
  s.record.repairs = {s.now - 50min, s.now - 30min, s.now - 10min};
  s.event(PlaceEvent::Effect::changes_secrets, "secret");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").gate, Gate::Contested);
  EXPECT_EQ(row(plan, "B").gate, Gate::Contested);
}

TEST(Conflict, OnlyTheClaimantInTheLedgerWorks) {
  Scene s;
  s.desire("A").rival = "other.yaml:9:3";
  s.desire("A").rival = "mine.yaml:4:3";
  s.target.secrets[0].secret_set.name = "newcomer";
  s.wrote("A");
  s.value("A", 2);
  const auto plan = s.pass();
  ASSERT_EQ(plan.secrets.size(), 2U);
  const auto& newcomer = plan.secrets[0];
  const auto& incumbent = plan.secrets[1];
  ASSERT_EQ(newcomer.claimant, "SecretSet/newcomer");
  EXPECT_EQ(newcomer.gate, Gate::Conflict);
  EXPECT_EQ(newcomer.gate_reason, "also claimed at mine.yaml:4:3; remove or rename one");
  EXPECT_EQ(newcomer.fingerprint, "") << "the value at hand is not the newcomer's";
  EXPECT_TRUE(incumbent.runs());
}

TEST(Conflict, NobodyWorksWhenNobodyWasFirstOrBothAreOfOneSet) {
  Scene s;
  s.desire("A").rival = "x.yaml:9:3";
  s.desire("A").rival = "x.yaml:4:3";
  for (const auto& r : s.pass().secrets) EXPECT_EQ(r.gate, Gate::Conflict);
  s.wrote("A");
  for (const auto& r : s.pass().secrets) EXPECT_EQ(r.gate, Gate::Conflict);
}

TEST(Gates, OfTwoOfOneKindTheFirstIsTold) {
  auto s = one_to_create();
  s.gates = {{Gate::ResourceMissing, "one"}, {Gate::ResourceMissing, "two"}};
  EXPECT_EQ(row(s.pass(), "A").gate_reason, "one");
  s.gates = {{Gate::NotPermitted, "git tracks it"}};
  s.target.permitted.clear();
  EXPECT_EQ(row(s.pass(), "A").gate_reason, "git tracks it");
}

TEST(Prune, WithoutAClockInMemoryNothingIsDeleted) {
  Scene s;
  s.target.policy.prune_after = Seconds(0);
  s.desire("A");
  s.desire("OLD", ValueKind::absent);
  s.there("OLD");
  EXPECT_EQ(row(s.diff(), "OLD").gate, Gate::WaitingPrune);
  EXPECT_TRUE(row(s.pass(), "OLD").runs());
}

TEST(MaxDeletions, DoNotCountWhatIsHeld) {
  auto s = many_to_delete();
  s.holds = {{.name = "OLD_0", .since = s.now, .until = s.now + 1h}};
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "OLD_0").gate, Gate::Hold);
  EXPECT_TRUE(row(plan, "OLD_2").runs()) << "two run all the same";
}

TEST(MaxDeletions, LeaveTheReasonThatWasThere) {
  auto s = many_to_delete();
  for (auto& [name, known] : s.record.names) known.claimant = "SecretSet/former";
  EXPECT_EQ(row(s.pass(), "OLD_5").needs_approval,
            "SecretSet/former is not in the manifests any more");
}

TEST(Contested, ANewValueIsDeliveredAllTheSame) {
  Scene s;
  s.desire("A");
  s.wrote("A").contested = true;
  s.value("A", 2);
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Gates, RecordingWhatIsThereIsHeldUpByNothingThatIsAboutAWrite) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted = {api::Action::TakeOver};
  s.desire("A");
  s.there("A");
  s.values["A"].size = 65 * 1024;
  s.seen.taken["A"] = "kv_namespace";
  s.target.policy.write_windows = {
      {.days = {api::Weekday::Sat}, .from = "02:00", .to = "05:00", .time_zone = "UTC"}};
  EXPECT_TRUE(row(s.pass(), "A").runs());
  s.holds = {{.name = "A", .since = s.now, .until = s.now + 1h}};
  EXPECT_EQ(row(s.pass(), "A").gate, Gate::Hold);
}

TEST(Gates, AWindowThatNeverOpensSaysSo) {
  auto s = one_to_create();
  s.target.policy.write_windows = {{.days = {}, .from = "02:00", .to = "05:00", .time_zone = "No"}};
  EXPECT_EQ(row(s.pass(), "A").gate_reason, "no write window opens within 8 days");
}

}  // namespace
}  // namespace lockstep
