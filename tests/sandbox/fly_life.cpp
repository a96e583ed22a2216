// How a machine lives after a start: its state, its events and what its checks say.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox::fly {

namespace {

/// One that ends does so this long after its start, and is up again this long after that.
constexpr Nanos kEnds = Seconds(4);
constexpr Nanos kAgain = Seconds(2);
constexpr std::size_t kEvents = 8;

bool ended(const Machine& machine, Wall now) {
  return machine.life == FlyStart::dies && now >= machine.started_at + kEnds;
}

/// Since when it runs without a break.
Wall up_since(const Machine& machine) {
  return machine.life == FlyStart::stumbles ? machine.started_at + kEnds + kAgain
                                             : machine.started_at;
}

json::object describe(const MachineEvent& event) {
  json::object out{{"type", event.type},
                   {"status", event.status},
                   {"source", "flyd"},
                   {"timestamp", event.at.time_since_epoch() / std::chrono::milliseconds(1)}};
  if (event.type == "exit") {
    out["request"] = {{"restart_count", event.restarts},
                      {"exit_event",
                       {{"exit_code", event.exit_code},
                        {"requested_stop", event.exit_code == 0},
                        {"restarting", event.restarts != 0}}}};
  }
  return out;
}

}  // namespace

std::string state_of(const Machine& machine, Wall now) {
  if (machine.destroyed) return "destroyed";
  if (!machine.started) return machine.suspended ? "suspended" : "stopped";
  if (machine.life == FlyStart::hangs || now < machine.started_at) return "starting";
  if (ended(machine, now)) return "stopped";
  const bool between = now >= machine.started_at + kEnds && now < up_since(machine);
  return machine.life == FlyStart::stumbles && between ? "starting" : "started";
}

bool is_well(const Machine& machine, Wall now) {
  if (machine.life == FlyStart::critical || machine.life == FlyStart::crashes) return false;
  return machine.start != FlyStart::hangs && !ended(machine, now) && now >= up_since(machine);
}

void remember(Machine& machine, MachineEvent event) {
  machine.events.insert(machine.events.begin(), std::move(event));
  if (machine.events.size() > kEvents) machine.events.pop_back();
}

void begin_life(Machine& machine, Wall starts) {
  machine.started = true;
  machine.started_at = starts;
  machine.life = machine.start;
  if (machine.life == FlyStart::hangs) return;
  remember(machine, {.type = "start", .status = "started", .at = starts});
  switch (machine.life) {
    case FlyStart::crashes:
      remember(machine, {.type = "exit", .at = starts, .exit_code = 1, .restarts = 3});
      break;
    case FlyStart::dies:
      remember(machine, {.type = "exit", .at = starts + kEnds, .exit_code = 1});
      break;
    case FlyStart::stumbles:
      remember(machine, {.type = "exit", .at = starts + kEnds, .exit_code = 1, .restarts = 1});
      remember(machine, {.type = "start", .status = "started", .at = up_since(machine)});
      break;
    case FlyStart::well:
    case FlyStart::critical:
    case FlyStart::hangs:
      break;
  }
}

void end_life(Machine& machine, Wall now) {
  std::erase_if(machine.events, [&](const MachineEvent& event) { return event.at > now; });
}

json::array events_of(const Machine& machine, Wall now) {
  json::array out;
  for (const auto& event : machine.events) {
    if (event.at <= now) out.push_back(describe(event));
  }
  return out;
}

json::array checks_of(const World& world, const Machine& machine, Wall now) {
  json::array out;
  const auto* checks = member(machine.config, "checks");
  if (!checks || !checks->is_object() || !machine.started) return out;
  const auto answers = up_since(machine) + world.options.check_time;
  const bool answered = now >= answers;
  // Until then stands what the checks said before this start.
  if (!answered && !machine.checks_before) return out;
  const bool bad = answered && machine.life == FlyStart::critical;
  for (const auto& check : checks->get_object()) {
    out.push_back({{"name", check.key()},
                   {"status", bad ? "critical" : "passing"},
                   {"output", "connect: FAKE"},
                   {"updated_at", timestamp(answered ? answers : *machine.checks_before)}});
  }
  return out;
}

}  // namespace lockstep::sandbox::fly
