#include "base/unicode.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace lockstep {

CodePoint first_code_point(std::string_view text) {
  if (!text.empty() && static_cast<unsigned char>(text[0]) < 0x80) {
    return {static_cast<unsigned char>(text[0]), 1};
  }
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

std::uint32_t lower_case(std::uint32_t code_point) {
  // In a range of pairs the capital has an even number, or an odd one, and its small letter the
  // next; elsewhere the small letters stand `add` behind their capitals.
  enum class How : std::uint8_t { add, even_first, odd_first };
  struct Range {
    std::uint32_t first, last;
    How how;
    std::int32_t add = 0;
  };
  constexpr Range ranges[] = {
      {0xC0, 0xD6, How::add, 32},
      {0xD8, 0xDE, How::add, 32},
      {0x100, 0x12F, How::even_first},
      {0x132, 0x137, How::even_first},
      {0x139, 0x148, How::odd_first},
      {0x14A, 0x177, How::even_first},
      {0x178, 0x178, How::add, -121},
      {0x179, 0x17E, How::odd_first},
      {0x17F, 0x17F, How::add, 0x73 - 0x17F},
      {0x388, 0x38A, How::add, 37},
      {0x386, 0x386, How::add, 38},
      {0x38C, 0x38C, How::add, 64},
      {0x38E, 0x38F, How::add, 63},
      {0x391, 0x3A1, How::add, 32},
      {0x3A3, 0x3AB, How::add, 32},
      {0x3C2, 0x3C2, How::add, 1},
      {0x400, 0x40F, How::add, 80},
      {0x410, 0x42F, How::add, 32},
      {0x460, 0x481, How::even_first},
      {0x48A, 0x4BF, How::even_first},
      {0x4C1, 0x4CE, How::odd_first},
      {0x4D0, 0x52F, How::even_first},
      {0x531, 0x556, How::add, 48},
      {0x1E00, 0x1E95, How::even_first},
      {0x1EA0, 0x1EFF, How::even_first},
      {0x212A, 0x212A, How::add, 0x6B - 0x212A},
      {0x212B, 0x212B, How::add, 0xE5 - 0x212B},
  };
  if (code_point >= 'A' && code_point <= 'Z') return code_point + 32;
  if (code_point < 0xC0) return code_point;
  for (const auto& range : ranges) {
    if (code_point < range.first || code_point > range.last) continue;
    if (range.how == How::even_first) return code_point | 1U;
    if (range.how == How::odd_first) return code_point + code_point % 2;
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(code_point) + range.add);
  }
  return code_point;
}

template <typename Bytes>
void put_utf8(Bytes& out, std::uint32_t code_point) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) return put(code_point);
  if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
  } else {
    if (code_point < 0x10000) {
      put(0xE0 | code_point >> 12);
    } else {
      put(0xF0 | (code_point >> 18 & 0x07));
      put(0x80 | (code_point >> 12 & 0x3F));
    }
    put(0x80 | (code_point >> 6 & 0x3F));
  }
  put(0x80 | (code_point & 0x3F));
}

}  // namespace

std::uint32_t folded(std::uint32_t code_point) {
  const bool full_width = code_point >= 0xFF01 && code_point <= 0xFF5E;
  return lower_case(full_width ? code_point - (0xFF01 - 0x21) : code_point);
}

void append_utf8(SecretBytes& out, std::uint32_t code_point) {
  put_utf8(out, code_point);
}

std::string fold_case(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    if (point.length == 0) {
      out += text[0];
    } else {
      put_utf8(out, lower_case(point.value));
    }
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
