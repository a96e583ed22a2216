// The port to lockstep's memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/hold.hpp"
#include "model/record.hpp"

namespace lockstep {

/// Turns values into what may be stored and compared. Made of the ledger's key.
class Fingerprinter {
 public:
  virtual ~Fingerprinter() = default;
  /// 128 bits of HMAC-SHA256 over (version tag, namespace, place, name, value), with the key's id:
  /// `k1:0123...`. Without the key nothing can be compared with it (S4).
  virtual std::string of_value(const PlaceId& place, std::string_view name,
                               const Secret& value) const = 0;
  /// The same for a provider's value-dependent evidence (Fly digests).
  virtual std::string of_evidence(const PlaceId& place, std::string_view name,
                                  const Secret& token) const = 0;
  /// The same for a secret as a whole (was it ever generated).
  virtual std::string of_secret(const SecretId& id, const Secret& value) const = 0;
};

/// Durable memory. A failed or refused call is of kind `storage`: stop all writes.
class Ledger {
 public:
  virtual ~Ledger() = default;
  /// nullptr while there is no ledger yet (a plan before the first apply).
  virtual const Fingerprinter* fingerprinter() const = 0;
  /// The record, an empty one (sequence 0) when there is none.
  virtual Awaitable<Result<PlaceRecord>> load(PlaceId id) = 0;
  /// Saves the record whole; durable on return. Refused (`storage`) when the record's sequence is
  /// not the one in the ledger: someone else wrote. Gives the new sequence back.
  virtual Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) = 0;
  /// All places that have a record, sorted.
  virtual Awaitable<Result<std::vector<PlaceId>>> places() = 0;
  /// The fingerprint under which a generated secret was first made; nothing when never (S16).
  virtual Awaitable<Result<std::optional<std::string>>> generated(SecretId id) = 0;
  /// Remembers that a secret was generated and is kept by its source; durable on return. A crash
  /// before it is harmless: the source has the value, and the next write remembers it.
  virtual Awaitable<Result<void>> remember_generated(SecretId id, std::string fingerprint) = 0;

  // Holds are no part of a record: people place them while another process writes here, and that
  // process sees them at its next pass. One that cannot be read or trusted is an Error, never "no
  // hold".

  /// The holds of a place, sorted by name, also those that have ended and are not dropped yet.
  virtual Awaitable<Result<std::vector<Hold>>> holds(PlaceId id) = 0;
  /// All holds of all places, sorted.
  virtual Awaitable<Result<std::vector<std::pair<PlaceId, Hold>>>> all_holds() = 0;
  /// Places a hold; it takes the place of one for the same name. Durable on return. Drops what had
  /// ended when it began.
  virtual Awaitable<Result<void>> hold(PlaceId id, Hold hold) = 0;
  /// Takes the hold of a name back ("" is the whole place); false when there was none.
  virtual Awaitable<Result<bool>> release(PlaceId id, std::string name) = 0;
};

}  // namespace lockstep
