// Finding the manifest files below a folder.
#pragma once

#include <string>
#include <vector>

#include "api/kinds.hpp"
#include "base/files.hpp"

namespace lockstep {

/// One manifest file.
struct ManifestFile {
  std::string name;    ///< as the user would type it: the root as given, then the path below it
  bool admin = false;  ///< may hold Credential and Environment
  SecretBytes text;    ///< wiped like any outside bytes: someone may have pasted a value into it
};

/// All of them, and what could not be read.
struct ManifestFiles {
  std::vector<ManifestFile> files;  ///< sorted by folder, then name
  std::vector<api::Problem> problems;
  std::vector<api::Problem> notes;  ///< files that are not read and may have been meant to be
  bool incomplete = false;          ///< something that was not read may have held documents
  std::string why_incomplete = {};  ///< the first of these: `shop.yaml was not read`
};

inline constexpr std::size_t max_manifest_files = 10'000;
inline constexpr std::size_t max_manifest_file_bytes = 16 << 20;
inline constexpr std::size_t max_manifest_total_bytes = 64 << 20;
inline constexpr std::size_t max_manifest_depth = 32;

/// Reads every `.yaml` and `.yml` file (in any case) below `root` and below those of
/// `admin_folders` that lie elsewhere. Names that start with a dot are not read; of these and of
/// other names, those that may be manifests are noted (local/manifest_name). A symbolic link is
/// followed only inside these folders, and only to what is not read at its own place anyway; one
/// that leads out is a problem. With no admin folders every file is one. Blocking: call it through
/// Offload.
Result<ManifestFiles> find_manifests(const FileReader& files, const Path& root,
                                     const std::vector<Path>& admin_folders);

}  // namespace lockstep
