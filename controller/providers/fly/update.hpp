// What is decided around the update of one machine. All pure; roll_out.hpp makes the calls.
#pragma once

#include "model/record.hpp"
#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {

/// The number of the secrets that machines must start from, as the last write told it; `conflict`
/// when it, or the machines that ran before that write, are not known.
Result<std::int64_t> secrets_version(const PlaceRecord& memory);

/// Which machines the next step updates, by their ids. `old`: old_entries(). One process group
/// after the other; running machines first; one alone until one that runs the new set is there,
/// then at most a third of all that are managed, and never more than `largest_batch`. Empty when
/// none runs the old set.
std::vector<std::string> next_batch(const std::vector<Machine>& machines,
                                    const std::vector<std::string>& old);
/// So many leases can be kept alive beside the reads within Fly.io's limits.
inline constexpr std::size_t largest_batch = 8;

/// A lease of a machine, in our hand.
struct Lease {
  std::string machine;
  std::string nonce;
  /// The instance that it was given for. It comes from the machine's host, which is never behind;
  /// "" when not told. As flyctl takes it (https://github.com/superfly/flyctl, internal/machine).
  std::string instance = {};
};
/// The lease in an answer; `protocol` without a nonce that can stand in a header.
Result<Lease> read_lease(const json::value& document, std::string machine);

/// What stands between a machine and its update.
struct Hindrance {
  enum class Kind : std::uint8_t {
    gone,   ///< there is nothing to update
    stops,  ///< it cannot be updated until a person acts
    later,  ///< someone else is at work, or a read is behind: the step ends and may be repeated
  };
  Kind kind;
  Error why = {};
};
/// Before the lease is asked for: what the list shows.
std::optional<Hindrance> hindrance(const Machine& listed);
/// With the lease: `shown` is what was read since.
std::optional<Hindrance> hindrance(const Machine& listed, const Machine& shown, const Lease& lease);

/// The body of an update: the machine's configuration exactly as it came, what flyctl sends with
/// it, the version of the secrets it must start from, and the instance that it replaces, so that a
/// late or repeated update is refused.
SecretBytes update_body(const Machine& machine, std::string_view config, std::int64_t version);

/// What an answer says of an update.
enum class Told : std::uint8_t {
  done,
  refused,  ///< it would be again
  open,     ///< it may have happened
  not_now,  ///< surely nothing happened, and it may be repeated
};
Told told_by(const Result<Machine>& answer, const Machine& before);

/// Whether a later look at a machine shows an instance that came after.
bool was_updated(const Machine& before, const Machine& now, const std::optional<Wall>& written);

}  // namespace lockstep::providers::fly
