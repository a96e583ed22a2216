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

SecretBytes seen_as(View how, std::string_view text) {
  SecretBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      const char c = lower(text[0]);
      if (is_alnum(c)) {
        out.push_back(c);
      } else if (how == View::written) {
        out.push_back(c < 0x20 || c == 0x7F ? ' ' : c);
      }
      text.remove_prefix(1);
      continue;
    }
    const auto point = first_code_point(text);
    const std::size_t length = std::max<std::size_t>(point.length, 1);
    const bool shown = point.length != 0 && is_harmless(point.value);
    if (how == View::written) append(out, shown ? text.substr(0, length) : " ");
    if (how == View::letters && shown && !separates(point.value)) {
      append(out, text.substr(0, length));
    }
    text.remove_prefix(length);
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

  /// One number for a run, or nothing when it is not worth comparing.
  static std::optional<std::uint64_t> number_of(View how, std::string_view run) {
    std::uint64_t out = static_cast<std::uint64_t>(how);
    for (const char c : run) {
      if (how == decimal && (c < '0' || c > '9')) return std::nullopt;
      out = how == decimal ? out * 10 + static_cast<std::uint64_t>(c - '0')
                           : out << 8 | static_cast<unsigned char>(c);
    }
    if (how == View::written && all_blank(run)) return std::nullopt;
    return out << 2 | static_cast<std::uint64_t>(how);
  }
  static std::size_t slot_of(std::uint64_t number) {
    return static_cast<std::size_t>(number * 0x9E3779B97F4A7C15ULL >> 48);
  }

  void note_runs(View how, std::size_t length, std::string_view text) {
    for (std::size_t at = 0; at + length <= text.size(); ++at) {
      const auto number = number_of(how, text.substr(at, length));
      if (!number) continue;
      runs_.push_back(*number);
      maybe_.set(slot_of(*number));
    }
  }

  bool has(View how, std::size_t length, std::string_view form) const {
    for (std::size_t at = 0; at + length <= form.size(); ++at) {
      const auto number = number_of(how, form.substr(at, length));
      if (number && maybe_.test(slot_of(*number)) && std::ranges::binary_search(runs_, *number)) {
        return true;
      }
    }
    return false;
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

bool tells_run(const Reading& reading, std::string_view value) {
  return std::ranges::any_of(
      views, [&](View how) { return reading.has_run_of(how, view(seen_as(how, value))); });
}

bool tells_whole(const Reading& reading, std::string_view form) {
  return form.size() > 2 ? reading.has_whole(View::ascii, form)
                         : !form.empty() && reading.has_word(form);
}

/// A value with too few letters and digits for a run of them.
bool tells_short(const Reading& reading, std::string_view value) {
  const auto letters = seen_as(View::letters, value);
  const auto written = seen_as(View::written, value);
  if (letters.size() >= telling_run || all_blank(view(written))) return false;
  if (letters.empty()) return reading.has_whole(View::written, view(written));
  if (letters.size() > 2 && reading.has_whole(View::letters, view(letters))) return true;
  if (reading.has_word(view(letters)) || reading.has_word(view(written))) return true;
  auto base64 = to_base64(value);
  while (base64.back() == '=') base64.pop_back();
  return tells_whole(reading, view(seen_as(View::ascii, view(base64)))) ||
         tells_whole(reading, view(hex_of(value)));
}

bool tells_encoded(const Reading& reading, std::string_view value) {
  if (reading.has_run_of(View::ascii, view(hex_of(value)))) return true;
  if (reading.has_decimal_run_of(view(decimal_of(value)))) return true;
  for (std::size_t before = 0; before < 3; ++before) {
    const auto base64 = base64_inside(value, before);
    if (tells_run(reading, view(base64)) || tells_run(reading, view(in_url_alphabet(base64)))) {
      return true;
    }
  }
  return false;
}

bool tells(const Reading& reading, std::string_view value) {
  if (tells_encoded(reading, value)) return true;
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
