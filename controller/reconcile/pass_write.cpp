// The writing half of a pass: intent, apply, evidence.
#include <algorithm>

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
  const auto now = services_.clock.wall();
  for (auto& row : plan_.secrets) {
    if (!row.runs() || row.action != ActionKind::adopt) continue;
    auto& known = record_.names[row.name];
    known = trusted(std::move(known), row, taken(row, now));
    row.action = ActionKind::none;
    row.state = State::InSync;
    row.certainty = plan::certainty_of(target_.place.kind, known);
    row.reason = "adopted: trusted as it is";
    services_.log.info("secret adopted", {{"target", to_string(target_.key)}, {"name", row.name}});
  }
}

/// What this pass saw of a name before it does anything there.
Taken Pass::taken(const PlannedSecret& row, Wall now) const {
  const bool guarded =
      row.desired && desired(row).rotation.policy == api::RotationPolicy::CompromisedOnly;
  return {.seen = seen_->find(row.name),
          .token = tokens_.contains(row.name) ? tokens_.at(row.name) : "",
          .compromised_only = guarded,
          .now = now};
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

void Pass::record_intent(const Change& change, Wall now) {
  auto& known = record_.names[change.name];
  const auto& planned = *row(change.name);
  known = intended(std::move(known), planned, taken(planned, now),
                   {.remove = change.op == Change::Op::remove,
                    .attempt = attempt_,
                    .place_before = seen_->evidence,
                    .staged = mode() == WriteMode::staged});
}

Awaitable<Status> Pass::write(std::vector<Change> changes) {
  names_before_ = record_.names;
  const auto started = services_.clock.wall();
  for (const auto& change : changes) record_intent(change, started);
  auto intending = save();
  CO_TRY_OK(co_await std::move(intending));

  auto applying = provider_->apply(target_.place, std::move(changes), record_, mode(), context());
  auto applied = co_await std::move(applying);
  const ObjectKey credential{target_.key.ns, target_.credential};
  if (!applied) {
    // Nothing was sent, so these intents are void; one of an earlier attempt may still be open.
    record_.names = names_before_;
    auto clearing = save();
    CO_TRY_OK(co_await std::move(clearing));
    health_.heard(credential, &applied.error(), services_.clock.mono());
    co_return fail(applied.error());
  }
  requests_ += applied->reads;
  writes_ += applied->writes;
  record_batch(*applied);
  if (!applied->note.empty()) plan_.notes.push_back(applied->note);
  auto proving = save();
  CO_TRY_OK(co_await std::move(proving));
  for (const auto& receipt : applied->receipts) {
    if (!receipt.error) continue;
    health_.heard(credential, &*receipt.error, services_.clock.mono());
    co_return fail(*receipt.error);
  }
  co_return Status{};
}

/// All names of a batch have one time: it is one write to people and to what counts repairs (S20).
void Pass::record_batch(const Applied& applied) {
  const auto now = services_.clock.wall();
  const bool repaired = std::ranges::any_of(applied.receipts, [&](const auto& receipt) {
    return receipt.outcome == Receipt::Outcome::done && row(receipt.name)->repair;
  });
  for (const auto& receipt : applied.receipts) {
    account(receipt, *row(receipt.name));
    record_receipt(receipt, applied, now);
  }
  record_ = proven(target_.place.kind, std::move(record_), applied, repaired, now);
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

void Pass::record_receipt(const Receipt& receipt, const Applied& applied, Wall now) {
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
  if (planned.action == ActionKind::remove) {
    record_removal(receipt.name, applied.staged, now);
    return;
  }
  auto proof = taken(planned, now);
  proof.token = receipt.token.empty() ? ""
                                      : services_.ledger.fingerprinter()->of_evidence(
                                            place_, receipt.name, receipt.token);
  known = written(std::move(known), planned, proof, receipt, applied);
  planned = written_row(target_.place.kind, std::move(planned), known);
}

void Pass::record_removal(const std::string& name, bool staged, Wall now) {
  record_ = removed(std::move(record_), name, seen_->secrets.size(), now);
  std::erase_if(plan_.secrets, [&](const auto& r) { return r.name == name && !r.desired; });
  auto* declared = row(name);
  if (!declared) return;
  declared->state = State::InSync;
  declared->action = ActionKind::none;
  declared->reason = staged ? "deleted, not live yet" : "deleted, as declared";
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

}  // namespace lockstep::reconcile
