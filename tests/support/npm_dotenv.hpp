// What the npm package `dotenv` reads in a text: an oracle of its own, written after the pattern in
// its lib/main.js (https://github.com/motdotla/dotenv), which wrangler reads .dev.vars with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::testing {

/// Follows the pattern's alternatives in their order, for texts whose lines begin with a name, a
/// `#` or nothing.
class NpmDotenv {
 public:
  static std::map<std::string, std::string> parse(std::string_view raw) {
    NpmDotenv reader(raw);
    std::map<std::string, std::string> out;
    for (std::size_t at = 0; at < reader.text_.size();) at = reader.line(at, out);
    return out;
  }

 private:
  explicit NpmDotenv(std::string_view raw) {
    if (raw.starts_with("\xEF\xBB\xBF")) raw.remove_prefix(3);
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') continue;
      text_ += raw[i] == '\r' ? '\n' : raw[i];
    }
  }

  static bool space(char c) { return std::string_view(" \t\n\v\f").contains(c); }
  static bool word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  }
  std::size_t skip(std::size_t at, bool (*of)(char)) const {
    while (at < text_.size() && of(text_[at])) ++at;
    return at;
  }
  std::size_t line_end(std::size_t at) const { return std::min(text_.find('\n', at), text_.size()); }

  /// Reads what begins at a line; gives where to go on.
  std::size_t line(std::size_t at, std::map<std::string, std::string>& out) const {
    auto from = skip(at, space);
    auto key_end = skip(from, word);
    if (text_.substr(from, key_end - from) == "export") {
      const auto next = skip(key_end, space);
      if (next < text_.size() && word(text_[next])) key_end = skip(from = next, word);
    }
    const auto equals = skip(key_end, space);
    if (key_end == from || equals >= text_.size() || text_[equals] != '=') {
      return line_end(from) + 1;
    }
    auto& value = out[text_.substr(from, key_end - from)];
    const auto begin = equals + 1;
    if (const auto end = quoted_end(skip(begin, space))) {
      value = trimmed(begin, *end);
      return line_end(*end) + 1;
    }
    const auto end = std::min(text_.find_first_of("#\n", begin), text_.size());
    value = trimmed(begin, end);
    return line_end(end) + 1;
  }

  /// Where the quoted value that begins there ends; a backslash before a quote keeps it open.
  std::optional<std::size_t> quoted_end(std::size_t at) const {
    if (at >= text_.size() || !std::string_view("'\"`").contains(text_[at])) return std::nullopt;
    const char quote = text_[at];
    for (std::size_t i = at + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && i + 1 < text_.size() && text_[i + 1] == quote) {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1;
      }
    }
    return std::nullopt;
  }

  std::string trimmed(std::size_t begin, std::size_t end) const {
    while (begin < end && space(text_[begin])) ++begin;
    while (end > begin && space(text_[end - 1])) --end;
    auto value = text_.substr(begin, end - begin);
    const char quote = value.empty() ? '\0' : value.front();
    const bool is_quoted =
        value.size() > 1 && std::string_view("'\"`").contains(quote) && value.back() == quote;
    if (is_quoted) value = value.substr(1, value.size() - 2);
    if (quote != '"') return value;
    return replaced(replaced(value, "\\n", '\n'), "\\r", '\r');
  }

  static std::string replaced(std::string text, std::string_view what, char with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      text.replace(at, what.size(), 1, with);
    }
    return text;
  }

  std::string text_;
};

}  // namespace lockstep::testing
