// What a row tells beside its state: source, reason, since when, how sure.
#include <gtest/gtest.h>

#include "builders.hpp"
#include "plan/states.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::row;
using testing::Scene;

TEST(Rows, TellWhereTheirValueComesFrom) {
  const std::pair<ValueKind, std::string> table[] = {
      {ValueKind::source, "source values"},
      {ValueKind::generate, "generated, kept in values"},
      {ValueKind::literal, "values"},
      {ValueKind::variable, "variable values"},
      {ValueKind::external, "written by others"},
      {ValueKind::absent, "declared absent"}};
  for (const auto& [kind, text] : table) {
    Scene s;
    s.desire("A", kind);
    EXPECT_EQ(row(s.diff(), "A").source, text);
    EXPECT_EQ(to_string(row(s.diff(), "A").id.value()), "molecule/secret/production/A");
  }
  Scene s;
  s.desire("A", ValueKind::literal).source_name.clear();
  EXPECT_EQ(row(s.diff(), "A").source, "literal");
}

TEST(Rows, OfNamesThatOthersWriteAreAsSureAsTheirExistence) {
  for (const bool there : {true, false}) {
    Scene s;
    s.desire("A", ValueKind::external);
    if (there) s.there("A");
    const auto plan = s.pass();
    EXPECT_EQ(row(plan, "A").certainty, there ? Certainty::existence : Certainty::none);
    EXPECT_EQ(row(plan, "A").reason,
              there ? "there; written by others" : "not there; others must write it");
    EXPECT_FALSE(row(plan, "A").due);
  }
}

TEST(Rows, OfDeclaredAbsencesTellSinceWhen) {
  Scene s;
  s.desire("A", ValueKind::absent);
  s.desire("B");
  EXPECT_EQ(row(s.pass(), "A").reason, "not there, as declared");
  EXPECT_EQ(row(s.diff(), "A").action, ActionKind::none);
  EXPECT_EQ(row(s.diff(), "A").certainty, Certainty::existence);
  s.there("A");
  const auto first = s.now;
  EXPECT_EQ(row(s.pass(), "A").reason, "declared absent");
  EXPECT_EQ(row(s.pass_after(1min), "A").since, first);
}

TEST(Rows, OfEntriesThatWaitForARivalSayWhatIsThere) {
  const std::tuple<bool, bool, State, ActionKind> table[] = {
      {true, true, State::Stale, ActionKind::update},
      {true, false, State::Unadopted, ActionKind::update},
      {false, true, State::Removed, ActionKind::create},
      {false, false, State::Missing, ActionKind::create}};
  for (const auto& [there, ours, state, action] : table) {
    Scene s;
    s.desire("A").rival = "other.yaml:9:3";
    if (ours) s.wrote("A").claimant = "SecretSet/other";
    if (there) s.there("A");
    if (!there) s.gone("A");
    const auto plan = s.diff();
    EXPECT_EQ(row(plan, "A").state, state);
    EXPECT_EQ(row(plan, "A").action, action);
    EXPECT_EQ(row(plan, "A").reason, "another entry claims the name");
    EXPECT_EQ(row(plan, "A").gate, Gate::Conflict);
  }
}

TEST(Rows, OfExtraNamesTellWhoseTheyWereAndSinceWhen) {
  Scene s;
  s.desire("A");
  s.wrote("OURS").presumed = true;
  s.there("FOREIGN");
  const auto first = s.now;
  s.target.policy.prune = api::Prune::All;
  (void)s.pass();
  const auto plan = s.pass_after(1min);
  EXPECT_EQ(row(plan, "OURS").claimant, "SecretSet/runtime");
  EXPECT_EQ(row(plan, "OURS").certainty, Certainty::presumed);
  EXPECT_EQ(row(plan, "OURS").since, first);
  EXPECT_EQ(row(plan, "OURS").reason, "no longer desired");
  EXPECT_EQ(row(plan, "FOREIGN").claimant, "");
  EXPECT_EQ(row(plan, "FOREIGN").certainty, Certainty::existence);
  EXPECT_EQ(row(plan, "FOREIGN").since, first);
  EXPECT_EQ(row(plan, "FOREIGN").reason, "extra (prune: All)");
}

TEST(Rows, OfExtraNamesUnderPruneOwnedSayWhyTheyStay) {
  Scene s;
  s.desire("A");
  s.wrote("CHANGED");
  s.there("CHANGED", 5);
  s.wrote("ADOPTED").origin = Origin::adopted;
  s.there("FOREIGN");
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "CHANGED").reason,
            "extra, ours but changed by someone else since (prune: Owned)");
  EXPECT_EQ(row(plan, "ADOPTED").reason, "extra, not ours (prune: Owned)");
  EXPECT_EQ(row(plan, "FOREIGN").reason, "extra, not ours (prune: Owned)");
}

TEST(Rows, TellTheAgeOfTheValueAndThatAnOptionalOneIsMissing) {
  Scene s;
  s.desire("A").optional = true;
  s.wrote("A").value_since = s.now - 24h;
  s.no_value("A", plan::ValueSight::Kind::missing, "no A");
  EXPECT_EQ(row(s.pass(), "A").value_since, s.now - 24h);
  EXPECT_EQ(row(s.diff(), "A").reason, "no A (optional)");
  EXPECT_FALSE(row(s.diff(), "A").due_at) << "it has no greatest age";
}

TEST(Rows, OfReportedDriftAreNoRepair) {
  Scene s;
  s.target.policy.drift = api::Drift::Report;
  s.desire("A");
  s.wrote("A");
  s.there("A", 5);
  EXPECT_FALSE(row(s.pass(), "A").repair);
  s.desire("B");
  EXPECT_FALSE(row(s.pass(), "B").repair) << "a creation is none either";
}

}  // namespace
}  // namespace lockstep
