// What plan, apply and status begin with: read the manifests, then every place.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "cli/session.hpp"

namespace lockstep::cli {

/// What was found.
struct Seen {
  std::unique_ptr<const reconcile::World> world;
  std::vector<const DesiredTarget*> targets;  ///< the chosen ones; they point into `world`
  std::vector<reconcile::PassOutcome> outcomes;
  std::vector<api::Problem> problems;  ///< of the manifests; they were told
  bool new_ledger = false;             ///< it remembers no place yet

  /// Some document has a problem.
  bool invalid() const { return !problems.empty(); }
  std::size_t broken_documents() const { return world->documents().broken; }
  std::vector<TargetPlan> plans() const;
};

/// Reads the manifests, tells all problems and chooses Targets; reads no place.
Awaitable<Result<Seen>> choose_targets(Session& session, App& app, const Choice& choice);

/// What stands beside the plans: warnings of the sources, and what a new ledger means for them.
void tell_beside(Session& session, App& app, const Seen& seen, std::span<const TargetPlan> plans);

/// Tells all problems, chooses Targets and makes one reading pass over each. An Error: there is
/// nothing to show. A Target that cannot be read is an outcome.
Awaitable<Result<Seen>> look(Session& session, App& app, Choice choice,
                             reconcile::PassOptions options);

/// `invalid` when there is no folder of manifests: a wrong call, before anything is made for it.
Status check_manifests(Session& session);

/// Tells a command's error; gives its exit code.
ExitCode give_up(Session& session, const Error& error);

}  // namespace lockstep::cli
