// Documents put together by hand: a valid set of four that a test then bends.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "plan/graph.hpp"

namespace lockstep::testing {

inline api::Metadata named(std::string name) {
  api::Metadata out;
  out.name = std::move(name);
  out.ns = "cms";
  return out;
}

inline api::Credential fly_credential(std::string name) {
  api::Credential out;
  out.location = {name + ".yaml", 1, 1};
  out.metadata = named(std::move(name));
  out.provider = api::FlyAccess{};
  out.grants = {{.places = {"flyApp/*"}}};
  return out;
}

inline api::Environment environment(std::string name, std::string place_pattern) {
  api::Environment out;
  out.location = {name + ".yaml", 1, 1};
  out.places = {std::move(place_pattern)};
  out.sources = {{.name = "values", .secret_ref = {.name = name + "-values"}}};
  out.metadata = named(std::move(name));
  return out;
}

inline api::Target fly_target(std::string name, std::string app) {
  api::Target out;
  out.location = {name + ".yaml", 1, 1};
  out.metadata = named(std::move(name));
  out.environment_ref = {.name = "production"};
  out.credential_ref = api::LocalRef{.name = "fly"};
  out.place = api::FlyApp{std::move(app)};
  return out;
}

inline api::SecretEntry entry(std::string name, api::ValueSpec value = {}) {
  api::SecretEntry out;
  out.name = std::move(name);
  out.value = std::move(value);
  return out;
}

inline api::SecretSet secret_set(std::string name, std::vector<std::string> targets,
                                 std::vector<api::SecretEntry> entries) {
  api::SecretSet out;
  out.location = {name + ".yaml", 1, 1};
  out.metadata = named(std::move(name));
  out.targets.names = std::move(targets);
  for (std::uint32_t i = 0; i < entries.size(); ++i) entries[i].at = {10 + i, 3};
  out.secrets = std::move(entries);
  return out;
}

/// `fly`, `production`, `app` (flyApp/production-app) and `runtime` with TOKEN.
struct Documents {
  api::Credential credential = fly_credential("fly");
  api::Environment production = environment("production", "flyApp/production-*");
  api::Target target = fly_target("app", "production-app");
  api::SecretSet set = secret_set("runtime", {"app"}, {entry("TOKEN")});
  std::vector<api::Document> more;
  plan::Manifests rest;  ///< broken documents and the like

  Desired build() const {
    auto manifests = rest;
    manifests.documents = {credential, production, target, set};
    manifests.documents.insert(manifests.documents.end(), more.begin(), more.end());
    return plan::build_desired(manifests);
  }
  /// Every problem as the user reads it.
  std::vector<std::string> problems() const {
    std::vector<std::string> out;
    for (const auto& problem : build().problems) out.push_back(api::to_string(problem));
    return out;
  }
};

/// The names that a Target shall hold.
inline std::vector<std::string> names(const DesiredTarget& target) {
  std::vector<std::string> out;
  for (const auto& secret : target.secrets) out.push_back(secret.name);
  return out;
}

}  // namespace lockstep::testing
