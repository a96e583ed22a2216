// RemoteText::from: what others wrote, unless it repeats what we sent them (S4).
#include "base/remote_text.hpp"

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/repeats.hpp"
#include "base/unicode.hpp"

namespace lockstep {

namespace {

/// A value that begins right before the cut is found by what follows it.
constexpr std::size_t beyond_the_cut = 1024;

/// The part of a text that fits, and how many bytes of the text it came from.
struct Cut {
  SecretBytes text;
  std::size_t from = 0;
};

Cut harmless_part(std::string_view bytes, std::size_t limit) {
  Cut out;
  while (out.from < bytes.size()) {
    const auto rest = bytes.substr(out.from);
    const auto point = first_code_point(rest);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    const bool keep = point.length != 0 && is_harmless(point.value);
    if (out.text.size() + (keep ? length : 1) > limit) {
      append(out.text, "...");
      break;
    }
    append(out.text, keep ? rest.substr(0, length) : " ");
    out.from += length;
  }
  return out;
}

}  // namespace

RemoteText RemoteText::from(std::string_view bytes, std::span<const std::string_view> secrets,
                            std::size_t limit) {
  const auto cut = harmless_part(bytes, limit);
  RemoteText out;
  out.text_ = repeats_a_part(bytes.substr(0, cut.from + beyond_the_cut), secrets) ? left_out_text
                                                                                  : view(cut.text);
  return out;
}

}  // namespace lockstep
