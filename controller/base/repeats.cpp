#include "base/repeats.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/escapes.hpp"
#include "base/json.hpp"
#include "base/unicode.hpp"

namespace lockstep {

namespace {

constexpr std::size_t most_compared = 512 * 1024;
constexpr int most_layers = 4;

/// How a text or value is compared.
enum class View : std::uint8_t {
  written,  ///< everything, in lower case
  letters,  ///< letters and digits, in lower case: a value may come back with other punctuation
  ascii,    ///< those of ASCII only: what stands between them may be anything
};
constexpr std::array views = {View::written, View::letters, View::ascii};

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Blanks and punctuation beyond ASCII.
bool separates(std::uint32_t point) {
  return !is_harmless(point) || point < 0xC0 || (point >= 0x2000 && point <= 0x206F) ||
         (point >= 0x3000 && point <= 0x303F);
}

/// Appends what is seen of a character; harmful ones are blanks.
void append_seen(View how, std::uint32_t point, SecretBytes& out) {
  const bool ascii = point < 0x80;
  const char c = ascii ? static_cast<char>(point) : ' ';
  if (is_alnum(c)) {
    out.push_back(c);
  } else if (how == View::written) {
    append_utf8(out, ascii && (c < 0x20 || c == 0x7F) ? ' ' : point);
  } else if (how == View::letters && !ascii && !separates(point)) {
    append_utf8(out, point);
  }
}

SecretBytes seen_as(View how, std::string_view text) {
  SecretBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text[0];
    if (static_cast<unsigned char>(c) < 0x80) {  // most are
      append_seen(how, static_cast<unsigned char>(lower(c)), out);
      text.remove_prefix(1);
      continue;
    }
    const auto point = first_code_point(text);
    const bool shown = point.length != 0 && is_harmless(point.value);
    append_seen(how, shown ? folded(point.value) : ' ', out);
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return out;
}

bool all_blank(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == ' '; });
}

/// `text`, then with one layer of escapes off after the other, as far as that changes anything.
std::vector<SecretBytes> layers_of(std::string_view text) {
  std::vector<SecretBytes> out;
  out.push_back(to_bytes(text));
  for (int i = 0; i < most_layers; ++i) {
    auto next = without_escapes(view(out.back()));
    if (next == out.back()) break;
    out.push_back(std::move(next));
  }
  return out;
}

/// Everything that somebody can make of a text by looking at it.
class Reading {
 public:
  explicit Reading(std::string_view text) {
    for (const auto& layer : layers_of(text)) {
      auto& seen = seen_.emplace_back();
      for (const auto how : views) seen[index(how)] = seen_as(how, view(layer));
      for (const auto how : views) note_runs(how, telling_run, view(seen[index(how)]));
      note_runs(decimal, digits_of_five_bytes, view(seen[index(View::ascii)]));
    }
    std::ranges::sort(runs_);
  }

  /// Whether it has telling_run characters in a row of `form`.
  bool has_run_of(View how, std::string_view form) const { return has(how, telling_run, form); }
  /// Whether it has five bytes in a row of a form that writes each as a decimal number.
  bool has_decimal_run_of(std::string_view form) const {
    return has(decimal, digits_of_five_bytes, form);
  }
  /// Whether it has the whole of a short `form` somewhere.
  bool has_whole(View how, std::string_view form) const {
    return std::ranges::any_of(
        seen_, [&](const auto& seen) { return view(seen[index(how)]).contains(form); });
  }
  /// Whether it has `form` (as written) between characters that are no letters or digits.
  bool has_word(std::string_view form) const {
    const auto joins = [](char a, char b) { return is_alnum(a) && is_alnum(b); };
    return std::ranges::any_of(seen_, [&](const auto& seen) {
      const auto text = view(seen[index(View::written)]);
      for (auto at = text.find(form); at != text.npos; at = text.find(form, at + 1)) {
        const auto end = at + form.size();
        const bool begins = at == 0 || !joins(text[at - 1], form.front());
        if (begins && (end == text.size() || !joins(form.back(), text[end]))) return true;
      }
      return false;
    });
  }

