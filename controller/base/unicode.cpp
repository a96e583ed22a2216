#include "base/unicode.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace lockstep {

CodePoint first_code_point(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n) {
    if (!is_utf8(text.substr(0, n))) continue;
    const auto lead = static_cast<unsigned char>(text[0]);
    std::uint32_t value = n == 1 ? lead : lead & (0x7FU >> n);
    for (std::size_t k = 1; k < n; ++k) {
      value = value << 6 | (static_cast<unsigned char>(text[k]) & 0x3FU);
    }
    return {value, n};
  }
  return {};
}

bool is_harmless(std::uint32_t code_point) {
  struct Range {
    std::uint32_t first, last;
  };
  constexpr Range harmful[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
      {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},   {0x2060, 0x206F},
      {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
  };
  return std::ranges::none_of(harmful, [&](const Range& range) {
    return range.first <= code_point && code_point <= range.last;
  });
}

std::string only_harmless(std::string_view text, std::string_view replacement) {
  std::string out;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const bool keep = point.length != 0 && is_harmless(point.value);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    out += keep ? text.substr(0, length) : replacement;
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace lockstep
