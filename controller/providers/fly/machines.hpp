// Which machines still run an app's old secrets.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace lockstep::providers::fly {

/// Stands in PlaceRecord::machines when the app had no machine at our last write. An empty list
/// there means that the machines could not be read.
inline constexpr std::string_view no_machines = "none";

/// The machines that Fly Launch manages, as `machine/instance`, sorted: marked with platform
/// version v2, not destroyed or being destroyed, and not the short-lived ones of release commands
/// and consoles. An update gives a machine a new instance id. Same choice as
/// https://github.com/superfly/flyctl (internal/command/secrets) makes for a deploy of secrets.
Result<std::vector<std::string>> read_machines(const json::value& document,
                                               const std::string& operation);

/// Whether what was written runs everywhere.
struct Liveness {
  bool live = false;
  std::string note;  ///< for people; "" when live
};
/// `then`: PlaceRecord::machines of our last write. `now`: read_machines after it. Live only when
/// none of the instances of then is left and at least one managed machine runs.
Liveness liveness(const std::vector<std::string>& then, const std::vector<std::string>& now);

/// The note that goes with a fresh write: who runs the old set, and what makes the new one live.
std::string note_after_write(const std::string& app, const std::vector<std::string>& machines);

}  // namespace lockstep::providers::fly
