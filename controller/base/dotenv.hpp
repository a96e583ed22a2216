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

/// Which backslashes mean something, where readers differ (the room's README has the table).
enum class DotenvEscapes : std::uint8_t {
  compose,  ///< in double quotes \n, \r, \t, \" and \\, as Docker Compose reads them
  npm,      ///< in double quotes \n and \r; a backslash keeps any closing quote from closing
};

/// One `NAME=value` of a text, and where it stands there (offsets in bytes).
struct DotenvAssignment {
  std::string_view name;        ///< a piece of the text
  Secret value;                 ///< as read
  std::uint32_t line = 0;       ///< of the name, 1-based
  std::size_t begin = 0;        ///< the first byte of that line
  std::size_t value_begin = 0;  ///< the value as written, with its quotes
  std::size_t value_end = 0;
  std::size_t end = 0;  ///< after the line end of the value's last line
};

inline constexpr std::size_t max_dotenv_bytes = 1 << 20;
inline constexpr std::size_t max_dotenv_values = 10'000;
inline constexpr std::size_t max_dotenv_name = 253;

/// Every assignment of a whole dotenv text, in order; the room's README says what the grammar is
/// and where it follows which implementation. A text with any line that is not understood, or that
/// common implementations read differently, is refused whole: `invalid`, with file, line and
/// remedy, and never with a piece of the text (S4). `file` is only for that error.
Result<std::vector<DotenvAssignment>> read_dotenv(std::string_view text, std::string_view file,
                                                  DotenvEscapes escapes);

/// What the text says, by the rules of Compose: the last assignment of a name counts. Refuses what
/// read_dotenv() refuses.
Result<Dotenv> parse_dotenv(std::string_view text, std::string_view file);

}  // namespace lockstep
