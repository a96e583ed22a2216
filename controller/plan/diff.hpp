// What is, against what shall be: states, reactions and gates.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/desired.hpp"
#include "model/observation.hpp"
#include "model/plan.hpp"
#include "model/record.hpp"

namespace lockstep::plan {

/// What is known of the value that a name shall have. Never the value.
struct ValueSight {
  enum class Kind : std::uint8_t { available, missing, unavailable, invalid };
  Kind kind = Kind::missing;
  std::string problem;  ///< why it is not available, for people
  /// Of `unavailable`: the key of the place that must answer before it may be made, if it is that.
  std::string needs_answer_of = {};
  std::string fingerprint;  ///< HMAC; "" without a ledger key
  std::size_t size = 0;
};

struct DiffInput {
  const DesiredTarget& target;
  const PlaceRecord& record;  ///< after digest_observation and digest_desires
  const Observation& observation;
  const std::map<std::string, ValueSight>& values;  ///< by name; none for external and absent
  std::vector<std::pair<Gate, std::string>> gates;  ///< found in this pass, for the whole place
  Wall now{};
  bool at_once = false;     ///< a person applies: repairs do not wait for repairAfter
  std::vector<Hold> holds;  ///< as the ledger has them; those that have ended hold nothing
  /// The machines that a write now leaves with the old set, where known.
  std::optional<RollOutScope> scope = {};
  bool roll_out = false;  ///< a person said `lockstep rollout`
};

/// Diffs one Target. Pure: equal input, equal plan.
TargetPlan diff(const DiffInput& input);

/// `13:05Z` on the day of `now`, else `2026-01-16T13:05:00Z`: the first full minute that is not
/// before `end`, the same wherever the end of one wait is told.
std::string until_text(Wall end, Wall now);

/// `rate limited until 13:05Z` for a provider's limit, `held back by lockstep's own request budget
/// until 13:05Z` for our pacing; "" for a fault that names no end.
std::string limit_text(const Error& error, Wall now);

/// Puts in front of the message which limit it is, when it ends and which Credential it is about;
/// other errors stay as they are.
Error with_limit(Error error, const std::string& credential, Wall now);

/// `--wait 55m`: what makes plan, status and diff wait for the end of that limit.
std::string wait_option(Wall until, Wall now);

/// The plan of a place that could not be read: every desired name is Unknown and nothing is done.
TargetPlan unreadable(const DesiredTarget& target, Error error, Wall now);

/// Fills approval_digest when nothing else is left to do, and opens the gate of what waits for
/// approval when that digest is among `approved` (S13).
void settle_approvals(TargetPlan& plan, const PlaceRecord& record, const Observation& observation,
                      const std::map<std::string, std::string>& tokens,
                      const std::set<std::string>& approved);

/// The memory of someone's change that came back after three repairs in an hour (S20): marks names
/// (on Workers the place) as contested, or clears the mark when `retry` says a person acted. Pure.
PlaceRecord digest_contest(PlaceKind kind, PlaceRecord record, bool retry);

}  // namespace lockstep::plan
