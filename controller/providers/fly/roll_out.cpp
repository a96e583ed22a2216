#include "providers/fly/roll_out.hpp"

#include <algorithm>
#include <charconv>

#include "base/remote_text.hpp"
#include "base/text.hpp"
#include "providers/fly/health.hpp"
#include "providers/fly/requests.hpp"
#include "providers/fly/settings.hpp"

namespace lockstep::providers::fly {

namespace {

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

/// A machine that an update would neither find running nor at rest: someone is at work on it.
bool in_motion(const Machine& machine) {
  return machine.state == "replacing" || machine.state == "updating";
}

bool at_rest(const Machine& machine) {
  return machine.state == "stopped" || machine.state == "suspended" || machine.state == "created";
}

/// Why a machine cannot be updated at all; nothing when it can.
std::optional<Error> obstacle(const Machine& machine) {
  if (machine.reachable) return std::nullopt;
  // An incomplete configuration must never be sent back: what it lacks would be lost.
  return Error{.kind = ErrorKind::transient,
               .message = "its host is not reachable, so its configuration is not known"};
}

/// An answer that refuses this very update, and would again.
bool refuses(const Error& error) {
  return error.kind == ErrorKind::invalid || error.code == "http_412";
}

/// The machine in an answer that was read before as one.
Result<Machine> machine_in(const net::Response& answer) {
  TRY(const auto document, parse_json(view(answer.body)));
  return read_machine(document, std::string(read_machine_operation));
}

}  // namespace

std::vector<std::string> next_batch(const std::vector<Machine>& machines,
                                    const std::vector<std::string>& old) {
  std::vector<const Machine*> left;
  std::size_t managed = 0;
  bool proven = false;
  for (const auto& machine : machines) {
    if (!machine.managed) continue;
    ++managed;
    if (has(old, machine.entry())) {
      left.push_back(&machine);
    } else if (machine.runs()) {
      proven = true;
    }
  }
  if (left.empty()) return {};
  std::ranges::sort(left, {}, [](const Machine* machine) {
    return std::tuple(machine->group, !machine->runs(), machine->id);
  });
  const bool alone = left.front()->runs() && !proven;
  const auto size = alone ? 1 : std::clamp<std::size_t>(managed / 3, 1, largest_batch);
  std::vector<std::string> out;
  for (const auto* machine : left) {
    if (out.size() < size && machine->group == left.front()->group) out.push_back(machine->id);
  }
  return out;
}

SecretBytes update_body(const Machine& machine, std::string_view config, std::int64_t version) {
  JsonWriter rest;
  rest.begin_object();
  rest.key("region").string(machine.region);
  if (!machine.runs()) rest.key("skip_launch").boolean(true);
  rest.key("min_secrets_version").integer(version);
  rest.key("current_version").string(machine.instance);
  const auto members = rest.end_object().take();
  auto body = to_bytes(R"({"config":)");
  append(body, config);
  append(body, ",");
  append(body, view(members).substr(1));
  return body;
}

CallContext RollOutStep::call() const {
  return {.deadline = std::min(context_.deadline, caller_.clock().mono() + request_limit),
          .attempt = context_.attempt};
}

void RollOutStep::stop(std::string machine, Error why) {
  if (!out_.machine.empty()) return;
  if (heard_.repeated_in(why.message))
    why.message = "did not go well " + std::string(left_out_text);
  out_.machine = std::move(machine);
  out_.error = std::move(why);
}

Awaitable<Result<RolledOut>> RollOutStep::run() {
  const auto& text = memory_.evidence.version;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), version_);
  if (wrong != std::errc() || end != text.data() + text.size() || memory_.machines.empty()) {
    co_return fail(
        ErrorKind::conflict,
        "the version of the last write or the machines that ran before it are not known");
  }
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
  auto confirming = confirm_earlier();
  CO_TRY_OK(co_await std::move(confirming));
  if (!out_.machine.empty()) co_return Status{};
  auto updating = update_batch();
  CO_TRY_OK(co_await std::move(updating));
  auto seeing = see_started();
  co_await std::move(seeing);
  // Also when the batch stopped half-way: what was updated before is seen through.
  auto waiting = await_health();
  co_return co_await std::move(waiting);
}

/// What is left, by what was seen at the beginning and done since.
void RollOutStep::finish() {
  std::erase_if(machines_, [&](const auto& machine) { return has(touched_, machine.id); });
  out_.left = scope_of(machines_, memory_.machines);
}

/// Machines that run the new set already, from a step before or one that a crash cut short, are
/// healthy before any other one is touched.
Awaitable<Status> RollOutStep::confirm_earlier() {
  for (const auto& machine : machines_) {
    if (!machine.managed || has(memory_.machines, machine.entry()) || at_rest(machine)) continue;
    awaited_.push_back({.id = machine.id, .replaced = "", .started_seen = {}, .why = ""});
  }
  judge_awaited(machines_);
  auto waiting = await_health();
  CO_TRY_OK(co_await std::move(waiting));
  out_.updated.clear();  // not by this step
  co_return Status{};
}

