// What a person can do about something that is wrong.
#pragma once

#include <string>

#include "model/plan.hpp"

namespace lockstep::cli {

/// The next step for a gate that is closed for a whole Target or one row; `target` is
/// `namespace/name`.
std::string advice(Gate gate, const std::string& target);

/// The command that makes a staged Worker version live; without a version the one that asks for it
/// (https://developers.cloudflare.com/workers/wrangler/commands/#versions-deploy).
std::string deploy_command(const Place& place, const std::string& version);

/// The next step for a roll-out that is due; `plan` has one.
std::string roll_out_advice(const TargetPlan& plan);

/// The next step for one row of a plan; "" when nothing needs to be done.
std::string advice(const TargetPlan& plan, const PlannedSecret& row);

}  // namespace lockstep::cli
