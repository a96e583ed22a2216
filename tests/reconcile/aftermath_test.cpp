#include "reconcile/aftermath.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::reconcile {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Wall now{2000h};
const Wall earlier{1990h};

PlannedSecret update() {
  PlannedSecret row;
  row.name = "TOKEN";
  row.state = State::Stale;
  row.action = ActionKind::update;
  row.desired = true;
  row.claimant = "SecretSet/runtime";
  row.fingerprint = "k1:new";
  return row;
}

/// A name that lockstep wrote earlier, drifted and undesired for a while since.
NameRecord known_before() {
  NameRecord known;
  known.origin = Origin::created;
  known.fingerprint = "k1:old";
  known.token = "k1:t-old";
  known.updated_at = known.written_at = known.value_since = known.first_seen = earlier;
  known.written = true;
  known.claimant = "SecretSet/former";
  known.drift_since = known.undesired_since = earlier;
  known.drift_state = State::ChangedOutOfBand;
  known.drift_by = "jane";
  return known;
}

ObservedSecret there() {
  return {.name = "TOKEN", .token = {}, .updated_at = earlier};
}

// ---- the intent ---------------------------------------------------------------------------------

TEST(Intended, S6_SaysWhatWasSeenAndWhatIsWritten) {
  const auto seen = there();
  const auto known =
      intended(known_before(), update(), {.seen = &seen, .token = "k1:t", .now = now},
               {.remove = true,
                .attempt = "a1",
                .place_before = {.event = "d1", .version = "v1"},
                .staged = true});
  ASSERT_TRUE(known.intent);
  EXPECT_TRUE(known.intent->remove);
  EXPECT_EQ(known.intent->fingerprint, "k1:new");
  EXPECT_EQ(known.intent->attempt, "a1");
  EXPECT_EQ(known.intent->started, now);
  EXPECT_TRUE(known.intent->was_there);
  EXPECT_EQ(known.intent->token_before, "k1:t");
  EXPECT_EQ(known.intent->updated_before, earlier);
  EXPECT_EQ(known.intent->place_before, (PlaceEvidence{.event = "d1", .version = "v1"}));
  EXPECT_EQ(known.intent->staged, true);
  const auto fresh = intended({}, update(), {.now = now}, {});
  EXPECT_FALSE(fresh.intent->was_there);
  EXPECT_FALSE(fresh.intent->updated_before);
}

TEST(Intended, S1_WhatWasThereBeforeUsIsAdoptedAndWhatWasNotIsCreated) {
  const auto seen = there();
  EXPECT_EQ(intended({}, update(), {.seen = &seen}, {}).origin, Origin::adopted);
  EXPECT_EQ(intended({}, update(), {}, {}).origin, Origin::created);
  EXPECT_EQ(intended({}, update(), {}, {}).claimant, "SecretSet/runtime");
  EXPECT_FALSE(intended({}, update(), {}, {}).written) << "it is not written yet";
  auto seen_once = NameRecord{.origin = Origin::adopted, .undesired_since = earlier};
  EXPECT_EQ(intended(seen_once, update(), {}, {}).origin, Origin::created)
      << "it went before we wrote it";
}

TEST(Intended, S1_WhatIsOursKeepsItsOriginAndItsClaimantUntilItIsWritten) {
  const auto seen = there();
  for (const auto origin : {Origin::created, Origin::adopted, Origin::trusted}) {
    for (const auto* sight : {&seen, static_cast<const ObservedSecret*>(nullptr)}) {
      auto before = known_before();
      before.origin = origin;
      const auto known = intended(before, update(), {.seen = sight}, {});
      EXPECT_EQ(known.origin, origin) << to_string(origin);
      EXPECT_EQ(known.claimant, "SecretSet/former");
      EXPECT_EQ(known.fingerprint, "k1:old");
    }
  }
}

TEST(Intended, S16_TheRuleHoldsWhateverComesOfTheWrite) {
  EXPECT_TRUE(intended({}, update(), {.compromised_only = true}, {}).compromised_only);
  auto before = known_before();
  before.compromised_only = true;
  EXPECT_TRUE(intended(before, update(), {}, {}).compromised_only);
  EXPECT_FALSE(intended(known_before(), update(), {}, {}).compromised_only);
}

// ---- taking a name as it is ---------------------------------------------------------------------

TEST(Trusted, S1_IsNeverTakenForCreatedAndRemembersWhatWasThere) {
  const auto seen = there();
  NameRecord before;
  before.token = "k1:t-old";
  const auto known = trusted(
      before, update(), {.seen = &seen, .token = "k1:t", .compromised_only = true, .now = now});
  EXPECT_EQ(known.origin, Origin::trusted);
  EXPECT_EQ(known.fingerprint, "k1:new");
  EXPECT_EQ(known.claimant, "SecretSet/runtime");
  EXPECT_EQ(known.first_seen, now);
  EXPECT_EQ(known.updated_at, earlier);
  EXPECT_EQ(known.token, "k1:t");
  EXPECT_TRUE(known.compromised_only) << "S16: the rule holds when the manifests forget it";
  EXPECT_FALSE(known.written);
  EXPECT_FALSE(known.written_at);
  EXPECT_FALSE(known.value_since);
}

