// `lockstep status` as text and as JSON.
#pragma once

#include <span>
#include <string>

#include "base/time.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// A table with a row for each Target, then a line for each thing that is wrong: state, certainty,
/// gate, since when, by whom, what to do. `verbose` adds how many requests each Target took.
std::string status_text(std::span<const reconcile::PassOutcome> outcomes, bool verbose, Wall now);

/// The same for programs, one line, stable within `version` 1:
///
///     {"version": 1, "at": TIME, "targets": [{"key", "environment", "place", "ready", "reason",
///       "message", "secrets", "inSync", "drifted", "lastObserved": TIME or null, "reads",
///       "writes", "wrong": [{"name", "state", "certainty", "gate" or null, "since": TIME or null,
///       "who",
///         "why", "advice"}]}]}
///
/// A thing that is wrong with a whole Target has the name "".
std::string status_json(std::span<const reconcile::PassOutcome> outcomes, Wall now);

}  // namespace lockstep::cli
