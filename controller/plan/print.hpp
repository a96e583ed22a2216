// Plans as text for people, as JSON for programs, as Markdown for pull requests.
#pragma once

#include <span>
#include <string>

#include "base/time.hpp"
#include "model/plan.hpp"

namespace lockstep::plan {

struct PrintOptions {
  bool colour = false;
  Wall now{};        ///< decides between `since 14:02` and `since 2026-01-15`
  int width = 0;     ///< columns of the terminal; 0: not a terminal, so no line is broken
  bool all = false;  ///< show what is in sync too
  std::size_t broken_documents = 0;  ///< of the manifests, for the summary
};

/// What a person reads. A Target that is in sync takes one line; a place that could not be read is
/// told as Unknown with the reason and the remedy; the summary and the approvals stand at the end.
/// Text of users and providers is made harmless; no value is ever in it (S4).
std::string to_text(std::span<const TargetPlan> plans, const PrintOptions& options);

/// The same for programs, one line, stable within `version` 1:
///
///     {"version": 1, "at": TIME, "summary": {COUNTS},
///      "targets": [{"key": "cms/x", "place": "flyApp/x", "environment": "production",
///        "observedAt": TIME or null, "error": {"kind", "message", "remote"} or null,
///        "gates": [{"gate", "reason"}], "secrets": [{"name", "state", "certainty", "action",
///        "runs", "gate" or null, "gateReason", "reason", "source", "since": TIME or null, "who",
///        "needsApproval", "desired", "optional", "due"}],
///        "rollOut": {"restarts", "stopped", "unmanaged": [ID], "runs", "halted", "gate" or null,
///        "gateReason"} or null, "notes": [TEXT],
///        "holds": [{"name", "since": TIME, "until": TIME, "by", "reason"}],
///        "summary": {COUNTS}, "approvalDigest": DIGEST or null}],
///      "problems": [PROBLEM]}
///
/// COUNTS: secrets, inSync, create, update, delete, adopt, waitForApproval, wait, blocked,
/// needValue, waitForAnswer, leftDrifted, leftUnadopted, leftExtra, staged, unknown. Times are RFC
/// 3339 in UTC. rollOut: how many running machines restart to make what is written live, how many
/// stopped ones are updated and not started, which ones are left alone, and why it waits; halted: a
/// machine failed and a person must look. A PROBLEM of the manifests: {"file", "line", "column",
/// "path", "text"}. Members may be added; none is renamed or removed while `version` is 1.
std::string to_json(std::span<const TargetPlan> plans, Wall now,
                    std::span<const api::Problem> problems = {});

/// A table a Target, for a comment on a pull request. Text of users and providers can neither
/// format the page nor mention or link anybody.
std::string to_markdown(std::span<const TargetPlan> plans, Wall now,
                        std::size_t broken_documents = 0);

}  // namespace lockstep::plan
