#include "api/format.hpp"

#include <algorithm>

#include "api/pattern.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}
bool has_blank_or_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    if (text[dash] != '-') return false;
  }
  return std::ranges::count(text, '-') == 4 &&
         text.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
}

/// After RFC 3986: a scheme, `://`, something after it, no blanks.
std::optional<std::string> url_problem(const UrlFormat& format, std::string_view value) {
  const auto colon = value.find("://");
  const auto scheme = to_lower(value.substr(0, colon == std::string_view::npos ? 0 : colon));
  const bool scheme_ok =
      !scheme.empty() && scheme[0] >= 'a' && scheme[0] <= 'z' &&
      scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos;
  if (!scheme_ok || has_blank_or_control(value)) return "is not a URL";
  auto host = value.substr(colon + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);
  if (host.empty() || host.starts_with(':')) return "is a URL without a host";
  if (!format.schemes.empty() &&
      std::ranges::find(format.schemes, scheme) == format.schemes.end()) {
    return "is a URL of another scheme than " + join(format.schemes, ", ");
  }
  return std::nullopt;
}

/// After RFC 5321's dot-atom form: what mail services take, not every address RFC 5322 allows.
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const auto all_of = [&](std::string_view part, std::string_view also) {
    return std::ranges::all_of(part,
                               [&](char c) { return letters.contains(c) || also.contains(c); });
  };
  const auto dotted = [](std::string_view part) {
    return !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
  };
  return all_of(local, ".!#$%&'*+/=?^_`{|}~-") && dotted(local) && all_of(domain, ".-") &&
         dotted(domain) && domain.contains('.') && !domain.starts_with('-');
}

bool is_email(const EmailFormat& format, std::string_view value) {
  if (!format.allow_name || !value.ends_with('>')) return is_address(value);
  const auto open = value.rfind('<');
  if (open == std::string_view::npos) return false;
  const auto name = value.substr(0, open);
  const bool clean = std::ranges::all_of(
      name, [](unsigned char c) { return c >= ' ' && c != 0x7F && c != '<' && c != '>'; });
  return clean && is_address(value.substr(open + 1, value.size() - open - 2));
}

std::optional<std::string> length_problem(const Format& format, std::string_view value) {
  const auto size = static_cast<std::int64_t>(value.size());
  if (format.min_length && size < *format.min_length) {
    return "is shorter than " + count(static_cast<std::size_t>(*format.min_length), "byte");
  }
  if (format.max_length && size > *format.max_length) {
    return "is longer than " + count(static_cast<std::size_t>(*format.max_length), "byte");
  }
  return std::nullopt;
}

std::optional<std::string> bytes_problem(const Format& format, std::string_view value) {
  if (const auto n = format.hex_bytes) {
    if (value.size() != static_cast<std::size_t>(*n) * 2 || !is_hex(value)) {
      return "is not " + std::to_string(*n * 2) + " hexadecimal digits";
    }
  }
  if (const auto n = format.base64_bytes) {
    const auto bytes = from_base64(value);
    if (!bytes || bytes->size() != static_cast<std::size_t>(*n)) {
      return "is not the base64 of " + count(static_cast<std::size_t>(*n), "byte");
    }
  }
  return std::nullopt;
}

std::optional<std::string> word_problem(const Format& format, std::string_view value) {
  if (format.pattern) {
    const auto pattern = Pattern::compile(*format.pattern);
    if (!pattern) return "cannot be checked: its pattern is invalid";
    if (!pattern->matches(value)) return "does not match its pattern";
  }
  const auto starts = [&](const std::string& prefix) { return value.starts_with(prefix); };
  if (format.prefix && std::ranges::none_of(*format.prefix, starts)) {
    return "does not start with " + join(*format.prefix, " or ");
  }
  if (format.one_of && std::ranges::find(*format.one_of, value) == format.one_of->end()) {
    return "is none of the " + count(format.one_of->size(), "allowed value");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> format_problem(const Format& format, std::string_view value) {
  if (auto problem = length_problem(format, value)) return problem;
  if (auto problem = bytes_problem(format, value)) return problem;
  if (auto problem = word_problem(format, value)) return problem;
  if (format.url) {
    if (auto problem = url_problem(*format.url, value)) return problem;
  }
  if (format.email && !is_email(*format.email, value)) {
    return format.email->allow_name ? "is not an email address, nor `Name <user@host>`"
                                    : "is not an email address";
  }
  if (format.uuid && !is_uuid(value)) return "is not a UUID";
  if (format.json && !parse_json(value, 64)) return "is not JSON";
  return std::nullopt;
}

std::int64_t generated_length(const Generate& generate) {
  switch (generate.encoding) {
    case Encoding::Hex:
      return generate.bytes * 2;
    case Encoding::Base64:
      return (generate.bytes + 2) / 3 * 4;
    case Encoding::Base64URL:
      return (generate.bytes * 4 + 2) / 3;
    case Encoding::Alphanumeric: {
      // The smallest n with 62^n >= 256^bytes, or one more: log2(62) = 5.95419631..., rounded down.
      constexpr std::int64_t bits_a_character = 5'954'196;
      return (generate.bytes * 8'000'000 + bits_a_character - 1) / bits_a_character;
    }
  }
  return 0;
}

std::optional<std::string> impossible_format(const Format& format) {
  const auto least = format.min_length.value_or(0);
  const auto most = format.max_length.value_or(65'536);
  const auto exact = format.hex_bytes      ? std::optional(*format.hex_bytes * 2)
                     : format.base64_bytes ? std::optional((*format.base64_bytes + 2) / 3 * 4)
                     : format.uuid         ? std::optional<std::int64_t>(36)
                                           : std::nullopt;
  if (exact && (*exact < least || *exact > most)) {
    return "such a value has exactly " + std::to_string(*exact) +
           " characters, which minLength or maxLength forbids: remove the length";
  }
  if (format.prefix) {
    for (const auto& prefix : *format.prefix) {
      if (static_cast<std::int64_t>(prefix.size()) <= most) continue;
      return "a prefix is longer than maxLength: no value can hold both";
    }
  }
  if (format.one_of) {
    for (std::size_t i = 0; i < format.one_of->size(); ++i) {
      auto others = format;
      others.one_of.reset();
      const auto problem = format_problem(others, (*format.one_of)[i]);
      if (problem)
        return "oneOf[" + std::to_string(i) + "] " + *problem + ": remove one of the two";
    }
  }
  return std::nullopt;
}

std::optional<std::string> impossible_generated(const Generate& generate, const Format& format) {
  if (format.prefix || format.one_of || format.url || format.email || format.uuid || format.json) {
    return "a generated value is random and can never have this format: remove prefix, oneOf, url, "
           "email, uuid and json, or take the value from a source";
  }
  const auto length = generated_length(generate);
  const auto makes = "generate makes " + std::to_string(length) + " characters, ";
  if (length < format.min_length.value_or(0)) return makes + "fewer than minLength: raise bytes";
  if (length > format.max_length.value_or(length))
    return makes + "more than maxLength: lower bytes";
  if (format.hex_bytes &&
      (generate.encoding != Encoding::Hex || generate.bytes != *format.hex_bytes)) {
    return "hexBytes needs `generate: {bytes: " + std::to_string(*format.hex_bytes) +
           ", encoding: Hex}`";
  }
  if (format.base64_bytes &&
      (generate.encoding != Encoding::Base64 || generate.bytes != *format.base64_bytes)) {
    return "base64Bytes needs `generate: {bytes: " + std::to_string(*format.base64_bytes) +
           ", encoding: Base64}`";
  }
  return std::nullopt;
}

}  // namespace lockstep::api
