#include "local/manifest_walk.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "local/manifest_name.hpp"

namespace lockstep {

namespace {

constexpr std::size_t max_directory_entries = 100'000;

bool is_manifest_name(const Path& path) {
  return manifest_name(path.filename().native()) == ManifestName::manifest;
}

/// What to do about a file or folder that could not be read: `remedy`, unless the system says that
/// something else is at fault.
std::string remedy_of(const Error& error, const char* remedy) {
  return error.code == "exhausted" ? error.message : remedy;
}

/// True when `path` is `folder` or lies below it; both are resolved.
bool lies_in(const Path& path, const Path& folder) {
  const auto [end, rest] = std::ranges::mismatch(folder, path);
  return end == folder.end();
}

class Walk {
 public:
  explicit Walk(const FileReader& files) : files_(files) {}

  Status add_root(const Path& root) {
    TRY(const auto real, resolve_folder(root));
    roots_.push_back({.shown = root, .real = real});
    return {};
  }
  /// Admin folders that cannot be read are a problem, not the end: the rest stays as it is.
  void add_admin(const Path& folder) {
    auto real = resolve_folder(folder);
    restricted_ = true;
    if (!real)
      return complain(folder,
                      "the adminManifests folder is not there; make it, or correct adminManifests");
    admin_.push_back(*real);
    const bool covered =
        std::ranges::any_of(roots_, [&](const Root& root) { return lies_in(*real, root.real); });
    if (!covered) roots_.push_back({.shown = folder, .real = *real});
  }

  ManifestFiles run() {
    for (std::size_t i = 0; i < roots_.size() && !full_; ++i) {
      visit_folder(roots_[i].shown, roots_[i].real, 0);
    }
    return std::move(out_);
  }

 private:
  struct Root {
    Path shown;
    Path real;
  };

  Result<Path> resolve_folder(const Path& folder) const {
    TRY(const auto real, files_.resolve(folder));
    TRY(const auto info, files_.info(real));
    if (info && info->kind == FileInfo::Kind::directory) return real;
    return fail(ErrorKind::invalid, folder.string() + " is not a folder");
  }

  void visit_folder(const Path& shown, const Path& real, std::size_t depth) {
    if (!visited_.insert(real.string()).second) return;
    if (depth > max_manifest_depth) {
      return complain(shown, "folders lie deeper than " + std::to_string(max_manifest_depth) +
                                 " levels; flatten them");
    }
    const auto names = files_.list(real, max_directory_entries);
    if (!names) {
      return complain(shown,
                      remedy_of(names.error(), "the folder cannot be read; check its permissions"));
    }
    for (const auto& name : *names) {
      if (full_) return;
      name.starts_with('.') ? pass_by(shown / name, real / name)
                            : visit(shown / name, real / name, depth);
    }
  }

  void visit(const Path& shown, const Path& real, std::size_t depth) {
    const auto info = files_.info(real);
    if (!info) return complain(shown, "it cannot be looked at; check its permissions");
    if (!*info) return;  // gone since the folder was listed
    switch ((*info)->kind) {
      case FileInfo::Kind::directory:
        return visit_folder(shown, real, depth + 1);
      case FileInfo::Kind::symlink:
        return follow(shown, real, depth);
      case FileInfo::Kind::file:
        return is_manifest_name(shown) ? add(shown, real) : pass_by(shown, real);
      case FileInfo::Kind::other:
        if (is_manifest_name(shown)) refuse_irregular(shown);
        return;
    }
  }

  void follow(const Path& shown, const Path& link, std::size_t depth) {
    const auto real = files_.resolve(link);
    const auto info = real ? files_.info(*real) : Result<std::optional<FileInfo>>();
    if (!real || !info || !*info) {
      return complain(shown, "the symbolic link leads nowhere; remove it");
    }
    const bool folder = (*info)->kind == FileInfo::Kind::directory;
    if (!folder && !is_manifest_name(shown)) return pass_by(shown, link);
    const auto root =
        std::ranges::find_if(roots_, [&](const Root& one) { return lies_in(*real, one.real); });
    if (root == roots_.end()) {
      return complain(shown,
                      "the symbolic link leads out of the manifests folder; copy what it names");
    }
    if (read_at_its_place(*real, root->real, folder)) return;
    if (folder) return visit_folder(shown, *real, depth + 1);
    if ((*info)->kind != FileInfo::Kind::file) return refuse_irregular(shown);
    add(shown, *real);
  }

