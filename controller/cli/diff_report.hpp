// `lockstep diff`: what is, against what shall be.
#pragma once

#include <span>
#include <string>

#include "base/time.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// What differs at the places looked at, and whether all could be looked at.
struct Differences {
  std::size_t rows = 0;    ///< names that are not in sync
  std::size_t unread = 0;  ///< Targets that could not be read and are not left alone on purpose
};
/// A name that its source need not have differs only when it is there. Places of kinds that this
/// release cannot read, and Targets that are left alone as a whole, count as nothing unread.
Differences differences(std::span<const reconcile::PassOutcome> outcomes);

/// A line for each name that differs: its state, what is, what shall be, since when, by whom, why
/// nothing is done. Targets without a difference are not shown. The last sentence counts the
/// documents of the manifests that are broken, too.
std::string diff_text(std::span<const reconcile::PassOutcome> outcomes, Wall now,
                      std::size_t broken_documents = 0);
/// The same as tables.
std::string diff_markdown(std::span<const reconcile::PassOutcome> outcomes, Wall now,
                          std::size_t broken_documents = 0);
/// The same for programs, one line, stable within `version` 1:
///
///     {"version": 1, "at": TIME, "differs": bool, "targets": [{"key", "place", "environment",
///       "error": {"kind", "message", "remote"} or null, "differences": [{"name", "state",
///       "certainty", "is", "shallBe", "since": TIME or null, "who", "gate" or null,
///       "gateReason"}]}], "problems": [PROBLEM of plan/print.hpp]}
///
/// All Targets are in it. Members may be added; none is renamed or removed.
std::string diff_json(std::span<const reconcile::PassOutcome> outcomes, Wall now,
                      std::span<const api::Problem> problems);

}  // namespace lockstep::cli
