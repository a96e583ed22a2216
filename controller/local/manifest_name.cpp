#include "local/manifest_name.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace lockstep {

namespace {

constexpr std::size_t largest_to_look_into = 1 << 20;
constexpr std::size_t largest_other = 64 << 10;
constexpr std::size_t most_names = 1000;
constexpr int deepest = 8;

/// Whether the file, which is only looked into, says that it is ours; nothing when it cannot be
/// read.
std::optional<bool> names_our_group(const FileReader& files, const Path& file, std::size_t most) {
  const auto text = files.read(file, most);
  if (!text) return std::nullopt;
  files.needs_no_line_end(file);
  return view(*text).contains("lockstep.dev/");
}

Path first_manifest(const FileReader& files, const Path& folder, int depth, std::size_t& left) {
  const auto names = files.list(folder, most_names);
  if (!names) return {};
  for (const auto& name : *names) {
    if (left == 0) return {};
    --left;
    const auto path = folder / name;
    const auto info = files.info(path);
    if (!info || !*info) continue;
    if ((*info)->kind == FileInfo::Kind::directory && depth < deepest) {
      if (auto found = first_manifest(files, path, depth + 1, left); !found.empty()) return found;
    }
    const bool named =
        (*info)->kind == FileInfo::Kind::file && manifest_name(name) == ManifestName::manifest;
    if (named && holds_manifest(files, path)) return path;
  }
  return {};
}

}  // namespace

ManifestName manifest_name(std::string_view name) {
  const auto text = to_lower(name);
  const bool hidden = text.starts_with('.');
  if (text.ends_with(".yaml") || text.ends_with(".yml")) {
    return hidden ? ManifestName::perhaps : ManifestName::manifest;
  }
  if (text.contains(".yaml") || text.contains(".yml")) return ManifestName::left;
  if (text.ends_with(".json")) return ManifestName::perhaps;
  constexpr std::string_view set_aside[] = {".bak", ".orig", ".old", ".disabled"};
  const bool left =
      std::ranges::any_of(set_aside, [&](std::string_view end) { return text.ends_with(end); });
  if (left) return ManifestName::left;
  return hidden || text.ends_with(".md") ? ManifestName::prose : ManifestName::other;
}

bool holds_manifest(const FileReader& files, const Path& file) {
  return names_our_group(files, file, largest_to_look_into).value_or(true);
}

bool may_be_meant(const FileReader& files, const Path& file) {
  switch (manifest_name(file.filename().native())) {
    case ManifestName::left:
      return true;
    case ManifestName::perhaps:
      return holds_manifest(files, file);
    case ManifestName::other:
      return names_our_group(files, file, largest_other).value_or(false);
    case ManifestName::manifest:
    case ManifestName::prose:
      return false;
  }
  return false;
}

Path hidden_manifest(const FileReader& files, const Path& folder) {
  const auto name = folder.filename().string();
  if (name == ".git" || name.starts_with("..")) return {};
  auto left = most_names;
  return first_manifest(files, folder, 0, left);
}

}  // namespace lockstep