  void refuse_irregular(const Path& shown) {
    complain(shown, "it is not a regular file; remove it");
  }

  /// Of what is not read for its name: a note, where someone may have meant it to be.
  void pass_by(const Path& shown, const Path& real) {
    const auto info = files_.info(real);
    if (!info || !*info) return;
    if ((*info)->kind == FileInfo::Kind::directory) {
      const auto inside = hidden_manifest(files_, real);
      if (inside.empty()) return;
      return note(shown, "a folder whose name starts with a dot is not read, and " +
                             inside.lexically_relative(real).string() +
                             " in it is a manifest; rename the folder, or move it away");
    }
    const bool left = manifest_name(shown.filename().native()) == ManifestName::left;
    const bool file = (*info)->kind == FileInfo::Kind::file;
    if (!left && !(file && may_be_meant(files_, real))) return;
    note(shown,
         "it is not read: names of manifests end in .yaml or .yml and do not start with a dot; "
         "rename it, or move it away");
  }

  /// Kubernetes mounts a ConfigMap as links into a folder `..data`, which is skipped as such; a
  /// link to what the walk meets anyway would only make every document a duplicate.
  static bool read_at_its_place(const Path& real, const Path& root, bool folder) {
    const auto below = real.lexically_relative(root);
    const bool hidden = below != "." && std::ranges::any_of(below, [](const Path& part) {
                          return part.string().starts_with('.');
                        });
    return !hidden && (folder || is_manifest_name(real));
  }

  void add(const Path& shown, const Path& real) {
    if (!visited_.insert(real.string()).second) return;
    if (out_.files.size() == max_manifest_files) {
      full_ = true;
      return complain(shown, "there are more than " + std::to_string(max_manifest_files) +
                                 " manifest files; the rest was not read");
    }
    auto text = files_.read(real, max_manifest_file_bytes);
    if (!text && text.error().kind == ErrorKind::invalid) {
      return complain(shown, "the file is larger than " +
                                 std::to_string(max_manifest_file_bytes >> 20) + " MiB; split it");
    }
    if (!text) {
      return complain(shown,
                      remedy_of(text.error(), "the file cannot be read; check its permissions"));
    }
    total_ += text->size();
    if (total_ > max_manifest_total_bytes) {
      full_ = true;
      return complain(shown, "all manifests together are larger than " +
                                 std::to_string(max_manifest_total_bytes >> 20) +
                                 " MiB; the rest was not read");
    }
    const bool admin = !restricted_ || std::ranges::any_of(admin_, [&](const Path& folder) {
      return lies_in(real, folder);
    });
    out_.files.push_back(
        {.name = shown.lexically_normal().string(), .admin = admin, .text = *std::move(text)});
  }

  /// Deletions go on: who renames a manifest to take it out of force is not to be stopped.
  void note(const Path& shown, std::string text) {
    out_.notes.push_back(
        {.at = {.file = shown.lexically_normal().string()}, .path = "", .text = std::move(text)});
  }

  /// What was not read may have held any document (S2).
  void complain(const Path& shown, std::string text) {
    if (!std::exchange(out_.incomplete, true)) {
      out_.why_incomplete = shown.lexically_normal().string() + " was not read";
    }
    out_.problems.push_back(
        {.at = {.file = shown.lexically_normal().string()}, .path = "", .text = std::move(text)});
  }

  const FileReader& files_;
  std::vector<Root> roots_;
  std::vector<Path> admin_;
  bool restricted_ = false;
  std::set<std::string> visited_;
  ManifestFiles out_;
  std::size_t total_ = 0;
  bool full_ = false;
};

}  // namespace

Result<ManifestFiles> find_manifests(const FileReader& files, const Path& root,
                                     const std::vector<Path>& admin_folders) {
  Walk walk(files);
  if (!walk.add_root(root)) {
    return fail(ErrorKind::invalid,
                "there is no folder " + root.string() + " with manifests; name the right one");
  }
  for (const auto& folder : admin_folders) walk.add_admin(folder);
  return walk.run();
}

}  // namespace lockstep
