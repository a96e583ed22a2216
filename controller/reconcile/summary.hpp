// What a pass tells the world: conditions, metrics, events. Computed in one place, at the end.
#pragma once

#include "reconcile/services.hpp"

namespace lockstep::reconcile {

struct PassOutcome;

/// Fills conditions, the next wake-up and the counts of the outcome.
void summarize(PassOutcome& outcome, const DesiredTarget& target);

/// Replaces the Target's gauges.
void export_gauges(Metrics& metrics, const DesiredTarget& target, const PassOutcome& outcome);

/// Logs and counts each drift that began between two memories. `count` false: a plan only looks.
void report_drift(const Services& services, const DesiredTarget& target, const PlaceRecord& before,
                  const PlaceRecord& after, bool count);

/// True when nothing is wrong that lockstep or its user must act on: in sync, or only work left
/// that waits for approval, time, a hold or a choice of the user (exit code 0).
bool is_content(const TargetPlan& plan);

}  // namespace lockstep::reconcile
