#include "model/place.hpp"

#include <array>

#include "base/text.hpp"

namespace lockstep {

namespace {

/// What is always true of places of one kind; one row a kind, in the order of the enum.
struct Kind {
  std::string_view word;
  std::string_view provider;
  std::size_t max_value;
  Capabilities capabilities;
};

// Limits: developers.cloudflare.com/workers/platform/limits (5 KB a secret, 128 variables and
// secrets on paid plans, 100 names a bulk call), developers.cloudflare.com/secrets-store (64 KiB),
// docs.github.com/actions/security-guides (48 KB). Fly.io documents none: flyctl reads 64 KiB.
constexpr std::size_t kib = 1024;
// GitHub does not say which KB it means: the smaller one is never refused.
constexpr std::size_t github_value = 48'000;
const std::array<Kind, 9> kinds{{
    {"cloudflareWorker",
     "cloudflare",
     5 * kib,
     {.built = true,
      .certainty = Certainty::version,
      .staged = true,
      .attributes = true,
      .max_names = 128}},
    {"cloudflareSecretsStore", "cloudflare", 64 * kib, {.certainty = Certainty::timestamp}},
    {"cloudflarePages", "cloudflare", 5 * kib, {.certainty = Certainty::existence}},
    {"flyApp",
     "fly",
     64 * kib,
     {.built = true, .certainty = Certainty::digest, .staged = true, .roll_out = true}},
    {"githubRepository",
     "github",
     github_value,
     {.built = true,
      .certainty = Certainty::timestamp,
      .utf8_only = false,
      .max_changes = 20,
      .max_names = 100}},
    {"githubEnvironment",
     "github",
     github_value,
     {.built = true,
      .certainty = Certainty::timestamp,
      .utf8_only = false,
      .max_changes = 20,
      .max_names = 100}},
    {"githubOrganization", "github", github_value, {.certainty = Certainty::timestamp}},
    {"platformSettings", "platform", 64 * kib, {.certainty = Certainty::timestamp}},
    {"dotenvFile", "dotenv", 64 * kib, {.built = true, .certainty = Certainty::content}},
}};

const Kind& row(PlaceKind kind) {
  return kinds[static_cast<std::size_t>(kind)];
}

bool is_github(PlaceKind kind) {
  return row(kind).provider == "github";
}

std::unexpected<Error> wrong_credential(const api::Credential* credential, std::string_view needs) {
  return fail(ErrorKind::invalid,
              credential ? "Credential \"" + credential->metadata.name + "\" is not a " +
                               std::string(needs) + " credential; name one that is"
                         : "needs credentialRef with a " + std::string(needs) + " Credential");
}

template <class Access>
const Access* access(const api::Credential* credential) {
  return credential ? std::get_if<Access>(&credential->provider) : nullptr;
}

std::vector<std::string> owner_and_name(std::string_view repository) {
  const auto slash = repository.find('/');
  return {std::string(repository.substr(0, slash)),
          slash == std::string_view::npos ? "" : std::string(repository.substr(slash + 1))};
}

std::string store_word(api::GitHubStore store) {
  switch (store) {
    case api::GitHubStore::Actions:
      return "Actions";
    case api::GitHubStore::Dependabot:
      return "Dependabot";
    case api::GitHubStore::Codespaces:
      return "Codespaces";
  }
  return "";
}

Place github(PlaceKind kind, std::vector<std::string> parts) {
  const bool has_store = kind != PlaceKind::githubEnvironment;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!has_store || i + 1 < parts.size()) parts[i] = to_lower(parts[i]);
  }
  return {kind, std::move(parts)};
}

struct Locate {
  const api::Credential* credential;

  Result<Place> cloudflare(PlaceKind kind, std::vector<std::string> rest) const {
    const auto* account = access<api::CloudflareAccess>(credential);
    if (!account) return wrong_credential(credential, "cloudflare");
    rest.insert(rest.begin(), account->account_id);
    return Place{kind, std::move(rest)};
  }
  Result<Place> on_github(Place place) const {
    if (!access<api::GitHubAccess>(credential)) return wrong_credential(credential, "github");
    return place;
  }

