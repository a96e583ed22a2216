// Whether git keeps a file.
#pragma once

#include "base/files.hpp"

namespace lockstep {

/// What variables of the environment tell git (https://git-scm.com/docs/git#_the_git_repository);
/// "" for one that is not set. Those that make git look at less, as GIT_CEILING_DIRECTORIES, change
/// nothing here.
struct GitVariables {
  std::string git_dir;     ///< GIT_DIR
  std::string work_tree;   ///< GIT_WORK_TREE
  std::string index_file;  ///< GIT_INDEX_FILE
};

/// True when a git repository has `file` in its index: one of those around it, or the one that the
/// variables name (dotfiles in a bare repository are kept so). Reads the index itself, so no
/// program is run on untrusted repositories: the one in `.git`, or where a file `.git` points to
/// (linked work trees, submodules), split, sparse, of SHA-1 or SHA-256. A file that is not there
/// now is looked up too: the index may still have it. What leaves the question open (an index or a
/// repository that is not understood) is an Error `invalid` with the remedy: a file that may be
/// tracked is not taken for one that is not. Not seen: a repository that is only ever named by
/// --git-dir, on git's own command line.
Result<bool> tracked_by_git(const FileReader& files, const Path& file,
                            const GitVariables& variables = {});

}  // namespace lockstep
