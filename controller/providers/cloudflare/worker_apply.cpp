// CloudflareWorkerProvider::apply: one write, and what its answer means for each name.
#include <algorithm>

#include "base/text.hpp"
#include "providers/cloudflare/worker.hpp"

namespace lockstep::providers::cloudflare {

namespace {

/// The merge patch of secrets-bulk: an object sets a secret, null removes it, the rest stays
/// (https://developers.cloudflare.com/api/resources/workers/, scripts, secrets, bulk update).
SecretBytes bulk_body(const std::vector<Change>& changes, const std::vector<std::size_t>& open) {
  JsonWriter body;
  body.begin_object().key("secrets").begin_object();
  for (const auto i : open) {
    body.key(changes[i].name);
    if (changes[i].op == Change::Op::remove) {
      body.null();
      continue;
    }
    body.begin_object();
    body.key("name").string(changes[i].name);
    body.key("text").string(changes[i].value.expose());
    body.key("type").string("secret_text");
    body.end_object();
  }
  return body.end_object().end_object().take();
}

/// The merge patch of the newest version: as bulk_body, with a message that says whose it is. A tag
/// of the version before is not inherited (https://github.com/cloudflare/workers-sdk,
/// packages/wrangler/src/versions/secrets).
SecretBytes stage_body(const std::vector<Change>& changes, const std::vector<std::size_t>& open,
                       const std::string& attempt) {
  JsonWriter body;
  body.begin_object().key("env").begin_object();
  for (const auto i : open) {
    body.key(changes[i].name);
    if (changes[i].op == Change::Op::remove) {
      body.null();
      continue;
    }
    body.begin_object();
    body.key("type").string("secret_text");
    body.key("text").string(changes[i].value.expose());
    body.end_object();
  }
  body.end_object().key("annotations").begin_object();
  body.key("workers/message").string(message_of(attempt, changes, open));
  body.key("workers/tag").null();
  return body.end_object().end_object().take();
}

bool holds(const Bindings& bindings, const std::string& name) {
  return std::binary_search(bindings.secrets.begin(), bindings.secrets.end(), name);
}

/// True when `names` (of secrets after the write) agrees with the change.
bool agrees(const Change& change, bool is_there) {
  return is_there == (change.op == Change::Op::put);
}

/// Settles what the answer to the write tells: the secrets that are there now, by name.
void settle_told(Tally& tally, const std::vector<Change>& changes, const json::value& result) {
  if (!result.is_object()) return;
  for (const auto i : tally.open()) {
    const bool is_there = member(result, changes[i].name) != nullptr;
    if (agrees(changes[i], is_there)) tally.settle(i, Receipt::Outcome::done);
  }
}

void settle_looked_up(Tally& tally, const std::vector<Change>& changes,
                      const Result<Bindings>& bindings) {
  for (const auto i : tally.open()) {
    if (bindings && agrees(changes[i], holds(*bindings, changes[i].name))) {
      tally.settle(i, Receipt::Outcome::done);
      continue;
    }
    const Error missed{
        .kind = ErrorKind::protocol,
        .message = "Cloudflare said yes, but its answer does not agree for " + changes[i].name};
    tally.settle(i, Receipt::Outcome::unknown, unknown_outcome(missed));
  }
}

/// 10053 refuses the whole call for names that something else holds; the bindings tell which.
void settle_name_in_use(Tally& tally, const std::vector<Change>& changes, const Error& refusal,
                        const Result<Bindings>& bindings) {
  std::string blamed;
  for (const auto i : tally.open()) {
    if (!bindings || changes[i].op == Change::Op::remove) continue;
    const auto taken = bindings->taken.find(changes[i].name);
    if (taken == bindings->taken.end()) continue;
    Error error = refusal;
    error.message = changes[i].name + " is already the name of a " + taken->second +
                    " binding of this Worker: rename one of them";
    tally.settle(i, Receipt::Outcome::failed, std::move(error));
    blamed = changes[i].name;
  }
  Error held = refusal;
  if (!blamed.empty()) {
    held = {.kind = ErrorKind::conflict,
            .message = "not written: Cloudflare refused the call for " + blamed,
            .code = refusal.code};
  } else if (tally.open().size() > 1) {
    held.kind = ErrorKind::conflict;
  }
  tally.settle_open(Receipt::Outcome::failed, held);
}

/// 10056: a secret to remove is not there, which is what was wanted.
void settle_no_such_secret(Tally& tally, const std::vector<Change>& changes, const Error& refusal,
                           const Result<Bindings>& bindings) {
  for (const auto i : tally.open()) {
    if (changes[i].op != Change::Op::remove) continue;
    const bool gone = bindings ? !holds(*bindings, changes[i].name) : changes.size() == 1;
    if (gone) tally.settle(i, Receipt::Outcome::done);
  }
  Error held = refusal;
  held.kind = ErrorKind::conflict;
  held.message = "not written: Cloudflare refused the call for a secret that is already gone";
  tally.settle_open(Receipt::Outcome::failed, held);
}

/// The evidence that the pass decided on, as its intents hold it; empty when there is none.
PlaceEvidence decided_on(const std::vector<Change>& changes, const PlaceRecord& memory) {
  for (const auto& change : changes) {
    const auto record = memory.names.find(change.name);
    if (record == memory.names.end() || !record->second.intent) continue;
    if (!record->second.intent->place_before.event.empty()) {
      return record->second.intent->place_before;
    }
  }
  return {};
}

/// True when nothing since `event` can have touched secrets.
bool only_ordinary_deploys(const std::vector<Deployment>& deployments, const std::string& event) {
  const auto past = since(deployments, event);
  return past.complete &&
         std::all_of(past.events.begin(), past.events.end(), [](const PlaceEvent& one) {
           return one.effect == PlaceEvent::Effect::keeps_secrets;
         });
}

/// The evidence to count new deployments from: what the pass decided on, or what is active now.
/// `conflict` when secrets may have changed in between, because then the decision is out of date.
Result<PlaceEvidence> base_of(const std::string& script, const std::vector<Deployment>& deployments,
                              const PlaceEvidence& decided) {
  if (decided.event.empty()) return evidence_of(deployments);
  if (only_ordinary_deploys(deployments, decided.event)) return decided;
  return fail(ErrorKind::conflict,
              "someone may have changed secrets of " + script + " since they were read");
}

Purpose purpose_of(const std::string& script, WriteMode mode) {
  const bool live = mode == WriteMode::live;
  return {.operation = live ? "secrets.bulk" : "versions.patch",
          .doing = (live ? "writing the secrets of " : "staging the secrets of ") + script,
          .effect = net::Effect::Write};
}

/// What came of the write: the envelope's `result`, live the secrets, staged the new version;
/// `outcome_unknown` for everything that is neither a yes nor a refusal.
Result<Answer> read_write(const Result<net::Response>& response, WriteMode mode,
                          const Purpose& purpose, Confidential hidden, Wall now) {
  if (!response) {
    Error lost = response.error();
    lost.kind = ErrorKind::outcome_unknown;
    return fail(std::move(lost));
  }
  TRY(auto document, read_envelope(*response, purpose, hidden, now));
  Answer answer{.document = std::move(document), .hidden = std::move(hidden)};
  if (mode == WriteMode::live) return answer;
  if (auto id = read_version_id(answer, purpose); !id) {
    Error odd = id.error();
    odd.kind = ErrorKind::outcome_unknown;
    return fail(std::move(odd));
  }
  return answer;
}

/// A staged write that succeeded. No deployment moved, so the evidence stays what it was before.
Applied staged_write(std::string version, std::string note, const PlaceEvidence& before) {
  Applied applied{.evidence = before, .staged = true, .note = std::move(note), .reads = 2};
  applied.staged_version = std::move(version);
  return applied;
}

/// True for refusals that the names which are there explain.
bool names_tell(const Error& refusal) {
  return refusal.kind != ErrorKind::outcome_unknown &&
         (refusal.code == std::to_string(code::name_in_use) ||
          refusal.code == std::to_string(code::no_such_secret));
}

void settle_by_names(Tally& tally, const std::vector<Change>& changes, const Error& refusal,
                     const Result<Bindings>& bindings) {
  if (refusal.code == std::to_string(code::name_in_use)) {
    settle_name_in_use(tally, changes, refusal, bindings);
  } else {
    settle_no_such_secret(tally, changes, refusal, bindings);
  }
}

void settle_refusal(Tally& tally, const Error& refusal) {
  if (refusal.kind == ErrorKind::outcome_unknown) {
    tally.settle_open(Receipt::Outcome::unknown, unknown_outcome(refusal));
  } else {
    tally.settle_open(Receipt::Outcome::failed, refusal);
  }
}

}  // namespace

Awaitable<Result<Prepared>> CloudflareWorkerProvider::prepare_write(std::string script,
                                                                    WriteMode mode,
                                                                    SecretBytes body,
                                                                    CallContext context) {
  net::Request request;
  request.method = "PATCH";
  request.url = mode == WriteMode::live
                    ? script_path(script, "/secrets-bulk")
                    : "/accounts/" + percent_encode(account_) + "/workers/workers/" +
                          percent_encode(script) + "/versions/latest";
  request.headers = {{"Content-Type", "application/merge-patch+json"}};
  request.body = std::move(body);
  request.effect = net::Effect::Write;
  request.operation = purpose_of(script, mode).operation;
  return caller_.prepare(std::move(request), context);
}

Awaitable<Applied> CloudflareWorkerProvider::evidence_after(std::string script,
                                                            PlaceEvidence before,
                                                            CallContext context) {
  Applied applied{.evidence = before, .evidence_is_ours = false};
  // The list may come from a replica that has not heard of the write: one more look, no waiting.
  for (int look = 0; look < 2; ++look) {
    auto reading = deployments(script, context);
    const auto after = co_await std::move(reading);
    ++applied.reads;
    if (!after) break;
    take_evidence(applied, before, *after);
    if (evidence_of(*after).event != before.event) break;
  }
  co_return applied;
}

Awaitable<CloudflareWorkerProvider::Staged> CloudflareWorkerProvider::staged_after(
    std::string script, std::string version, std::vector<Deployment> deployments,
    CallContext context, Values sent) {
  auto reading = bindings(script, context, sent);
  Staged out{.version = version, .names = co_await std::move(reading), .note = {}};
  auto listing = versions(script, context, std::move(sent));
  const auto listed = co_await std::move(listing);
  out.note = waiting_note(script, version, deployments, listed ? *listed : std::vector<Version>{});
  co_return out;
}

Awaitable<Result<Applied>> CloudflareWorkerProvider::apply(Place place, std::vector<Change> changes,
                                                           const PlaceRecord& memory,
                                                           WriteMode mode, CallContext context) {
  CO_TRY(const auto script, script_of(place));
  CO_TRY(auto tally, Tally::of(place.kind, changes));
  const auto open = tally.open();
  if (open.empty()) co_return Applied{.receipts = tally.take()};

  auto checking = standing(script, memory, mode, context);
  CO_TRY(const auto now, co_await std::move(checking));
  if (!now.check.ok) {
    const Error newer{.kind = ErrorKind::conflict, .message = now.check.reason};
    tally.settle_open(Receipt::Outcome::failed, newer);
    co_return Applied{
        .receipts = tally.take(), .evidence_is_ours = false, .reads = now.check.requests};
  }
  CO_TRY(const auto before, base_of(script, now.deployments, decided_on(changes, memory)));

  auto body = mode == WriteMode::live ? bulk_body(changes, open)
                                      : stage_body(changes, open, context.attempt);
  auto preparing = prepare_write(script, mode, std::move(body), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  const auto sent = values_of(changes);
  prepared.hidden.add(sent);
  auto sending = caller_.send(std::move(prepared.request));
  const auto response = co_await std::move(sending);
  if (!response && nothing_was_sent(response.error())) co_return fail(response.error());

  const auto purpose = purpose_of(script, mode);
  const auto answer =
      read_write(response, mode, purpose, std::move(prepared.hidden), caller_.clock().wall());
  Applied applied{.evidence = before, .evidence_is_ours = false};
  if (answer && mode == WriteMode::staged) {
    auto looking =
        staged_after(script, *read_version_id(*answer, purpose), now.deployments, context, sent);
    auto staged = co_await std::move(looking);
    settle_looked_up(tally, changes, staged.names);
    applied = staged_write(std::move(staged.version), std::move(staged.note), before);
  } else if (answer) {
    settle_told(tally, changes, answer->result());
    const bool untold = !tally.open().empty();
    if (untold) {
      auto reading = bindings(script, context, sent);
      settle_looked_up(tally, changes, co_await std::move(reading));
    }
    auto reading = evidence_after(script, before, context);
    applied = co_await std::move(reading);
    applied.reads += untold ? 1 : 0;
  } else if (names_tell(answer.error())) {
    auto reading = bindings(script, context, sent);
    settle_by_names(tally, changes, answer.error(), co_await std::move(reading));
    applied.reads = 1;
    if (tally.any_done()) {
      // Nothing was deployed, so what the ledger holds stays the evidence.
      applied.evidence = memory.evidence;
      applied.evidence_is_ours = true;
      applied.staged_version = memory.staged_version.value_or("");
    }
  } else {
    settle_refusal(tally, answer.error());
  }
  applied.receipts = tally.take();
  applied.reads += now.check.requests;
  applied.writes = 1;
  co_return applied;
}

}  // namespace lockstep::providers::cloudflare