 private:
  static constexpr View decimal = static_cast<View>(views.size());
  static constexpr std::size_t digits_of_five_bytes = 10;

  static std::size_t index(View how) { return static_cast<std::size_t>(how); }

  /// Calls `use` with one number for each run that is worth comparing, until it returns true.
  template <class Use>
  static bool any_run(View how, std::size_t length, std::string_view text, Use use) {
    const bool digits = how == decimal;
    const std::uint64_t places = digits ? 10'000'000'000 : std::uint64_t{1} << 8 * telling_run;
    std::uint64_t run = 0;
    std::size_t so_far = 0, blanks = 0;  // of this run; blanks in a row at its end
    for (const char c : text) {
      if (digits && (c < '0' || c > '9')) {
        so_far = 0;
        continue;
      }
      blanks = c == ' ' ? blanks + 1 : 0;
      run = digits ? (run * 10 + static_cast<std::uint64_t>(c - '0')) % places
                   : (run << 8 | static_cast<unsigned char>(c)) % places;
      const bool whole = ++so_far >= length && blanks < length;
      if (whole && use(run << 2 | static_cast<std::uint64_t>(how))) return true;
    }
    return false;
  }
  static std::size_t slot_of(std::uint64_t number) {
    return static_cast<std::size_t>(number * 0x9E3779B97F4A7C15ULL >> 48);
  }

  void note_runs(View how, std::size_t length, std::string_view text) {
    any_run(how, length, text, [&](std::uint64_t run) {
      runs_.push_back(run);
      maybe_.set(slot_of(run));
      return false;
    });
  }

  bool has(View how, std::size_t length, std::string_view form) const {
    return any_run(how, length, form, [&](std::uint64_t run) {
      return maybe_.test(slot_of(run)) && std::ranges::binary_search(runs_, run);
    });
  }

  std::vector<std::array<SecretBytes, views.size()>> seen_;
  std::vector<std::uint64_t, WipingAllocator<std::uint64_t>> runs_;  ///< sorted
  std::bitset<65536> maybe_;  ///< spares most of the searches
};

/// The hexadecimal digits of `value`.
SecretBytes hex_of(std::string_view value) {
  constexpr std::string_view digits = "0123456789abcdef";
  SecretBytes out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 0xF]);
  }
  return out;
}

/// The bytes of `value` as decimal numbers: how Go prints them.
SecretBytes decimal_of(std::string_view value) {
  SecretBytes out;
  for (const char c : value) append(out, std::to_string(static_cast<unsigned char>(c)));
  return out;
}

/// What base64 of any text with `value` in it has in common when `before` bytes (modulo 3) stand
/// before the value.
SecretBytes base64_inside(std::string_view value, std::size_t before) {
  SecretBytes padded(before, '\0');
  append(padded, value);
  auto out = to_base64(view(padded));
  while (!out.empty() && out.back() == '=') out.pop_back();
  // The last character, and the first ones, hold bits of what stands beside the value.
  if (padded.size() % 3 != 0) out.pop_back();
  const auto foreign = before == 0 ? 0 : before + 1;
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(std::min(foreign, out.size())));
  return out;
}

SecretBytes in_url_alphabet(SecretBytes base64) {
  std::ranges::replace(base64, '+', '-');
  std::ranges::replace(base64, '/', '_');
  return base64;
}

