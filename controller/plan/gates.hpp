// Why a reaction must wait.
#pragma once

#include "plan/diff.hpp"

namespace lockstep::plan {

/// Closes the first gate that applies to each row that would act, and says what needs approval.
/// Deletions are counted here against maxDeletions, in the order of the rows.
void close_gates(const DiffInput& input, TargetPlan& plan);

}  // namespace lockstep::plan
