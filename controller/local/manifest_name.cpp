#include "local/manifest_name.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace lockstep {

namespace {

constexpr std::size_t largest_to_look_into = 1 << 20;
constexpr std::size_t most_names = 1000;
constexpr int deepest = 8;

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
  return left ? ManifestName::left : ManifestName::other;
}

bool holds_manifest(const FileReader& files, const Path& file) {
  const auto text = files.read(file, largest_to_look_into);
  return !text || view(*text).contains("lockstep.dev/");
}

Path hidden_manifest(const FileReader& files, const Path& folder) {
  const auto name = folder.filename().string();
  if (name == ".git" || name.starts_with("..")) return {};
  auto left = most_names;
  return first_manifest(files, folder, 0, left);
}

}  // namespace lockstep
