// What a provider saw at a place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "model/state.hpp"

namespace lockstep {

/// One secret that is there.
struct ObservedSecret {
  std::string name;
  /// The provider's own digest of the value; it depends on the value, so it is handled like one:
  /// stored only as HMAC, never shown. Empty where the provider has none.
  Secret token;
  std::optional<Wall> updated_at;
  /// Whether what is there is also what runs; nothing when not asked or always so.
  std::optional<bool> live;
};

/// Something that happened at a place, by the provider's history.
struct PlaceEvent {
  enum class Effect : std::uint8_t {
    keeps_secrets,    ///< an ordinary deploy: secrets are inherited, so presumed unchanged
    may_change,       ///< a rollback or an unknown trigger
    changes_secrets,  ///< a change of secrets
  };
  std::string id;       ///< the provider's id of the event (Workers: the deployment)
  std::string version;  ///< the version it made live
  Wall at{};
  std::string author;   ///< e-mail or token name; empty when not told
  std::string trigger;  ///< the provider's word: `secret`, `upload`, `rollback`
  Effect effect = Effect::may_change;
};

/// How far the time that a place keeps for a write may lie from the provider's clock in its answer
/// to that write. GitHub keeps whole seconds, stamps a write before it answers, and its servers'
/// clocks differ a little; somebody else's write this near to ours is not told apart (S9).
inline constexpr Nanos write_time_skew = std::chrono::seconds(5);
/// True when a time seen at the place can be that of the write which was answered at `answered`.
inline bool is_time_of_write(Wall seen, Wall answered) {
  return seen >= answered - write_time_skew && seen <= answered + write_time_skew;
}
/// True when such a time is of a later second than the answer. A write is stamped before it is
/// answered: either the clocks differ, or somebody wrote since.
inline bool is_after_answer(Wall seen, Wall answered) {
  using std::chrono::floor;
  return floor<std::chrono::seconds>(seen) > floor<std::chrono::seconds>(answered);
}

/// Place-level evidence: the newest event and version the provider tells.
/// Workers: active deployment id and its version id. Fly: the secrets version our write returned.
struct PlaceEvidence {
  std::string event;
  std::string version;
  bool operator==(const PlaceEvidence&) const = default;
};

/// What making live would do, where that is a step of its own (Fly: machines are updated).
struct RollOutScope {
  std::size_t restarts = 0;            ///< running machines that restart
  std::size_t stopped = 0;             ///< updated and not started
  std::vector<std::string> unmanaged;  ///< ids of machines that are left alone

  /// How many machines are to be updated.
  std::size_t machines() const { return restarts + stopped; }
  bool operator==(const RollOutScope&) const = default;
};

/// What became of a version that holds our writes and that we did not deploy (Workers).
struct StagedFate {
  std::string version;
  bool live = false;   ///< it has all traffic, or a version that came after it has
  bool surely = true;  ///< false: someone else's version came after it
};

/// One complete, consistent read of a place. A partial or doubtful read is an Error, never this.
struct Observation {
  Wall at{};                            ///< when, by our clock
  std::vector<ObservedSecret> secrets;  ///< sorted by name, each once
  std::map<std::string, std::string>
      taken;  ///< names held by something else -> what (`kv_namespace`)
  PlaceEvidence evidence;
  std::vector<PlaceEvent> events;     ///< since the evidence we held, oldest first
  bool history_complete = true;       ///< false: our evidence is older than the history told
  std::string liveness_note;          ///< `2 of 3 machines run the old set`; "" when all live
  std::vector<std::string> machines;  ///< Fly: `machine/instance`, when machines were read
  std::vector<std::string> notes;     ///< for people: what is odd there
  /// Fly, when machines were read: those that run an older set than our last write.
  std::optional<RollOutScope> roll_out;
  /// Fly, when machines were read: whether all of them run what we wrote last.
  std::optional<bool> live;
  /// Workers: of the newest version that we staged; nothing when there is none or none is listed.
  std::optional<StagedFate> staged;
  /// Workers: the attempts behind open intents of staged writes whose version is there.
  std::set<std::string> attempts;
  std::size_t requests = 0;  ///< how many calls this read took

  /// The secret of that name, nullptr when it is not there.
  const ObservedSecret* find(std::string_view name) const;
};

/// What guards a GitHub environment. Only read, never written: a partial write drops reviewers.
/// https://docs.github.com/en/rest/deployments/environments
struct Protection {
  std::vector<std::string> users;  ///< logins that may approve, as the provider writes them
  std::vector<std::string> teams;  ///< slugs of teams that may
  std::optional<Seconds> wait_timer;
  enum class Branches : std::uint8_t {
    all,         ///< no branch policy
    protected_,  ///< protected branches only
    custom,      ///< those that match `patterns`
  };
  Branches branches = Branches::all;
  std::vector<std::string> patterns;  ///< of a custom policy, sorted
  /// Asked only under Branches::protected_: without any protected branch every branch may deploy.
  bool any_protected_branch = true;
  bool admins_bypass = true;  ///< administrators may skip the rules
  std::size_t requests = 0;   ///< how many calls this read took
};

/// What must hold right before a write (Workers S8); `ok` when nothing stands in the way.
struct WriteCheck {
  bool ok = true;
  Gate gate = Gate::NewerVersion;        ///< that closes when it is not ok
  std::string reason;                    ///< why not, for people, with the remedy
  std::optional<RollOutScope> roll_out;  ///< what making a write live does, where known
  std::size_t requests = 0;              ///< how many calls the check took
};

/// Who changed something last, as far as the provider tells.
struct Attribution {
  std::string who;
  std::optional<Wall> when;
  std::string how;
};

}  // namespace lockstep
