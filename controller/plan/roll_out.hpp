// What becomes of secrets that are written and not live, where that is a step of its own.
#pragma once

#include "plan/diff.hpp"

namespace lockstep::plan {

/// Names in `plan` the roll-out that is due, or will be once the rows that run are written; none
/// when no machine has to be updated. Every gate of the Target, a hold, a closed write window and a
/// missing RollOut grant stop it; so does a machine that failed, and `policy.apply: Staged`, until
/// a person says `lockstep rollout`. Says on every Staged row what happens next. Where a crash lost
/// the number of the last write, which a roll-out needs, one row is to be written again. Pure.
void settle_roll_out(const DiffInput& input, TargetPlan& plan);

}  // namespace lockstep::plan
