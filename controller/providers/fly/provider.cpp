#include "providers/fly/provider.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "providers/common/tally.hpp"
#include "providers/fly/authorization.hpp"
#include "providers/fly/machines.hpp"
#include "providers/fly/requests.hpp"
#include "providers/fly/roll_out.hpp"

namespace lockstep::providers::fly {

namespace {

Result<std::string> app_of(const Place& place) {
  if (place.kind != PlaceKind::flyApp || place.parts.size() != 1) {
    return fail(ErrorKind::unsupported, place.key() + " is not a Fly.io app");
  }
  return place.parts[0];
}

/// Whether it matters which machines run: something waits to become live, or may have been written
/// by an attempt that a crash cut short.
bool needs_machines(const PlaceRecord& memory) {
  return memory.roll_out_due || std::ranges::any_of(memory.names, [](const auto& entry) {
           return entry.second.staged || entry.second.intent;
         });
}

/// The machines that ran the old set at our last write; empty when that is not known, also because
/// an attempt was cut short that may have been a later one.
std::vector<std::string> known_old(const PlaceRecord& memory) {
  const bool open = std::ranges::any_of(
      memory.names, [](const auto& entry) { return entry.second.intent.has_value(); });
  return open ? std::vector<std::string>() : memory.machines;
}

SecretBytes bulk_body(const std::vector<Change>& changes, const std::vector<std::size_t>& open) {
  JsonWriter body;
  body.begin_object().key("values").begin_object();
  for (const auto i : open) {
    body.key(changes[i].name);
    if (changes[i].op == Change::Op::put) {
      body.string(changes[i].value.expose());
    } else {
      body.null();
    }
  }
  return body.end_object().end_object().take();
}

net::Request bulk_request(const std::string& app, const std::vector<Change>& changes,
                          const std::vector<std::size_t>& open) {
  auto request = write_request("POST", app_path(app, "/secrets"), "secrets.bulk");
  request.headers = {{"Content-Type", "application/json"}};
  request.body = bulk_body(changes, open);
  request.bucket = bucket_of_app(app);
  return request;
}

/// What came of the write; `outcome_unknown` for everything that is neither a yes nor a refusal.
Result<SecretList> read_bulk(const Result<net::Response>& response, const Purpose& purpose,
                             const Confidential& hidden, Wall now) {
  if (!response) {
    Error lost = response.error();
    lost.kind = ErrorKind::outcome_unknown;
    return fail(std::move(lost));
  }
  TRY(const auto document, read_answer(*response, purpose, hidden, now));
  auto list = read_secrets(document, purpose);
  if (list) return list;
  Error odd = list.error();
  odd.kind = ErrorKind::outcome_unknown;
  return fail(std::move(odd));
}

/// Fly.io names a refused name in its text and refuses the whole call with it.
void settle_refused(const std::vector<Change>& changes, Tally& tally, const Error& refusal) {
  if (refusal.kind == ErrorKind::invalid) {
    std::vector<std::size_t> blamed;
    for (const auto i : tally.open()) {
      if (refusal.remote.text().contains('"' + changes[i].name + '"')) blamed.push_back(i);
    }
    for (const auto i : blamed) tally.settle(i, Receipt::Outcome::failed, refusal);
    if (!blamed.empty()) {
      Error held{.kind = ErrorKind::conflict,
                 .message = "not written: Fly.io refused the call for " + changes[blamed[0]].name,
                 .code = refusal.code};
      tally.settle_open(Receipt::Outcome::failed, held);
    }
  }
  tally.settle_open(Receipt::Outcome::failed, refusal);
}

/// True when the list says what became of the change. A write shows the digest of its value.
bool answers(const SecretList& list, const Change& change) {
  const auto found = list.secrets.find(change.name);
  if (change.op == Change::Op::remove) return found == list.secrets.end();
  return found != list.secrets.end() && !found->second.token.empty();
}

void settle_done(Tally& tally, std::size_t position, const Change& change, const SecretList& list) {
  auto& receipt = tally.settle(position, Receipt::Outcome::done);
  if (change.op == Change::Op::remove) return;
  const auto& written = list.secrets.find(change.name)->second;
  receipt.token = written.token.clone();
  receipt.updated_at = written.updated_at;
}

/// What the answer to the write itself tells; the rest stays open.
void settle_told(Tally& tally, const std::vector<Change>& changes, const SecretList& answer) {
  for (const auto i : tally.open()) {
    if (answers(answer, changes[i])) settle_done(tally, i, changes[i], answer);
  }
}

/// What a read after the write tells of those that the answer left out.
void settle_listed(Tally& tally, const std::vector<Change>& changes,
                   const Result<SecretList>& listed) {
  if (listed) settle_told(tally, changes, *listed);
  for (const auto i : tally.open()) {
    const Error missed{
        .kind = ErrorKind::protocol,
        .message = "Fly.io said yes, but its answer does not show " + changes[i].name};
    tally.settle(i, Receipt::Outcome::unknown, unknown_outcome(missed));
  }
}

}  // namespace

FlyProvider::FlyProvider(net::HttpClient& http, Clock& clock, TokenSource token, FlyOptions options)
    : caller_(http, clock, std::move(token), std::move(options.base_url), authorization) {}

const Capabilities& FlyProvider::capabilities() const {
  return capabilities_of(PlaceKind::flyApp);
}

Awaitable<Result<json::value>> FlyProvider::read(std::string path, std::string bucket,
                                                 Purpose purpose, CallContext context) {
  auto request = read_request(std::move(path), purpose.operation);
  request.bucket = std::move(bucket);
  auto preparing = caller_.prepare(std::move(request), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(const auto response, co_await std::move(sending));
  co_return read_answer(response, purpose, prepared.hidden, caller_.clock().wall());
}

Awaitable<Result<SecretList>> FlyProvider::list(std::string app, std::string version,
                                                CallContext context) {
  const Purpose purpose{.operation = "secrets.list", .doing = "reading the secrets of " + app};
  // Reads may come from a replica that is behind; the version of a write asks for one that is not
  // (https://github.com/superfly/fly-go, flaps/flaps_secrets.go).
  const auto query = version.empty() ? "" : "?version=" + percent_encode(version);
  auto reading = read(app_path(app, "/secrets" + query), bucket_of_app(app), purpose, context);
  CO_TRY(const auto document, co_await std::move(reading));
  co_return read_secrets(document, purpose);
}

Awaitable<Result<std::vector<Machine>>> FlyProvider::machines(std::string app,
                                                              CallContext context) {
  const Purpose purpose{.operation = "machines.list", .doing = "reading the machines of " + app};
  auto reading = read(app_path(app, "/machines"), bucket_of_app(app), purpose, context);
  CO_TRY(const auto document, co_await std::move(reading));
  co_return read_machines(document, purpose.operation);
}

Awaitable<Result<Observation>> FlyProvider::observe(Place place, const PlaceRecord& memory,
                                                    CallContext context) {
  CO_TRY(const auto app, app_of(place));
  auto listing = list(app, memory.evidence.version, context);
  CO_TRY(auto listed, co_await std::move(listing));
  Observation seen{.at = caller_.clock().wall()};
  seen.requests = 1;
  for (auto& [name, secret] : listed.secrets) seen.secrets.push_back(std::move(secret));
  if (!needs_machines(memory)) co_return seen;

  auto reading = machines(app, context);
  CO_TRY(const auto there, co_await std::move(reading));
  seen.requests = 2;
  seen.machines = managed_entries(there);
  const auto old = old_entries(there, known_old(memory), last_write(memory));
  const auto running = liveness(old, seen.machines);
  seen.liveness_note = running.note;
  seen.live = running.live;
  seen.roll_out = scope_of(there, old);
  for (auto& secret : seen.secrets) {
    const auto record = memory.names.find(secret.name);
    if (record != memory.names.end() && record->second.staged) secret.live = running.live;
  }
  co_return seen;
}

Awaitable<Result<WriteCheck>> FlyProvider::check_write(Place place, const PlaceRecord&, WriteMode,
                                                       CallContext context) {
  CO_TRY(const auto app, app_of(place));
  auto reading = machines(app, context);
  CO_TRY(const auto there, co_await std::move(reading));
  co_return WriteCheck{.roll_out = scope_of(there, {}), .requests = 1};
}

Awaitable<Result<Applied>> FlyProvider::apply(Place place, std::vector<Change> changes,
                                              const PlaceRecord&, WriteMode mode,
                                              CallContext context) {
  CO_TRY(const auto app, app_of(place));
  CO_TRY(auto tally, Tally::of(place.kind, changes));
  const auto open = tally.open();
  Applied applied;
  if (open.empty()) {
    applied.receipts = tally.take();
    co_return applied;
  }

  const Purpose purpose{.operation = "secrets.bulk",
                        .doing = "writing the secrets of " + app,
                        .effect = net::Effect::Write};
  auto preparing = caller_.prepare(bulk_request(app, changes, open), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  for (const auto i : open) prepared.hidden.add(changes[i].value.expose());
  auto sending = caller_.send(std::move(prepared.request));
  const auto response = co_await std::move(sending);
  if (!response && nothing_was_sent(response.error())) co_return fail(response.error());

  applied.writes = 1;
  const auto answer = read_bulk(response, purpose, prepared.hidden, caller_.clock().wall());
  if (answer) {
    settle_told(tally, changes, *answer);
    applied.evidence.version = answer->version;
  } else if (answer.error().kind == ErrorKind::outcome_unknown) {
    tally.settle_open(Receipt::Outcome::unknown, unknown_outcome(answer.error()));
  } else {
    settle_refused(changes, tally, answer.error());
  }
  if (!tally.open().empty()) {
    auto listing = list(app, answer->version, context);
    const auto listed = co_await std::move(listing);
    ++applied.reads;
    settle_listed(tally, changes, listed);
    applied.presumed = true;
  }

  if (tally.any_done()) {
    applied.staged = true;
    auto reading = machines(app, context);
    const auto there = co_await std::move(reading);
    ++applied.reads;
    auto old = there ? managed_entries(*there) : std::vector<std::string>();
    if (!there) {
      applied.note = "staged: which machines run the old set could not be read";
    } else if (mode == WriteMode::staged || old.empty()) {
      applied.note = note_after_write(app, old);
    }
    if (there) old.emplace_back(no_more);
    applied.machines = std::move(old);
  }
  applied.receipts = tally.take();
  co_return applied;
}

Awaitable<Result<RolledOut>> FlyProvider::roll_out(Place place, const PlaceRecord& memory,
                                                   CallContext context) {
  CO_TRY(const auto app, app_of(place));
  RollOutStep step(caller_, app, memory, context);
  auto running = step.run();
  co_return co_await std::move(running);
}

Awaitable<Result<Attribution>> FlyProvider::attribute(Place place, std::string, CallContext) {
  CO_TRY_OK(app_of(place));
  co_return Attribution{};
}

}  // namespace lockstep::providers::fly
