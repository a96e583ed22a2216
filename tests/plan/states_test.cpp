#include "plan/states.hpp"

#include <gtest/gtest.h>

#include "builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using plan::ValueSight;
using testing::row;
using testing::Scene;

void missing_value(Scene& s) {
  s.no_value("A", ValueSight::Kind::missing, "no A");
}

struct StateCase {
  std::string name;
  void (*arrange)(Scene&);
  State state;
  ActionKind action;
  std::string reason;
};
void PrintTo(const StateCase& c, std::ostream* out) {
  *out << c.name;
}

// Each case also arranges what a later state would need, so that the order is what is tested.
const StateCase cases[] = {
    {"UnadoptedBeforeSourceMissing",
     [](Scene& s) {
       s.there("A");
       missing_value(s);
     },
     State::Unadopted, ActionKind::none, "was there before lockstep; no A"},
    {"RemovedBeforeSourceMissing",
     [](Scene& s) {
       s.wrote("A");
       s.gone("A");
       missing_value(s);
     },
     State::Removed, ActionKind::none, "removed by someone else; no A"},
    {"RemovedIsWrittenAgain",
     [](Scene& s) {
       s.wrote("A");
       s.gone("A");
     },
     State::Removed, ActionKind::create, "removed by someone else"},
    {"ChangedBeforeStale",
     [](Scene& s) {
       s.wrote("A");
       s.there("A", 5);
       s.value("A", 2);
     },
     State::ChangedOutOfBand, ActionKind::update, "changed by someone else; source changed too"},
    {"ChangedBeforeInvalid",
     [](Scene& s) {
       s.wrote("A");
       s.there("A", 5);
       s.no_value("A", ValueSight::Kind::invalid, "too short");
     },
     State::ChangedOutOfBand, ActionKind::none, "changed by someone else; too short"},
    {"UnverifiableWhenTheDigestIsGone",
     [](Scene& s) {
       s.wrote("A");
       s.tokens.clear();
     },
     State::Unverifiable, ActionKind::none, "may have been changed (onUnverifiable: Report)"},
    {"SourceUnavailable",
     [](Scene& s) {
       s.wrote("A");
       s.no_value("A", ValueSight::Kind::unavailable, "locked");
     },
     State::SourceUnavailable, ActionKind::none, "locked"},
    {"SourceMissingBeforeMissing", missing_value, State::SourceMissing, ActionKind::none, "no A"},
    {"Invalid", [](Scene& s) { s.no_value("A", ValueSight::Kind::invalid, "too short"); },
     State::Invalid, ActionKind::none, "too short"},
    {"Missing", [](Scene&) {}, State::Missing, ActionKind::create, "not there"},
    {"StaleBeforeStaged",
     [](Scene& s) {
       s.wrote("A").staged = true;
       s.seen.secrets[0].live = false;
       s.value("A", 2);
     },
     State::Stale, ActionKind::update, "source changed"},
    {"Staged",
     [](Scene& s) {
       s.wrote("A").staged = true;
       s.seen.secrets[0].live = false;
     },
     State::Staged, ActionKind::none, "written, not live yet"},
    {"StagedUntilSeenLive", [](Scene& s) { s.wrote("A").staged = true; }, State::InSync,
     ActionKind::none, "in sync"},
    {"InSync", [](Scene& s) { s.wrote("A"); }, State::InSync, ActionKind::none, "in sync"},
};

class EveryState : public ::testing::TestWithParam<StateCase> {};

TEST_P(EveryState, IsTheFirstThatApplies) {
  Scene s;
  s.target.policy.repair_after = Seconds(0);
  s.desire("A");
  GetParam().arrange(s);
  const auto plan = s.pass();
  ASSERT_EQ(plan.secrets.size(), 1U);
  EXPECT_EQ(to_string(row(plan, "A").state), to_string(GetParam().state));
  EXPECT_EQ(to_string(row(plan, "A").action), to_string(GetParam().action));
  EXPECT_EQ(row(plan, "A").reason, GetParam().reason);
}
INSTANTIATE_TEST_SUITE_P(States, EveryState, ::testing::ValuesIn(cases),
                         [](const auto& info) { return info.param.name; });

TEST(Reactions, DriftIsReportedOnlyWhenThePolicySaysSo) {
  Scene s;
  s.target.policy.drift = api::Drift::Report;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").action, ActionKind::none);
  EXPECT_EQ(row(plan, "A").reason, "changed by someone else (drift: Report)");
}

TEST(Reactions, ANewValueIsDeliveredOverDriftWhateverThePolicy) {
  Scene s;
  s.target.policy.drift = api::Drift::Report;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  s.value("A", 2);
  const auto plan = s.pass();
  EXPECT_TRUE(row(plan, "A").runs());
  EXPECT_FALSE(row(plan, "A").repair) << "a delivery does not wait for repairAfter";
}

TEST(Reactions, UnverifiableIsRewrittenWhenThePolicySaysSo) {
  Scene s;
  s.target.policy.on_unverifiable = api::OnUnverifiable::Rewrite;
  s.at_once = true;
  s.desire("A");
  s.wrote("A");
  s.tokens.clear();
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").action, ActionKind::update);
  EXPECT_TRUE(row(plan, "A").repair);
}

