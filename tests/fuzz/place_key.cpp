#include "base/text.hpp"
#include "fuzz/target.hpp"
#include "model/place.hpp"

namespace lockstep::fuzz {

/// A key covers its own place and no other; a pattern that is refused covers nothing real.
void place_key(std::string_view bytes) {
  const auto half = bytes.size() / 2;
  const auto environment = [](std::string_view name) {
    return Place{PlaceKind::githubEnvironment, {"acme", "site", to_lower(name)}};
  };
  const auto one = environment(bytes.substr(0, half)), other = environment(bytes.substr(half));
  hold(covers(one.key(), one), "a key covers its place");
  hold(covers(one.key(), other) == (one == other), "and no other");
  hold(one.key() != other.key() || one == other, "one key for one place");
  const std::string pattern(bytes.substr(0, half));
  if (!pattern_problem(pattern)) return;
  for (const auto& place :
       {Place{PlaceKind::flyApp, {"molecule-cp"}},
        Place{PlaceKind::cloudflareWorker, {std::string(32, '0'), "production-cms"}},
        Place{PlaceKind::githubRepository, {"alokai", "cms", "Actions"}},
        Place{PlaceKind::githubEnvironment, {"alokai", "cms", "prod/eu"}},
        Place{PlaceKind::dotenvFile, {"apps/cms/.dev.vars"}}}) {
    hold(!covers(pattern, place), "a pattern that can match nothing covers nothing");
  }
}

}  // namespace lockstep::fuzz
