// `apply --yes`: with nothing to ask, each place is written as soon as it was read.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "reconcile/reconciler.hpp"

namespace lockstep::cli {

/// What is told once of all plans, in the order of the Targets.
using ShowPlans = std::function<void(std::span<const TargetPlan>, bool whole)>;

/// One settled pass over each of the Targets, which point into `world`: none waits for another, so
/// a place that does not answer holds no write up (S14). `show` is called once, when every Target
/// was found to be so or so, or a minute after the last one was; a place that did not answer by
/// then is shown as Unknown, and is written all the same once it does. Not called when all is
/// cancelled before. Gives what Reconciler::once() gives. `clock` and `reconciler` outlive it.
Awaitable<std::vector<reconcile::PassOutcome>> apply_at_once(
    reconcile::Reconciler& reconciler, Clock& clock, asio::any_io_executor executor,
    const reconcile::World& world, std::vector<const DesiredTarget*> targets,
    reconcile::PassOptions options, reconcile::Listener listener, ShowPlans show);

}  // namespace lockstep::cli
