#include "manifests/everything.hpp"

#include <algorithm>
#include <stdexcept>

#include "api/load.hpp"

namespace lockstep {

std::string read_text(const Path& path) {
  const auto bytes = make_system_files()->read(path, 1 << 20);
  return bytes ? std::string(view(*bytes)) : "";
}

std::vector<Path> manifest_files(std::string_view extension) {
  const auto system = make_system_files();
  std::vector<Path> out;
  const auto projects = system->list(root / "manifests", 100);
  for (const auto& project : projects.value()) {
    const auto folder = root / "manifests" / project;
    const auto names = system->list(folder, 100);
    for (const auto& name : names.value()) {
      if (name.ends_with(extension)) out.push_back(folder / name);
    }
  }
  return out;
}

Everything::Everything() {
  for (const auto& path : manifest_files(".yaml")) {
    auto loaded = api::load_yaml(path.string(), read_text(path));
    for (const auto& problem : loaded.problems) problems.push_back(api::to_string(problem));
    for (auto& document : loaded.documents) manifests.documents.push_back(std::move(document));
    manifests.incomplete |= loaded.incomplete;
  }
  desired = plan::build_desired(manifests);
  for (const auto& problem : desired.problems) problems.push_back(api::to_string(problem));
}

const DesiredTarget& Everything::target(std::string_view name) const {
  const auto found = std::ranges::find_if(
      desired.targets, [&](const auto& target) { return to_string(target.key) == name; });
  if (found == desired.targets.end()) throw std::out_of_range(std::string(name));
  return *found;
}

const DesiredSecret& Everything::secret(std::string_view at, std::string_view name) const {
  const auto& secrets = target(at).secrets;
  const auto found = std::ranges::find(secrets, name, &DesiredSecret::name);
  if (found == secrets.end()) throw std::out_of_range(std::string(at) + " " + std::string(name));
  return *found;
}

}  // namespace lockstep
