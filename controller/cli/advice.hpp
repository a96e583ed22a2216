// What a person can do about something that is wrong.
#pragma once

#include <string>

#include "model/plan.hpp"

namespace lockstep::cli {

/// The next step for a gate that is closed for a whole Target or one row; `target` is
/// `namespace/name`.
std::string advice(Gate gate, const std::string& target);

/// The next step for one row of a plan; "" when nothing needs to be done.
std::string advice(const TargetPlan& plan, const PlannedSecret& row);

}  // namespace lockstep::cli
