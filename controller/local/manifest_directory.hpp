// The ManifestStore port on one machine: a folder of YAML files.
#pragma once

#include <memory>
#include <vector>

#include "base/rested_reader.hpp"
#include "ports/manifests.hpp"

namespace lockstep {

struct ManifestOptions {
  Path root;                        ///< as the user gave it: problems name files below it
  std::vector<Path> admin_folders;  ///< `adminManifests`; empty: every file may hold every kind
};

/// Reads all files afresh at every load(), and parses them again only when one of them changed.
/// None counts before all have rested: half of a checkout is not what anyone wants. An Error only
/// when they do not come to rest, or the root itself is not there. `reader` must outlive it.
std::unique_ptr<ManifestStore> make_manifest_directory(ManifestOptions options,
                                                       RestedReader& reader);

}  // namespace lockstep
