#include "api/node.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace lockstep::api {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Every form that YAML 1.1 (https://yaml.org/type/) or 1.2's core schema reads as a number or a
/// date: digits with signs, points, underscores, exponents, bases and colons.
bool looks_numeric(std::string_view text) {
  if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
  if (text.empty()) return false;
  const auto lower = to_lower(text);
  if (lower == ".inf" || lower == ".nan") return true;
  const bool starts =
      is_digit(lower[0]) || (lower[0] == '.' && lower.size() > 1 && is_digit(lower[1]));
  if (!starts) return false;
  if (lower.starts_with("0x")) {
    return lower.find_first_not_of("0123456789abcdef_", 2) == std::string::npos;
  }
  if (lower.starts_with("0o") || lower.starts_with("0b")) {
    return lower.find_first_not_of("01234567_", 2) == std::string::npos;
  }
  const auto mantissa = lower.find_first_not_of("0123456789_.");
  if (mantissa == std::string::npos) return std::ranges::count(lower, '.') <= 1;
  if (lower[mantissa] == 'e') {
    auto exponent = lower.substr(mantissa + 1);
    if (!exponent.empty() && (exponent[0] == '+' || exponent[0] == '-')) exponent.erase(0, 1);
    return !exponent.empty() && exponent.find_first_not_of("0123456789_") == std::string::npos;
  }
  if (lower[mantissa] == ':') {  // sexagesimal: 12:30 is 750 in YAML 1.1
    return lower.find_first_not_of("0123456789_:.") == std::string::npos && lower.back() != ':';
  }
  const bool date = lower.size() >= 8 && mantissa == 4 && lower[4] == '-' && is_digit(lower[5]);
  return date && lower.find_first_not_of("0123456789-:.+tz ") == std::string::npos;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &found->value;
}

Node::Kind kind_of_plain(std::string_view text) {
  if (text.empty() || text == "~") return Node::Kind::null;
  constexpr std::array<std::string_view, 8> booleans = {"true", "false", "yes", "no",
                                                        "on",   "off",   "y",   "n"};
  // Readers agree on a few spellings only (`Yes`, `YES`, not `yEs`); refusing all is simpler.
  const auto lower = to_lower(text);
  if (lower == "null") return Node::Kind::null;
  if (std::ranges::find(booleans, lower) != booleans.end()) return Node::Kind::boolean;
  return looks_numeric(text) ? Node::Kind::number : Node::Kind::string;
}

}  // namespace lockstep::api
