// The writing half of a pass: intent, apply, evidence.
#include <algorithm>

#include "base/text.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::reconcile {

Awaitable<Status> Pass::act() {
  adopt_rows();
  auto saving = save();
  CO_TRY_OK(co_await std::move(saving));
  auto choosing = next_changes();
  CO_TRY(auto changes, co_await std::move(choosing));
  Status written;
  if (!changes.empty()) {
    auto writing = write(std::move(changes));
    written = co_await std::move(writing);
  }
  // A name that the provider refuses, today and tomorrow, keeps no other from becoming live.
  if (!written && written.error().kind != ErrorKind::invalid) co_return written;
  auto rolling = roll_out();
  CO_TRY_OK(co_await std::move(rolling));
  co_return written;
}

void Pass::adopt_rows() {
  for (auto& row : plan_.secrets) {
    if (!row.runs() || row.action != ActionKind::adopt) continue;
    auto& known = record_.names[row.name];
    known.origin = Origin::trusted;
    known.fingerprint = row.fingerprint;
    known.claimant = row.claimant;
    known.first_seen = services_.clock.wall();
    const auto* seen = seen_->find(row.name);
    known.updated_at = seen->updated_at;
    known.token = tokens_.contains(row.name) ? tokens_.at(row.name) : "";
    row.action = ActionKind::none;
    row.state = State::InSync;
    row.certainty = plan::certainty_of(target_.place.kind, known);
    row.reason = "adopted: trusted as it is";
    services_.log.info("secret adopted", {{"target", to_string(target_.key)}, {"name", row.name}});
  }
}

/// The changes of this pass: at most what the place takes in one call. A value that must be
/// generated is made here, last thing before its intent.
Awaitable<Result<std::vector<Change>>> Pass::next_changes() {
  std::vector<Change> changes;
  const auto most = provider_->capabilities().max_changes;
  const auto until = services_.clock.mono() + SharedLooks::patience;
  for (auto& row : plan_.secrets) {
    if (!row.runs()) continue;
    if (changes.size() == most) {
      more_ = true;
      break;
    }
    if (row.action == ActionKind::remove) {
      changes.push_back({.op = Change::Op::remove, .name = row.name, .value = {}});
      continue;
    }
    auto& resolved = values_.at(row.name);
    if (resolved.to_generate) {
      auto making = make_value(row, until);
      if (!co_await std::move(making)) continue;
    }
    changes.push_back({.op = Change::Op::put, .name = row.name, .value = resolved.value.clone()});
  }
  co_return changes;
}

void Pass::record_intent(const Change& change, const std::string& attempt) {
  const auto* seen = seen_->find(change.name);
  auto& known = record_.names[change.name];
  known.intent =
      Intent{.remove = change.op == Change::Op::remove,
             .fingerprint = row(change.name)->fingerprint,
             .attempt = attempt,
             .started = services_.clock.wall(),
             .was_there = seen != nullptr,
             .token_before = tokens_.contains(change.name) ? tokens_.at(change.name) : "",
             .updated_before = seen ? seen->updated_at : std::nullopt,
             .place_before = seen_->evidence,
             .staged = mode() == WriteMode::staged};
  if (!plan::is_ours(known)) {
    known.origin = seen ? Origin::adopted : Origin::created;
    known.claimant = row(change.name)->claimant;
  }
}

Awaitable<Status> Pass::write(std::vector<Change> changes) {
  names_before_ = record_.names;
  for (const auto& change : changes) record_intent(change, attempt_);
  auto intending = save();
  CO_TRY_OK(co_await std::move(intending));

  auto applying = provider_->apply(target_.place, std::move(changes), record_, mode(), context());
  auto applied = co_await std::move(applying);
  if (!applied) {
    // Nothing was sent, so these intents are void; one of an earlier attempt may still be open.
    record_.names = names_before_;
    auto clearing = save();
    CO_TRY_OK(co_await std::move(clearing));
    health_.heard({target_.key.ns, target_.credential}, &applied.error(), services_.clock.mono());
    co_return fail(applied.error());
  }
  requests_ += applied->reads;
  writes_ += applied->writes;
  std::optional<Error> first_failure;
  for (const auto& receipt : applied->receipts) {
    account(receipt, *row(receipt.name));
    record_receipt(receipt, *applied);
    if (receipt.error && !first_failure) first_failure = receipt.error;
  }
  record_evidence(*applied);
  if (!applied->note.empty()) plan_.notes.push_back(applied->note);
  auto proving = save();
  CO_TRY_OK(co_await std::move(proving));
  if (first_failure) {
    health_.heard({target_.key.ns, target_.credential}, &*first_failure, services_.clock.mono());
    co_return fail(*first_failure);
  }
  co_return Status{};
}

