// Which of the Targets a command is about.
#pragma once

#include <vector>

#include "cli/command_line.hpp"
#include "reconcile/reconciler.hpp"

namespace lockstep::cli {

/// The Targets that `choice` names, in the order of the manifests' keys; they point into `world`.
/// `invalid` when a name fits none (with the nearest that would) or several Targets, or when both
/// lists together leave none.
Result<std::vector<const DesiredTarget*>> select_targets(const reconcile::World& world,
                                                         const Choice& choice);

}  // namespace lockstep::cli
