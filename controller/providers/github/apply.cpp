// The writing half of the provider: one change after the other, then what the list says of them.
#include <algorithm>

#include "base/text.hpp"
#include "providers/github/provider.hpp"

namespace lockstep::providers::github {

namespace {

/// What became of the changes so far.
struct Batch {
  Tally tally;
  std::map<std::size_t, Wall> accepted;  ///< puts that GitHub accepted, and when by its clock
  std::vector<std::size_t> vanished;     ///< removals that were answered 404
  std::vector<std::string> raced;        ///< names that someone else made or removed meanwhile
};

bool is_put(const Change& change) {
  return change.op == Change::Op::put;
}

Change copy_of(const Change& change) {
  return {.op = change.op, .name = change.name, .value = change.value.clone()};
}

Purpose writing(const Scope& scope, const Change& change) {
  const bool put = is_put(change);
  return {.operation = put ? "secrets.put" : "secrets.delete",
          .doing = (put ? "writing " : "deleting ") + change.name + " of " + scope.words(),
          .effect = net::Effect::Write,
          .repository_field = scope.repository_field()};
}

net::Request delete_request(const Scope& scope, const Change& change) {
  net::Request request;
  request.method = "DELETE";
  request.url = scope.secret_path(change.name);
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

/// 201 says that the name was new, 204 that it was there: not what the pass had read.
bool someone_was_faster(const PlaceRecord& memory, const std::string& name, int status) {
  const auto known = memory.names.find(name);
  if (known == memory.names.end() || !known->second.intent) return false;
  return known->second.intent->was_there == (status == 201);
}

void accept(Batch& batch, std::size_t position, const Change& change, const Api::Sent& sent,
            const PlaceRecord& memory) {
  if (change.op == Change::Op::remove) {
    batch.tally.settle(position, Receipt::Outcome::done);
    return;
  }
  if (someone_was_faster(memory, change.name, sent.status)) batch.raced.push_back(change.name);
  if (!sent.date) {
    const Error timeless{.kind = ErrorKind::protocol,
                         .message = "GitHub said yes to " + change.name + ", but not when"};
    batch.tally.settle(position, Receipt::Outcome::unknown, unknown_outcome(timeless));
    return;
  }
  batch.accepted[position] = *sent.date;
  batch.tally.settle(position, Receipt::Outcome::done).answered_at = sent.date;
}

/// False when the changes after it would fail alike: then they are failed, and were not sent.
bool settle(Batch& batch, std::size_t position, const Change& change, const Api::Sent& sent,
            const PlaceRecord& memory) {
  if (!sent.error) {
    accept(batch, position, change, sent, memory);
    return true;
  }
  const auto& error = *sent.error;
  if (change.op == Change::Op::remove && error.code == "http_404") {
    batch.vanished.push_back(position);
    return true;
  }
  if (error.kind == ErrorKind::outcome_unknown) {
    batch.tally.settle(position, Receipt::Outcome::unknown, unknown_outcome(error));
    batch.tally.settle_open(
        Receipt::Outcome::failed,
        {.kind = ErrorKind::transient,
         .message = "not sent: what came of " + change.name + " before it is not known"});
    return false;
  }
  batch.tally.settle(position, Receipt::Outcome::failed, error);
  if (error.kind == ErrorKind::invalid) return true;
  batch.tally.settle_open(Receipt::Outcome::failed, error);
  return false;
}

/// True when a list may be from before our write: it shows the time that the pass had read.
bool may_be_behind(const PlaceRecord& memory, const ObservedSecret& seen) {
  const auto known = memory.names.find(seen.name);
  if (known == memory.names.end() || !known->second.intent) return false;
  const auto& before = known->second.intent->updated_before;
  return before && *seen.updated_at <= *before;
}

/// S9: the list's time is the write's own only when it is near GitHub's answer. An older one is a
/// list that is behind, a newer one somebody else's write; one that is only a little newer is
/// presumed to be ours.
void take_times(Batch& batch, const std::vector<Change>& changes, const PlaceRecord& memory,
                const std::map<std::string, ObservedSecret>& listed) {
  for (const auto& [position, answered] : batch.accepted) {
    const auto found = listed.find(changes[position].name);
    if (found == listed.end() || !found->second.updated_at) continue;
    if (!is_time_of_write(*found->second.updated_at, answered)) continue;
    if (may_be_behind(memory, found->second)) continue;
    auto& receipt = batch.tally.settle(position, Receipt::Outcome::done);
    receipt.updated_at = found->second.updated_at;
    receipt.presumed = is_after_answer(*found->second.updated_at, answered);
    receipt.answered_at.reset();
  }
}

/// A removal that was answered 404 is done when a list of the same scope lacks the name.
void settle_vanished(Batch& batch, const std::vector<Change>& changes,
                     const std::map<std::string, ObservedSecret>* listed) {
  for (const auto position : batch.vanished) {
    if (listed && !listed->contains(changes[position].name)) {
      batch.tally.settle(position, Receipt::Outcome::done).error.reset();
      continue;
    }
    const auto why = listed ? "GitHub says 404 to deleting " + changes[position].name +
                                  ", and still lists it: may the token delete?"
                            : "GitHub says 404 to deleting " + changes[position].name +
                                  ", and its list could not be read";
    batch.tally.settle(position, Receipt::Outcome::failed,
                       {.kind = ErrorKind::protocol, .message = why, .code = "http_404"});
  }
}

void tell_races(Applied& applied, const std::vector<std::string>& raced) {
  if (raced.empty()) return;
  applied.presumed = true;
  applied.note = "someone else created or deleted " + join(raced, ", ") +
                 " between our read and our write; lockstep's value stands there now";
}

}  // namespace

Awaitable<Api::Sent> GitHubSecretsProvider::send(Scope scope, Change change,
                                                 std::optional<PublicKey> key, Values values,
                                                 CallContext context) {
  auto request = key ? put_request(scope, change, *key) : delete_request(scope, change);
  if (!request) co_return Api::Sent{.error = request.error()};
  const auto purpose = writing(scope, change);
  auto sending = api_.write(std::move(*request), purpose, std::move(values), context);
  co_return co_await std::move(sending);
}

Awaitable<Result<Applied>> GitHubSecretsProvider::apply(Place place, std::vector<Change> changes,
                                                        const PlaceRecord& memory, WriteMode,
                                                        CallContext context) {
  CO_TRY(const auto scope, Scope::of(place));
  CO_TRY(auto tally, Tally::of(place.kind, changes));
  const auto open = tally.open();
  const bool any_put = std::ranges::any_of(open, [&](std::size_t i) { return is_put(changes[i]); });
  const auto values = values_of(changes);
  Batch batch{.tally = std::move(tally)};
  Applied applied;
  std::optional<PublicKey> key;
  if (any_put) {
    auto getting = public_key(scope, context);
    auto got = co_await std::move(getting);
    if (!got) {
      auto proving = proved_or(api_, scope, got.error(), context);
      co_return fail(co_await std::move(proving));
    }
    key = std::move(*got);
    ++applied.reads;
  }

  bool asked_anew = false;
  for (const auto i : open) {
    const auto& change = changes[i];
    const auto key_for = is_put(change) ? key : std::nullopt;
    auto sending = send(scope, copy_of(change), key_for, values, context);
    auto sent = co_await std::move(sending);
    if (sent.left) ++applied.writes;
    // A scope's key may change without notice: once in a batch it is asked for anew.
    if (sent.error && sent.error->code == improper_seal && !std::exchange(asked_anew, true)) {
      auto getting = public_key(scope, context);
      auto fresh = co_await std::move(getting);
      ++applied.reads;
      if (fresh) {
        key = std::move(*fresh);
        auto again = send(scope, copy_of(change), key, values, context);
        sent = co_await std::move(again);
        if (sent.left) ++applied.writes;
      }
    }
    if (applied.writes == 0 && sent.error) co_return fail(*sent.error);
    if (!settle(batch, i, change, sent, memory)) break;
  }

  if (!batch.accepted.empty() || !batch.vanished.empty()) {
    auto listing = list(scope, context);
    const auto listed = co_await std::move(listing);
    applied.reads += listed ? listed->requests : 1;
    if (listed) take_times(batch, changes, memory, listed->secrets);
    settle_vanished(batch, changes, listed ? &listed->secrets : nullptr);
  }
  tell_races(applied, batch.raced);
  applied.receipts = batch.tally.take();
  co_return applied;
}

}  // namespace lockstep::providers::github
