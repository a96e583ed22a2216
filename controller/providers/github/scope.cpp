#include "providers/github/scope.hpp"

#include "base/text.hpp"

namespace lockstep::providers::github {

Result<Scope> Scope::of(const Place& place) {
  const bool repository = place.kind == PlaceKind::githubRepository;
  if ((!repository && place.kind != PlaceKind::githubEnvironment) || place.parts.size() != 3) {
    return fail(ErrorKind::unsupported, place.key() + " is no GitHub repository or environment");
  }
  if (repository && place.parts[2] != "Actions") {
    return fail(ErrorKind::unsupported,
                "githubRepository with store: " + place.parts[2] + " is not built in this release");
  }
  for (const auto& part : place.parts) {
    if (part.empty() || part == "." || part == "..") {
      return fail(ErrorKind::invalid, "\"" + part + "\" is no name of a GitHub place");
    }
  }
  return Scope{.owner = place.parts[0],
               .repository = place.parts[1],
               .environment = repository ? "" : place.parts[2]};
}

std::string Scope::repository_path() const {
  return "/repos/" + percent_encode(owner) + "/" + percent_encode(repository);
}
std::string Scope::environment_path() const {
  return repository_path() + "/environments/" + percent_encode(environment);
}
std::string Scope::secrets_path() const {
  return environment.empty() ? repository_path() + "/actions/secrets"
                             : environment_path() + "/secrets";
}
std::string Scope::secret_path(std::string_view name) const {
  return secrets_path() + "/" + percent_encode(name);
}
std::string Scope::public_key_path() const {
  return secrets_path() + "/public-key";
}
std::string Scope::full_name() const {
  return owner + "/" + repository;
}
std::string Scope::words() const {
  return environment.empty() ? "repository " + full_name()
                             : "environment " + environment + " of " + full_name();
}
std::string Scope::repository_field() const {
  return environment.empty() ? "place.githubRepository.repository"
                             : "place.githubEnvironment.repository";
}

}  // namespace lockstep::providers::github
