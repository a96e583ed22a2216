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

// ---- what needs a person's yes (model, section 6) -----------------------------------------------

TEST(Consent, PruneAllAsksForWhatIsNotSurelyOurs) {
  Scene s;
  s.target.policy.prune = api::Prune::All;
  s.target.policy.prune_after = Seconds(0);
  s.target.policy.max_deletions.percent = 100;
  s.desire("A");
  s.wrote("A");
  s.wrote("CHANGED");
  s.there("CHANGED", 5);
  s.there("FOREIGN");
  s.wrote("OURS");
  const auto plan = s.pass();
  EXPECT_TRUE(row(plan, "OURS").runs());
  EXPECT_EQ(row(plan, "FOREIGN").gate_reason, "prune: All deletes what lockstep did not create");
  EXPECT_EQ(row(plan, "CHANGED").gate_reason, "prune: All deletes what someone else changed since");
  s.target.approval = api::ApprovalRule::None;
  EXPECT_TRUE(row(s.pass(), "FOREIGN").runs());
}

TEST(Consent, OverwritingWhatWasThereBefore) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.target.permitted.insert(api::Action::TakeOver);
  s.desire("A");
  s.there("A");
  EXPECT_EQ(row(s.pass(), "A").needs_approval,
            "adopt: Overwrite replaces what was there before lockstep");
  s.target.approval = api::ApprovalRule::None;
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

TEST(Consent, APlaceWithNothingDesiredLeft) {
  Scene s;
  s.target.policy.prune_after = Seconds(0);
  s.target.approval = api::ApprovalRule::None;
  s.wrote("OLD");
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval, "nothing is desired at this place any more");
  s.desire("GONE", ValueKind::absent);
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval, "nothing is desired at this place any more");
}

TEST(Consent, ASecretSetThatStopsSelectingTheTarget) {
  Scene s;
  s.target.policy.prune_after = Seconds(0);
  s.desire("A");
  s.wrote("A");
  s.wrote("OLD").claimant = "SecretSet/former";
  EXPECT_EQ(row(s.pass(), "OLD").needs_approval, "SecretSet/former no longer selects this Target");
  s.target.selecting_sets.push_back("former");
  EXPECT_TRUE(row(s.pass(), "OLD").runs());
}

TEST(Consent, AlwaysAsksForEveryWriteButNotForRecording) {
  Scene s;
  s.target.approval = api::ApprovalRule::Always;
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted.insert(api::Action::TakeOver);
  s.desire("A");
  s.desire("B");
  s.there("B");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").needs_approval, "Environment production says approval: Always");
  EXPECT_TRUE(row(plan, "B").runs());
}

void guard(Scene& s) {
  auto& secret = s.desire("KEY");
  secret.rotation.policy = api::RotationPolicy::CompromisedOnly;
  secret.rotation.consequence = "Every tenant becomes unreachable";
  s.target.approval = api::ApprovalRule::None;
  s.at_once = true;
}

TEST(CompromisedOnly, S16IsNeverOverwrittenWithoutAnApprovalThatShowsTheConsequence) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
  EXPECT_EQ(row(s.diff(), "KEY").needs_approval,
            "CompromisedOnly. Every tenant becomes unreachable. The value is not the one lockstep "
            "last wrote");
  s.value("KEY", 1);
  s.there("KEY", 5);
  EXPECT_EQ(row(s.pass(), "KEY").needs_approval,
            "CompromisedOnly. Every tenant becomes unreachable. The value is the one lockstep last "
            "wrote");
}

TEST(CompromisedOnly, S16TheRuleOfTheLastWriteHoldsWhenTheManifestsForgetIt) {
  Scene s;
  s.target.approval = api::ApprovalRule::None;
  s.desire("KEY");
  s.wrote("KEY").compromised_only = true;
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, S16_ARuleThatCameAfterTheWriteHoldsWhenTheManifestsForgetIt) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.pass();
  EXPECT_TRUE(s.record.names["KEY"].compromised_only);
  s.target.secrets[0].rotation.policy = api::RotationPolicy::OnDemand;
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, TheRuleOfAnEntryThatDoesNotWorkHereIsNotRemembered) {
  Scene s;
  guard(s);
  s.wrote("KEY");
  s.target.secrets[0].secret_set.name = "newcomer";
  s.target.secrets[0].rival = "x.yaml:4:3";
  s.pass();
  EXPECT_FALSE(s.record.names["KEY"].compromised_only);
  Scene untouched;
  guard(untouched);
  untouched.there("KEY");
  untouched.pass();
  EXPECT_FALSE(untouched.record.names.contains("KEY")) << "it is not ours";
}

TEST(CompromisedOnly, TheFirstWriteAndTheSameValueInAnEmptyPlaceNeedNoApproval) {
  Scene s;
  guard(s);
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
  s.wrote("KEY");
  s.gone("KEY");
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
  s.value("KEY", 2);
  EXPECT_EQ(row(s.pass(), "KEY").gate, Gate::AwaitingApproval);
}

TEST(CompromisedOnly, TrustingWhatIsThereOverwritesNothing) {
  Scene s;
  guard(s);
  s.target.policy.adopt = api::Adopt::Trust;
  s.target.permitted.insert(api::Action::TakeOver);
  s.there("KEY");
  EXPECT_TRUE(row(s.pass(), "KEY").runs());
}

}  // namespace
}  // namespace lockstep