TEST(Reactions, AdoptionFollowsThePolicy) {
  const std::pair<api::Adopt, ActionKind> table[] = {{api::Adopt::Refuse, ActionKind::none},
                                                     {api::Adopt::Trust, ActionKind::adopt},
                                                     {api::Adopt::Overwrite, ActionKind::update}};
  for (const auto& [adopt, action] : table) {
    Scene s;
    s.target.policy.adopt = adopt;
    s.desire("A");
    s.there("A");
    EXPECT_EQ(row(s.pass(), "A").state, State::Unadopted);
    EXPECT_EQ(row(s.pass(), "A").action, action);
  }
}

TEST(Reactions, TrustNeedsNoValue) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Trust;
  s.desire("A");
  s.there("A");
  missing_value(s);
  EXPECT_EQ(row(s.pass(), "A").action, ActionKind::adopt);
}

TEST(Reactions, WithoutALedgerKeyNothingIsKnownToDiffer) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.values["A"].fingerprint.clear();
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
}

TEST(Reactions, AnOptionalValueThatIsMissingIsNeitherWrittenNorDeletedNorCounted) {
  // S2: absence at a source never deletes.
  Scene s;
  s.desire("A").optional = true;
  s.wrote("A");
  missing_value(s);
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "A").action, ActionKind::none);
  EXPECT_EQ(plan.desired_count(), 0U);
}

TEST(External, IsNeverUnadoptedAndNeverWritten) {
  Scene s;
  s.target.policy.adopt = api::Adopt::Overwrite;
  s.desire("A", ValueKind::external);
  EXPECT_EQ(row(s.pass(), "A").state, State::Missing);
  EXPECT_EQ(row(s.pass(), "A").action, ActionKind::none);
  s.there("A");
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  EXPECT_EQ(row(s.pass(), "A").action, ActionKind::none);
}

TEST(External, IsDueWhenOlderThanItsEntryAllows) {
  Scene s(PlaceKind::cloudflareWorker);
  s.desire("A", ValueKind::external).external_max_age = Seconds(180h);
  s.there("A");
  s.pass();
  EXPECT_FALSE(row(s.pass_after(180h), "A").due);
  EXPECT_TRUE(row(s.pass_after(1min), "A").due) << "at least: since it was first seen";
  s.event(PlaceEvent::Effect::changes_secrets, "secret");
  EXPECT_FALSE(row(s.pass(), "A").due) << "it may be new";
  s.seen.secrets[0].updated_at = s.now - 181h;
  EXPECT_TRUE(row(s.diff(), "A").due) << "the provider's time is surer";
  s.gone("A");
  s.pass_after(1min);
  s.there("A");
  EXPECT_FALSE(row(s.pass_after(181h), "A").due) << "what came back is new";
}

TEST(Absent, IsDeletedAfterPruneAfterWhateverPruneSays) {
  Scene s;
  s.target.policy.prune = api::Prune::Never;
  s.desire("A", ValueKind::absent);
  s.desire("B");
  s.wrote("B");
  EXPECT_EQ(row(s.pass(), "A").state, State::InSync);
  s.there("A");
  EXPECT_EQ(row(s.pass(), "A").state, State::Extra);
  EXPECT_EQ(row(s.diff(), "A").gate, Gate::WaitingPrune);
  EXPECT_TRUE(row(s.pass_after(1h), "A").runs());
  EXPECT_EQ(s.diff().desired_count(), 1U) << "what must not be there is no secret";
}

TEST(Extra, OwnedPrunesOnlyWhatLockstepCreatedAndNobodyTouched) {
  // S1: deleted only: owned and still ours.
  const auto action = [](Origin origin, bool changed, bool known) {
    Scene s;
    s.desire("A");
    s.wrote("A");
    s.there("X");
    if (known) s.wrote("X").origin = origin;
    if (changed) s.there("X", 5);
    return row(s.pass(), "X").action;
  };
  EXPECT_EQ(action(Origin::created, false, true), ActionKind::remove);
  EXPECT_EQ(action(Origin::created, true, true), ActionKind::none);
  EXPECT_EQ(action(Origin::adopted, false, true), ActionKind::none);
  EXPECT_EQ(action(Origin::trusted, false, true), ActionKind::none);
  EXPECT_EQ(action(Origin::created, false, false), ActionKind::none);
}

TEST(Extra, NeverPrunesNothingAndAllPrunesEverythingButIgnored) {
  Scene s;
  s.target.policy.ignore = {"KEEP_*"};
  s.desire("A");
  s.wrote("A");
  s.there("X");
  s.there("KEEP_ME");
  s.target.policy.prune = api::Prune::Never;
  EXPECT_EQ(row(s.pass(), "X").action, ActionKind::none);
  s.target.policy.prune = api::Prune::All;
  EXPECT_EQ(row(s.pass(), "X").action, ActionKind::remove);
  EXPECT_EQ(s.diff().secrets.size(), 2U) << "ignored names have no row";
}

TEST(Rotation, AgeIsAFlagAndNoState) {
  Scene s;
  s.desire("A").rotation.max_age = Seconds(23h);
  s.wrote("A").value_since = s.now - 24h;
  EXPECT_TRUE(row(s.pass(), "A").due);
  EXPECT_EQ(row(s.diff(), "A").state, State::InSync);
}

TEST(Reactions, ANewValueIsDeliveredOverWhatIsUnverifiableWhateverThePolicy) {
  Scene s;
  s.desire("A");
  s.wrote("A");
  s.tokens.clear();
  s.value("A", 2);
  EXPECT_TRUE(row(s.pass(), "A").runs());
}

}  // namespace
}  // namespace lockstep
