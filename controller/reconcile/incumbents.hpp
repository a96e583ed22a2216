// Who works at a place, in whatever namespace, by what the ledger remembers.
#pragma once

#include <utility>
#include <vector>

#include "model/desired.hpp"
#include "ports/ledger.hpp"

namespace lockstep::reconcile {

struct Incumbents {
  std::vector<ObjectKey> targets;  ///< every one that the ledger names, the Target's own first
  std::vector<std::pair<PlaceId, PlaceRecord>> elsewhere;  ///< those of other namespaces
};

/// The incumbent word of a Target: `Target/production`.
std::string incumbent_word(const ObjectKey& target);

/// Reads no other record while the Target is the incumbent of its namespace and has no rival in
/// another one. `mine` is the record of its own namespace. A failed read is an error: nobody works.
Awaitable<Result<Incumbents>> find_incumbents(Ledger& ledger, const DesiredTarget& target,
                                              const PlaceRecord& mine);

/// Remembers what the manifests claim at a place that is not looked at now, so that it counts when
/// they claim it no more. Only where the Target is the incumbent; saves nothing that is known.
Awaitable<Status> learn_claims(Ledger& ledger, const DesiredTarget& target);

/// The place belongs to another namespace now: its former record names no incumbent any more.
Awaitable<Status> resign(Ledger& ledger, PlaceId former);

}  // namespace lockstep::reconcile
