// What the npm package `dotenv` reads in a text: an oracle of its own, written after the pattern in
// its lib/main.js (https://github.com/motdotla/dotenv), which wrangler reads .dev.vars with.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace lockstep::testing {

/// Follows the pattern through its alternatives and its backtracking, with JavaScript's blanks and
/// line ends, for any UTF-8 text.
class NpmDotenv {
 public:
  static std::map<std::string, std::string> parse(std::string_view raw);
};

}  // namespace lockstep::testing
