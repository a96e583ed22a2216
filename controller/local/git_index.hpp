// Whether git keeps a file.
#pragma once

#include "base/files.hpp"

namespace lockstep {

/// True when the git repository around `file` has it in its index. Reads `.git/index` itself
/// (https://git-scm.com/docs/index-format), so no program is run on untrusted repositories. False
/// outside of a repository. A file that is not there now is looked up too: the index may still have
/// it. An index that is not understood is an Error `invalid`: a file that may
/// be tracked is not taken for one that is not.
Result<bool> tracked_by_git(const FileReader& files, const Path& file);

}  // namespace lockstep
