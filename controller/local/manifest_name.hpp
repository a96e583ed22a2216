// Which files of a folder are manifests, by their names.
#pragma once

#include <string_view>

#include "base/files.hpp"

namespace lockstep {

/// What a file's name says.
enum class ManifestName : std::uint8_t {
  manifest,  ///< ends in `.yaml` or `.yml`, in any case, and does not start with a dot: it is read
  left,      ///< a manifest that an editor, git or a person set aside: `a.yaml~`, `b.yaml.bak`
  perhaps,   ///< a manifest when it holds one: `.a.yaml`, `a.json`
  other,     ///< nobody's manifest by its name; its text may still be one: `a.ymal`, `a.txt`
  prose,     ///< text about manifests (`README.md`), or a tool's own (`.gitkeep`)
};
ManifestName manifest_name(std::string_view name);

/// True when the file holds a document of lockstep's, or cannot be read to see it.
bool holds_manifest(const FileReader& files, const Path& file);
/// Whether a regular file that is not read for its name may have been meant to be read.
bool may_be_meant(const FileReader& files, const Path& file);

/// The first file somewhere below a folder with a name that starts with a dot which would be a
/// manifest in another folder, and holds one; "" when there is none. Looks at a thousand names at
/// most. Folders whose names start with two dots are Kubernetes' own, where they are links' ends.
Path hidden_manifest(const FileReader& files, const Path& folder);

}  // namespace lockstep
