// Whether git keeps a file.
#pragma once

#include "base/files.hpp"

namespace lockstep {

/// True when the git repository around `file` has it in its index. Reads the index itself, so no
/// program is run on untrusted repositories: the one in `.git`, or where a file `.git` points to
/// (linked work trees, submodules), split, sparse, of SHA-1 or SHA-256. False outside of a
/// repository. A file that is not there now is looked up too: the index may still have it. What
/// leaves the question open (an index or a repository that is not understood) is an Error `invalid`
/// with the remedy: a file that may be tracked is not taken for one that is not. Not seen: a
/// repository that only GIT_DIR or --git-dir names.
Result<bool> tracked_by_git(const FileReader& files, const Path& file);

}  // namespace lockstep
