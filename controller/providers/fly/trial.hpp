// A machine on trial: it runs the new set, or will, and has not been seen healthy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {

/// What is known of the trial of one machine. Lists come from replicas that may be behind, so only
/// a look that shows the very instance on trial says anything about it.
struct Trial {
  std::string id;
  std::string instance;       ///< that must be seen healthy
  std::string replaced = {};  ///< the instance before; "" when not known
  bool updated = false;       ///< by this step, so it counts from when we saw it run
  std::optional<Mono> since = {};  ///< since when it was seen running, by our clock
  std::optional<Wall> start = {};  ///< the start that `since` counts from, by Fly.io's clock
  bool seen = false;               ///< the last look showed the instance
  std::string why = {};            ///< it is not healthy yet, for people
};

/// What one look says of a trial.
enum class Look : std::uint8_t {
  healthy,
  waits,
  failed,   ///< it will not become healthy by itself
  missing,  ///< it is not listed
  gone,     ///< it is destroyed
  other,    ///< another instance: someone else updated it, or the list is far behind
};

/// Looks for a trial's machine in a list and remembers in `trial` what was seen. Pure.
Look look_at(Trial& trial, const std::vector<Machine>& machines, Mono now, Wall wall);

/// When the next look is worth its request: every 5 s, and as soon as a machine has run for long
/// enough.
Mono next_look(const std::vector<Trial>& trials, Mono now);

/// Whether a machine that is not in `old` has yet to be seen healthy before another is touched.
/// What is at rest and did not fail is left alone.
bool is_on_trial(const Machine& machine, const std::vector<std::string>& old);
/// The trial of a machine that an earlier step, or someone else, updated.
Trial earlier_trial(const Machine& machine, const std::vector<std::string>& old);

/// The machine to stop at when the time for becoming healthy is over; nullptr when the instance of
/// none was seen, so that nothing speaks against them and the step may be repeated.
const Trial* overdue(const std::vector<Trial>& trials);

/// Whether a failed look is one that a later look makes good.
bool worth_another_look(ErrorKind kind);

}  // namespace lockstep::providers::fly
