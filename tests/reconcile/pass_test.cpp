// One pass: the order of its steps, and what each kind of end leaves in the ledger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/bench.hpp"
#include "reconcile/summary.hpp"
#include "support/about.hpp"

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using testing::Bench;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::row;

TEST(Pass, S6_IntentIsDurableBeforeTheWriteAndEvidenceAfterIt) {
  Bench bench;
  bench.wants({"API_KEY", "TOKEN"});
  const auto outcome = bench.pass();
  ASSERT_FALSE(outcome.error);
  EXPECT_THAT(bench.journal, ElementsAre("observe app", "save app", "check app", "save app",
                                         "apply app +API_KEY +TOKEN", "save app"));
  ASSERT_EQ(bench.ledger.saved.size(), 3U);
  const auto& intended = bench.ledger.saved[1].names.at("TOKEN");
  ASSERT_TRUE(intended.intent);
  EXPECT_FALSE(intended.intent->was_there);
  EXPECT_FALSE(intended.intent->fingerprint.empty());
  EXPECT_FALSE(intended.written);
  EXPECT_EQ(bench.provider.memory_at_apply.names.at("TOKEN").intent->attempt,
            intended.intent->attempt);
  const auto& written = bench.ledger.saved[2].names.at("TOKEN");
  EXPECT_FALSE(written.intent);
  EXPECT_TRUE(written.written);
  EXPECT_EQ(written.fingerprint, intended.intent->fingerprint);
  EXPECT_EQ(written.claimant, "SecretSet/runtime");
  EXPECT_EQ(row(outcome, "TOKEN").state, State::InSync);
  EXPECT_EQ(outcome.status.names_written, 2U);
}

TEST(Pass, S11_ASecondPassDoesNothing) {
  Bench bench;
  bench.wants({"API_KEY", "TOKEN"});
  (void)bench.pass();
  bench.journal.clear();
  bench.wait(5min);
  const auto outcome = bench.pass();
  EXPECT_THAT(bench.journal, ElementsAre("observe app"));
  EXPECT_TRUE(testing::condition(outcome, "Ready").status);
  EXPECT_EQ(outcome.status.reads, 1U);
  EXPECT_EQ(outcome.status.writes, 0U);
}

TEST(Pass, S16_APlanMakesNothing) {
  Bench bench;
  auto& target = bench.wants({"TOKEN"});
  Bench::desire(target, "SESSION_KEY", ValueKind::generate);
  bench.ledger.exists = false;
  const auto outcome = bench.plan();
  EXPECT_THAT(bench.journal, ElementsAre("observe app", "check app"));
  EXPECT_THAT(bench.ledger.saved, IsEmpty());
  EXPECT_THAT(bench.ledger.made, IsEmpty());
  EXPECT_EQ(bench.generated, 0);
  EXPECT_EQ(bench.source.values.size(), 1U);
  EXPECT_EQ(row(outcome, "SESSION_KEY").action, ActionKind::create);
  EXPECT_EQ(outcome.status.plan.approval_digest, "") << "no digest where there is no ledger yet";
}

TEST(Pass, APlanOfDriftStartsNoTimer) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.set("TOKEN", "by someone else");
  const auto saves = bench.ledger.saved.size();
  EXPECT_EQ(row(bench.plan(), "TOKEN").state, State::ChangedOutOfBand);
  EXPECT_EQ(bench.ledger.saved.size(), saves);
  EXPECT_FALSE(bench.record().names.at("TOKEN").drift_since);
  EXPECT_THAT(bench.log_text, ::testing::Not(HasSubstr("drift detected")));
}

TEST(Pass, WhatWasNotSentLeavesNoIntent) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.apply_error = Error{.kind = ErrorKind::transient, .message = "no connection"};
  const auto outcome = bench.pass();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::transient);
  EXPECT_THAT(bench.record().names, IsEmpty());
  bench.provider.apply_error.reset();
  EXPECT_FALSE(bench.pass().error);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST(Pass, WhatWasNotSentKeepsWhatIsKnownOfAnOwnedName) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  const auto before = bench.record().names.at("TOKEN").fingerprint;
  bench.value("TOKEN", "new");
  bench.provider.apply_error = Error{.kind = ErrorKind::conflict, .message = "someone was faster"};
  EXPECT_TRUE(bench.pass().error);
  const auto& known = bench.record().names.at("TOKEN");
  EXPECT_FALSE(known.intent);
  EXPECT_EQ(known.fingerprint, before);
}

TEST(Pass, S6_AnUnknownOutcomeKeepsItsIntentAndTheNextPassFindsTheWrite) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.outcomes["TOKEN"] = Receipt::Outcome::unknown;
  const auto lost = bench.pass();
  EXPECT_EQ(lost.error->kind, ErrorKind::outcome_unknown);
  EXPECT_TRUE(bench.record().names.at("TOKEN").intent);
  bench.provider.outcomes.clear();
  bench.journal.clear();
  const auto found = bench.pass();
  EXPECT_THAT(bench.lines("apply"), IsEmpty()) << "no blind repeat";
  EXPECT_EQ(row(found, "TOKEN").state, State::InSync);
  EXPECT_EQ(row(found, "TOKEN").certainty, Certainty::presumed);
}

