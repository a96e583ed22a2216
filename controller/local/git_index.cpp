#include "local/git_index.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "local/git_index_file.hpp"

namespace lockstep {

namespace {

constexpr std::size_t largest_index = 256 << 20;
constexpr std::size_t largest_config = 1 << 20;

/// A repository that may keep a file.
struct Repository {
  Path git;                   ///< its own folder: `.git`, or where the file `.git` points to
  std::vector<Path> trees;    ///< the folders that the names in its index may begin at
  std::vector<Path> indexes;  ///< its own one first; they need not be there
};

/// Whatever keeps the question open is an error, with the way out that always works.
std::unexpected<Error> unclear(const Path& repository, std::string_view why) {
  return fail(ErrorKind::invalid, repository.string() + " " + std::string(why) +
                                      "; or keep the file outside of the repository");
}

/// The file `.git` of a linked work tree or a submodule
/// (https://git-scm.com/docs/gitrepository-layout).
Result<Path> pointed_to(const FileReader& files, const Path& dot_git) {
  TRY(const auto text, files.read(dot_git, 4096));
  auto line = view(text);
  constexpr std::string_view prefix = "gitdir: ";
  if (!line.starts_with(prefix)) {
    return unclear(dot_git,
                   "is a file that names no repository; mend it with: git worktree repair");
  }
  line.remove_prefix(prefix.size());
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  auto git = dot_git.parent_path() / Path(line);
  TRY(const auto head, files.info(git / "HEAD"));
  if (head) return git;
  return unclear(dot_git,
                 "names a repository that is not there; mend it with: git worktree repair");
}

/// The value of `core.worktree` in a configuration of git, as it is written; "" when it is not set
/// (https://git-scm.com/docs/git-config).
std::string_view work_tree_setting(std::string_view config) {
  std::string section;
  std::string_view out;
  while (!config.empty()) {
    const auto end = std::min(config.find('\n'), config.size() - 1);
    auto line = trim(config.substr(0, end + 1));
    config.remove_prefix(end + 1);
    if (line.starts_with('[')) {
      const auto close = std::min(line.find(']'), line.size() - 1);
      section = to_lower(line.substr(1, close - 1));
      line = trim(line.substr(close + 1));
    }
    const auto equals = std::min(line.find('='), line.size());
    if (section != "core" || to_lower(trim(line.substr(0, equals))) != "worktree") continue;
    out = trim(line.substr(std::min(equals + 1, line.size())));
  }
  return out;
}

/// Where `.git` stands, and what the repository's configuration says instead. Both count: whether
/// the second file of it is in force is one more setting.
Result<std::vector<Path>> work_trees(const FileReader& files, const Path& git, const Path& around) {
  std::vector<Path> out = {around};
  for (const auto* name : {"config", "config.worktree"}) {
    const auto config = files.read(git / name, largest_config);
    if (!config) {
      if (config.error().kind == ErrorKind::not_found) continue;
      return fail(config.error());
    }
    const auto setting = work_tree_setting(view(*config));
    if (setting.empty()) continue;
    const auto resolved = files.resolve(git / Path(setting));
    if (!resolved) {
      return unclear(git / name, "sets a core.worktree that is not there; correct it");
    }
    out.push_back(*resolved);
  }
  return out;
}

/// The repository that stands at `dot_git`, around `folder`; nothing when there is none.
Result<std::optional<Repository>> repository_at(const FileReader& files, Path dot_git,
                                                const Path& folder) {
  TRY(auto info, files.info(dot_git));
  if (info && info->kind == FileInfo::Kind::symlink) {
    const auto resolved = files.resolve(dot_git);
    if (!resolved) return std::nullopt;
    dot_git = *resolved;
    TRY(info, files.info(dot_git));
  }
  if (!info) return std::nullopt;
  Repository out{.git = dot_git, .trees = {}, .indexes = {}};
  if (info->kind == FileInfo::Kind::file) {
    TRY(out.git, pointed_to(files, dot_git));
  }
  TRY(out.trees, work_trees(files, out.git, folder));
  out.indexes = {out.git / "index"};
  return std::optional(std::move(out));
}

Result<git::IndexLook> look(const FileReader& files, const Path& index, std::string_view name) {
  TRY(const auto bytes, files.read(index, largest_index));
  auto look = git::look_into_index(view(bytes), name);
  if (!look) return unclear(index, look.error().message);
  files.needs_no_line_end(index);
  if (!look->folded) return look;
  return unclear(index,
                 "is sparse and keeps the file's folder as one entry; run: git sparse-checkout "
                 "reapply --no-sparse-index");
}

/// A split index leaves most entries to another file and says which of them count no more.
Result<bool> shared_has(const FileReader& files, const Path& git, const git::IndexLook& split,
                        std::string_view name) {
  constexpr std::string_view remedy = "; run: git update-index --no-split-index";
  const auto path = git / ("sharedindex." + split.shared);
  const auto shared = look(files, path, name);
  if (!shared) {
    if (shared.error().kind != ErrorKind::not_found) return fail(shared.error());
    return unclear(path, "is not there" + std::string(remedy));
  }
  if (shared->checksum != split.shared || !shared->shared.empty()) {
    return unclear(path, "is not what the index rests on" + std::string(remedy));
  }
  return std::ranges::any_of(shared->entries,
                             [&](const auto entry) { return !split.dropped.has(entry); });
}

Result<bool> lists(const FileReader& files, const Path& git, const Path& index,
                   std::string_view name) {
  const auto found = look(files, index, name);
  if (!found) {
    // Nothing was ever added.
    if (found.error().kind == ErrorKind::not_found) return false;
    return fail(found.error());
  }
  if (!found->entries.empty()) return true;
  if (found->shared.empty()) return false;
  return shared_has(files, git, *found, name);
}

Result<bool> has(const FileReader& files, const Repository& repository, const Path& file) {
  for (const auto& tree : repository.trees) {
    const auto name = file.lexically_relative(tree).generic_string();
    if (name.empty() || name.starts_with("..")) continue;
    for (const auto& index : repository.indexes) {
      TRY(const bool listed, lists(files, repository.git, index, name));
      if (listed) return true;
    }
  }
  return false;
}

/// Makes the folder of a repository and other variables one: where they say that its files and its
/// index are, besides.
Status apply(const FileReader& files, const GitVariables& variables, Repository& to) {
  if (!variables.work_tree.empty()) {
    const auto tree = files.resolve(variables.work_tree);
    if (!tree) {
      return fail(ErrorKind::invalid, "GIT_WORK_TREE names " + variables.work_tree +
                                          ", which cannot be reached; correct or unset it");
    }
    to.trees.push_back(*tree);
  }
  if (variables.index_file.empty()) return {};
  // Relative to the top of the work tree in most of git's programs, to their own folder in others.
  to.indexes.push_back(variables.index_file);
  for (const auto& tree : to.trees) to.indexes.push_back(tree / variables.index_file);
  return {};
}

/// `file` is absolute and holds no link; the repositories are those around `start`.
Result<bool> tracked_around(const FileReader& files, const Path& start, const Path& file,
                            const GitVariables& variables) {
  for (auto folder = start;; folder = folder.parent_path()) {
    TRY(auto repository, repository_at(files, folder / ".git", folder));
    if (repository) {
      TRY_OK(apply(files, variables, *repository));
      TRY(const bool tracked, has(files, *repository, file));
      // One further out may track what lies in this one, and shows it in its own `git diff`.
      if (tracked) return true;
    }
    if (folder == folder.parent_path()) return false;
  }
}

/// Whether the repository has it that git uses here, whatever lies around the file.
Result<bool> tracked_by_named(const FileReader& files, const Path& file,
                              const GitVariables& variables) {
  TRY(const auto here, files.resolve("."));
  if (variables.git_dir.empty()) return tracked_around(files, here, file, variables);
  const auto misfit = [&](std::string_view why) {
    return fail(ErrorKind::invalid, "GIT_DIR names " + variables.git_dir + ", " + std::string(why) +
                                        "; correct or unset it");
  };
  TRY(auto repository, repository_at(files, here / variables.git_dir, here));
  if (!repository) return misfit("which is not there");
  TRY(const auto head, files.info(repository->git / "HEAD"));
  if (!head) return misfit("which is no repository");
  TRY_OK(apply(files, variables, *repository));
  auto tracked = has(files, *repository, file);
  if (!tracked) tracked.error().message += ", or unset GIT_DIR";
  return tracked;
}

Result<bool> tracked_anywhere(const FileReader& files, const Path& file,
                              const GitVariables& variables) {
  // A repository that is named is meant by the other variables; without it whichever git finds.
  const bool named = !variables.git_dir.empty();
  const auto around = named ? GitVariables{} : variables;
  TRY(const bool tracked, tracked_around(files, file.parent_path(), file, around));
  const bool others = named || !variables.work_tree.empty() || !variables.index_file.empty();
  if (tracked || !others) return tracked;
  return tracked_by_named(files, file, variables);
}

}  // namespace

Result<bool> tracked_by_git(const FileReader& files, const Path& file,
                            const GitVariables& variables) {
  auto found = files.resolve(file);
  if (!found && found.error().kind == ErrorKind::not_found) {
    found = files.resolve(file.has_parent_path() ? file.parent_path() : Path("."));
    if (found) *found /= file.filename();
  }
  TRY(const auto absolute, std::move(found));
  auto tracked = tracked_anywhere(files, absolute, variables);
  if (!tracked) {
    tracked.error().message =
        "it is not known whether git tracks " + file.string() + ": " + tracked.error().message;
  }
  return tracked;
}

}  // namespace lockstep
