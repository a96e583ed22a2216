// What is, what would be done, and what waits: the outcome of a diff.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/desired.hpp"
#include "model/hold.hpp"
#include "model/observation.hpp"
#include "model/state.hpp"

namespace lockstep {

/// One name at one Target.
struct PlannedSecret {
  std::string name;
  State state = State::Unknown;
  Certainty certainty = Certainty::none;
  ActionKind action = ActionKind::none;  ///< what the reaction is, also while a gate is closed
  std::optional<Gate> gate;              ///< set: the action waits
  std::string gate_reason;
  std::string reason;          ///< `not there`, `changed by someone else`
  std::string source;          ///< `source values`, `declared absent`
  std::optional<Wall> since;   ///< of a drift
  std::string who;             ///< who did it, where the provider tells
  std::string needs_approval;  ///< why, with a consequence; "" when it does not
  bool desired = false;
  bool absent = false;              ///< declared absent: no secret, so it is not counted
  bool optional = false;            ///< may be missing at its source
  bool repair = false;              ///< the action undoes someone else's change
  std::optional<Wall> value_since;  ///< when lockstep first wrote the value that is there
  std::optional<Wall> due_at;       ///< when its rotation age passes
  bool due = false;                 ///< that time has come
  /// Of SourceUnavailable: the key of the place that must answer before a value may be made; ""
  /// where it is the source that has none.
  std::string needs_answer_of;
  std::string claimant;     ///< `SecretSet/molecule-cp`
  std::string fingerprint;  ///< HMAC of the value to write; "" without a key
  std::optional<SecretId> id;

  /// True when apply would do it now.
  bool runs() const { return action != ActionKind::none && !gate; }
};

/// What makes live what is written, or will be by this plan, where that is a step of its own.
struct RollOutPlan {
  RollOutScope scope;
  std::optional<Gate> gate;  ///< set: it waits for that
  /// Why it waits; set without a gate when a person's `lockstep rollout` is what it waits for.
  std::string gate_reason;
  bool stopped = false;   ///< a machine stopped it: a person must look
  bool forecast = false;  ///< nothing is staged yet: it follows what this plan writes

  /// True when apply would do it now.
  bool runs() const { return !gate && gate_reason.empty(); }
};

/// One Target, diffed.
struct TargetPlan {
  ObjectKey key;
  Place place;
  std::string environment;
  Wall observed_at{};
  std::optional<Error> unreadable;  ///< the place could not be read: everything is Unknown
  std::vector<std::pair<Gate, std::string>> gates;  ///< of the whole Target
  std::string unclear;  ///< why something else may be desired, too: a document is not understood
  std::vector<PlannedSecret> secrets;   ///< desired first (by name), then Extra
  std::optional<RollOutPlan> roll_out;  ///< nothing: no machine has to be updated
  std::string staged_version;           ///< Workers: the version that holds what is Staged, if any
  std::vector<std::string> notes;       ///< for people: what someone did, what runs the old set
  std::vector<Hold> holds;              ///< in force at the look, also over what needs nothing
  std::string approval_digest;          ///< 64 hex digits, only when nothing else is left to do
  std::size_t requests = 0;             ///< calls the observation took

  std::size_t desired_count() const;
  std::size_t in_sync_count() const;
  /// Any Removed, ChangedOutOfBand or Unverifiable.
  bool drifted() const;
  /// Any row that waits for a person's yes.
  bool waits_for_approval() const;
  /// True when apply would change something now: a row, or a roll-out.
  bool pending() const;
};

}  // namespace lockstep
