// The state of one desired name and the reaction to it, before any gate.
#pragma once

#include "plan/diff.hpp"

namespace lockstep::plan {

/// The row of one desired name: state, certainty, action, texts; no gate yet.
PlannedSecret desired_row(const DiffInput& input, const DesiredSecret& secret);

/// The row of one name that is there and that nothing desires: state Extra and the action of
/// `prune`; no gate yet.
PlannedSecret extra_row(const DiffInput& input, const std::string& name);

/// The ledger's memory of a name, nullptr when it has none or it is not ours.
const NameRecord* ours(const PlaceRecord& record, const std::string& name);

}  // namespace lockstep::plan
