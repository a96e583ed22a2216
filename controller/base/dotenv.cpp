// After the npm package `dotenv`, which wrangler reads `.dev.vars` with
// (https://github.com/motdotla/dotenv), and Compose's env files
// (https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/).
#include "base/dotenv.hpp"

#include <algorithm>
#include <optional>

#include "base/json.hpp"

namespace lockstep {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

/// The byte that an escape in double quotes stands for; nothing for a pair that stays as it is.
std::optional<char> unescaped(char c, DotenvEscapes escapes) {
  if (c == 'n') return '\n';
  if (c == 'r') return '\r';
  if (escapes == DotenvEscapes::npm) return std::nullopt;
  if (c == 't') return '\t';
  if (c == '"' || c == '\\') return c;
  return std::nullopt;
}

/// Blanks to JavaScript's `\s` and trim() or to Go's strings.TrimSpace, but to no other reader
/// (https://tc39.es/ecma262/#sec-white-space, https://pkg.go.dev/unicode#IsSpace).
constexpr std::string_view odd_blanks[] = {
    "\v",           "\f",           "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80",
    "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
    "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9",
    "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"};
bool has_odd_end(std::string_view value) {
  return std::ranges::any_of(odd_blanks, [&](const auto blank) {
    return value.starts_with(blank) || value.ends_with(blank);
  });
}
/// To JavaScript these two end a line.
bool has_line_separator(std::string_view text) {
  return text.contains("\xE2\x80\xA8") || text.contains("\xE2\x80\xA9");
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view file, DotenvEscapes escapes)
      : text_(text), file_(file), escapes_(escapes) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    line_begin_ = at_;
  }

  Result<std::vector<DotenvAssignment>> read() {
    if (text_.size() > max_dotenv_bytes) {
      return refuse(0, "the file is larger than 1 MiB; split it");
    }
    if (text_.find('\0') != std::string_view::npos) {
      return refuse(0, "the file holds a NUL byte; save it as UTF-8 text");
    }
    for (;;) {
      TRY(const bool more, skip_to_statement());
      if (!more) break;
      TRY_OK(statement());
      if (entries_.size() > max_dotenv_values) {
        return refuse(entries_.back().line, "more than 10000 values; split the file");
      }
    }
    return std::move(entries_);
  }

 private:
  bool ended() const { return at_ == text_.size(); }
  char here() const { return text_[at_]; }
  bool at_line_end() const { return ended() || is_line_end(here()); }

  std::unexpected<Error> refuse(std::uint32_t line, std::string message) const {
    return fail(Error{.kind = ErrorKind::invalid,
                      .message = std::move(message),
                      .location = {.file = std::string(file_), .line = line}});
  }

  void skip_blanks() {
    while (!ended() && is_blank(here())) ++at_;
  }
  /// Passes the rest of a line that is not in quotes; gives it.
  Result<std::string_view> rest_of_line() {
    const auto begin = at_;
    while (!at_line_end()) ++at_;
    const auto rest = text_.substr(begin, at_ - begin);
    if (!has_line_separator(rest)) return rest;
    return refuse(
        line_,
        "this line holds a line separator (U+2028 or U+2029), at which some readers begin "
        "a new line; remove it, or put the value in single quotes");
  }
  /// Passes one line end: LF, CRLF or CR.
  void pass_line_end() {
    if (text_.substr(at_).starts_with("\r\n")) ++at_;
    ++at_;
    ++line_;
    line_begin_ = at_;
  }

  /// False at the end of the text.
  Result<bool> skip_to_statement() {
    for (;;) {
      skip_blanks();
      if (ended()) return false;
      if (here() == '#') {
        TRY_OK(rest_of_line());
      } else if (is_line_end(here())) {
        pass_line_end();
      } else {
        return true;
      }
    }
  }

  std::string_view name() {
    const auto start = at_;
    while (!ended() && is_name(here())) ++at_;
    return text_.substr(start, at_ - start);
  }

  /// `NAME=value` with an optional `export`, up to the end of its last line.
  Status statement() {
    const auto line = line_;
    const auto begin = line_begin_;
    auto key = name();
    skip_blanks();
    // `export=1` sets a variable of that name; only a second name makes it the keyword.
    if (key == "export" && !ended() && is_name(here())) {
      key = name();
      skip_blanks();
    }
    if (key.empty() || ended() || here() != '=') {
      return refuse(
          line,
          "this line is not NAME=value (a name has letters, digits, \"_\", \".\" and "
          "\"-\"); put a value of several lines in double quotes, and # before a comment");
    }
    if (key.size() > max_dotenv_name) {
      return refuse(line, "the name is longer than 253 bytes; shorten it");
    }
    ++at_;
    // The name stays a view: it may be a piece of a value, and a std::string is not wiped.
    entries_.push_back({.name = key, .value = {}, .line = line, .begin = begin});
    TRY_OK(value(entries_.back()));
    if (escapes_ == DotenvEscapes::npm && !is_utf8(entries_.back().value.expose())) {
      return refuse(
          line,
          "the value is not UTF-8, and the program that reads the file would replace some "
          "of its bytes; save the file as UTF-8");
    }
    if (!ended()) pass_line_end();
    entries_.back().end = at_;
    return {};
  }

  /// Up to the line end after the value, comments included.
  Status value(DotenvAssignment& to) {
    const auto start = at_;
    skip_blanks();
    to.value_begin = to.value_end = start;
    if (at_line_end()) return {};
    return is_quote(here()) ? quoted(to) : unquoted(to, start);
  }

  /// `start` is right after the equals sign: a blank there lets `NAME= # text` be a comment.
  Status unquoted(DotenvAssignment& to, std::size_t start) {
    const auto first = at_;
    TRY(auto value, rest_of_line());
    if (const auto hash = value.find('#'); hash != std::string_view::npos) {
      if (first + hash == start || !is_blank(text_[first + hash - 1])) {
        return refuse(line_,
                      "a \"#\" that follows no blank is a comment to some readers and part of the "
                      "value to others; put the value in single quotes, or a blank before the "
                      "comment");
      }
      value = value.substr(0, hash);
    }
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    if (value.empty()) return {};
    if (has_odd_end(value)) {
      return refuse(
          line_,
          "the value begins or ends with a blank that is neither space nor tab (such as a "
          "no-break space), and some readers cut it off; remove it, or put the value in "
          "single quotes");
    }
    to.value = Secret(value);
    to.value_begin = first;
    to.value_end = first + value.size();
    return {};
  }

  Status quoted(DotenvAssignment& to) {
    const auto opened = line_;
    to.value_begin = at_;
    const char quote = here();
    ++at_;
    SecretBytes out;
    for (;;) {
      if (ended()) {
        return refuse(opened, "the quote that opens here is never closed; close it");
      }
      const char c = here();
      if (c == quote) break;
      if (is_line_end(c)) {
        pass_line_end();
        out.push_back('\n');
      } else if (c == '\\' && at_ + 1 < text_.size()) {
        escape(quote, out);
      } else {
        out.push_back(c);
        ++at_;
      }
    }
    if (at_ - 1 > to.value_begin && text_[at_ - 1] == '\\' && closes_later_too(quote)) {
      return refuse(line_,
                    "a backslash stands right before the closing quote, so some readers take the "
                    "next such quote for the closing one; leave the quotes out, or end the value "
                    "with something else");
    }
    ++at_;
    to.value_end = at_;
    skip_blanks();
    if (!at_line_end() && here() != '#') {
      return refuse(line_,
                    "text follows the closing quote; escape quotes inside double quotes as \\\", "
                    "or put the value in another kind of quotes");
    }
    TRY_OK(rest_of_line());
    to.value = Secret(std::move(out));
    return {};
  }

  /// Whether a later quote could close the value that is closed here, by npm's rules: with nothing
  /// but blanks or a comment after it.
  bool closes_later_too(char quote) const {
    for (auto i = text_.find(quote, at_ + 1); i != text_.npos; i = text_.find(quote, i + 1)) {
      const auto rest = text_.substr(i + 1);
      const auto after = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
      if (after.empty() || is_line_end(after.front()) || after.front() == '#') return true;
      if (std::ranges::any_of(odd_blanks, [&](auto blank) { return after.starts_with(blank); })) {
        return true;
      }
      if (text_[i - 1] != '\\') return false;
    }
    return false;
  }

  /// Passes a backslash, and the byte after it where the two belong together.
  void escape(char quote, SecretBytes& out) {
    const char next = text_[at_ + 1];
    if (escapes_ == DotenvEscapes::npm && next == quote) {
      append(out, text_.substr(at_, 2));
      at_ += 2;
      return;
    }
    const auto plain = quote == '"' ? unescaped(next, escapes_) : std::nullopt;
    out.push_back(plain.value_or('\\'));
    at_ += plain ? 2 : 1;
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  DotenvEscapes escapes_;
  std::uint32_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::vector<DotenvAssignment> entries_;
};

}  // namespace

Result<std::vector<DotenvAssignment>> read_dotenv(std::string_view text, std::string_view file,
                                                  DotenvEscapes escapes) {
  return Reader(text, file, escapes).read();
}

Result<Dotenv> parse_dotenv(std::string_view text, std::string_view file) {
  TRY(auto assignments, read_dotenv(text, file, DotenvEscapes::compose));
  Dotenv out;
  std::map<std::string_view, std::uint32_t> lines;
  for (auto& one : assignments) {
    const auto [seen, fresh] = lines.try_emplace(one.name, one.line);
    if (!fresh) out.repeated.push_back({.first = seen->second, .again = one.line});
    seen->second = one.line;
    out.values.insert_or_assign(std::string(one.name), std::move(one.value));
  }
  return out;
}

}  // namespace lockstep
