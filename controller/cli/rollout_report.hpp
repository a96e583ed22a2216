// What `lockstep rollout` finds, asks and tells.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// What a person can have released at one Target.
struct Release {
  enum class Kind : std::uint8_t {
    possible,     ///< names wait and lockstep can make them live
    nothing,      ///< nothing waits
    by_deploy,    ///< made live by someone's own command, which `remedy` names
    unwritten,    ///< changes are not written yet: apply first
    not_granted,  ///< the Credential lacks RollOut
    gated,        ///< another gate of the place stops it
    unread,       ///< the place could not be read
  };
  Kind kind = Kind::nothing;
  std::string target;
  std::vector<std::string> names;  ///< that are written and not live
  std::string restarts;            ///< what the roll-out does to machines
  std::string remedy;              ///< what to do instead; "" where possible
  std::vector<std::string> notes;  ///< what restarts, what is left alone
};

/// What a look found.
Release release_of(const DesiredTarget& target, const reconcile::PassOutcome& outcome, Wall now);
/// Before the question: a part for each Target.
std::string to_text(std::span<const Release> releases);

/// What came of it: per Target how many names are live now and what is left, with the reason. For
/// programs one line, stable within `version` 1:
///
///     {"version": 1, "targets": [{"key", "kind", "live": [NAME], "left": [NAME],
///       "machines": [ID], "why", "remedy", "notes": [TEXT]}]}
///
/// `kind`: possible, nothing, byDeploy, unwritten, notGranted, gated, unread. Members may be added;
/// none is renamed or removed.
struct Released {
  Release before;
  std::vector<std::string> left;      ///< still not live
  std::vector<std::string> machines;  ///< ids of those that run the new set now
  std::string why;                    ///< why, where something is left
  std::vector<std::string> notes;
};
/// `after` is nothing where nobody tried.
Released released_of(Release before, const reconcile::PassOutcome* after);
std::string print_released(std::span<const Released> all, Output output);

}  // namespace lockstep::cli
