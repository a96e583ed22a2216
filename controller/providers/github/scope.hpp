// Whose secrets: a repository's or one of its environments'.
#pragma once

#include <string>
#include <string_view>

#include "model/place.hpp"

namespace lockstep::providers::github {

/// The scope that a place stands for, as paths below the base URL. Every name in a path is
/// percent-encoded, the slash in an environment's name too
/// (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api).
struct Scope {
  std::string owner;
  std::string repository;
  std::string environment;  ///< "" for the repository's own secrets

  /// `unsupported` for a place of another kind or a store that is not built, `invalid` for a name
  /// that would make another path.
  static Result<Scope> of(const Place& place);

  std::string repository_path() const;
  /// The environment itself; only where there is one.
  std::string environment_path() const;
  std::string secrets_path() const;
  std::string secret_path(std::string_view name) const;
  std::string public_key_path() const;
  /// `alokai/cms`.
  std::string full_name() const;
  /// `environment production of alokai/cms`, `repository alokai/cms`.
  std::string words() const;
  /// The manifest's field that names the repository.
  std::string repository_field() const;
};

}  // namespace lockstep::providers::github