void Pass::record_evidence(const Applied& applied) {
  const bool any_done = std::ranges::any_of(
      applied.receipts, [](const auto& r) { return r.outcome == Receipt::Outcome::done; });
  if (!any_done || !applied.evidence_is_ours) return;
  record_.evidence = applied.evidence;
  record_.presumed = applied.presumed;
  record_.machines = applied.machines;
  if (applied.staged && provider_->capabilities().roll_out) {
    if (!record_.roll_out_due) record_.roll_out_due = services_.clock.wall();
    record_.roll_out_begun.reset();
    record_.roll_out_stopped.reset();
  }
  const bool looked = !record_.seen.event.empty();
  record_.staged_version.reset();
  if (!applied.staged_version.empty()) {
    record_.staged_version = applied.staged_version;
    // It moved no deployment, which would let the next look trust the names of the last one.
    record_.seen = {};
  }
  // Nobody else acted, so the names there are the ones seen with our changes laid over: the next
  // look need not read them again.
  if (applied.presumed || !looked) return;
  std::set<std::string> there(record_.seen_names.begin(), record_.seen_names.end());
  for (const auto& receipt : applied.receipts) {
    if (receipt.outcome != Receipt::Outcome::done) return;
    if (record_.names.contains(receipt.name)) {
      there.insert(receipt.name);
    } else {
      there.erase(receipt.name);
    }
  }
  record_.seen = applied.evidence;
  record_.seen_names.assign(there.begin(), there.end());
}

/// The audit line and the metric of one change.
void Pass::account(const Receipt& receipt, const PlannedSecret& row) {
  constexpr std::string_view outcomes[] = {"done", "unchanged", "failed", "unknown"};
  const auto outcome = outcomes[static_cast<std::size_t>(receipt.outcome)];
  services_.metrics.written(labels_of(target_), to_string(row.action), outcome);
  std::vector<LogField> fields{
      {"target", to_string(target_.key)}, {"place", place_.place}, {"name", receipt.name},
      {"action", to_string(row.action)},  {"outcome", outcome},    {"attempt", attempt_}};
  if (receipt.error) fields.emplace_back("error", describe(*receipt.error));
  const bool fine =
      receipt.outcome == Receipt::Outcome::done || receipt.outcome == Receipt::Outcome::unchanged;
  services_.log.write(fine ? LogLevel::info : LogLevel::warning, "secret change",
                      std::move(fields));
}

void Pass::record_receipt(const Receipt& receipt, const Applied& applied) {
  auto& planned = *row(receipt.name);
  auto& known = record_.names.at(receipt.name);
  switch (receipt.outcome) {
    case Receipt::Outcome::unknown:
      planned.reason = "written, but the answer was lost; the next pass looks";
      return;  // the intent stays: the next pass observes and resolves it
    case Receipt::Outcome::failed:
      forget_attempt(receipt.name);
      planned.reason = receipt.error ? describe(with_credential(*receipt.error)) : "refused";
      return;
    case Receipt::Outcome::done:
    case Receipt::Outcome::unchanged:
      break;
  }
  ++names_written_;
  if (!applied.evidence_is_ours) {
    // Written, but the evidence may be someone else's: the intent stays, and the next look decides
    // with the whole history in view.
    planned.reason = "written; the next pass looks for the evidence";
    more_ = true;
    return;
  }
  const bool removed = known.intent && known.intent->remove;
  if (removed) {
    if (record_.deletions.empty()) record_.names_at_window_start = seen_->secrets.size();
    record_.deletions.push_back(services_.clock.wall());
    record_.names.erase(receipt.name);
    std::erase_if(plan_.secrets,
                  [&](const auto& r) { return r.name == receipt.name && !r.desired; });
    if (auto* declared = row(receipt.name)) {
      declared->state = State::InSync;
      declared->action = ActionKind::none;
      declared->reason = applied.staged ? "deleted, not live yet" : "deleted, as declared";
    }
    return;
  }
  record_put(known, planned, receipt, applied);
}

/// The name as it was before this attempt, which did not happen.
void Pass::forget_attempt(const std::string& name) {
  const auto before = names_before_.find(name);
  if (before == names_before_.end()) {
    record_.names.erase(name);
  } else {
    record_.names[name] = before->second;
  }
}

void Pass::record_put(NameRecord& known, PlannedSecret& planned, const Receipt& receipt,
                      const Applied& applied) {
  const auto now = services_.clock.wall();
  known.intent.reset();
  known.written = true;
  known.written_at = now;
  if (!known.first_seen) known.first_seen = now;
  if (known.fingerprint != planned.fingerprint) known.value_since = now;
  known.fingerprint = planned.fingerprint;
  known.token = receipt.token.empty() ? ""
                                      : services_.ledger.fingerprinter()->of_evidence(
                                            place_, receipt.name, receipt.token);
  known.updated_at = receipt.updated_at;
  known.answered_at = receipt.answered_at;
  known.presumed = applied.presumed || receipt.presumed;
  known.staged = applied.staged;
  known.claimant = planned.claimant;
  known.compromised_only = desired(planned).rotation.policy == api::RotationPolicy::CompromisedOnly;
  known.drift_state = State::InSync;
  known.drift_since.reset();
  known.drift_by.clear();
  known.undesired_since.reset();
  if (planned.repair) {
    known.repairs.push_back(now);
    const bool first_of_batch = record_.repairs.empty() || record_.repairs.back() != now;
    if (first_of_batch) record_.repairs.push_back(now);
  } else {
    known.contested = false;
  }
  planned.state = applied.staged ? State::Staged : State::InSync;
  planned.certainty = plan::certainty_of(target_.place.kind, known);
  planned.reason = applied.staged ? "written, not live yet" : "written";
  planned.action = ActionKind::none;
  planned.since.reset();
  planned.who.clear();
  planned.needs_approval.clear();
  planned.repair = false;
}

}  // namespace lockstep::reconcile
