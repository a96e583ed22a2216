// What plan, apply and status begin with: read the manifests, then every place.
#pragma once

#include <memory>
#include <vector>

#include "cli/session.hpp"

namespace lockstep::cli {

/// What was found.
struct Seen {
  std::unique_ptr<const reconcile::World> world;
  std::vector<const DesiredTarget*> targets;  ///< the chosen ones; they point into `world`
  std::vector<reconcile::PassOutcome> outcomes;
  std::vector<api::Problem> problems;  ///< of the manifests; they were told

  /// Some document has a problem.
  bool invalid() const { return !problems.empty(); }
  std::size_t broken_documents() const { return world->documents().broken; }
  std::vector<TargetPlan> plans() const;
};

/// Tells all problems, chooses Targets and makes one reading pass over each. An Error: there is
/// nothing to show. A Target that cannot be read is an outcome.
Awaitable<Result<Seen>> look(Session& session, App& app, Choice choice,
                             reconcile::PassOptions options);

/// `invalid` when there is no folder of manifests: a wrong call, before anything is made for it.
Status check_manifests(Session& session);

/// Tells a command's error; gives its exit code.
ExitCode give_up(Session& session, const Error& error);

}  // namespace lockstep::cli
