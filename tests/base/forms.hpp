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

/// Each byte as a number: base 16 (two digits, lower case) or 10, between `before` and `after`.
inline std::string each_byte(std::string_view text, std::string_view before, int base,
                             std::string_view after) {
  std::string out;
  for (const char c : text) {
    std::array<char, 8> digits{};
    (void)std::snprintf(digits.data(), digits.size(), base == 16 ? "%02x" : "%d",
                        static_cast<unsigned char>(c));
    out += std::string(before) + digits.data() + std::string(after);
  }
  return out;
}

/// The characters with `separator` after each.
inline std::string spread(std::string_view text, char separator) {
  std::string out;
  for (const char c : text) out += {c, separator};
  return out;
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
          spread(piece, '-'),
          spread(piece, ' '),
          std::string(view(json.take())),
          each_byte(piece, "\\u00", 16, ""),
          each_byte(piece, "\\x", 16, ""),
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
          url("xyz" + piece)};
}

}  // namespace lockstep::testing
