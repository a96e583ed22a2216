// How a value may come back from others; written apart from the code that finds it.
#pragma once

#include <array>
#include <cctype>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace lockstep::testing {

/// Each byte as a number: base 16 (two digits, lower case), 8 (three) or 10, between `before` and
/// `after`.
inline std::string each_byte(std::string_view text, std::string_view before, int base,
                             std::string_view after) {
  std::string out;
  for (const char c : text) {
    std::array<char, 8> digits{};
    (void)std::snprintf(digits.data(), digits.size(),
                        base == 16  ? "%02x"
                        : base == 8 ? "%03o"
                                    : "%d",
                        static_cast<unsigned char>(c));
    out += std::string(before) + digits.data() + std::string(after);
  }
  return out;
}

/// ASCII text in UTF-16, the low byte of each unit first, or the high one.
inline std::string utf16(std::string_view text, bool low_first) {
  std::string out;
  for (const char c : text) {
    out += low_first ? c : '\0';
    out += low_first ? '\0' : c;
  }
  return out;
}

/// ASCII text (no blanks) in full-width forms.
inline std::string full_width(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const int point = 0xFF01 - '!' + c;
    out += {static_cast<char>(0xEF), static_cast<char>(0x80 | (point >> 6 & 0x3F)),
            static_cast<char>(0x80 | (point & 0x3F))};
  }
  return out;
}

/// The characters with `between` after each.
inline std::string spread(std::string_view text, std::string_view between) {
  std::string out;
  for (const char c : text) out += c + std::string(between);
  return out;
}

/// In two parts, as mail and logs break long lines.
inline std::string broken(const std::string& text, std::string_view end_of_line) {
  return text.substr(0, text.size() / 2) + std::string(end_of_line) + text.substr(text.size() / 2);
}

/// As a JSON text inside a JSON text.
inline std::string json_in_json(std::string_view text) {
  JsonWriter inner, outer;
  inner.string(text);
  outer.string(view(inner.take()));
  return std::string(view(outer.take()));
}

inline std::string to_upper(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

/// `piece` in every form that repeats_a_part() promises to find.
inline std::vector<std::string> forms_of(const std::string& piece) {
  JsonWriter json;
  json.string(piece);
  const auto base64 = [](const std::string& text) { return std::string(view(to_base64(text))); };
  const auto url = [](const std::string& text) { return std::string(view(to_base64url(text))); };
  return {piece,
          to_upper(piece),
          spread(piece, "-"),
          spread(piece, " "),
          spread(piece, "\u200b"),
          spread(piece, "\u0301"),
          utf16(piece, true),
          full_width(piece),
          broken(piece, "\r\n"),
          broken(piece, "=\r\n"),
          json_in_json(piece),
          std::string(view(json.take())),
          each_byte(piece, "\\u00", 16, ""),
          each_byte(piece, "\\x", 16, ""),
          each_byte(piece, "\\u{", 16, "}"),
          each_byte(piece, "\\x{", 16, "}"),
          each_byte(piece, "\\U000000", 16, ""),
          each_byte(piece, "\\", 8, ""),
          each_byte(piece, "%u00", 16, ""),
          each_byte(piece, "U+00", 16, " "),
          each_byte(piece, "0x00", 16, ","),
          each_byte(piece, "=", 16, ""),
          each_byte(piece, "&#0000000000", 10, ";"),
          each_byte(piece, "&#x000", 16, ""),
          percent_encode(piece),
          to_upper(each_byte(piece, "%", 16, "")),
          percent_encode(percent_encode(piece)),
          each_byte(piece, "&#", 10, ";"),
          each_byte(piece, "&#x", 16, ";"),
          each_byte(piece, "", 16, ""),
          to_upper(each_byte(piece, "", 16, ":")),
          each_byte(piece, "0x", 16, ", "),
          each_byte(piece, "", 10, " "),
          base64(piece),
          url(piece),
          base64("x" + piece + "tail"),
          base64("xy" + piece + "t"),
          url("xyz" + piece),
          broken(base64(piece + "and a tail"), "\r\n "),
          base64(utf16(piece, true)),
          base64(utf16("x" + piece, false)),
          each_byte(utf16(piece, true), "", 16, " "),
          each_byte(utf16(piece, false), "", 16, "")};
}

}  // namespace lockstep::testing
