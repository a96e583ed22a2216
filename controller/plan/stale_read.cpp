// Whether an answer may be from before our last write.
#include <algorithm>

#include "plan/memory.hpp"

namespace lockstep::plan {

bool unsettled(Wall then, Wall now) {
  return now - then < settle_time && then - now < settle_time;
}

namespace {
/// True when something at the place is newer than that write, so the read came after it. Where a
/// write is one call for all its names, what is as new proves it too; elsewhere times are whole
/// seconds, and several names are written in one (S9).
bool shows(PlaceKind kind, const Observation& observation, std::optional<Wall> write) {
  const bool at_once = capabilities_of(kind).certainty == Certainty::digest;
  return write && std::ranges::any_of(observation.secrets, [&](const auto& secret) {
           return secret.updated_at &&
                  (*secret.updated_at > *write || (at_once && *secret.updated_at == *write));
         });
}

/// The earliest time that a read from after the write can show for the name; nothing when unknown.
std::optional<Wall> earliest(const NameRecord& known) {
  if (known.updated_at) return known.updated_at;
  if (known.answered_at) return *known.answered_at - write_time_skew;
  return std::nullopt;
}

/// Anything else at the place that is newer was surely written after the write.
std::optional<Wall> latest(const NameRecord& known) {
  if (known.updated_at) return known.updated_at;
  if (known.answered_at) return *known.answered_at + write_time_skew;
  return std::nullopt;
}
}  // namespace

bool predates_our_write(PlaceKind kind, const PlaceRecord& record, const Observation& observation,
                        Wall now) {
  const auto evidence = capabilities_of(kind).certainty;
  if (evidence == Certainty::content) return false;  // a file is read as it is
  const bool versioned = evidence == Certainty::version;
  for (const auto& [name, known] : record.names) {
    if (!known.written_at || known.intent || !unsettled(*known.written_at, now)) continue;
    if (versioned && !observation.history_complete) return true;
    if (versioned && known.staged && record.staged_version && !observation.staged) return true;
    const auto* seen = observation.find(name);
    if (!seen && !versioned && !shows(kind, observation, latest(known))) return true;
    const auto from = earliest(known);
    if (seen && seen->updated_at && from && *seen->updated_at < *from) return true;
  }
  return false;
}

}  // namespace lockstep::plan
