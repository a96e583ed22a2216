// The grammar of dotenv files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace lockstep {

/// What a dotenv text says.
struct Dotenv {
  std::map<std::string, Secret, std::less<>> values;
  /// A name that was set twice; the later line counts. The name is not told: in a broken file it
  /// may be a piece of a value.
  struct Repeated {
    std::uint32_t first = 0;  ///< line, 1-based
    std::uint32_t again = 0;
  };
  std::vector<Repeated> repeated;
};

inline constexpr std::size_t max_dotenv_bytes = 1 << 20;
inline constexpr std::size_t max_dotenv_values = 10'000;
inline constexpr std::size_t max_dotenv_name = 253;

/// Reads a whole dotenv text; the room's README says what the grammar is and where it follows
/// which implementation. A text with any line that is not understood, or that common
/// implementations read differently, is refused whole: `invalid`, with file, line and remedy, and
/// never with a piece of the text (S4). `file` is only for that error.
Result<Dotenv> parse_dotenv(std::string_view text, std::string_view file);

}  // namespace lockstep
