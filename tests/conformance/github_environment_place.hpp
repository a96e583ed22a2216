// The secrets of a repository's environment.
#pragma once

#include "github_place.hpp"

namespace lockstep::conformance {

class GitHubEnvironmentPlace final : public GitHubPlace {
 public:
  GitHubEnvironmentPlace()
      : GitHubPlace({.repository = "alokai/cms", .environment = "production"}) {}
  Place place() const override {
    return {PlaceKind::githubEnvironment, {"alokai", "cms", "production"}};
  }
  Place missing_place() const override {
    return {PlaceKind::githubEnvironment, {"alokai", "cms", "nowhere"}};
  }
};

}  // namespace lockstep::conformance
