// Whose a name and a place are, and when that changes (S2).
#include "plan/claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/builders.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::row;
using testing::Scene;

/// A place of two SecretSets, everything there may be deleted at once, and nobody asks for a yes.
struct Claims : ::testing::Test {
  Claims() {
    s.target.policy.prune = api::Prune::All;
    s.target.policy.prune_after = Seconds(0);
    s.target.policy.max_deletions.percent = 100;
    s.target.approval = api::ApprovalRule::None;
    s.target.permitted.insert(api::Action::TakeOver);
    s.target.selecting_sets = {"a", "b"};
    entry("a", "KEPT");
    s.wrote("KEPT").claimant = "SecretSet/a";
  }
  DesiredSecret& entry(const std::string& set, const std::string& name,
                       ValueKind kind = ValueKind::source) {
    auto& out = s.desire(name, kind);
    out.secret_set.name = set;
    return out;
  }
  void drop(const std::string& set, const std::string& name) {
    std::erase_if(s.target.secrets, [&](const auto& secret) {
      return secret.secret_set.name == set && secret.name == name;
    });
  }
  void leave_out(const std::string& set) {
    std::erase_if(s.target.secrets,
                  [&](const auto& secret) { return secret.secret_set.name == set; });
    std::erase(s.target.selecting_sets, set);
  }
  std::string claim(const std::string& name) { return s.record.names.at(name).claimant; }

  Scene s;
};

TEST_F(Claims, AreRememberedForWhatOthersWriteAndForWhatMustNotBeThere_S2) {
  entry("b", "FOREIGN", ValueKind::external);
  entry("b", "OLD", ValueKind::absent);
  entry("b", "LEFT_ALONE");
  for (const auto* name : {"FOREIGN", "OLD", "LEFT_ALONE"}) s.there(name);
  s.target.policy.adopt = api::Adopt::Refuse;
  (void)s.pass();
  for (const auto* name : {"FOREIGN", "OLD", "LEFT_ALONE"}) {
    EXPECT_EQ(claim(name), "SecretSet/b") << name;
  }
}

TEST_F(Claims, ANameWhoseSetIsLeftOutWaitsForAPersonUnderEveryPruneAndApproval_S2) {
  entry("b", "FOREIGN", ValueKind::external);
  entry("b", "OURS");
  s.there("FOREIGN");
  s.wrote("OURS").claimant = "SecretSet/b";
  (void)s.pass();
  leave_out("b");
  for (const auto approval :
       {api::ApprovalRule::None, api::ApprovalRule::Destructive, api::ApprovalRule::Always}) {
    s.target.approval = approval;
    for (const auto prune : {api::Prune::All, api::Prune::Owned}) {
      s.target.policy.prune = prune;
      const auto plan = s.pass_after(1min);
      EXPECT_FALSE(row(plan, "FOREIGN").runs());
      EXPECT_EQ(row(plan, "OURS").gate, Gate::AwaitingApproval);
    }
  }
  s.target.approval = api::ApprovalRule::None;
  s.target.policy.prune = api::Prune::All;
  EXPECT_EQ(row(s.pass_after(1min), "FOREIGN").gate_reason,
            "SecretSet/b is not in the manifests any more");
  EXPECT_EQ(claim("FOREIGN"), "SecretSet/b") << "not forgotten while it waits";
}

