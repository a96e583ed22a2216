// What is wrong at a Target, as a person at night needs it told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// How much it needs a person, the most urgent first.
enum class Urgency : std::uint8_t {
  broken,    ///< could not be read, or a gate that is a failure
  changed,   ///< someone else changed or may have changed it
  no_value,  ///< its source gives no value that can be written
  approval,  ///< waits for a person's yes
  answer,    ///< waits for an answer, or for the end of a limit: lockstep asks again by itself
  pending,   ///< lockstep does it when it next works here
  waits,     ///< waits for time, a hold or a choice of the user
  left,      ///< differs and is left alone on purpose
};
/// `broken`, `changed`, `noValue`, `approval`, `answer`, `pending`, `waits`, `left`: as JSON has
/// it.
std::string_view to_string(Urgency urgency);
/// The heading of a page: `BROKEN: a person is needed`.
std::string_view heading(Urgency urgency);

/// One thing that is wrong; `name` is empty for the Target as a whole, or `part` of it. Text of
/// providers and users may be in it: make it harmless before it is shown.
struct Trouble {
  Urgency urgency = Urgency::broken;
  std::string target;
  std::string name;
  std::string part;  ///< of a Target as a whole: "the roll-out"; "" for all of it
  std::string state;
  std::string certainty;
  std::string gate;
  std::string why;  ///< what is wrong, in words
  std::optional<Wall> since;
  std::string who;     ///< "" where nobody tells
  std::string surely;  ///< how surely it is known, in words; "" where there is nothing to doubt
  std::string next;    ///< what happens next, and when
  std::string advice;  ///< what a person can do: a command where there is one
  std::vector<std::string> stops;  ///< of a whole Target: the names that wait for it
};

/// All that is wrong at one Target, the most urgent first, names in order.
std::vector<Trouble> troubles_of(const reconcile::PassOutcome& outcome, Wall now);

/// How surely a state is known: `sure: the provider's digest of the value`; "" for `none`.
std::string in_words(Certainty certainty);
/// `since 14:02 UTC, by alice@example.com, sure: ...`; "" where nothing of it is known.
std::string since_line(const Trouble& trouble, Wall now);

}  // namespace lockstep::cli
