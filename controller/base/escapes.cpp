#include "base/escapes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace lockstep {

namespace {

/// What an escape at the front of a text stands for: a character, or one byte of a longer one.
struct Escape {
  std::uint32_t value = 0;
  std::size_t length = 0;  ///< of the escape itself
  bool is_byte = false;
};

std::optional<std::uint32_t> number(std::string_view digits, std::uint32_t base) {
  if (digits.empty()) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : digits) {
    const std::uint32_t digit = c >= '0' && c <= '9'   ? static_cast<std::uint32_t>(c - '0')
                                : c >= 'a' && c <= 'f' ? static_cast<std::uint32_t>(c - 'a' + 10)
                                : c >= 'A' && c <= 'F' ? static_cast<std::uint32_t>(c - 'A' + 10)
                                                       : base;
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  return value;
}

/// `%0A` and its relatives: a mark and two hexadecimal digits.
std::optional<Escape> byte_escape(std::string_view text) {
  for (const std::string_view mark : {"%", "\\x", "=", "0x"}) {
    if (!text.starts_with(mark) || text.size() < mark.size() + 2) continue;
    if (const auto byte = number(text.substr(mark.size(), 2), 16)) {
      return Escape{.value = *byte, .length = mark.size() + 2, .is_byte = true};
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> code_unit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  return number(text.substr(2, 4), 16);
}

std::optional<Escape> backslash_escape(std::string_view text) {
  if (const auto unit = code_unit(text)) {
    if (*unit >= 0xD800 && *unit < 0xDC00) {
      const auto low = code_unit(text.substr(6));
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        return Escape{.value = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), .length = 12};
      }
    }
    return Escape{.value = *unit, .length = 6};
  }
  constexpr std::string_view letters = "\"\\/'bfnrtv";
  constexpr std::string_view meanings = "\"\\/'\b\f\n\r\t\v";
  const auto at = text.size() > 1 && text[0] == '\\' ? letters.find(text[1]) : letters.npos;
  if (at == letters.npos) return std::nullopt;
  return Escape{.value = static_cast<unsigned char>(meanings[at]), .length = 2};
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `&#10` and `&#x0a`; browsers take them without the semicolon, too.
std::optional<Escape> numeric_entity(std::string_view text) {
  if (!text.starts_with("&#") || text.size() < 3) return std::nullopt;
  const bool hex = text[2] == 'x' || text[2] == 'X';
  const std::size_t first = hex ? 3 : 2;
  constexpr std::size_t most_digits = 8;
  std::size_t end = first;
  while (end < text.size() && end - first < most_digits &&
         number(text.substr(end, 1), hex ? 16 : 10)) {
    ++end;
  }
  const auto value = number(text.substr(first, end - first), hex ? 16 : 10);
  if (!value) return std::nullopt;
  if (end < text.size() && text[end] == ';') ++end;
  return Escape{.value = *value, .length = end};
}

std::optional<Escape> named_entity(std::string_view text) {
  constexpr std::size_t longest_name = 31;
  std::size_t end = 1;
  while (end < text.size() && end <= longest_name && is_letter_or_digit(text[end])) ++end;
  if (end == 1 || end == text.size() || text[end] != ';') return std::nullopt;
  const auto name = text.substr(1, end - 1);
  const char meaning = name == "amp"    ? '&'
                       : name == "lt"   ? '<'
                       : name == "gt"   ? '>'
                       : name == "quot" ? '"'
                       : name == "apos" ? '\''
                                        : ' ';
  return Escape{.value = static_cast<unsigned char>(meaning), .length = end + 1};
}

std::optional<Escape> escape_at(std::string_view text) {
  switch (text[0]) {
    case '%':
    case '=':
    case '0':
      return byte_escape(text);
    case '\\':
      if (const auto byte = byte_escape(text)) return byte;
      return backslash_escape(text);
    case '&':
      if (const auto entity = numeric_entity(text)) return entity;
      return named_entity(text);
    default:
      return std::nullopt;
  }
}

/// How far to go on after `escape`: to its end, or to another one that begins within it, because
/// text that stands before an escape may look like a part of it (`%20x64`).
std::size_t step_over(std::string_view text, const Escape& escape) {
  for (std::size_t at = 1; at < escape.length; ++at) {
    if (text[at] != '\\' && escape_at(text.substr(at))) return at;
  }
  return escape.length;
}

void put(SecretBytes& out, std::uint32_t byte) {
  out.push_back(static_cast<char>(byte));
}

void put_utf8(SecretBytes& out, std::uint32_t point) {
  if (point < 0x80) return put(out, point);
  if (point < 0x800) {
    put(out, 0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(out, 0xE0 | point >> 12);
    } else {
      put(out, 0xF0 | (point >> 18 & 0x07));
      put(out, 0x80 | (point >> 12 & 0x3F));
    }
    put(out, 0x80 | (point >> 6 & 0x3F));
  }
  put(out, 0x80 | (point & 0x3F));
}

}  // namespace

SecretBytes without_escapes(std::string_view text) {
  SecretBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto escape = escape_at(text);
    if (!escape) {
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    if (escape->is_byte) {
      put(out, escape->value);
    } else {
      put_utf8(out, escape->value);
    }
    text.remove_prefix(step_over(text, *escape));
  }
  return out;
}

}  // namespace lockstep
