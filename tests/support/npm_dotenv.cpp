#include "support/npm_dotenv.hpp"

#include <optional>
#include <vector>

namespace lockstep::testing {

namespace {

constexpr std::string_view line_separators[] = {"\n", "\r", "\xE2\x80\xA8", "\xE2\x80\xA9"};
/// `\s`, and what trim() cuts off (https://tc39.es/ecma262/#sec-white-space).
constexpr std::string_view spaces[] = {" ",
                                       "\t",
                                       "\v",
                                       "\f",
                                       "\n",
                                       "\r",
                                       "\xC2\xA0",
                                       "\xE1\x9A\x80",
                                       "\xE2\x80\x80",
                                       "\xE2\x80\x81",
                                       "\xE2\x80\x82",
                                       "\xE2\x80\x83",
                                       "\xE2\x80\x84",
                                       "\xE2\x80\x85",
                                       "\xE2\x80\x86",
                                       "\xE2\x80\x87",
                                       "\xE2\x80\x88",
                                       "\xE2\x80\x89",
                                       "\xE2\x80\x8A",
                                       "\xE2\x80\xA8",
                                       "\xE2\x80\xA9",
                                       "\xE2\x80\xAF",
                                       "\xE2\x81\x9F",
                                       "\xE3\x80\x80",
                                       "\xEF\xBB\xBF"};

bool is_quote(char c) {
  return c == '\'' || c == '"' || c == '`';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

/// A text in which `^` and `$` are asked for, as under the flag m.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  std::size_t size() const { return text_.size(); }
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  std::string_view piece(std::size_t begin, std::size_t end) const {
    return text_.substr(begin, end - begin);
  }
  bool begins_line(std::size_t i) const {
    return i == 0 || ends_in(text_.substr(0, i), line_separators);
  }
  bool ends_line(std::size_t i) const {
    return i == text_.size() || begins(text_.substr(i), line_separators) > 0;
  }
  std::size_t line_end(std::size_t i) const {
    while (!ends_line(i)) ++i;
    return i;
  }
  std::size_t skip_spaces(std::size_t i) const {
    while (const auto n = begins(text_.substr(i), spaces)) i += n;
    return i;
  }
  std::size_t skip_word(std::size_t i) const {
    while (is_word(at(i))) ++i;
    return i;
  }

  template <std::size_t N>
  static std::size_t begins(std::string_view text, const std::string_view (&list)[N]) {
    for (const auto one : list) {
      if (text.starts_with(one)) return one.size();
    }
    return 0;
  }
  template <std::size_t N>
  static std::size_t ends_in(std::string_view text, const std::string_view (&list)[N]) {
    for (const auto one : list) {
      if (text.ends_with(one)) return one.size();
    }
    return 0;
  }

 private:
  std::string_view text_;
};

/// `\s*(?:#.*)?$` from there: where it ends.
std::optional<std::size_t> tail(const Lines& text, std::size_t from) {
  const auto end = text.skip_spaces(from);
  if (text.at(end) == '#') return text.line_end(end);
  for (auto i = end + 1; i-- > from;) {
    if (text.ends_line(i)) return i;
  }
  return std::nullopt;
}

/// Where `q(?:\\q|[^q])*q` may end, the first tried first.
std::vector<std::size_t> closings(const Lines& text, std::size_t open) {
  const char quote = text.at(open);
  std::vector<std::size_t> out;
  auto i = open + 1;
  for (; i < text.size() && text.at(i) != quote; ++i) {
    if (text.at(i) == '\\' && text.at(i + 1) == quote) out.insert(out.begin(), ++i);
  }
  if (i < text.size()) out.insert(out.begin(), i);
  return out;
}

std::string replaced(std::string text, std::string_view what, char with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    text.replace(at, what.size(), 1, with);
  }
  return text;
}

/// `.replace(/^(['"`])([\s\S]*)\1$/mg, '$2')`
std::string without_quotes(std::string_view value) {
  const Lines text(value);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::size_t close = 0;
    if (is_quote(value[i]) && text.begins_line(i)) {
      for (auto k = value.size() - 1; k > i && close == 0; --k) {
        if (value[k] == value[i] && text.ends_line(k + 1)) close = k;
      }
    }
    if (close == 0) {
      out += value[i];
    } else {
      out += value.substr(i + 1, close - i - 1);
      i = close;
    }
  }
  return out;
}

std::string meant(std::string_view value) {
  while (const auto n = Lines::begins(value, spaces)) value.remove_prefix(n);
  while (const auto n = Lines::ends_in(value, spaces)) value.remove_suffix(n);
  auto out = without_quotes(value);
  if (!value.starts_with('"')) return out;
  return replaced(replaced(std::move(out), "\\n", '\n'), "\\r", '\r');
}

struct Match {
  std::string key;
  std::string value;
  std::size_t end = 0;
};

/// After the equals sign.
Match value_from(const Lines& text, std::string key, std::size_t begin) {
  const auto open = text.skip_spaces(begin);
  if (is_quote(text.at(open))) {
    for (const auto close : closings(text, open)) {
      if (const auto end = tail(text, close + 1)) {
        return {std::move(key), meant(text.piece(begin, close + 1)), *end};
      }
    }
  }
  auto end = begin;
  while (end < text.size() && text.at(end) != '#' && text.at(end) != '\n') ++end;
  return {std::move(key), meant(text.piece(begin, end)), tail(text, end).value_or(end)};
}

std::optional<Match> from_key(const Lines& text, std::size_t begin) {
  const auto end = text.skip_word(begin);
  if (end == begin) return std::nullopt;
  std::string key(text.piece(begin, end));
  const auto equals = text.skip_spaces(end);
  if (text.at(equals) == '=') return value_from(text, std::move(key), equals + 1);
  if (text.at(end) != ':' || text.skip_spaces(end + 1) == end + 1) return std::nullopt;
  return value_from(text, std::move(key), end + 1);
}

std::optional<Match> match(const Lines& text, std::size_t at) {
  if (!text.begins_line(at)) return std::nullopt;
  const auto begin = text.skip_spaces(at);
  constexpr std::string_view word = "export";
  if (text.piece(begin, std::min(text.size(), begin + word.size())) == word) {
    const auto next = text.skip_spaces(begin + word.size());
    if (next > begin + word.size()) {
      if (auto out = from_key(text, next)) return out;
    }
  }
  return from_key(text, begin);
}

}  // namespace

std::map<std::string, std::string> NpmDotenv::parse(std::string_view raw) {
  std::string lines;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') continue;
    lines += raw[i] == '\r' ? '\n' : raw[i];
  }
  const Lines text(lines);
  std::map<std::string, std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    auto found = match(text, at);
    at = found ? std::max(found->end, at + 1) : at + 1;
    if (found) out.insert_or_assign(std::move(found->key), std::move(found->value));
  }
  return out;
}

}  // namespace lockstep::testing
