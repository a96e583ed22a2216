// The other half of a step of a roll-out: leases, and waiting for health.
#include <algorithm>

#include "base/text.hpp"
#include "providers/fly/health.hpp"
#include "providers/fly/requests.hpp"
#include "providers/fly/roll_out.hpp"

namespace lockstep::providers::fly {

namespace {

// Long enough that a few refreshes of a whole batch fit into Fly.io's one request a second, short
// enough that what a crash left behind is soon free.
constexpr int lease_seconds = 60;
constexpr Nanos refresh_every = std::chrono::seconds(20);
constexpr Nanos look_every = std::chrono::seconds(5);
/// How long a batch may take to become healthy; flyctl waits as long by default.
constexpr Nanos health_limit = std::chrono::minutes(5);
/// How long someone else's lease is left alone before it is asked for again.
constexpr Nanos held_by_another = std::chrono::seconds(20);

/// A failed look that a later one makes good.
bool passes(ErrorKind kind) {
  return kind == ErrorKind::transient || kind == ErrorKind::throttled ||
         kind == ErrorKind::protocol || kind == ErrorKind::outcome_unknown;
}

}  // namespace

RollOutStep::Lease* RollOutStep::lease_of(std::string_view machine) {
  const auto found = std::ranges::find(leases_, machine, &Lease::machine);
  return found == leases_.end() ? nullptr : &*found;
}

Awaitable<Result<json::value>> RollOutStep::lease_call(std::string method, Lease lease) {
  const Purpose purpose{.operation = method == "POST" ? "leases.take" : "leases.release",
                        .doing = "asking for the lease of machine " + lease.machine,
                        .effect = net::Effect::Write};
  const auto rest =
      method == "POST" ? "/lease?ttl=" + std::to_string(lease_seconds) : std::string("/lease");
  auto request =
      write_request(std::move(method), machine_path(app_, lease.machine, rest), purpose.operation);
  request.bucket = bucket_of_machine(lease.machine);
  if (!lease.nonce.empty()) request.headers.push_back({std::string(nonce_header), lease.nonce});
  auto preparing = caller_.prepare(std::move(request), call());
  CO_TRY(auto prepared, co_await std::move(preparing));
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(const auto response, co_await std::move(sending));
  ++out_.writes;
  co_return read_answer(response, purpose, prepared.hidden, caller_.clock().wall());
}

Awaitable<Status> RollOutStep::take_lease(std::string id) {
  auto asking = lease_call("POST", {.machine = id, .nonce = ""});
  auto answer = co_await std::move(asking);
  if (!answer) {
    Error why = answer.error();
    if (why.kind == ErrorKind::conflict) {
      why.message = "someone else is at work on machine " + id + " (it is leased)";
      why.retry_at = caller_.clock().wall() + held_by_another;
    }
    co_return fail(std::move(why));
  }
  const auto* data = member(*answer, "data");
  const auto nonce = data ? text_member(*data, "nonce") : std::nullopt;
  const bool fits = nonce && !nonce->empty() && nonce->size() <= 128 &&
                    std::ranges::all_of(*nonce, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fits) {
    co_return fail(ErrorKind::protocol, "Fly.io's answer to leases.take has no nonce");
  }
  leases_.push_back({.machine = std::move(id), .nonce = std::string(*nonce)});
  if (!refreshed_) refreshed_ = caller_.clock().mono();
  co_return Status{};
}

/// A lease that is lost after the update protects nothing any more, so only what ends the step
/// matters here.
Awaitable<Status> RollOutStep::refresh_leases() {
  const auto now = caller_.clock().mono();
  if (leases_.empty() || now - refreshed_.value_or(now) < refresh_every) co_return Status{};
  refreshed_ = now;
  for (const auto& lease : leases_) {
    auto asking = lease_call("POST", lease);
    const auto answer = co_await std::move(asking);
    if (answer || passes(answer.error().kind) || answer.error().kind == ErrorKind::conflict) {
      continue;
    }
    co_return fail(answer.error());
  }
  co_return Status{};
}

/// As good as it goes: a lease that stays ends by itself.
Awaitable<void> RollOutStep::release_leases() {
  for (const auto& lease : leases_) {
    auto asking = lease_call("DELETE", lease);
    (void)co_await std::move(asking);
  }
  leases_.clear();
}

Awaitable<Result<std::vector<Machine>>> RollOutStep::list() {
  const Purpose purpose{.operation = "machines.list", .doing = "reading the machines of " + app_};
  auto request = read_request(app_path(app_, "/machines"), purpose.operation);
  request.bucket = bucket_of_app(app_);
  auto preparing = caller_.prepare(std::move(request), call());
  CO_TRY(auto prepared, co_await std::move(preparing));
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(const auto response, co_await std::move(sending));
  ++out_.reads;
  heard_ = std::move(prepared.hidden);
  CO_TRY(const auto document, read_answer(response, purpose, heard_, caller_.clock().wall()));
  co_return read_machines(document, purpose.operation);
}

Awaitable<Result<net::Response>> RollOutStep::show(std::string id, std::string doing) {
  const Purpose purpose{.operation = std::string(read_machine_operation),
                        .doing = std::move(doing)};
  auto request = read_request(machine_path(app_, id), purpose.operation);
  request.bucket = bucket_of_machine(id);
  auto preparing = caller_.prepare(std::move(request), call());
  CO_TRY(auto prepared, co_await std::move(preparing));
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(auto response, co_await std::move(sending));
  ++out_.reads;
  CO_TRY(const auto document,
         read_answer(response, purpose, prepared.hidden, caller_.clock().wall()));
  CO_TRY(const auto machine, read_machine(document, purpose.operation));
  if (machine.id != id) {
    co_return fail(ErrorKind::protocol, "Fly.io's answer to machines.get is of another machine");
  }
  co_return response;
}

/// Since when it runs: by our own clock for what this step updated, by its events for what ran
/// before; without an event nothing speaks against it.
Nanos RollOutStep::up_for(const Machine& machine, Awaited& awaited) const {
  if (awaited.replaced.empty()) {
    return machine.started_at ? caller_.clock().wall() - *machine.started_at : smoke_time;
  }
  const auto now = caller_.clock().mono();
  if (machine.state != "started" || machine.instance == awaited.replaced) {
    awaited.started_seen.reset();
    return Nanos{};
  }
  if (!awaited.started_seen) awaited.started_seen = now;
  return now - *awaited.started_seen;
}

void RollOutStep::judge_awaited(const std::vector<Machine>& machines) {
  std::erase_if(awaited_, [&](Awaited& awaited) {
    const auto machine = std::ranges::find(machines, awaited.id, &Machine::id);
    const bool there = machine != machines.end();
    if (there && machine->instance == awaited.replaced) {
      awaited.why = "the update is not seen yet";
      return false;
    }
    auto health = Health{.verdict = Health::Verdict::healthy, .why = {}};
    if (there) health = judge(*machine, up_for(*machine, awaited));
    if (health.verdict == Health::Verdict::healthy) out_.updated.push_back(awaited.id);
    if (health.verdict == Health::Verdict::failed) {
      stop(awaited.id,
           {.kind = ErrorKind::invalid, .message = "did not become healthy: " + health.why});
    }
    awaited.why = std::move(health.why);
    return health.verdict == Health::Verdict::healthy;
  });
}

/// When the next look is worth its request: from time to time, and as soon as a machine has run for
/// long enough.
Mono RollOutStep::next_look(Mono now) const {
  Mono at = now + look_every;
  for (const auto& awaited : awaited_) {
    if (!awaited.started_seen) continue;
    const Mono proven = *awaited.started_seen + smoke_time;
    if (proven > now) at = std::min(at, proven);
  }
  return at;
}

Awaitable<Status> RollOutStep::await_health() {
  auto& clock = caller_.clock();
  const auto end = std::min(clock.mono() + health_limit, context_.deadline - request_limit);
  while (!awaited_.empty() && out_.machine.empty()) {
    const auto now = clock.mono();
    if (now >= end) {
      stop(awaited_.front().id, {.kind = ErrorKind::invalid,
                                 .message = "did not become healthy in " + to_human(health_limit) +
                                            ": " + awaited_.front().why});
      break;
    }
    if (co_await clock.sleep_until(std::min(next_look(now), end)) != Ended::finished) {
      co_return fail(ErrorKind::cancelled, "stopped while machines were becoming healthy");
    }
    auto refreshing = refresh_leases();
    CO_TRY_OK(co_await std::move(refreshing));
    auto listing = list();
    const auto machines = co_await std::move(listing);
    if (!machines && !passes(machines.error().kind)) co_return fail(machines.error());
    if (machines) judge_awaited(*machines);
  }
  co_return Status{};
}

}  // namespace lockstep::providers::fly
