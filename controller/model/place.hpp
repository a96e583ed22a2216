// A place that holds secrets, its key, and what is always true of places of its kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"
#include "base/result.hpp"
#include "model/state.hpp"

namespace lockstep {

enum class PlaceKind : std::uint8_t {
  cloudflareWorker,
  cloudflareSecretsStore,
  cloudflarePages,
  flyApp,
  githubRepository,
  githubEnvironment,
  githubOrganization,
  platformSettings,
  dotenvFile,
};
inline constexpr PlaceKind place_kinds[] = {
    PlaceKind::cloudflareWorker,   PlaceKind::cloudflareSecretsStore,
    PlaceKind::cloudflarePages,    PlaceKind::flyApp,
    PlaceKind::githubRepository,   PlaceKind::githubEnvironment,
    PlaceKind::githubOrganization, PlaceKind::platformSettings,
    PlaceKind::dotenvFile};
/// The word in manifests and keys: `flyApp`.
std::string_view to_string(PlaceKind kind);
/// The metric label `provider`: cloudflare, fly, github, platform, dotenv.
std::string_view provider_name(PlaceKind kind);

/// One place. `parts` are plain names, in the order of the key.
struct Place {
  PlaceKind kind = PlaceKind::flyApp;
  std::vector<std::string> parts;

  /// The one key: `flyApp/molecule-cp`. Inside a part `%`, `/`, `*` and control characters are
  /// percent-encoded; GitHub's case-insensitive parts are lower case.
  std::string key() const;
  bool operator==(const Place&) const = default;
  auto operator<=>(const Place&) const = default;
};
/// Equal for keys that may name one place: GitHub's names, whose case does not count there, in any
/// spelling of it. key() itself folds ASCII letters only, for GitHub does not say what it takes for
/// the same letter beyond them.
std::string perhaps_one_place(const Place& place);

/// The place a Target names, with what its Credential adds (Cloudflare account, platform host).
/// `invalid` when the Credential is of another provider.
Result<Place> place_of(const api::PlaceSpec& spec, const api::Credential* credential);

/// True when a pattern of an Environment or a grant covers the place. It is written in plain names
/// (its last part takes the rest) or as key() prints it: exactly the escapes that key() writes are
/// read back, so a name that holds `%2F` itself is written `%252F`. `*` stays inside one part;
/// `%2A` is that character.
bool covers(std::string_view pattern, const Place& place);
/// What is wrong with a pattern, and the remedy; nothing when some place of its kind can match it.
std::optional<std::string> pattern_problem(std::string_view pattern);

/// Names as the place stores them: upper case on GitHub, unchanged elsewhere.
std::string canonical_name(PlaceKind kind, std::string_view name);
/// Why the provider would refuse this secret name, and the remedy; nothing when it would not.
std::optional<std::string> name_problem(PlaceKind kind, std::string_view name);
/// The largest value in bytes that the provider takes.
std::size_t max_value_bytes(PlaceKind kind);

/// What lockstep can do and know at places of a kind; the README's support table is made of it.
struct Capabilities {
  bool built = false;  ///< this release can work there; else Targets are Unsupported
  Certainty certainty = Certainty::existence;  ///< the best that its evidence can give
  bool staged = false;                         ///< can write without making live
  bool roll_out = false;                       ///< can make live what was staged
  bool attributes = false;                     ///< can say who changed something
  bool utf8_only = true;                       ///< values travel as JSON strings
  std::size_t max_changes = 100;               ///< in one apply(); more wait for the next pass
  std::size_t max_names = 0;                   ///< 0: the provider documents no limit
};
const Capabilities& capabilities_of(PlaceKind kind);

}  // namespace lockstep
