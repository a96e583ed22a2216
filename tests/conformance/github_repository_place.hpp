// A repository's own Actions secrets.
#pragma once

#include "github_place.hpp"

namespace lockstep::conformance {

class GitHubRepositoryPlace final : public GitHubPlace {
 public:
  GitHubRepositoryPlace() : GitHubPlace({.repository = "alokai/cms"}) {}
  Place place() const override {
    return {PlaceKind::githubRepository, {"alokai", "cms", "Actions"}};
  }
  Place missing_place() const override {
    return {PlaceKind::githubRepository, {"alokai", "nowhere", "Actions"}};
  }
  /// A repository that a token may not see answers as one that is not there.
  bool proves_missing() const override { return false; }
};

}  // namespace lockstep::conformance