TEST_F(Claims, WhatASetThatIsThereClaimsNoMoreIsAnOrdinaryRemoval) {
  entry("b", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  (void)s.pass();
  drop("b", "FOREIGN");
  EXPECT_TRUE(row(s.pass_after(1min), "FOREIGN").runs());
}

TEST_F(Claims, ANameThatASetWithoutTargetsListsWaitsForAPerson_S2) {
  entry("b", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  (void)s.pass();
  drop("b", "FOREIGN");
  using Names = std::map<std::string, std::string>;
  s.target.idle_names = std::make_shared<const Names>(Names{{"FOREIGN", "c"}});
  const auto waits = row(s.pass_after(1min), "FOREIGN");
  EXPECT_EQ(waits.gate, Gate::AwaitingApproval);
  EXPECT_EQ(waits.gate_reason, "SecretSet/c lists it, and selects no Target");
  s.target.idle_names = std::make_shared<const Names>(Names{{"OTHER", "c"}});
  EXPECT_TRUE(row(s.pass_after(1min), "FOREIGN").runs());
}

TEST_F(Claims, AnAbsentEntryDoesNotDeleteWhatASetOutOfSightClaims_S2) {
  entry("b", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  (void)s.pass();
  leave_out("b");
  entry("a", "FOREIGN", ValueKind::absent);
  EXPECT_EQ(row(s.pass_after(1min), "FOREIGN").gate_reason,
            "SecretSet/b is not in the manifests any more");
  s.target.selecting_sets = {"a", "b"};
  EXPECT_TRUE(row(s.pass_after(1min), "FOREIGN").runs()) << "b is seen, and claims it no more";
}

TEST_F(Claims, GoOverWithAnEntryThatMovesAlthoughNothingIsWritten_S2) {
  drop("a", "KEPT");
  entry("b", "KEPT");
  EXPECT_EQ(row(s.pass(), "KEPT").state, State::InSync);
  EXPECT_EQ(claim("KEPT"), "SecretSet/b");
  leave_out("b");
  entry("a", "OTHER");
  EXPECT_EQ(row(s.pass_after(1min), "KEPT").gate_reason,
            "SecretSet/b is not in the manifests any more");
}

TEST_F(Claims, ANewcomerWaitsWhereAnEntryMovedAway) {
  drop("a", "KEPT");
  entry("b", "KEPT");
  (void)s.pass();
  s.target.secrets[0].rival = "a.yaml:9:3";
  auto& newcomer = entry("a", "KEPT", ValueKind::literal);
  newcomer.rival = "b.yaml:4:3";
  for (const auto& r : s.pass_after(1min).secrets) {
    EXPECT_EQ(r.gate.has_value(), r.claimant == "SecretSet/a") << r.claimant;
  }
}

TEST_F(Claims, ARenamedSetMakesLaterRemovalsOrdinary) {
  leave_out("a");
  s.target.selecting_sets = {"a2"};
  entry("a2", "KEPT");
  entry("a2", "OTHER");
  s.wrote("OTHER").claimant = "SecretSet/a";
  (void)s.pass();
  EXPECT_EQ(claim("KEPT"), "SecretSet/a2");
  drop("a2", "KEPT");
  EXPECT_TRUE(row(s.pass_after(1min), "KEPT").runs());
}

TEST_F(Claims, AnotherValueOverASetOutOfSightNeedsAYes_S2) {
  leave_out("a");
  entry("b", "KEPT");
  s.value("KEPT", 2);
  const auto plan = s.pass();
  EXPECT_EQ(
      row(plan, "KEPT").gate_reason,
      "SecretSet/a is not in the manifests any more, and SecretSet/b has another value for the "
      "name");
  EXPECT_EQ(claim("KEPT"), "SecretSet/a") << "until that yes";
  s.target.selecting_sets = {"a", "b"};
  EXPECT_TRUE(row(s.pass_after(1min), "KEPT").runs()) << "a is seen, and claims it no more";
}

TEST_F(Claims, TheSameValueOfARenamedSetIsRepairedWithoutAYes) {
  leave_out("a");
  entry("b", "KEPT");
  s.there("KEPT", 5);
  s.at_once = true;
  EXPECT_TRUE(row(s.pass(), "KEPT").runs());
}

TEST_F(Claims, GoOverForWhatIsOursAndWasRemoved) {
  leave_out("a");
  entry("b", "KEPT");
  s.gone("KEPT");
  s.target.policy.drift = api::Drift::Report;
  (void)s.pass();
  EXPECT_EQ(claim("KEPT"), "SecretSet/b");
}

TEST_F(Claims, GoOverToAnEntryThatOthersWriteAlsoWhereTheFormerIsOutOfSight) {
  leave_out("a");
  entry("b", "KEPT", ValueKind::external);
  (void)s.pass();
  EXPECT_EQ(claim("KEPT"), "SecretSet/b");
}

TEST_F(Claims, GoOverFromASetThatIsSeenWithWhateverValue) {
  entry("a", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  (void)s.pass();
  drop("a", "FOREIGN");
  entry("b", "FOREIGN");
  (void)s.pass_after(1min);
  EXPECT_EQ(claim("FOREIGN"), "SecretSet/b");
}

TEST_F(Claims, ValuesThatCannotBeComparedAreNotTheSame_S2) {
  leave_out("a");
  entry("b", "KEPT");
  s.record.names.at("KEPT").fingerprint.clear();
  s.values["KEPT"].fingerprint.clear();
  (void)s.pass();
  EXPECT_EQ(claim("KEPT"), "SecretSet/a");
}

TEST_F(Claims, WhatNobodyClaimedGoesOnWhileADocumentIsNotUnderstood) {
  s.target.deletions_blocked = "SecretSet shop/x is invalid (x.yaml:1:1)";
  entry("b", "NEW");
  EXPECT_TRUE(row(s.pass(), "NEW").runs());
}

// A generated value is kept under its SecretSet's name, so a rename leaves it behind.
TEST_F(Claims, AYesToAValueThatIsYetToBeMadeSaysSo) {
  leave_out("a");
  entry("b", "KEPT", ValueKind::generate);
  s.values["KEPT"].fingerprint.clear();
  s.gone("KEPT");
  s.at_once = true;
  EXPECT_EQ(
      row(s.pass(), "KEPT").needs_approval,
      "SecretSet/a is not in the manifests any more, and SecretSet/b makes a new value for the "
      "name");
  s.target.secrets[0].source_key = "b.KEPT";
  EXPECT_THAT(row(s.pass_after(1min), "KEPT").needs_approval,
              HasSubstr("to keep the old one: lockstep keyring move a.KEPT b.KEPT"));
}

TEST_F(Claims, NothingGoesOverWhileADocumentIsNotUnderstood_S2) {
  leave_out("a");
  s.target.deletions_blocked = "SecretSet shop/a is invalid (a.yaml:1:1)";
  entry("b", "KEPT");
  s.value("KEPT", 2);
  const auto plan = s.pass();
  EXPECT_EQ(row(plan, "KEPT").gate, Gate::Conflict);
  EXPECT_EQ(row(plan, "KEPT").gate_reason,
            "waits until this is mended: SecretSet shop/a is invalid (a.yaml:1:1); until then "
            "SecretSet/a keeps the name");
  EXPECT_EQ(row(plan, "KEPT").reason, "a document that is broken may claim the name");
  EXPECT_EQ(claim("KEPT"), "SecretSet/a");
  s.value("KEPT", 1);
  (void)s.pass_after(1min);
  EXPECT_EQ(claim("KEPT"), "SecretSet/a") << "also where nothing is written";
}

TEST_F(Claims, AnAbsentEntryWaitsWhileTheClaimantIsNotUnderstood_S2) {
  leave_out("a");
  s.target.selecting_sets = {"a", "b"};
  entry("b", "KEPT", ValueKind::absent);
  s.target.deletions_blocked = "a manifest cannot be read and may claim any name";
  EXPECT_EQ(row(s.pass(), "KEPT").gate, Gate::Conflict);
  EXPECT_EQ(claim("KEPT"), "SecretSet/a");
}

TEST_F(Claims, OfANameThatIsGoneAndNotOursAreForgotten) {
  entry("b", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  (void)s.pass();
  s.gone("FOREIGN");
  (void)s.pass_after(1min);
  EXPECT_EQ(claim("FOREIGN"), "SecretSet/b") << "it is still asked for";
  drop("b", "FOREIGN");
  (void)s.pass_after(1min);
  EXPECT_FALSE(s.record.names.contains("FOREIGN"));
}

TEST_F(Claims, OfASetOutOfSightAreKeptUnderPruneOwnedToo_S2) {
  entry("b", "FOREIGN", ValueKind::external);
  s.there("FOREIGN");
  s.target.policy.prune = api::Prune::Owned;
  (void)s.pass();
  leave_out("b");
  (void)s.pass_after(1min);
  EXPECT_EQ(claim("FOREIGN"), "SecretSet/b");
}

TEST_F(Claims, AYesToAnotherValueDoesNotPromiseANewOne) {
  leave_out("a");
  for (const auto kind : {ValueKind::generate, ValueKind::source}) {
    drop("b", "KEPT");
    entry("b", "KEPT", kind);
    s.value("KEPT", 2);
    if (kind == ValueKind::source) s.values["KEPT"].fingerprint.clear();
    s.gone("KEPT");
    s.at_once = true;
    EXPECT_EQ(row(s.pass(), "KEPT").needs_approval,
              "SecretSet/a is not in the manifests any more, and SecretSet/b has another value "
              "for the name");
  }
}

// ---- places -------------------------------------------------------------------------------------

struct Rivals : ::testing::Test {
  std::string problem(const std::vector<ObjectKey>& incumbents) {
    return plan::rival_problem(desired, target, incumbents);
  }
  Desired desired;
  DesiredTarget target = [] {
    DesiredTarget out;
    out.key = {"shop", "web"};
    return out;
  }();
  const ObjectKey other{"shop", "former"};
  const ObjectKey elsewhere{"store", "web"};
};

TEST_F(Rivals, APlaceThatNobodyHasIsTakenUnlessTwoNameIt) {
  EXPECT_EQ(problem({}), "");
  target.rivals = {other};
  EXPECT_THAT(problem({}), HasSubstr("Target shop/former names this place too"));
}

TEST_F(Rivals, TheIncumbentGoesOnAndARivalWaits) {
  target.rivals = {other};
  EXPECT_EQ(problem({target.key}), "");
  EXPECT_THAT(problem({other}), HasSubstr("Target shop/former has this place"));
}

TEST_F(Rivals, AFormerTargetThatIsGoneGivesThePlaceUp) {
  EXPECT_EQ(problem({other}), "");
  EXPECT_EQ(problem({elsewhere}), "");
}

TEST_F(Rivals, AFormerTargetThatMayBeThereKeepsThePlace_S2) {
  desired.unclear["shop"] = "Target shop/former is invalid (a.yaml:1:1)";
  EXPECT_THAT(problem({other}), HasSubstr("Target shop/former is invalid (a.yaml:1:1)"));
  EXPECT_EQ(problem({elsewhere}), "") << "all of its namespace was read";
  EXPECT_EQ(problem({target.key}), "") << "what worked before goes on";
  desired.incomplete = true;
  EXPECT_THAT(problem({elsewhere}), HasSubstr("may claim any name"));
}

TEST_F(Rivals, TwoNamespacesDoNotOverwriteEachOther_S7) {
  target.rivals = {elsewhere};
  EXPECT_THAT(problem({target.key, elsewhere}), HasSubstr("Target store/web has this place"));
}

TEST(InheritClaims, NamesStayClaimedByASetThatIsOutOfSight_S2) {
  PlaceRecord former, mine;
  former.names["A"].claimant = "SecretSet/runtime";
  former.names["B"].claimant = "SecretSet/runtime";
  former.names["UNCLAIMED"].first_seen = Wall{};
  mine.names["B"].claimant = "SecretSet/own";
  const auto record = plan::inherit_claims(std::move(mine), "shop", former);
  EXPECT_EQ(record.names.at("A").claimant, "SecretSet/shop/runtime");
  EXPECT_EQ(record.names.at("B").claimant, "SecretSet/own");
  EXPECT_FALSE(record.names.contains("UNCLAIMED"));
}

}  // namespace
}  // namespace lockstep
