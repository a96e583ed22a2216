#include "providers/fly/trial.hpp"

#include <algorithm>

#include "providers/fly/health.hpp"

namespace lockstep::providers::fly {

namespace {

constexpr Nanos look_every = std::chrono::seconds(5);

/// For how long it runs: by our own clock for what this step updated, by its events for what ran
/// before. A start that was not seen, as after a crash, begins anew.
Nanos up_for(const Machine& machine, Trial& trial, Mono now, Wall wall) {
  if (machine.state != "started") {
    trial.since.reset();
    return Nanos{};
  }
  if (!trial.since || machine.started_at > trial.start) {
    trial.since = now;
    trial.start = machine.started_at;
  }
  const Nanos seen = now - *trial.since;
  if (trial.updated || !machine.started_at) return seen;
  return std::max<Nanos>(seen, wall - *machine.started_at);
}

}  // namespace

Look look_at(Trial& trial, const std::vector<Machine>& machines, Mono now, Wall wall) {
  const auto machine = std::ranges::find(machines, trial.id, &Machine::id);
  trial.seen = false;
  if (machine == machines.end()) {
    trial.why = "it is not listed";
    return Look::missing;
  }
  if (machine->gone) return Look::gone;
  if (machine->instance == trial.replaced) {
    trial.why = "its update is not seen yet";
    return Look::waits;
  }
  if (machine->instance != trial.instance) return Look::other;
  trial.seen = true;
  const auto health = judge(*machine, up_for(*machine, trial, now, wall));
  trial.why = health.why;
  switch (health.verdict) {
    case Health::Verdict::healthy:
      return Look::healthy;
    case Health::Verdict::failed:
      return Look::failed;
    case Health::Verdict::waits:
      break;
  }
  return Look::waits;
}

Mono next_look(const std::vector<Trial>& trials, Mono now) {
  Mono at = now + look_every;
  for (const auto& trial : trials) {
    if (!trial.since) continue;
    const Mono proven = *trial.since + smoke_time;
    if (proven > now) at = std::min(at, proven);
  }
  return at;
}

bool is_on_trial(const Machine& machine, const std::vector<std::string>& old) {
  if (!machine.managed || has(old, machine.entry())) return false;
  return !machine.at_rest() || judge(machine, Nanos{}).verdict == Health::Verdict::failed;
}

Trial earlier_trial(const Machine& machine, const std::vector<std::string>& old) {
  Trial out{.id = machine.id, .instance = machine.instance};
  const auto prefix = machine.id + "/";
  for (const auto& entry : old) {
    if (entry.starts_with(prefix)) out.replaced = entry.substr(prefix.size());
  }
  return out;
}

const Trial* overdue(const std::vector<Trial>& trials) {
  const auto found = std::ranges::find(trials, true, &Trial::seen);
  return found == trials.end() ? nullptr : &*found;
}

bool worth_another_look(ErrorKind kind) {
  return kind == ErrorKind::transient || kind == ErrorKind::throttled ||
         kind == ErrorKind::protocol || kind == ErrorKind::outcome_unknown;
}

}  // namespace lockstep::providers::fly
