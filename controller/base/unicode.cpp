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

namespace {

std::uint32_t folded(std::uint32_t c) {
  const auto in = [c](std::uint32_t first, std::uint32_t last) { return first <= c && c <= last; };
  if (in('A', 'Z') || (in(0xC0, 0xDE) && c != 0xD7) || (in(0x391, 0x3A9) && c != 0x3A2) ||
      in(0x410, 0x42F)) {
    return c + 0x20;
  }
  if (in(0x400, 0x40F)) return c + 0x50;
  if (c == 0x178) return 0xFF;
  if (c == 0x17F) return 's';
  if (c == 0x3C2) return 0x3C3;  // the Greek sigma at a word's end
  if (c == 0x212A) return 'k';   // Kelvin
  if (c == 0x212B) return 0xE5;  // Angstrom
  // Here each capital stands before its small letter.
  if (in(0x139, 0x148) || in(0x179, 0x17E)) return c % 2 == 1 ? c + 1 : c;
  const bool pairs = (in(0x100, 0x137) && c != 0x130 && c != 0x131) || in(0x14A, 0x177) ||
                     in(0x460, 0x481) || in(0x48A, 0x4BF) || in(0x4D0, 0x52F) ||
                     in(0x1E00, 0x1E95) || in(0x1EA0, 0x1EFF);
  return pairs && c % 2 == 0 ? c + 1 : c;
}

std::string encoded(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    const auto small = folded(point.value);
    out += point.length == 0 || small == point.value ? std::string(text.substr(0, length))
                                                     : encoded(small);
    text.remove_prefix(length);
  }
  return out;
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