TEST(Pass, S6_AnUnknownOutcomeThatDidNotHappenIsWrittenAgain) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.outcomes["TOKEN"] = Receipt::Outcome::unknown;
  bench.provider.effect_of_unknown = false;
  (void)bench.pass();
  bench.provider.outcomes.clear();
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST(Pass, EvidenceThatMayBeSomeoneElsesKeepsTheIntent) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.evidence_is_ours = false;
  const auto outcome = bench.pass();
  EXPECT_FALSE(outcome.error);
  EXPECT_TRUE(outcome.more) << "the next look decides at once";
  EXPECT_TRUE(bench.record().names.at("TOKEN").intent);
  bench.journal.clear();
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
}

TEST(Pass, S9_TheAnswersTimeIsKeptUntilTheWritesOwnIsSeen) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.lists_are_behind = true;
  (void)bench.pass();
  EXPECT_THAT(*bench.record().names.at("TOKEN").answered_at,
              testing::About(bench.sim.clock().wall()));
  EXPECT_FALSE(bench.record().names.at("TOKEN").updated_at);
  bench.provider.lists_are_behind = false;
  bench.value("TOKEN", "changed");
  (void)bench.pass();
  EXPECT_FALSE(bench.record().names.at("TOKEN").answered_at);
  EXPECT_TRUE(bench.record().names.at("TOKEN").updated_at);
}

TEST(Pass, OneRefusedNameDoesNotStopTheOthers) {
  Bench bench;
  bench.wants({"BAD", "GOOD"});
  bench.provider.outcomes["BAD"] = Receipt::Outcome::failed;
  const auto outcome = bench.pass();
  EXPECT_EQ(outcome.error->kind, ErrorKind::invalid);
  EXPECT_EQ(row(outcome, "GOOD").state, State::InSync);
  EXPECT_EQ(row(outcome, "BAD").state, State::Missing);
  EXPECT_FALSE(bench.record().names.contains("BAD"));
  EXPECT_FALSE(testing::condition(outcome, "Ready").status);
}

TEST(Pass, AnIntentThatIsNotDurableIsNotWritten) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.ledger.saves_left = 1;
  const auto outcome = bench.pass();
  EXPECT_EQ(outcome.error->kind, ErrorKind::storage);
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
}

TEST(Pass, S6_EvidenceThatIsNotDurableIsFoundAgain) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.ledger.saves_left = 2;
  EXPECT_EQ(bench.pass().error->kind, ErrorKind::storage);
  EXPECT_TRUE(bench.record().names.at("TOKEN").intent);
  bench.ledger.saves_left = 100;
  bench.journal.clear();
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_THAT(bench.lines("apply"), IsEmpty());
}

TEST(Pass, ALedgerThatCannotBeReadStopsThePassBeforeAnyCall) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.ledger.load_error = Error{.kind = ErrorKind::storage, .message = "the ledger is damaged"};
  const auto outcome = bench.pass();
  EXPECT_THAT(bench.journal, IsEmpty());
  EXPECT_EQ(row(outcome, "TOKEN").state, State::Unknown);
}

TEST(Pass, S7_AClosedFenceIsNoWriteAndNoIntent) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.apply_error = Error{.kind = ErrorKind::fenced, .message = "the lock is lost"};
  EXPECT_EQ(bench.pass().error->kind, ErrorKind::fenced);
  EXPECT_THAT(bench.record().names, IsEmpty());
}

TEST(Pass, S3_AFailedReadIsUnknownAndWritesNothing) {
  for (const auto kind : {ErrorKind::transient, ErrorKind::protocol, ErrorKind::forbidden,
                          ErrorKind::not_found, ErrorKind::unauthorized, ErrorKind::throttled}) {
    Bench bench;
    bench.wants({"TOKEN"});
    (void)bench.pass();
    bench.value("TOKEN", "new");
    bench.journal.clear();
    bench.provider.observe_errors["app"] = {.kind = kind, .message = "the read failed"};
    const auto outcome = bench.pass();
    EXPECT_THAT(bench.journal, ElementsAre("observe app"));
    EXPECT_EQ(row(outcome, "TOKEN").state, State::Unknown) << to_string(kind);
    EXPECT_FALSE(outcome.status.last_observed);
    EXPECT_EQ(testing::condition(outcome, "Ready").reason, "PlaceUnreadable");
  }
}

TEST(Pass, S3_AReadFromBeforeOurWriteIsAFailedOne) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  const auto now = bench.provider.places["app"];
  bench.provider.places["app"].clear();
  const auto stale = bench.pass();
  EXPECT_EQ(stale.error->kind, ErrorKind::transient);
  EXPECT_EQ(row(stale, "TOKEN").state, State::Unknown);
  bench.provider.places["app"] = now;
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
}

