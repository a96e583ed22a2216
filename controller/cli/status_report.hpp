// `lockstep status`: the page that a person who was woken up reads first.
#pragma once

#include <span>
#include <string>

#include "base/time.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// First one sentence of the whole; then everything that is wrong, the most urgent first: what,
/// since when and by whom and how surely, what happens next, what to do; then holds; what is in
/// sync takes one line. `verbose` adds a table of the Targets with how many requests each took. The
/// first sentence counts the documents of the manifests that are broken, too.
std::string status_text(std::span<const reconcile::PassOutcome> outcomes, bool verbose, Wall now,
                        std::size_t broken_documents = 0);

/// The same as tables, for a comment or a page.
std::string status_markdown(std::span<const reconcile::PassOutcome> outcomes, Wall now,
                            std::size_t broken_documents = 0);

/// The same for programs, one line, stable within `version` 1:
///
///     {"version": 1, "at": TIME, "targets": [{"key", "environment", "place", "ready", "reason",
///       "message", "secrets", "inSync", "drifted", "lastObserved": TIME or null, "reads",
///       "writes", "holds": [{"name", "since": TIME, "until": TIME, "by", "reason"}],
///       "wrong": [{"urgency", "name", "part", "state", "certainty", "gate" or null, "since": TIME
///       or
///         null, "who", "why", "next", "advice"}]}], "problems": [PROBLEM of plan/print.hpp]}
///
/// A thing that is wrong with a whole Target has the name ""; `part` is "the roll-out" where it is
/// only about that. `urgency`: broken, changed, noValue,
/// approval, answer, pending, waits, left. Members may be added; none is renamed or removed.
std::string status_json(std::span<const reconcile::PassOutcome> outcomes, Wall now,
                        std::span<const api::Problem> problems = {});

}  // namespace lockstep::cli
