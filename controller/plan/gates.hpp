// Why a reaction must wait.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "plan/diff.hpp"

namespace lockstep::plan {

/// A gate that is closed, and why; nothing when it is open.
using Closed = std::optional<std::pair<Gate, std::string>>;

/// The first gate, in the order of the enum, that is closed for the Target as a whole: by its
/// documents, or by what this pass found.
Closed closed_for_target(const DiffInput& input);

/// Gate::Window outside the Target's write windows. Not cheap: ask once a plan.
Closed closed_window(const DiffInput& input);

/// The entry behind a row; nullptr for a name that nothing desires.
const DesiredSecret* desired_of(const DiffInput& input, const PlannedSecret& row);

/// Closes the first gate that applies to each row that would act, and says what needs approval.
/// Deletions are counted here against maxDeletions, in the order of the rows.
void close_gates(const DiffInput& input, TargetPlan& plan);

/// The same for one row that writes.
void close_gate(const DiffInput& input, PlannedSecret& row);

}  // namespace lockstep::plan