  Result<Place> operator()(std::monostate) const {
    return fail(ErrorKind::invalid, "needs a place");
  }
  Result<Place> operator()(const api::CloudflareWorker& p) const {
    return cloudflare(PlaceKind::cloudflareWorker, {p.script});
  }
  Result<Place> operator()(const api::CloudflareSecretsStore& p) const {
    return cloudflare(PlaceKind::cloudflareSecretsStore, {p.store});
  }
  Result<Place> operator()(const api::CloudflarePages& p) const {
    const bool production = p.deployment == api::PagesDeployment::Production;
    return cloudflare(PlaceKind::cloudflarePages,
                      {p.project, production ? "Production" : "Preview"});
  }
  Result<Place> operator()(const api::FlyApp& p) const {
    if (!access<api::FlyAccess>(credential)) return wrong_credential(credential, "fly");
    return Place{PlaceKind::flyApp, {p.app}};
  }
  Result<Place> operator()(const api::GitHubRepository& p) const {
    auto parts = owner_and_name(p.repository);
    parts.push_back(store_word(p.store));
    return on_github(github(PlaceKind::githubRepository, std::move(parts)));
  }
  Result<Place> operator()(const api::GitHubEnvironment& p) const {
    auto parts = owner_and_name(p.repository);
    parts.push_back(p.name);
    return on_github(github(PlaceKind::githubEnvironment, std::move(parts)));
  }
  Result<Place> operator()(const api::GitHubOrganization& p) const {
    return on_github(github(PlaceKind::githubOrganization, {p.organization, store_word(p.store)}));
  }
  Result<Place> operator()(const api::PlatformSettings&) const {
    const auto* platform = access<api::PlatformAccess>(credential);
    if (!platform) return wrong_credential(credential, "platform");
    auto host = std::string_view(platform->url);
    if (const auto scheme = host.find("://"); scheme != std::string_view::npos) {
      host.remove_prefix(scheme + 3);
    }
    return Place{PlaceKind::platformSettings, {to_lower(host.substr(0, host.find('/')))}};
  }
  Result<Place> operator()(const api::DotenvFile& p) const {
    return Place{PlaceKind::dotenvFile, {p.path}};
  }
};

bool is_word(std::string_view name, bool dollar) {
  if (name.empty()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (dollar && c == '$');
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return true;
}

}  // namespace

std::string_view to_string(PlaceKind kind) {
  return row(kind).word;
}
std::string_view provider_name(PlaceKind kind) {
  return row(kind).provider;
}
const Capabilities& capabilities_of(PlaceKind kind) {
  return row(kind).capabilities;
}
std::size_t max_value_bytes(PlaceKind kind) {
  return row(kind).max_value;
}

Result<Place> place_of(const api::PlaceSpec& spec, const api::Credential* credential) {
  return std::visit(Locate{credential}, spec);
}

std::string canonical_name(PlaceKind kind, std::string_view name) {
  std::string out(name);
  if (!is_github(kind)) return out;
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::optional<std::string> name_problem(PlaceKind kind, std::string_view name) {
  const auto refused = [&](std::string_view rule) {
    return std::string(to_string(kind)) + " would refuse this name: use " + std::string(rule);
  };
  switch (kind) {
    case PlaceKind::cloudflareWorker:
    case PlaceKind::cloudflarePages:
      if (!is_word(name, true))
        return refused("letters, digits, _ and $, not starting with a digit");
      return std::nullopt;
    case PlaceKind::cloudflareSecretsStore:
      for (const char c : name) {
        if (c != '-' && !is_word("_" + std::string(1, c), false)) {
          return refused("letters, digits, _ and -");
        }
      }
      return std::nullopt;
    case PlaceKind::githubRepository:
    case PlaceKind::githubEnvironment:
    case PlaceKind::githubOrganization:
      if (!is_word(name, false)) return refused("letters, digits and _, not starting with a digit");
      if (canonical_name(kind, name).starts_with("GITHUB_")) {
        return refused("a name that does not start with GITHUB_");
      }
      return std::nullopt;
    case PlaceKind::flyApp:
    case PlaceKind::platformSettings:
    case PlaceKind::dotenvFile:
      if (!is_word(name, false)) return refused("letters, digits and _, not starting with a digit");
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace lockstep
