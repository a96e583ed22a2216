#include "providers/fly/roll_out.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "providers/fly/requests.hpp"

namespace lockstep::providers::fly {

CallContext RollOutStep::call() const {
  return {.deadline = std::min(context_.deadline, caller_.clock().mono() + request_limit),
          .attempt = context_.attempt};
}

std::vector<std::string> RollOutStep::old() const {
  return old_entries(machines_, memory_.machines, written_);
}

void RollOutStep::stop(std::string machine, Error why) {
  if (!out_.machine.empty()) return;
  out_.machine = std::move(machine);
  out_.error = std::move(why);
}

Status RollOutStep::heed(const std::string& machine, Hindrance hindrance) {
  switch (hindrance.kind) {
    case Hindrance::Kind::gone:
      touched_.push_back(machine);
      break;
    case Hindrance::Kind::stops:
      stop(machine, std::move(hindrance.why));
      break;
    case Hindrance::Kind::later:
      return fail(std::move(hindrance.why));
  }
  return {};
}

void RollOutStep::take_as_updated(const Machine& before, std::string instance) {
  touched_.push_back(before.id);
  if (before.runs()) {
    trials_.push_back({.id = before.id,
                       .instance = std::move(instance),
                       .replaced = before.instance,
                       .updated = true});
  } else {
    out_.updated.push_back(before.id);
  }
}

Awaitable<Result<RolledOut>> RollOutStep::run() {
  CO_TRY(version_, secrets_version(memory_));
  auto running = run_steps();
  const auto ran = co_await std::move(running);
  if (!ran && ran.error().kind == ErrorKind::cancelled) co_return fail(ran.error());
  auto releasing = release_leases();
  co_await std::move(releasing);
  if (!ran) co_return fail(ran.error());
  finish();
  co_return std::move(out_);
}

Awaitable<Status> RollOutStep::run_steps() {
  auto listing = list();
  CO_TRY(machines_, co_await std::move(listing));
  auto proving = prove_whole();
  CO_TRY_OK(co_await std::move(proving));
  auto confirming = confirm_earlier();
  CO_TRY_OK(co_await std::move(confirming));
  if (!out_.machine.empty()) co_return Status{};
  auto updating = update_batch();
  CO_TRY_OK(co_await std::move(updating));
  // What was updated before a stop is on trial at the next step.
  if (!out_.machine.empty()) co_return Status{};
  auto seeing = see_started();
  co_await std::move(seeing);
  auto waiting = await_health();
  co_return co_await std::move(waiting);
}

/// A list that lacks a machine of the write may be cut or behind, and what it lacks is not done.
Awaitable<Status> RollOutStep::prove_whole() {
  for (const auto& id : unlisted(machines_, memory_.machines)) {
    auto asking = is_gone(id);
    if (co_await std::move(asking)) continue;
    co_return fail(ErrorKind::transient, "the list of machines lacks machine " + id +
                                             ", of which it is not known that it is destroyed");
  }
  co_return Status{};
}

/// What is left, by what was seen last and done since.
void RollOutStep::finish() {
  const auto before = old();
  std::erase_if(machines_, [&](const auto& machine) { return has(touched_, machine.id); });
  out_.left = scope_of(machines_, before);
}

/// Machines that run the new set already, from a step before or one that a crash cut short, are
/// healthy before any other one is touched.
Awaitable<Status> RollOutStep::confirm_earlier() {
  const auto before = old();
  for (const auto& machine : machines_) {
    if (is_on_trial(machine, before)) trials_.push_back(earlier_trial(machine, before));
  }
  CO_TRY_OK(judge_trials(machines_));
  auto waiting = await_health();
  CO_TRY_OK(co_await std::move(waiting));
  out_.updated.clear();  // not by this step
  co_return Status{};
}

Awaitable<Status> RollOutStep::update_batch() {
  for (const auto& id : next_batch(machines_, old())) {
    auto updating = update(id);
    CO_TRY_OK(co_await std::move(updating));
    if (!out_.machine.empty()) break;
  }
  co_return Status{};
}

/// A machine is on trial from when it was seen to run, so it is looked at at once.
Awaitable<void> RollOutStep::see_started() {
  for (auto& trial : trials_) {
    auto showing = show(trial.id, "looking whether machine " + trial.id + " runs");
    const auto shown = co_await std::move(showing);
    const auto& clock = caller_.clock();
    if (shown) (void)look_at(trial, {shown->machine}, clock.mono(), clock.wall());
  }
}

Awaitable<Status> RollOutStep::update(std::string id) {
  const auto listed = *std::ranges::find(machines_, id, &Machine::id);
  if (auto why = hindrance(listed)) co_return heed(id, std::move(*why));
  auto leasing = take_lease(id);
  CO_TRY_OK(co_await std::move(leasing));
  auto showing = show(id, "reading the configuration of machine " + id);
  CO_TRY(auto shown, co_await std::move(showing));
  if (auto why = hindrance(listed, shown.machine, lease_of(id))) {
    co_return heed(id, std::move(*why));
  }
  const auto config = raw_config(view(shown.answer.body));
  if (!config) {
    stop(id, {.kind = ErrorKind::protocol, .message = "its configuration is not where it must be"});
    co_return Status{};
  }
  auto sending = send_update(std::move(shown.machine), to_bytes(*config));
  co_return co_await std::move(sending);
}

Awaitable<Status> RollOutStep::send_update(Machine machine, SecretBytes config) {
  const Purpose purpose{.operation = "machines.update",
                        .doing = "updating machine " + machine.id,
                        .effect = net::Effect::Write};
  auto request = write_request("POST", machine_path(app_, machine.id), purpose.operation);
  request.bucket = bucket_of_machine(machine.id);
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({std::string(nonce_header), lease_of(machine.id).nonce});
  request.body = update_body(machine, view(config), version_);
  auto preparing = caller_.prepare(std::move(request), call());
  CO_TRY(auto prepared, co_await std::move(preparing));
  prepared.hidden.add(view(config));
  auto sending = caller_.send(std::move(prepared.request));
  const auto response = co_await std::move(sending);
  ++out_.writes;
  if (!response) {
    if (nothing_was_sent(response.error())) co_return fail(response.error());
    auto looking = look_after(std::move(machine), response.error(), false);
    co_return co_await std::move(looking);
  }
  const auto answer = read_answer(*response, purpose, prepared.hidden, caller_.clock().wall())
                          .and_then([&](const json::value& document) {
                            return read_machine(document, purpose.operation);
                          });
  const auto told = told_by(answer, machine);
  if (told == Told::done) {
    take_as_updated(machine, answer->instance);
    co_return Status{};
  }
  Error why = answer ? Error{.kind = ErrorKind::outcome_unknown,
                             .message = purpose.doing + ": the answer shows no update"}
                     : answer.error();
  if (told == Told::not_now) co_return fail(std::move(why));
  if (told == Told::open) why.kind = ErrorKind::outcome_unknown;
  auto looking = look_after(std::move(machine), std::move(why), told == Told::refused);
  co_return co_await std::move(looking);
}

/// After an answer that leaves open what happened, or refuses: the instance tells. In a new lease
/// the machine's host names it. Where it does not, a look that shows a newer one proves the update,
/// and any other look nothing: it may be behind.
Awaitable<Status> RollOutStep::look_after(Machine before, Error cause, bool refused) {
  auto releasing = release_lease(before.id);
  co_await std::move(releasing);
  auto leasing = take_lease(before.id);
  if (!co_await std::move(leasing)) co_return fail(std::move(cause));
  if (const auto now = lease_of(before.id).instance; !now.empty()) {
    if (now != before.instance) {
      take_as_updated(before, now);
      co_return Status{};
    }
    if (!refused) co_return fail(std::move(cause));
    cause.kind = ErrorKind::invalid;
    stop(before.id, std::move(cause));
    co_return Status{};
  }
  auto showing = show(before.id, "looking what became of machine " + before.id);
  const auto shown = co_await std::move(showing);
  if (!shown || !was_updated(before, shown->machine, written_)) co_return fail(std::move(cause));
  take_as_updated(before, shown->machine.instance);
  co_return Status{};
}

}  // namespace lockstep::providers::fly
