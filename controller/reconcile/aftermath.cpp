#include "reconcile/aftermath.hpp"

#include <algorithm>
#include <set>

#include "model/place.hpp"
#include "plan/memory.hpp"

namespace lockstep::reconcile {

namespace {

bool is_done(const Receipt& receipt) {
  return receipt.outcome == Receipt::Outcome::done;
}

/// Nobody else acted, so the names there are the ones seen with our changes laid over: the next
/// look need not read them again.
void lay_over(PlaceRecord& record, const Applied& applied) {
  std::set<std::string> there(record.seen_names.begin(), record.seen_names.end());
  for (const auto& receipt : applied.receipts) {
    if (record.names.contains(receipt.name)) {
      there.insert(receipt.name);
    } else {
      there.erase(receipt.name);
    }
  }
  record.seen = applied.evidence;
  record.seen_names.assign(there.begin(), there.end());
}

}  // namespace

NameRecord intended(NameRecord known, const PlannedSecret& row, const Taken& taken, Intent intent) {
  if (!plan::is_ours(known)) {
    known.origin = taken.seen ? Origin::adopted : Origin::created;
    known.claimant = row.claimant;
  }
  // Also when the answer is lost and the next look finds that it happened.
  known.compromised_only = known.compromised_only || taken.compromised_only;
  intent.fingerprint = row.fingerprint;
  intent.started = taken.now;
  intent.was_there = taken.seen != nullptr;
  intent.token_before = taken.token;
  intent.updated_before = taken.seen ? taken.seen->updated_at : std::nullopt;
  known.intent = std::move(intent);
  return known;
}

NameRecord trusted(NameRecord known, const PlannedSecret& row, const Taken& taken) {
  known.origin = Origin::trusted;
  known.fingerprint = row.fingerprint;
  known.claimant = row.claimant;
  known.compromised_only = taken.compromised_only;
  known.first_seen = taken.now;
  known.updated_at = taken.seen->updated_at;
  known.token = taken.token;
  return known;
}

NameRecord written(NameRecord known, const PlannedSecret& row, const Taken& taken,
                   const Receipt& receipt, const Applied& applied) {
  known.intent.reset();
  known.written = true;
  known.written_at = taken.now;
  if (!known.first_seen) known.first_seen = taken.now;
  if (known.fingerprint != row.fingerprint) known.value_since = taken.now;
  known.fingerprint = row.fingerprint;
  known.token = taken.token;
  known.updated_at = receipt.updated_at;
  known.answered_at = receipt.answered_at;
  known.presumed = applied.presumed || receipt.presumed;
  known.staged = applied.staged;
  known.claimant = row.claimant;
  known.compromised_only = taken.compromised_only;
  known.drift_state = State::InSync;
  known.drift_since.reset();
  known.drift_by.clear();
  known.undesired_since.reset();
  if (row.repair) {
    known.repairs.push_back(taken.now);
  } else {
    known.contested = false;
  }
  return known;
}

PlannedSecret written_row(PlaceKind kind, PlannedSecret row, const NameRecord& known) {
  row.state = known.staged ? State::Staged : State::InSync;
  row.certainty = plan::certainty_of(kind, known);
  row.reason = known.staged ? "written, not live yet" : "written";
  row.action = ActionKind::none;
  row.since.reset();
  row.who.clear();
  row.needs_approval.clear();
  row.repair = false;
  return row;
}

PlaceRecord removed(PlaceRecord record, const std::string& name, std::size_t names, Wall now) {
  if (record.deletions.empty()) record.names_at_window_start = names;
  record.deletions.push_back(now);
  record.names.erase(name);
  return record;
}

PlaceRecord proven(PlaceKind kind, PlaceRecord record, const Applied& applied, bool repaired,
                   Wall now) {
  if (!applied.evidence_is_ours || std::ranges::none_of(applied.receipts, is_done)) return record;
  if (repaired) record.repairs.push_back(now);
  record.evidence = applied.evidence;
  record.presumed = applied.presumed;
  record.machines = applied.machines;
  if (applied.staged && capabilities_of(kind).roll_out) {
    if (!record.roll_out_due) record.roll_out_due = now;
    record.roll_out_begun.reset();
    record.roll_out_stopped.reset();
  }
  record.staged_version.reset();
  const bool looked = !record.seen.event.empty();
  if (!applied.staged_version.empty()) {
    record.staged_version = applied.staged_version;
    // It moved no deployment, which would let the next look trust the names of the last one.
    record.seen = {};
  }
  if (looked && !applied.presumed && std::ranges::all_of(applied.receipts, is_done)) {
    lay_over(record, applied);
  }
  return record;
}

}  // namespace lockstep::reconcile
