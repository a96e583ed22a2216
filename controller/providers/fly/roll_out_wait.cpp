// The other half of a step of a roll-out: leases, and waiting for health.
#include <algorithm>

#include "base/text.hpp"
#include "providers/fly/requests.hpp"
#include "providers/fly/roll_out.hpp"

namespace lockstep::providers::fly {

namespace {

// Long enough that a few refreshes of a whole batch fit into Fly.io's one request a second, short
// enough that what a crash left behind is soon free.
constexpr int lease_seconds = 60;
constexpr Nanos refresh_every = std::chrono::seconds(20);
/// How long a batch may take to become healthy; flyctl waits as long by default.
constexpr Nanos health_limit = std::chrono::minutes(5);
/// How long someone else's lease is left alone before it is asked for again.
constexpr Nanos held_by_another = std::chrono::seconds(20);

}  // namespace

const Lease& RollOutStep::lease_of(std::string_view machine) const {
  return *std::ranges::find(leases_, machine, &Lease::machine);
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
  CO_TRY(auto lease, read_lease(*answer, std::move(id)));
  leases_.push_back(std::move(lease));
  if (!refreshed_) refreshed_ = caller_.clock().mono();
  co_return Status{};
}

/// A lease that is lost after the update protects nothing any more, so only what ends the step
/// matters here.
Awaitable<Status> RollOutStep::refresh_leases() {
  const auto now = caller_.clock().mono();
  if (now - refreshed_.value_or(now) < refresh_every) co_return Status{};
  refreshed_ = now;
  for (const auto& lease : leases_) {
    auto asking = lease_call("POST", lease);
    const auto answer = co_await std::move(asking);
    if (answer || answer.error().kind == ErrorKind::conflict) continue;
    if (!worth_another_look(answer.error().kind)) co_return fail(answer.error());
  }
  co_return Status{};
}

/// As good as it goes: a lease that stays ends by itself.
Awaitable<void> RollOutStep::release_lease(std::string id) {
  auto asking = lease_call("DELETE", lease_of(id));
  (void)co_await std::move(asking);
  std::erase_if(leases_, [&](const Lease& lease) { return lease.machine == id; });
}

Awaitable<void> RollOutStep::release_leases() {
  while (!leases_.empty()) {
    auto releasing = release_lease(leases_.front().machine);
    co_await std::move(releasing);
  }
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
  CO_TRY(const auto document,
         read_answer(response, purpose, prepared.hidden, caller_.clock().wall()));
  co_return read_machines(document, purpose.operation);
}

Awaitable<Result<RollOutStep::Shown>> RollOutStep::show(std::string id, std::string doing) {
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
  CO_TRY(auto machine, read_machine(document, purpose.operation));
  if (machine.id != id) {
    co_return fail(ErrorKind::protocol, "Fly.io's answer to machines.get is of another machine");
  }
  co_return Shown{.machine = std::move(machine), .answer = std::move(response)};
}

/// What a list says of every machine on trial.
Status RollOutStep::judge_trials(const std::vector<Machine>& listed) {
  const auto& clock = caller_.clock();
  std::optional<Error> moved;
  missing_.clear();
  std::erase_if(trials_, [&](Trial& trial) {
    switch (look_at(trial, listed, clock.mono(), clock.wall())) {
      case Look::healthy:
        out_.updated.push_back(trial.id);
        return true;
      case Look::gone:
        return true;
      case Look::failed:
        stop(trial.id,
             {.kind = ErrorKind::invalid, .message = "did not become healthy: " + trial.why});
        return false;
      case Look::missing:
        missing_.push_back(trial.id);
        return false;
      case Look::other:
        moved = Error{.kind = ErrorKind::conflict,
                      .message = "machine " + trial.id +
                                 " was updated by someone else while it became healthy"};
        return false;
      case Look::waits:
        return false;
    }
    return false;
  });
  if (moved && out_.machine.empty()) return fail(std::move(*moved));
  return {};
}

Awaitable<bool> RollOutStep::is_gone(std::string id) {
  auto showing = show(id, "looking what became of machine " + id);
  const auto shown = co_await std::move(showing);
  co_return shown ? shown->machine.gone : says_no_machine(shown.error());
}

/// A list that lacks a machine may be behind, or cut.
Awaitable<void> RollOutStep::look_for_missing() {
  for (const auto& id : missing_) {
    auto asking = is_gone(id);
    if (!co_await std::move(asking)) continue;
    std::erase_if(trials_, [&](const Trial& trial) { return trial.id == id; });
  }
}

/// The time is over. A machine that was seen and is not healthy stops the roll-out; one that could
/// not be seen, or had less than the whole time, only ends the step.
Status RollOutStep::give_up(bool whole_time) {
  if (const auto* late = whole_time ? overdue(trials_) : nullptr) {
    stop(late->id, {.kind = ErrorKind::invalid,
                    .message = "did not become healthy in " + to_human(health_limit) + ": " +
                               late->why});
    return {};
  }
  return fail(ErrorKind::transient, "machine " + trials_.front().id +
                                        " was not seen healthy in time: " + trials_.front().why);
}

Awaitable<Status> RollOutStep::await_health() {
  auto& clock = caller_.clock();
  const auto limit = clock.mono() + health_limit;
  const auto end = std::min(limit, context_.deadline - request_limit);
  while (!trials_.empty() && out_.machine.empty()) {
    const auto now = clock.mono();
    if (now >= end) co_return give_up(now >= limit);
    if (co_await clock.sleep_until(std::min(next_look(trials_, now), end)) != Ended::finished) {
      co_return fail(ErrorKind::cancelled, "stopped while machines were becoming healthy");
    }
    auto refreshing = refresh_leases();
    CO_TRY_OK(co_await std::move(refreshing));
    auto listing = list();
    auto machines = co_await std::move(listing);
    if (!machines && !worth_another_look(machines.error().kind)) co_return fail(machines.error());
    if (!machines) continue;
    CO_TRY_OK(judge_trials(*machines));
    machines_ = merged(machines_, std::move(*machines));
    auto looking = look_for_missing();
    co_await std::move(looking);
  }
  co_return Status{};
}

}  // namespace lockstep::providers::fly