// ---- a write that is done -----------------------------------------------------------------------

NameRecord after(NameRecord before, const PlannedSecret& row, const Receipt& receipt = {},
                 const Applied& applied = {}, bool compromised_only = false) {
  return written(std::move(before), row,
                 {.token = "k1:t-new", .compromised_only = compromised_only, .now = now}, receipt,
                 applied);
}

TEST(Written, RemembersTheWriteAndItsEvidence) {
  auto before = known_before();
  before.intent = Intent{};
  const auto known = after(before, update(), {.updated_at = now - 1s}, {.staged = true});
  EXPECT_FALSE(known.intent);
  EXPECT_TRUE(known.written);
  EXPECT_EQ(known.written_at, now);
  EXPECT_EQ(known.fingerprint, "k1:new");
  EXPECT_EQ(known.token, "k1:t-new");
  EXPECT_EQ(known.updated_at, now - 1s);
  EXPECT_FALSE(known.answered_at);
  EXPECT_TRUE(known.staged);
  EXPECT_EQ(known.claimant, "SecretSet/runtime");
  EXPECT_EQ(known.origin, Origin::created);
  const auto timeless = after(before, update(), {.answered_at = now + 1s});
  EXPECT_FALSE(timeless.updated_at) << "an older time is not this write's";
  EXPECT_EQ(timeless.answered_at, now + 1s);
  EXPECT_FALSE(timeless.staged);
}

TEST(Written, SettlesDriftAndTheWishToDelete) {
  const auto known = after(known_before(), update());
  EXPECT_EQ(known.drift_state, State::InSync);
  EXPECT_FALSE(known.drift_since);
  EXPECT_EQ(known.drift_by, "");
  EXPECT_FALSE(known.undesired_since);
}

TEST(Written, TheAgeOfAValueCountsFromItsFirstWrite) {
  EXPECT_EQ(after(known_before(), update()).value_since, now) << "another value";
  auto same = known_before();
  same.fingerprint = "k1:new";
  EXPECT_EQ(after(same, update()).value_since, earlier);
  EXPECT_EQ(after(same, update()).first_seen, earlier);
  EXPECT_EQ(after({}, update()).first_seen, now);
}

TEST(Written, IsPresumedWhenTheBatchOrTheReceiptIs) {
  auto before = known_before();
  before.presumed = true;
  EXPECT_FALSE(after(before, update()).presumed) << "this write is sure";
  EXPECT_TRUE(after(before, update(), {.presumed = true}).presumed);
  EXPECT_TRUE(after(before, update(), {}, {.presumed = true}).presumed);
}

TEST(Written, S16_RemembersTheRuleOfThisWrite) {
  auto before = known_before();
  EXPECT_TRUE(after(before, update(), {}, {}, true).compromised_only);
  before.compromised_only = true;
  EXPECT_FALSE(after(before, update(), {}, {}, false).compromised_only)
      << "a person said yes to a write without the rule";
}

TEST(Written, S20_OnlyARepairCountsAndOnlyAnotherWriteSettlesAContest) {
  auto row = update();
  auto before = known_before();
  before.contested = true;
  before.repairs = {earlier};
  EXPECT_THAT(after(before, row).repairs, ElementsAre(earlier));
  EXPECT_FALSE(after(before, row).contested);
  row.repair = true;
  EXPECT_THAT(after(before, row).repairs, ElementsAre(earlier, now));
  EXPECT_TRUE(after(before, row).contested);
}

TEST(WrittenRow, SaysThatItIsDone) {
  auto row = update();
  row.since = earlier;
  row.who = "jane";
  row.needs_approval = "CompromisedOnly.";
  row.repair = true;
  const auto done = written_row(PlaceKind::flyApp, row, NameRecord{});
  EXPECT_EQ(done.state, State::InSync);
  EXPECT_EQ(done.certainty, Certainty::digest);
  EXPECT_EQ(done.reason, "written");
  EXPECT_EQ(done.action, ActionKind::none);
  EXPECT_FALSE(done.since);
  EXPECT_EQ(done.who, "");
  EXPECT_EQ(done.needs_approval, "");
  EXPECT_FALSE(done.repair);
  const auto waits = written_row(PlaceKind::flyApp, row, {.presumed = true, .staged = true});
  EXPECT_EQ(waits.state, State::Staged);
  EXPECT_EQ(waits.certainty, Certainty::presumed);
  EXPECT_EQ(waits.reason, "written, not live yet");
}

// ---- a removal that is done ---------------------------------------------------------------------

TEST(Removed, S1_IsCountedAgainstTheNamesThereWereBeforeTheFirst) {
  PlaceRecord record;
  record.names = {{"A", {}}, {"B", {}}};
  record = removed(std::move(record), "A", 8, earlier);
  EXPECT_THAT(record.deletions, ElementsAre(earlier));
  EXPECT_EQ(record.names_at_window_start, 8U);
  EXPECT_FALSE(record.names.contains("A"));
  record = removed(std::move(record), "B", 7, now);
  EXPECT_THAT(record.deletions, ElementsAre(earlier, now));
  EXPECT_EQ(record.names_at_window_start, 8U) << "the day began with eight";
  EXPECT_THAT(record.names, IsEmpty());
}

