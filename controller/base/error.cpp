#include "base/error.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace lockstep {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient: return "transient";
    case ErrorKind::throttled: return "throttled";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::unauthorized: return "unauthorized";
    case ErrorKind::forbidden: return "forbidden";
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::outcome_unknown: return "outcome_unknown";
    case ErrorKind::protocol: return "protocol";
    case ErrorKind::storage: return "storage";
    case ErrorKind::fenced: return "fenced";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

namespace {

constexpr std::string_view removed = "[removed]";

void remove_all(SecretBytes& text, std::string_view needle) {
  // Shorter values would blank out ordinary words; the caller's values are never that short in
  // practice, and a two-byte secret protects nothing.
  if (needle.size() < 3) return;
  SecretBytes out;
  std::string_view rest = view(text);
  for (;;) {
    const auto at = rest.find(needle);
    append(out, rest.substr(0, at));
    if (at == std::string_view::npos) break;
    append(out, removed);
    rest.remove_prefix(at + needle.size());
  }
  text = std::move(out);
}

void remove_every_form(SecretBytes& text, std::string_view secret) {
  remove_all(text, secret);
  JsonWriter writer;
  const auto escaped = writer.string(secret).take();
  remove_all(text, view(escaped).substr(1, escaped.size() - 2));
  const auto encoded = to_base64(secret);
  auto base64 = view(encoded);
  while (base64.ends_with('=')) base64.remove_suffix(1);
  remove_all(text, base64);
  remove_all(text, view(to_base64url(secret)));
  remove_all(text, percent_encode(secret));
}

/// The code point at the front of `text` and its length; length 0 when it is not UTF-8.
struct Point {
  std::uint32_t value = 0;
  std::size_t length = 0;
};
Point first_point(std::string_view text) {
  for (std::size_t n = 1; n <= 4 && n <= text.size(); ++n) {
    if (!is_utf8(text.substr(0, n))) continue;
    const auto lead = static_cast<unsigned char>(text[0]);
    std::uint32_t value = n == 1 ? lead : lead & (0x7FU >> n);
    for (std::size_t k = 1; k < n; ++k) value = value << 6 | (static_cast<unsigned char>(text[k]) & 0x3FU);
    return {value, n};
  }
  return {};
}

bool harmless(std::uint32_t point) {
  const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  const bool bidi_or_hidden = point == 0x61C || (point >= 0x200B && point <= 0x200F) ||
                              (point >= 0x2028 && point <= 0x202E) ||
                              (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
  return !control && !bidi_or_hidden;
}

}  // namespace

RemoteText RemoteText::from(std::string_view bytes, std::span<const std::string_view> secrets,
                            std::size_t limit) {
  // A bounded piece is enough to fill `limit` after values are gone, and keeps this cheap.
  SecretBytes text = to_bytes(bytes.substr(0, 64 * 1024));
  for (const auto secret : secrets) remove_every_form(text, secret);
  RemoteText out;
  std::string_view rest = view(text);
  while (!rest.empty()) {
    const auto point = first_point(rest);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    const bool keep = point.length != 0 && harmless(point.value);
    if (out.text_.size() + (keep ? length : 1) > limit) {
      out.text_ += "...";
      break;
    }
    if (keep) {
      out.text_ += rest.substr(0, length);
    } else {
      out.text_ += ' ';
    }
    rest.remove_prefix(length);
  }
  return out;
}

std::string to_string(const Location& at) {
  std::string out = at.file;
  if (at.line != 0) out += ":" + std::to_string(at.line);
  if (at.line != 0 && at.column != 0) out += ":" + std::to_string(at.column);
  return out;
}

std::string describe(const Error& error) {
  std::string out = to_string(error.location);
  if (!out.empty()) out += ": ";
  out += error.message;
  if (!error.remote.empty()) out += " (the server says: \"" + error.remote.text() + "\")";
  return out;
}

}  // namespace lockstep
