// RemoteText::from: what others wrote, without the values we sent them (S4).
#include <algorithm>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/unicode.hpp"

namespace lockstep {

namespace {

constexpr std::string_view removed = "[removed]";
// Shorter values would blank out ordinary words, and protect nothing.
constexpr std::size_t shortest = 3;
// Room for text around the values; more never fits the result.
constexpr std::size_t around = 64 * 1024;
// No encoding of a byte is longer than `\u00XX`.
constexpr std::size_t longest_escape = 6;

/// A text with one layer of escapes taken off, and where each byte came from.
struct Unescaped {
  SecretBytes bytes;
  std::vector<std::size_t> from;  ///< offsets in the text; one more than bytes, the last is its end
};

std::optional<std::uint32_t> hex_number(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

void put_utf8(Unescaped& out, std::uint32_t point, std::size_t from) {
  const auto put = [&](std::uint32_t byte) {
    out.bytes.push_back(static_cast<char>(byte));
    out.from.push_back(from);
  };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

/// The code unit of `\uXXXX` at the front of `text`.
std::optional<std::uint32_t> unicode_escape(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  return hex_number(text.substr(2, 4));
}

/// Takes off JSON's escapes, however the other side chose to write them (`\n`, `\u000A`, `\/`).
Unescaped without_json_escapes(std::string_view text) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  Unescaped out;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    if (auto unit = unicode_escape(rest)) {
      std::size_t length = 6;
      if (*unit >= 0xD800 && *unit < 0xDC00) {
        const auto low = unicode_escape(rest.substr(6));
        if (low && *low >= 0xDC00 && *low < 0xE000) {
          unit = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
          length = 12;
        }
      }
      put_utf8(out, *unit, i);
      i += length;
      continue;
    }
    const auto letter = rest[0] == '\\' && rest.size() > 1 ? letters.find(rest[1]) : letters.npos;
    out.bytes.push_back(letter == letters.npos ? rest[0] : meanings[letter]);
    out.from.push_back(i);
    i += letter == letters.npos ? 1 : 2;
  }
  out.from.push_back(text.size());
  return out;
}

Unescaped without_percent_escapes(std::string_view text) {
  Unescaped out;
  for (std::size_t i = 0; i < text.size();) {
    const auto code =
        text[i] == '%' && i + 2 < text.size() ? hex_number(text.substr(i + 1, 2)) : std::nullopt;
    out.bytes.push_back(code ? static_cast<char>(*code) : text[i]);
    out.from.push_back(i);
    i += code ? 3 : 1;
  }
  out.from.push_back(text.size());
  return out;
}

/// Calls `found(begin, end)` for every `needle` in `text`, and for the beginning of one at the very
/// end: the other side, or we, may have cut the text in the middle of a value.
template <class F>
void each_occurrence(std::string_view text, std::string_view needle, F found) {
  if (needle.size() < shortest) return;
  std::size_t at = 0;
  while ((at = text.find(needle, at)) != std::string_view::npos) {
    found(at, at + needle.size());
    at += needle.size();
  }
  for (std::size_t n = std::min(needle.size() - 1, text.size()); n >= shortest; --n) {
    if (text.ends_with(needle.substr(0, n))) return found(text.size() - n, text.size());
  }
}

std::string_view without_padding(std::string_view base64) {
  while (base64.ends_with('=')) base64.remove_suffix(1);
  return base64;
}

/// Which bytes of `text` belong to a value in any form. All marks are made on the untouched text:
/// of two values, one may be a part of the other.
std::vector<bool> marks(std::string_view text, std::span<const std::string_view> secrets) {
  std::vector<bool> marked(text.size());
  const auto mark = [&](std::size_t begin, std::size_t end) {
    std::fill(marked.begin() + static_cast<std::ptrdiff_t>(begin),
              marked.begin() + static_cast<std::ptrdiff_t>(end), true);
  };
  const auto json = without_json_escapes(text);
  const auto percent = without_percent_escapes(text);
  for (const auto secret : secrets) {
    each_occurrence(text, secret, mark);
    for (const auto* layer : {&json, &percent}) {
      each_occurrence(view(layer->bytes), secret, [&](std::size_t begin, std::size_t end) {
        mark(layer->from[begin], layer->from[end]);
      });
    }
    const auto base64 = to_base64(secret);
    each_occurrence(text, view(base64), mark);
    each_occurrence(text, without_padding(view(base64)), mark);
    each_occurrence(text, view(to_base64url(secret)), mark);
  }
  return marked;
}

SecretBytes without_marked(std::string_view text, const std::vector<bool>& marked) {
  SecretBytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!marked[i]) {
      out.push_back(text[i]);
    } else if (i == 0 || !marked[i - 1]) {
      append(out, removed);
    }
  }
  return out;
}

}  // namespace

RemoteText RemoteText::from(std::string_view bytes, std::span<const std::string_view> secrets,
                            std::size_t limit) {
  // Enough to fill `limit` after the values are gone, and bounded: the text is theirs.
  std::size_t longest = 0;
  for (const auto secret : secrets) longest = std::max(longest, secret.size());
  const auto piece = bytes.substr(0, around + longest_escape * longest);
  const auto text = without_marked(piece, marks(piece, secrets));

  RemoteText out;
  std::string_view rest = view(text);
  while (!rest.empty()) {
    const auto point = first_code_point(rest);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    const bool keep = point.length != 0 && is_harmless(point.value);
    if (out.text_.size() + (keep ? length : 1) > limit) {
      out.text_ += "...";
      break;
    }
    out.text_ += keep ? rest.substr(0, length) : " ";
    rest.remove_prefix(length);
  }
  return out;
}

}  // namespace lockstep