// ---- the place after a batch --------------------------------------------------------------------

Receipt receipt(const std::string& name, Receipt::Outcome outcome = Receipt::Outcome::done) {
  return {.name = name, .outcome = outcome};
}

/// A batch that wrote `A`.
Applied batch() {
  Applied applied;
  applied.receipts.push_back(receipt("A"));
  applied.evidence = {.event = "d2", .version = "v2"};
  applied.machines = {"m1/i1"};
  return applied;
}

/// A place that was looked at, with a roll-out that a machine stopped.
PlaceRecord looked_at() {
  PlaceRecord record;
  record.evidence = record.seen = {.event = "d1", .version = "v1"};
  record.seen_names = {"GONE", "OLD"};
  record.names["A"].written = true;
  record.machines = {"m1/i0"};
  record.presumed = true;
  record.staged_version = "v0";
  record.roll_out_begun = record.roll_out_due = earlier;
  record.roll_out_stopped = "machine m1: it is failed";
  return record;
}

PlaceRecord after(const Applied& applied, PlaceKind kind = PlaceKind::flyApp,
                  bool repaired = false) {
  return proven(kind, looked_at(), applied, repaired, now);
}

TEST(Proven, TakesTheEvidenceOfTheBatch) {
  const auto record = after(batch());
  EXPECT_EQ(record.evidence, (PlaceEvidence{.event = "d2", .version = "v2"}));
  EXPECT_THAT(record.machines, ElementsAre("m1/i1"));
  EXPECT_FALSE(record.presumed);
  auto applied = batch();
  applied.presumed = true;
  EXPECT_TRUE(after(applied).presumed);
}

TEST(Proven, S6_OfABatchThatIsNotDoneOrNotSurelyOursNothingIsTaken) {
  auto failed = batch();
  failed.receipts[0].outcome = Receipt::Outcome::failed;
  auto doubtful = batch();
  doubtful.evidence_is_ours = false;
  for (const auto* applied : {&failed, &doubtful}) {
    EXPECT_EQ(encode(after(*applied, PlaceKind::flyApp, true)), encode(looked_at()));
  }
}

TEST(Proven, S20_ABatchIsOneRepairOfThePlace) {
  EXPECT_THAT(after(batch(), PlaceKind::cloudflareWorker, true).repairs, ElementsAre(now));
  EXPECT_THAT(after(batch(), PlaceKind::cloudflareWorker, false).repairs, IsEmpty());
}

TEST(Proven, AStagedWriteBeginsARollOutAnew) {
  auto applied = batch();
  applied.staged = true;
  const auto record = after(applied);
  EXPECT_EQ(record.roll_out_due, earlier) << "since when something waits";
  EXPECT_FALSE(record.roll_out_begun);
  EXPECT_FALSE(record.roll_out_stopped);
  EXPECT_EQ(proven(PlaceKind::flyApp, {}, applied, false, now).roll_out_due, now);
  EXPECT_FALSE(proven(PlaceKind::cloudflareWorker, {}, applied, false, now).roll_out_due)
      << "no step of its own there";
  EXPECT_TRUE(after(batch()).roll_out_begun) << "a write that is live leaves it alone";
  EXPECT_TRUE(after(batch()).roll_out_stopped);
  EXPECT_FALSE(proven(PlaceKind::flyApp, {}, batch(), false, now).roll_out_due);
}

TEST(Proven, RemembersTheVersionThatIsNotDeployed) {
  EXPECT_FALSE(after(batch()).staged_version) << "the write was live, and took it along";
  auto applied = batch();
  applied.staged_version = "v3";
  applied.presumed = true;
  EXPECT_EQ(after(applied).staged_version, "v3");
  EXPECT_EQ(after(applied).seen, PlaceEvidence{}) << "the next look reads the names";
}

TEST(Proven, NamesAreThoseSeenWithTheChangesLaidOver) {
  auto applied = batch();
  applied.receipts.push_back(receipt("GONE"));
  const auto record = after(applied);
  EXPECT_EQ(record.seen, applied.evidence);
  EXPECT_THAT(record.seen_names, ElementsAre("A", "OLD"));
}

TEST(Proven, NamesAreReadAgainWhenAnyoneElseMayHaveActed) {
  auto presumed = batch();
  presumed.presumed = true;
  auto unknown = batch();
  unknown.receipts.push_back(receipt("B", Receipt::Outcome::unknown));
  for (const auto* applied : {&presumed, &unknown}) {
    EXPECT_EQ(after(*applied).seen, looked_at().seen) << "it is not the event that is newest now";
    EXPECT_THAT(after(*applied).seen_names, ElementsAre("GONE", "OLD"));
  }
  EXPECT_EQ(proven(PlaceKind::flyApp, {}, batch(), false, now).seen, PlaceEvidence{})
      << "never looked at";
}

}  // namespace
}  // namespace lockstep::reconcile
