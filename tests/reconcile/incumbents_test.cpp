// One place has one Target at work, also across namespaces, and a claim that moves is remembered.
#include "reconcile/incumbents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

/// The same app, asked for by a Target of namespace `prod` and by one of `store`.
struct TwoNamespaces : ::testing::Test {
  TwoNamespaces() {
    bench.desired.credentials[{"store", "fly"}].metadata.name = "fly";
    bench.wants({"TOKEN"});
    auto& newcomer = bench.target("shop", "app");
    newcomer.key.ns = "store";
    Bench::desire(newcomer, "TOKEN").secret_set = {"store", "theirs"};
    newcomer.secrets[0].source_key = "THEIRS";
    newcomer.selecting_sets = {"theirs"};
    newcomer.policy.adopt = api::Adopt::Overwrite;
    newcomer.permitted.insert(api::Action::TakeOver);
    newcomer.approval = api::ApprovalRule::None;
    bench.value("THEIRS", "of the newcomer");
    (void)bench.pass();
    bench.wait(5min);
  }
  DesiredTarget& first() { return bench.desired.targets[0]; }
  DesiredTarget& newcomer() { return bench.desired.targets[1]; }
  void both_are_seen() {
    first().rivals = {newcomer().key};
    newcomer().rivals = {first().key};
  }
  PlaceRecord& theirs() { return bench.ledger.records[{"store", "flyApp/app"}]; }

  Bench bench;
};

TEST_F(TwoNamespaces, TheIncumbentOfThePlaceWorksAndTheOtherWaits_S7) {
  both_are_seen();
  EXPECT_EQ(row(bench.pass({.write = true}, 1), "TOKEN").gate, Gate::Conflict);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
  EXPECT_EQ(theirs().incumbent, "");
  bench.value("TOKEN", "new");
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("TOKEN"), "new");
}

TEST_F(TwoNamespaces, ARivalWaitsWhileTheIncumbentsDocumentIsBroken_S2) {
  bench.desired.unclear["prod"] = "Target prod/app is invalid (a.yaml:3:1)";
  const auto outcome = bench.pass({.write = true}, 1);
  EXPECT_EQ(row(outcome, "TOKEN").gate, Gate::Conflict);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason, HasSubstr("Target prod/app"));
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
  EXPECT_EQ(theirs().incumbent, "");
  bench.desired.unclear.clear();
  both_are_seen();
  EXPECT_FALSE(row(bench.pass(), "TOKEN").gate) << "mended, it goes on as before";
}

TEST_F(TwoNamespaces, APlaceMovesWithItsClaimsOnceTheFormerIsSeenToBeGone_S2) {
  const auto outcome = bench.pass({.write = true}, 1);
  EXPECT_THAT(row(outcome, "TOKEN").gate_reason,
              HasSubstr("SecretSet/prod/runtime no longer selects this Target"));
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN") << "another value needs a yes";
  EXPECT_EQ(theirs().incumbent, "Target/shop");
  EXPECT_EQ(bench.record().incumbent, "");
  both_are_seen();
  bench.value("TOKEN", "new");
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::Conflict) << "it cannot just come back";
}

TEST_F(TwoNamespaces, AClaimThatMovedWithThePlaceKeepsTheNameAlive_S2) {
  newcomer().secrets.clear();
  newcomer().policy.prune = api::Prune::All;
  newcomer().policy.prune_after = Seconds(0);
  Bench::desire(newcomer(), "OTHER").secret_set = {"store", "theirs"};
  bench.value("OTHER", "x");
  (void)bench.pass({.write = true}, 1);
  bench.wait(1min);
  EXPECT_THAT(row(bench.pass({.write = true}, 1), "TOKEN").gate_reason,
              HasSubstr("no longer selects this Target"));
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST_F(TwoNamespaces, APlanMovesNothing) {
  (void)bench.pass({.write = false}, 1);
  EXPECT_EQ(bench.record().incumbent, "Target/app");
  EXPECT_EQ(theirs().incumbent, "");
}

TEST_F(TwoNamespaces, ALedgerWithTwoIncumbentsLetsNeitherWrite_S7) {
  theirs().incumbent = "Target/shop";
  both_are_seen();
  EXPECT_EQ(row(bench.pass({.write = true}, 1), "TOKEN").gate, Gate::Conflict);
  bench.value("TOKEN", "new");
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::Conflict);
}

TEST_F(TwoNamespaces, TheIncumbentOfAnotherPlaceIsNoRival) {
  newcomer().place.parts = {"their-app"};
  bench.desired.unclear["prod"] = "Target prod/app is invalid (a.yaml:3:1)";
  (void)bench.pass({.write = true}, 1);
  EXPECT_EQ(bench.value_at("TOKEN", "their-app"), "of the newcomer");
  EXPECT_EQ(bench.record().incumbent, "Target/app");
}

TEST(Incumbents, ARenamedTargetTakesOverItsPlace) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.desired.targets[0].key.name = "renamed";
  EXPECT_FALSE(row(bench.pass(), "TOKEN").gate);
  EXPECT_EQ(bench.record().incumbent, "Target/renamed");
}

TEST(Incumbents, ARenamedTargetWaitsWhileTheFormerMayBeThere_S2) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.desired.targets[0].key.name = "rival";
  bench.desired.unclear["prod"] = "Target prod/app is invalid (a.yaml:3:1)";
  bench.value("TOKEN", "new");
  EXPECT_EQ(row(bench.pass(), "TOKEN").gate, Gate::Conflict);
  EXPECT_EQ(bench.record().incumbent, "Target/app");
}

TEST(Incumbents, ASteadyPassAsksForNoOtherPlace) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  auto& ledger = bench.ledger;
  const auto found =
      bench.sim.run(reconcile::find_incumbents(ledger, bench.desired.targets[0], bench.record()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->targets, (std::vector<ObjectKey>{{"prod", "app"}}));
  EXPECT_THAT(found->elsewhere, IsEmpty());
}

TEST(Claims, ANameThatNobodyWroteIsRememberedWithoutAWrite_S2) {
  Bench bench;
  bench.wants({"TOKEN"});
  Bench::desire(bench.desired.targets[0], "FOREIGN", ValueKind::external);
  bench.set("FOREIGN", "by someone else");
  (void)bench.pass();
  EXPECT_EQ(bench.record().names.at("FOREIGN").claimant, "SecretSet/runtime");
  bench.journal.clear();
  (void)bench.pass();
  EXPECT_THAT(bench.lines("save"), IsEmpty()) << "a steady pass remembers nothing new";
}

}  // namespace
}  // namespace lockstep
