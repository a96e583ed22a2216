// lockstep.local.yaml, read and made absolute.
#pragma once

#include "api/local_config.hpp"
#include "app/provider_registry.hpp"
#include "base/rested_reader.hpp"
#include "local/git_index.hpp"
#include "sources/environment.hpp"
#include "sources/stand_ins.hpp"

namespace lockstep {

/// What one machine adds to the manifests.
struct LocalSetup {
  StandIns stand_ins;
  Endpoints endpoints;
  std::string ca_file;  ///< "" for the system's
  std::vector<Path> admin_folders;
};

GitVariables git_variables(const Environment& environment);

/// Reads the file; paths in it become relative to its folder. A missing file is an empty setup
/// unless `required`. `invalid` lists every problem, a line each. Refused when others may have
/// written it or its caFile, when git tracks the file (it says where secrets are) or a file with
/// values that it names, and when that is not known.
Awaitable<Result<LocalSetup>> read_local_setup(RestedReader& reader, GitVariables git, Path file,
                                               bool required);

}  // namespace lockstep
