// The words for what is, how surely, and why nothing is done.
#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

/// What a secret in a place is. In order of precedence: the first that applies is the state.
enum class State : std::uint8_t {
  Unknown,            ///< the place could not be read; never taken for missing
  Unadopted,          ///< desired, and there before lockstep
  Removed,            ///< someone else removed what lockstep wrote
  ChangedOutOfBand,   ///< someone else wrote it
  Unverifiable,       ///< something happened that may have changed it; the provider cannot say
  SourceUnavailable,  ///< the value's source could not be read
  SourceMissing,      ///< the source has no such key
  Invalid,            ///< the value fails its format
  Missing,            ///< desired, not there, never written by lockstep
  Stale,              ///< the source's value differs from what lockstep last wrote
  Staged,             ///< written, not live yet
  InSync,             ///< there, and the evidence says it is what lockstep wrote
  Extra,              ///< there, not desired, not ignored
};
std::string_view to_string(State state);

/// How surely the state is known, by the evidence it rests on.
enum class Certainty : std::uint8_t {
  none,       ///< nothing to compare: not there, or nothing written yet
  digest,     ///< the provider's digest of the value (Fly)
  timestamp,  ///< the provider's time of the last change (GitHub, Secrets Store, platform)
  version,    ///< no later deployment that changed secrets (Workers)
  presumed,   ///< after someone's ordinary deploy, or evidence that moved inside a crash window
  content,    ///< the value itself (dotenv)
  existence,  ///< only that the name is there (Pages)
};
std::string_view to_string(Certainty certainty);

/// Why nothing is done about a state.
enum class Gate : std::uint8_t {
  Suspended,
  Observe,
  Conflict,
  Hold,
  NotPermitted,
  PlaceMissing,
  NewerVersion,
  ResourceMissing,
  ExpectationUnmet,
  NameTaken,
  LimitExceeded,
  Window,
  WaitingRepair,
  WaitingPrune,
  AwaitingApproval,
  Contested,
  Unsupported,
};
std::string_view to_string(Gate gate);
/// True for gates that only wait for approval, time, a hold or a choice of the user: the exit code
/// stays 0 (README, exit codes). All other gates are failures.
bool is_patient(Gate gate);

/// What lockstep does, or would do, to a name.
enum class ActionKind : std::uint8_t { none, create, update, remove, adopt };
/// `create`, `update`, `delete`, `adopt`, `keep`.
std::string_view to_string(ActionKind action);

}  // namespace lockstep
