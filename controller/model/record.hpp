// What the ledger remembers of a place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/observation.hpp"
#include "model/state.hpp"

namespace lockstep {

/// Who a place's memory belongs to.
struct PlaceId {
  std::string ns;
  std::string place;  ///< Place::key()
  auto operator<=>(const PlaceId&) const = default;
};

/// A secret as a whole: the value behind it, in all its places.
/// With a source: (namespace, source Secret, key). Without: (namespace, Environment, SecretSet,
/// name).
struct SecretId {
  std::string ns;
  std::string scope;  ///< `secret/<Secret>` or `entry/<Environment>/<SecretSet>`
  std::string key;
  auto operator<=>(const SecretId&) const = default;
};
std::string to_string(const SecretId& id);

/// How a name came under lockstep's care. Only `created` ones may be pruned as owned.
enum class Origin : std::uint8_t { created, adopted, trusted };
std::string_view to_string(Origin origin);

/// A write that was about to happen: durable before the bytes leave, cleared with the evidence.
struct Intent {
  bool remove = false;
  std::string fingerprint;  ///< of the value being written; "" for a removal
  std::string attempt;      ///< id of the attempt, in logs
  Wall started{};
  bool was_there = false;    ///< the name was there at the read before
  std::string token_before;  ///< HMAC of the provider's digest at that read
  std::optional<Wall> updated_before;
  PlaceEvidence place_before;
  /// The write was not to go live by itself; nothing in records of releases that could not say so.
  std::optional<bool> staged;
};

/// What is remembered of one name at a place.
struct NameRecord {
  Origin origin = Origin::created;
  std::string fingerprint;         ///< HMAC of the value last written; "" when trusted unseen
  std::string token;               ///< HMAC of the provider's digest right after; "" where none
  std::optional<Wall> updated_at;  ///< the provider's time right after
  /// The provider's clock when it accepted our write, where `updated_at` was not seen yet: a time
  /// near it is the write's own.
  std::optional<Wall> answered_at;
  bool presumed = false;  ///< the evidence moved inside a crash window, or beside a deploy
  bool written = false;   ///< lockstep has written this name (not only seen or trusted it)
  std::string claimant;   ///< `SecretSet/cms-runtime`: who desired it last
  /// `SecretSet/cms-jobs`: those that went out of sight when the claimant gave the name up, and may
  /// claim it since; nothing when there are none.
  std::optional<std::vector<std::string>> may_be_of;
  bool compromised_only = false;  ///< its rotation rule when last written (S16)
  std::optional<Wall> first_seen;
  std::optional<Wall> written_at;
  std::optional<Wall> value_since;  ///< when lockstep first wrote the value that it last wrote
  std::optional<Wall> drift_since;
  State drift_state = State::InSync;  ///< the state that drift_since counts from
  std::string drift_by;               ///< who and how, where the provider tells; for people
  std::optional<Wall> undesired_since;
  std::vector<Wall> repairs;  ///< of drift made by others, within the last hour
  bool contested = false;
  bool staged = false;  ///< written and not yet seen live
  std::optional<Intent> intent;
};

/// What is remembered of one place, as one unit: loaded and saved whole.
struct PlaceRecord {
  std::string incumbent;  ///< `Target/<name>` that works here; a newcomer waits
  /// SecretSets that selected the Target when all manifests were last understood, and those that
  /// went out of sight while names of theirs wait; nothing in records of releases without it.
  std::optional<std::vector<std::string>> selecting_sets;
  PlaceEvidence evidence;               ///< right after our last write (or at adoption)
  bool presumed = false;                ///< that evidence is presumed ours
  PlaceEvidence seen;                   ///< at the last complete read of names
  std::vector<std::string> seen_names;  ///< at that read, sorted
  std::map<std::string, std::string> seen_taken;
  std::vector<std::string> machines;  ///< Fly: instances that ran the old set at our last write
  /// Workers: the version that our last write made and did not deploy.
  std::optional<std::string> staged_version;
  /// Fly: since when something that was written is not live on every machine.
  std::optional<Wall> roll_out_due;
  /// Fly: when our roll-out of it began. Until a step has seen every machine healthy nothing counts
  /// as live, so that a crash between an update and its health check is not taken for success.
  std::optional<Wall> roll_out_begun;
  /// Fly: the machine at which a roll-out stopped, and why; set until a person or a new write goes
  /// on.
  std::optional<std::string> roll_out_stopped;
  std::vector<Wall> deletions;            ///< by us within the last day
  std::size_t names_at_window_start = 0;  ///< how many names there were before the first of them
  std::vector<Wall> repairs;              ///< of the place as a whole (Workers), last hour
  bool contested = false;
  std::map<std::string, NameRecord> names;
  std::uint64_t sequence = 0;  ///< of this record in the ledger; 0: never saved
};

/// The record as text for a ledger, and back. Stable: decode(encode(r)) == r; unknown fields of a
/// newer lockstep are refused (`storage`), because dropping them could lose a promise.
std::string encode(const PlaceRecord& record);
Result<PlaceRecord> decode_place_record(std::string_view text);

}  // namespace lockstep
