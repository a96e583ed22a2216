// What is to be written at a place, and what came of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/observation.hpp"

namespace lockstep {

/// One name to write or delete. Applying the same change twice leaves the same result.
struct Change {
  enum class Op : std::uint8_t { put, remove };
  Op op = Op::put;
  std::string name;
  Secret value;  ///< empty for remove
};

/// How far a write goes where the place knows a step between written and live.
enum class WriteMode : std::uint8_t {
  live,    ///< as live as the place's own write makes it
  staged,  ///< written and not live, where the place can (Workers: a version that is not deployed)
};

/// What came of one change.
struct Receipt {
  enum class Outcome : std::uint8_t { done, unchanged, failed, unknown };
  std::string name;
  Outcome outcome = Outcome::failed;
  std::optional<Error> error;      ///< set for failed and unknown
  Secret token;                    ///< the provider's digest after the write, where told
  std::optional<Wall> updated_at;  ///< the provider's time of the write, where told
  /// The provider's clock when it accepted the write, where `updated_at` could not be seen yet.
  std::optional<Wall> answered_at;
  /// That time is a little too late to be surely the write's own: someone may have written since.
  bool presumed = false;
};

/// What came of one apply().
struct Applied {
  std::vector<Receipt> receipts;  ///< one a change, in the order of the changes
  PlaceEvidence evidence;         ///< right after; meaningful when any receipt is done
  /// True when the evidence is surely ours: nobody else acted between our reads before and after.
  bool evidence_is_ours = true;
  bool presumed = false;              ///< ours, but an ordinary deploy came in between
  bool staged = false;                ///< written, not live
  std::string note;                   ///< for people: why it is staged, what is left to do
  std::vector<std::string> machines;  ///< Fly: `machine/instance` that run the old set
  std::string staged_version;         ///< Workers: the version that holds it, not deployed
  std::size_t reads = 0;              ///< how many calls it took that change nothing
  std::size_t writes = 0;             ///< how many that do
};

/// What came of one step of a roll-out. A step is small enough to be repeated after a crash.
struct RolledOut {
  std::vector<std::string> updated;  ///< ids of machines that now run the new set, healthy
  RollOutScope left;                 ///< machines that still run the old set
  std::string machine;               ///< that stopped the roll-out; "" while all is well
  std::optional<Error> error;        ///< why it stopped there
  std::size_t reads = 0;             ///< how many calls it took that change nothing
  std::size_t writes = 0;            ///< how many that do
};

}  // namespace lockstep
