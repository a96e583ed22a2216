// The real program with a planted bug: only a port or the wire is wrapped.
#pragma once

#include "simulation/world.hpp"

namespace lockstep::simulation {

enum class Bug {
  none,
  forgets_intents,
  empty_when_unreadable,
  deletes_extras,
  logs_values,
  ignores_newer_versions,
  feeds_local_files,
  calls_all_created,
  forgets_rules,
  forgets_repairs,
  counts_names_as_repairs,
  counts_writes_as_repairs,
  forgets_deletions,
  forgets_what_was_seen,
  loses_commits,
  forgets_claims,
  forgets_sets,
  ignores_broken_documents,
  reads_one_place_after_another
};

/// From now on the world's program has the bug.
void plant(World& world, Bug bug);

}  // namespace lockstep::simulation
