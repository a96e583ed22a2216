// CloudflareWorkerProvider::apply: one bulk write, and what its answer means for each name.
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

/// What came of the write; `outcome_unknown` for everything that is neither a yes nor a refusal.
Result<json::value> read_bulk(const Result<net::Response>& response, const Purpose& purpose,
                              const Confidential& hidden, Wall now) {
  if (response) return read_envelope(*response, purpose, hidden, now);
  Error lost = response.error();
  lost.kind = ErrorKind::outcome_unknown;
  return fail(std::move(lost));
}

}  // namespace

Awaitable<Result<Prepared>> CloudflareWorkerProvider::prepare_bulk(std::string script,
                                                                   SecretBytes body,
                                                                   CallContext context) {
  net::Request request;
  request.method = "PATCH";
  request.url = script_path(script, "/secrets-bulk");
  request.headers = {{"Content-Type", "application/merge-patch+json"}};
  request.body = std::move(body);
  request.effect = net::Effect::Write;
  request.operation = "secrets.bulk";
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

Awaitable<Result<Applied>> CloudflareWorkerProvider::apply(Place place, std::vector<Change> changes,
                                                           const PlaceRecord& memory, WriteMode,
                                                           CallContext context) {
  CO_TRY(const auto script, script_of(place));
  CO_TRY(auto tally, Tally::of(place.kind, changes));
  const auto open = tally.open();
  if (open.empty()) co_return Applied{.receipts = tally.take()};

  auto checking = standing(script, context);
  CO_TRY(const auto now, co_await std::move(checking));
  auto reads = now.check.requests;
  if (!now.check.ok) {
    const Error newer{.kind = ErrorKind::conflict, .message = now.check.reason};
    tally.settle_open(Receipt::Outcome::failed, newer);
    co_return Applied{.receipts = tally.take(), .evidence_is_ours = false, .reads = reads};
  }
  CO_TRY(const auto before, base_of(script, now.deployments, decided_on(changes, memory)));

  auto preparing = prepare_bulk(script, bulk_body(changes, open), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  for (const auto i : open) prepared.hidden.add(changes[i].value.expose());
  auto sending = caller_.send(std::move(prepared.request));
  const auto response = co_await std::move(sending);
  if (!response && nothing_was_sent(response.error())) co_return fail(response.error());

  const Purpose purpose{.operation = "secrets.bulk",
                        .doing = "writing the secrets of " + script,
                        .effect = net::Effect::Write};
  const auto answer = read_bulk(response, purpose, prepared.hidden, caller_.clock().wall());
  Applied applied{.evidence = before, .evidence_is_ours = false};
  if (answer) {
    settle_told(tally, changes, *member(*answer, "result"));
    if (!tally.open().empty()) {
      auto reading = bindings(script, context);
      ++reads;
      settle_looked_up(tally, changes, co_await std::move(reading));
    }
    auto reading = evidence_after(script, before, context);
    applied = co_await std::move(reading);
  } else if (answer.error().kind == ErrorKind::outcome_unknown) {
    tally.settle_open(Receipt::Outcome::unknown, unknown_outcome(answer.error()));
  } else if (answer.error().code == std::to_string(code::name_in_use)) {
    auto reading = bindings(script, context);
    ++reads;
    settle_name_in_use(tally, changes, answer.error(), co_await std::move(reading));
  } else if (answer.error().code == std::to_string(code::no_such_secret)) {
    auto reading = bindings(script, context);
    ++reads;
    settle_no_such_secret(tally, changes, answer.error(), co_await std::move(reading));
    // Nothing was deployed, so what the ledger holds stays the evidence.
    applied.evidence = memory.evidence;
    applied.evidence_is_ours = true;
  } else {
    tally.settle_open(Receipt::Outcome::failed, answer.error());
  }
  applied.receipts = tally.take();
  applied.reads += reads;
  applied.writes = 1;
  co_return applied;
}

}  // namespace lockstep::providers::cloudflare
