// What the ledger shall remember after a look at a place.
#pragma once

#include <map>
#include <string>

#include "model/desired.hpp"
#include "model/observation.hpp"
#include "model/record.hpp"

namespace lockstep::plan {

/// What was seen, with the provider's value-dependent evidence already turned into HMACs.
struct Sight {
  const Observation& observation;
  std::map<std::string, std::string> tokens;  ///< name -> HMAC of the provider's digest
};

/// True when lockstep answers for the name: it wrote it, or was told to trust it.
bool is_ours(const NameRecord& known);

/// How surely a known name's state is known, by the evidence its place gives.
Certainty certainty_of(PlaceKind kind, const NameRecord& known);

/// Resolves the intents that a crash left and turns what happened since the last look into each
/// name's own memory (drift_state, drift_since, drift_by, presumed), so that the place's evidence
/// can move on to what was just seen. Pure; a steady place gives an equal record back.
PlaceRecord digest_observation(PlaceKind kind, PlaceRecord record, const Sight& sight, Wall now);

/// How long after our write an answer may still come from before it (eventual consistency).
inline constexpr Nanos settle_time = std::chrono::seconds(60);

/// Whether what happened at `then` may still not be told by a provider. A wall clock that was set
/// back must not hold a place for as long as it went back.
bool unsettled(Wall then, Wall now);

/// True when an observation shows the place as it was before our last write: a stale read, to be
/// treated as a failed one (S3). Pure.
bool predates_our_write(PlaceKind kind, const PlaceRecord& record, const Observation& observation,
                        Wall now);

/// Keeps the clocks of names that are there and not desired (`undesired_since`), and forgets names
/// that are neither there, nor desired, nor waiting. What somebody claimed is remembered while it
/// is there, whoever wrote it. Marks names of ours that are CompromisedOnly now (S16), and digests
/// claims. Pure.
PlaceRecord digest_desires(const DesiredTarget& target, PlaceRecord record,
                           const Observation& observation, Wall now);

}  // namespace lockstep::plan