Awaitable<Status> RollOutStep::update_batch() {
  for (const auto& id : next_batch(machines_, memory_.machines)) {
    auto updating = update(id);
    CO_TRY_OK(co_await std::move(updating));
    if (!out_.machine.empty()) break;
  }
  co_return Status{};
}

/// A machine is on trial from when it was seen to run, so it is looked at at once. That look gives
/// no verdict: its checks may still speak of the instance before.
Awaitable<void> RollOutStep::see_started() {
  if (!out_.machine.empty()) co_return;
  for (auto& awaited : awaited_) {
    if (awaited.replaced.empty()) continue;
    auto showing = show(awaited.id, "looking whether machine " + awaited.id + " runs");
    const auto answer = co_await std::move(showing);
    if (!answer) continue;
    if (const auto machine = machine_in(*answer)) (void)up_for(*machine, awaited);
  }
}

Awaitable<Status> RollOutStep::update(std::string id) {
  const auto before = std::ranges::find(machines_, id, &Machine::id);
  if (auto why = obstacle(*before)) {
    stop(id, std::move(*why));
    co_return Status{};
  }
  auto leasing = take_lease(id);
  CO_TRY_OK(co_await std::move(leasing));
  auto showing = show(id, "reading the configuration of machine " + id);
  CO_TRY(const auto answer, co_await std::move(showing));
  CO_TRY(auto machine, machine_in(answer));
  if (auto why = obstacle(machine)) {
    stop(id, std::move(*why));
    co_return Status{};
  }
  if (machine.instance != before->instance || machine.gone) {
    // Someone else updated it before the lease was ours: whether it is well is for the next look.
    touched_.push_back(id);
    awaited_.push_back({.id = id, .replaced = "", .started_seen = {}, .why = ""});
    co_return Status{};
  }
  if (in_motion(machine)) {
    co_return fail(ErrorKind::conflict, "machine " + id + " is " + machine.state);
  }
  const auto config = raw_config(view(answer.body));
  if (!config) {
    stop(id, {.kind = ErrorKind::protocol, .message = "its configuration is not where it must be"});
    co_return Status{};
  }
  auto sending = send_update(std::move(machine), to_bytes(*config));
  co_return co_await std::move(sending);
}

Awaitable<Status> RollOutStep::send_update(Machine machine, SecretBytes config) {
  const Purpose purpose{.operation = "machines.update",
                        .doing = "updating machine " + machine.id,
                        .effect = net::Effect::Write};
  auto request = write_request("POST", machine_path(app_, machine.id), purpose.operation);
  request.bucket = bucket_of_machine(machine.id);
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({std::string(nonce_header), lease_of(machine.id)->nonce});
  request.body = update_body(machine, view(config), version_);
  auto preparing = caller_.prepare(std::move(request), call());
  CO_TRY(auto prepared, co_await std::move(preparing));
  hide_settings(view(config), prepared.hidden);
  auto sending = caller_.send(std::move(prepared.request));
  const auto response = co_await std::move(sending);
  ++out_.writes;
  if (!response) {
    if (nothing_was_sent(response.error())) co_return fail(response.error());
    auto looking = look_after(std::move(machine), response.error(), false);
    co_return co_await std::move(looking);
  }
  auto answer = read_answer(*response, purpose, prepared.hidden, caller_.clock().wall())
                    .and_then([&](const json::value& document) {
                      return read_machine(document, purpose.operation);
                    });
  // A yes shows the machine with its new instance; any other one leaves open what happened.
  if (answer && answer->instance != machine.instance) {
    touched_.push_back(machine.id);
    if (machine.runs()) {
      awaited_.push_back(
          {.id = machine.id, .replaced = machine.instance, .started_seen = {}, .why = ""});
    } else {
      out_.updated.push_back(machine.id);
    }
    co_return Status{};
  }
  Error why = answer ? Error{.kind = ErrorKind::protocol,
                             .message = purpose.doing + ": the answer shows no update"}
                     : answer.error();
  const bool refused = refuses(why);
  if (why.kind == ErrorKind::protocol) why.kind = ErrorKind::outcome_unknown;
  if (!refused && why.kind != ErrorKind::outcome_unknown) co_return fail(std::move(why));
  auto looking = look_after(std::move(machine), std::move(why), refused);
  co_return co_await std::move(looking);
}

/// After an answer that leaves open what happened, or refuses: the instance tells. With the lease
/// in our hand and `current_version` in the request nobody else moved it.
Awaitable<Status> RollOutStep::look_after(Machine before, Error cause, bool refused) {
  auto showing = show(before.id, "looking what became of machine " + before.id);
  const auto answer = co_await std::move(showing);
  if (!answer) co_return fail(cause);
  CO_TRY(const auto now, machine_in(*answer));
  if (now.instance != before.instance) {
    touched_.push_back(before.id);
    awaited_.push_back({.id = before.id, .replaced = "", .started_seen = {}, .why = ""});
    co_return Status{};
  }
  if (!refused) co_return fail(cause);
  cause.kind = ErrorKind::invalid;
  stop(before.id, std::move(cause));
  co_return Status{};
}

}  // namespace lockstep::providers::fly