TEST(Pass, S10_ADeadTokenStopsEveryTargetOfItsCredential) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.target("second");
  bench.provider.observe_errors["app"] = {.kind = ErrorKind::unauthorized, .message = "dead"};
  EXPECT_EQ(bench.pass().error->kind, ErrorKind::unauthorized);
  bench.journal.clear();
  EXPECT_EQ(bench.pass({.write = true}, 1).error->kind, ErrorKind::unauthorized);
  EXPECT_EQ(bench.pass().error->kind, ErrorKind::unauthorized);
  EXPECT_THAT(bench.journal, IsEmpty()) << "no request with a dead token";
  bench.wait(CredentialHealth::probe_interval);
  EXPECT_FALSE(bench.pass({.write = true}, 1).error) << "the slow probe";
  EXPECT_THAT(bench.lines("observe"), ElementsAre("observe second"));
}

TEST(Pass, S10_ADeadTokenIsAlsoHeardFromAWrite) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.apply_error = Error{.kind = ErrorKind::unauthorized, .message = "dead"};
  (void)bench.pass();
  bench.journal.clear();
  (void)bench.pass();
  for (const auto* request : {"observe", "check", "apply"}) {
    EXPECT_THAT(bench.lines(request), IsEmpty());
  }
}

TEST(Pass, MoreThanOneCallTakesIsLeftForTheNextPass) {
  Bench bench;
  bench.wants({"A", "B", "C", "D", "E"});
  bench.provider.abilities.max_changes = 2;
  EXPECT_TRUE(bench.pass().more);
  EXPECT_TRUE(bench.pass().more);
  const auto last = bench.pass();
  EXPECT_FALSE(last.more);
  EXPECT_THAT(bench.lines("apply"),
              ElementsAre("apply app +A +B", "apply app +C +D", "apply app +E"));
  EXPECT_TRUE(testing::condition(last, "Ready").status);
}

TEST(Pass, WhatIsWrittenButNotLiveIsStaged) {
  Bench bench;
  bench.wants({"TOKEN"});
  bench.provider.staged = true;
  const auto outcome = bench.pass();
  EXPECT_EQ(row(outcome, "TOKEN").state, State::Staged);
  EXPECT_TRUE(bench.record().names.at("TOKEN").staged);
}

TEST(Pass, S1_DeletesWhatIsDeclaredAbsentAfterItsTime) {
  Bench bench;
  auto& target = bench.wants({"TOKEN"});
  Bench::desire(target, "OLD_KEY", ValueKind::absent);
  bench.set("OLD_KEY", "old");
  EXPECT_EQ(row(bench.pass(), "OLD_KEY").gate, Gate::WaitingPrune);
  bench.wait(59min);
  (void)bench.pass();
  EXPECT_EQ(bench.value_at("OLD_KEY"), "old");
  bench.wait(1min);
  EXPECT_EQ(row(bench.pass(), "OLD_KEY").state, State::InSync);
  EXPECT_EQ(bench.value_at("OLD_KEY"), "(not there)");
  EXPECT_EQ(bench.record().deletions.size(), 1U);
}

TEST(Pass, DriftWaitsForItsRepairUnlessAPersonApplies) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  bench.set("TOKEN", "by someone else");
  const auto found = bench.pass();
  EXPECT_EQ(row(found, "TOKEN").gate, Gate::WaitingRepair);
  EXPECT_THAT(*found.wake_at, testing::About(bench.sim.clock().wall() + 10min));
  EXPECT_TRUE(testing::condition(found, "Drifted").status);
  EXPECT_THAT(bench.log_text, HasSubstr("drift detected"));
  EXPECT_EQ(row(bench.pass({.write = true, .at_once = true}), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.value_at("TOKEN"), "value-of-TOKEN");
}

TEST(Pass, ANewValueIsDeliveredOverDriftAtOnce) {
  Bench bench;
  bench.wants({"TOKEN"});
  (void)bench.pass();
  bench.wait(5min);
  bench.set("TOKEN", "by someone else");
  bench.value("TOKEN", "new");
  EXPECT_EQ(row(bench.pass(), "TOKEN").state, State::InSync);
  EXPECT_EQ(bench.value_at("TOKEN"), "new");
}

TEST(Pass, S4_NoValueReachesLogMetricsOrLedger) {
  Bench bench;
  auto& target = bench.wants({"TOKEN", "BAD"});
  Bench::desire(target, "SESSION_KEY", ValueKind::generate);
  bench.provider.outcomes["BAD"] = Receipt::Outcome::failed;
  const auto outcome = bench.pass();
  export_gauges(bench.metrics, target, outcome);
  auto said = bench.log_text + bench.metrics.text();
  for (const auto& record : bench.ledger.saved) said += encode(record);
  for (const auto& secret : outcome.status.plan.secrets) said += secret.reason + secret.fingerprint;
  for (const auto* value : {"value-of-", "generated-value-number", "digest of"}) {
    EXPECT_THAT(said, ::testing::Not(HasSubstr(value)));
  }
}

}  // namespace
}  // namespace lockstep::reconcile
