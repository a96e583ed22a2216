// Regular expressions that cannot run away: linear in the text, no recursion on it, bounded size.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace lockstep::api {

/// A compiled expression. The syntax is what ECMAScript and RE2 share: literals, `.`, classes,
/// `\d \w \s` and their opposites, groups, `|`, `* + ? {n,m}` (lazy forms too), `^` and `$`. It is
/// about bytes. Back references, look-around and `\b` are refused: no linear matcher has them.
class Pattern {
 public:
  /// `invalid` with the reason and the remedy; at most 2,000 steps after counts are written out.
  static Result<Pattern> compile(std::string_view expression);
  /// True when the whole text matches. Time is at most text times steps.
  bool matches(std::string_view text) const;
  /// True when it matches some text that has the pieces in this order, the first at its beginning,
  /// the last at its end, and any bytes between two of them: a glob with a star at each joint.
  bool meets(std::span<const std::string> pieces) const;

  /// One step of the machine; public for its compiler.
  struct Step {
    enum class Kind : std::uint8_t { bytes, split, jump, at_start, at_end, match };
    Kind kind = Kind::match;
    std::uint32_t next = 0;   ///< for bytes, split, jump and the assertions
    std::uint32_t other = 0;  ///< for split
    std::bitset<256> bytes;
  };

 private:
  std::vector<Step> steps_;
};

}  // namespace lockstep::api
