#include "plan/markdown.hpp"

#include "base/text.hpp"
#include "plan/print_rows.hpp"

namespace lockstep::plan {

namespace {

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         byte >= 0x80 || std::string_view(" ,;()/-+%'").contains(c);
}

}  // namespace

/// What could format, link or end a table cell becomes a character
/// reference; what could mention a person or an issue is also cut in two by an empty comment,
/// because mentions are looked for after references are resolved (https://github.github.com/gfm/
/// and https://github.com/gjtorikian/html-pipeline).
std::string escaped(std::string_view text) {
  std::string out;
  char before = ' ';
  for (const char c : harmless(text)) {
    const bool ends_www = c == '.' && (before == 'w' || before == 'W');
    before = c;
    if (is_plain(c) || (c == '.' && !ends_www)) {
      out += c;
      continue;
    }
    out += "&#" + std::to_string(static_cast<unsigned char>(c)) + ";";
    if (c == '@' || c == '#') out += "<!-- -->";
  }
  return out;
}

std::string code(std::string_view text) {
  return "<code>" + escaped(text) + "</code>";
}

std::string with_code(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const auto& piece : split(text, '`')) {
    out += inside ? code(piece) : escaped(piece);
    inside = !inside;
  }
  return out;
}

}  // namespace lockstep::plan