/// UTF-16 of `value`, the low byte of each unit first, or the high one.
SecretBytes utf16_of(std::string_view value, bool low_first) {
  SecretBytes out;
  const auto put = [&](std::uint32_t unit) {
    const auto high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    out.push_back(low_first ? low : high);
    out.push_back(low_first ? high : low);
  };
  while (!value.empty()) {
    const auto point = first_code_point(value);
    if (point.value > 0xFFFF) {
      put(0xD800 + ((point.value - 0x10000) >> 10));
      put(0xDC00 + (point.value & 0x3FF));
    } else {
      put(point.length == 0 ? 0xFFFD : point.value);
    }
    value.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return out;
}

/// The bytes of a value that is itself base64 (either alphabet, padded or not) or hexadecimal
/// digits; "" where it is neither, or too short for a run.
SecretBytes decoded(std::string_view value) {
  auto base64 = to_bytes(value);
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  while (base64.size() % 4 != 0) base64.push_back('=');
  auto out = from_hex(value);
  if (!out) out = from_base64(view(base64));
  return out && out->size() >= telling_run ? std::move(*out) : SecretBytes();
}

bool tells_run(const Reading& reading, std::string_view value) {
  return std::ranges::any_of(
      views, [&](View how) { return reading.has_run_of(how, view(seen_as(how, value))); });
}

bool tells_whole(const Reading& reading, std::string_view form) {
  return form.size() > 2 ? reading.has_whole(View::ascii, form)
                         : !form.empty() && reading.has_word(form);
}

SecretBytes without_padding(SecretBytes base64) {
  while (!base64.empty() && base64.back() == '=') base64.pop_back();
  return base64;
}

/// A value with too few letters and digits for a run of them.
bool tells_short(const Reading& reading, std::string_view value) {
  const auto letters = seen_as(View::letters, value);
  const auto written = seen_as(View::written, value);
  if (letters.size() >= telling_run || all_blank(view(written))) return false;
  if (letters.empty()) return reading.has_whole(View::written, view(written));
  if (letters.size() > 2 && reading.has_whole(View::letters, view(letters))) return true;
  if (reading.has_word(view(letters)) || reading.has_word(view(written))) return true;
  const auto base64 = seen_as(View::ascii, view(without_padding(to_base64(value))));
  return tells_whole(reading, view(base64)) || tells_whole(reading, view(hex_of(value))) ||
         tells_whole(reading, view(decimal_of(value)));
}

/// Base64 has no other letters than ASCII's, so two views are enough, and one for what differs.
bool tells_base64(const Reading& reading, std::string_view bytes) {
  for (std::size_t before = 0; before < 3; ++before) {
    const auto base64 = base64_inside(bytes, before);
    const auto written = seen_as(View::written, view(base64));
    if (reading.has_run_of(View::written, view(written)) ||
        reading.has_run_of(View::written, view(in_url_alphabet(written))) ||
        reading.has_run_of(View::ascii, view(seen_as(View::ascii, view(base64))))) {
      return true;
    }
  }
  return false;
}

bool tells_encoded(const Reading& reading, std::string_view value) {
  if (reading.has_decimal_run_of(view(decimal_of(value)))) return true;
  for (const auto& bytes : {to_bytes(value), utf16_of(value, true), utf16_of(value, false)}) {
    if (reading.has_run_of(View::ascii, view(hex_of(view(bytes))))) return true;
    if (tells_base64(reading, view(bytes))) return true;
  }
  return false;
}

/// Most that can be decoded was never meant to be: only text is looked for as it is.
bool tells_decoded(const Reading& reading, std::string_view value) {
  const auto bytes = decoded(value);
  return tells_encoded(reading, view(bytes)) ||
         (is_utf8(view(bytes)) && tells_run(reading, view(bytes)));
}

bool tells(const Reading& reading, std::string_view value) {
  if (tells_encoded(reading, value) || tells_decoded(reading, value)) return true;
  return std::ranges::any_of(layers_of(value), [&](const SecretBytes& layer) {
    return tells_run(reading, view(layer)) || tells_short(reading, view(layer));
  });
}

}  // namespace

bool repeats_a_part(std::string_view text, std::span<const std::string_view> secrets) {
  std::size_t together = 0;
  for (const auto secret : secrets) together += secret.size();
  if (text.empty() || together == 0) return false;
  if (together > most_compared) return true;
  const Reading reading(text);
  return std::ranges::any_of(
      secrets, [&](std::string_view secret) { return !secret.empty() && tells(reading, secret); });
}

}  // namespace lockstep
