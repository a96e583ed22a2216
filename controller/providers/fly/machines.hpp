// The machines of an app: which of them run its old secrets, and which Fly Launch manages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "model/observation.hpp"
#include "model/record.hpp"

namespace lockstep::providers::fly {

/// The last entry of PlaceRecord::machines: the app had no other machine at our last write. So a
/// list whose machines are all updated differs from an empty one, which means that the machines
/// could not be read. (Lists of earlier releases have it only where there was no machine.)
inline constexpr std::string_view no_more = "none";

/// One result of a check that is configured for a machine.
struct CheckResult {
  std::string name;
  std::string status;              ///< Fly.io's word: passing, warning, critical
  std::optional<Wall> updated_at;  ///< when it became so; nothing when not told, or not readable
};

/// How a machine ended last, since it was last updated or launched.
struct MachineExit {
  bool requested = false;   ///< someone asked for it: a person, or the proxy that found it idle
  bool restarting = false;  ///< Fly.io starts it again
  std::int64_t restarts = 0;
  std::int64_t code = 0;
};

/// One machine as the API shows it (https://fly.io/docs/machines/api/machines-resource/).
struct Machine {
  std::string id;
  std::string instance;  ///< a new one with every update
  std::string state;     ///< Fly.io's word: started, stopped, suspended, ...
  std::string region;
  std::string group;            ///< of processes; "" when not told
  bool gone = false;            ///< destroyed, or being destroyed
  bool managed = false;         ///< by Fly Launch
  bool standby = false;         ///< starts only in place of another one
  bool reachable = true;        ///< its host is, so its configuration is told whole
  std::size_t check_count = 0;  ///< how many checks are configured
  std::vector<CheckResult> checks;
  std::optional<MachineExit> exit;
  std::optional<Wall> started_at;   ///< by the newest event that says so
  std::optional<Wall> updated_at;   ///< when this instance came to be, by its events

  /// As PlaceRecord::machines holds it.
  std::string entry() const { return id + "/" + instance; }
  /// Whether an update restarts it. Anything that is not running is updated and not started, as
  /// flyctl does (https://github.com/superfly/flyctl, internal/command/deploy).
  bool runs() const;
  /// Whether it does not run and nobody is about to change that.
  bool at_rest() const;
};

/// The machine in an answer that is one.
Result<Machine> read_machine(const json::value& document, const std::string& operation);
/// All machines of a list, sorted by id. Those that Fly Launch manages are marked with platform
/// version v2, and are not the short-lived ones of release commands and consoles; one whose
/// configuration is not told may run the old set, so it counts. The choice that flyctl makes for a
/// deploy of secrets (https://github.com/superfly/flyctl, internal/command/secrets).
Result<std::vector<Machine>> read_machines(const json::value& document,
                                           const std::string& operation);

/// Whether a list of ids or entries has this one.
bool has(const std::vector<std::string>& list, const std::string& one);

/// When lockstep last wrote something that is not live yet, by Fly.io's clock; nothing when that is
/// not told.
std::optional<Wall> last_write(const PlaceRecord& memory);
/// Whether an instance came to be before that write, by Fly.io's own times: then it runs the old
/// set. False also where they do not tell.
bool is_from_before(const Machine& machine, const std::optional<Wall>& written);
/// The entries of the instances that run the old set: those of `then` (PlaceRecord::machines), and
/// those that are there now and that a list which was behind at the write left out. Empty when
/// `then` is: not known.
std::vector<std::string> old_entries(const std::vector<Machine>& machines,
                                     std::vector<std::string> then,
                                     const std::optional<Wall>& written);

/// What is known of the machines after another list: what that list lacks is kept as it was, because
/// it may be behind. Sorted by id, as both are.
std::vector<Machine> merged(const std::vector<Machine>& known, std::vector<Machine> listed);
/// The ids of `then` that are not among the machines. Sorted.
std::vector<std::string> unlisted(const std::vector<Machine>& machines,
                                  const std::vector<std::string>& then);

/// The entries of those that Fly Launch manages, sorted.
std::vector<std::string> managed_entries(const std::vector<Machine>& machines);
/// What an update of those in `old` does; an empty `old` stands for all that are managed.
RollOutScope scope_of(const std::vector<Machine>& machines, const std::vector<std::string>& old);

/// The JSON text of the member `config` of a machine, exactly as it came, so that an update can
/// send back what this program knows nothing of. `body` is JSON that parsed. A view into it.
std::optional<std::string_view> raw_config(std::string_view body);

/// Whether what was written runs everywhere.
struct Liveness {
  bool live = false;
  std::string note;  ///< for people; "" when live
};
/// `then`: PlaceRecord::machines of our last write. `now`: managed_entries after it. Live only when
/// none of the instances of then is left and at least one managed machine is there.
Liveness liveness(const std::vector<std::string>& then, const std::vector<std::string>& now);

/// The note that goes with a write that nothing rolls out: who runs the old set, and what makes the
/// new one live.
std::string note_after_write(const std::string& app, const std::vector<std::string>& machines);

}  // namespace lockstep::providers::fly
