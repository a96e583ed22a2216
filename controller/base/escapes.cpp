#include "base/escapes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/unicode.hpp"

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

/// `mark` and exactly so many hexadecimal digits.
std::optional<Escape> code_point(std::string_view text, std::string_view mark, std::size_t digits) {
  const auto length = mark.size() + digits;
  if (text.size() < length || !text.starts_with(mark)) return std::nullopt;
  const auto value = number(text.substr(mark.size(), digits), 16);
  if (!value) return std::nullopt;
  return Escape{.value = *value, .length = length};
}

/// `\u{a}` and `\x{a}`, up to six digits.
std::optional<Escape> braced_escape(std::string_view text) {
  constexpr std::size_t most_digits = 6;
  for (const std::string_view mark : {"\\u{", "\\x{"}) {
    const auto end = text.substr(0, mark.size() + most_digits + 1).find('}');
    if (!text.starts_with(mark) || end == text.npos) continue;
    auto out = code_point(text, mark, end - mark.size());
    if (out) ++out->length;
    return out;
  }
  return std::nullopt;
}

/// `\012`.
std::optional<Escape> octal_escape(std::string_view text) {
  constexpr std::size_t length = 4;
  if (text.size() < length || text[0] != '\\') return std::nullopt;
  const auto byte = number(text.substr(1, 3), 8);
  if (!byte || *byte > 0xFF) return std::nullopt;
  return Escape{.value = *byte, .length = length, .is_byte = true};
}

std::optional<Escape> backslash_escape(std::string_view text) {
  for (const auto& one : {octal_escape(text), braced_escape(text), code_point(text, "\\U", 8)}) {
    if (one) return one;
  }
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
  std::size_t end = std::min(text.find_first_not_of('0', first), text.size());
  if (end > first) --end;  // one zero is a digit
  const std::size_t significant = end;
  while (end < text.size() && end - significant < most_digits &&
         number(text.substr(end, 1), hex ? 16 : 10)) {
    ++end;
  }
  const auto value = number(text.substr(significant, end - significant), hex ? 16 : 10);
  if (!value) return std::nullopt;
  if (end < text.size() && text[end] == ';') ++end;
  return Escape{.value = *value, .length = end};
}

/// The entities that stand for ASCII characters
/// (https://html.spec.whatwg.org/multipage/named-characters.html).
struct Entity {
  std::string_view name;
  char meaning;
};
constexpr Entity entities[] = {
    {"amp", '&'},    {"AMP", '&'},    {"lt", '<'},     {"LT", '<'},       {"gt", '>'},
    {"GT", '>'},     {"quot", '"'},   {"QUOT", '"'},   {"apos", '\''},    {"excl", '!'},
    {"num", '#'},    {"dollar", '$'}, {"percnt", '%'}, {"lpar", '('},     {"rpar", ')'},
    {"ast", '*'},    {"midast", '*'}, {"plus", '+'},   {"comma", ','},    {"period", '.'},
    {"sol", '/'},    {"colon", ':'},  {"semi", ';'},   {"equals", '='},   {"quest", '?'},
    {"commat", '@'}, {"lsqb", '['},   {"lbrack", '['}, {"bsol", '\\'},    {"rsqb", ']'},
    {"rbrack", ']'}, {"Hat", '^'},    {"lowbar", '_'}, {"UnderBar", '_'}, {"grave", '`'},
    {"lcub", '{'},   {"lbrace", '{'}, {"vert", '|'},   {"verbar", '|'},   {"rcub", '}'},
    {"rbrace", '}'},
};

std::optional<Escape> named_entity(std::string_view text) {
  constexpr std::size_t longest_name = 31;
  std::size_t end = 1;
  while (end < text.size() && end <= longest_name && is_letter_or_digit(text[end])) ++end;
  if (end == 1 || end == text.size() || text[end] != ';') return std::nullopt;
  const auto name = text.substr(1, end - 1);
  const auto* known = std::ranges::find(entities, name, &Entity::name);
  const char meaning = known == std::end(entities) ? ' ' : known->meaning;
  return Escape{.value = static_cast<unsigned char>(meaning), .length = end + 1};
}

std::optional<Escape> escape_at(std::string_view text) {
  switch (text[0]) {
    case '%':
      if (const auto unit = code_point(text, "%u", 4)) return unit;
      return byte_escape(text);
    case '0':
      if (const auto unit = code_point(text, "0x00", 2)) return unit;
      return byte_escape(text);
    case '=':
      return byte_escape(text);
    case 'U':
      return code_point(text, "U+", 4);
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
      out.push_back(static_cast<char>(escape->value));
    } else {
      append_utf8(out, escape->value);
    }
    text.remove_prefix(step_over(text, *escape));
  }
  return out;
}

}  // namespace lockstep
