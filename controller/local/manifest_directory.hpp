// The ManifestStore port on one machine: a folder of YAML files.
#pragma once

#include <memory>
#include <vector>

#include "base/files.hpp"
#include "base/offload.hpp"
#include "ports/manifests.hpp"

namespace lockstep {

struct ManifestOptions {
  Path root;                        ///< as the user gave it: problems name files below it
  std::vector<Path> admin_folders;  ///< `adminManifests`; empty: every file may hold every kind
};

/// Reads all files afresh at every load(), and parses them again only when one of them changed.
/// An Error only when the root itself is not there. `files` and `offload` must outlive it.
std::unique_ptr<ManifestStore> make_manifest_directory(ManifestOptions options, const Files& files,
                                                       Offload& offload);

}  // namespace lockstep
