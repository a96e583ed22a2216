#include "net/retry_after.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace lockstep::net {

namespace {

constexpr std::size_t most_items = 16;
constexpr std::size_t longest_header = 1024;

/// A whole number of at most 18 digits; nothing else.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  if (text.empty() || text.size() > 18) return std::nullopt;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Nanos bounded_seconds(std::uint64_t seconds) {
  const auto most = std::chrono::duration_cast<Seconds>(longest_hint).count();
  return Seconds(std::min<std::uint64_t>(seconds, static_cast<std::uint64_t>(most)));
}

/// A whole number of any length.
bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// One list item with the parameters that these headers use.
struct Item {
  std::string name;
  std::vector<std::pair<std::string, std::uint64_t>> numbers;

  std::optional<std::uint64_t> number(std::string_view key) const {
    for (const auto& [name_, value] : numbers) {
      if (name_ == key) return value;
    }
    return std::nullopt;
  }
};

/// Lists of RFC 9651 as far as these headers use them; policy names hold no `,` or `;`.
std::vector<Item> parse_items(std::string_view value) {
  std::vector<Item> items;
  if (value.size() > longest_header) return items;
  for (const auto& part : split(value, ',')) {
    if (items.size() == most_items) break;
    const auto pieces = split(part, ';');
    auto name = trim(pieces.front());
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
      name = name.substr(1, name.size() - 2);
    }
    Item item{.name = std::string(name), .numbers = {}};
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      const auto equals = pieces[i].find('=');
      if (equals == std::string::npos) continue;
      const std::string_view piece = pieces[i];
      if (const auto n = parse_number(trim(piece.substr(equals + 1)))) {
        item.numbers.emplace_back(trim(piece.substr(0, equals)), *n);
      }
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::optional<Nanos> seconds_of(const std::optional<std::uint64_t>& number) {
  if (!number) return std::nullopt;
  return bounded_seconds(*number);
}

void read_retry_after(const Response& response, Wall now, BudgetHint& hint) {
  hint.retry_after = parse_retry_after(response.header("Retry-After"), now);
}

}  // namespace

std::optional<Nanos> parse_retry_after(std::string_view value, Wall now) {
  value = trim(value);
  if (value.empty() || value.size() > 64) return std::nullopt;
  const auto dot = value.find('.');
  const bool fraction = dot != std::string_view::npos;
  if (is_number(value.substr(0, dot)) && (!fraction || is_number(value.substr(dot + 1)))) {
    const auto seconds = parse_number(value.substr(0, dot));
    return seconds ? bounded_seconds(*seconds + (fraction ? 1 : 0)) : longest_hint;
  }
  const auto date = parse_http_seconds(value);
  if (!date) return std::nullopt;
  const auto wait = *date - std::chrono::floor<Seconds>(now);
  return bounded_seconds(static_cast<std::uint64_t>(std::max<std::int64_t>(wait.count(), 0)));
}

std::vector<RateLimitItem> parse_ratelimit(std::string_view value) {
  std::vector<RateLimitItem> out;
  for (const auto& item : parse_items(value)) {
    const auto remaining = item.number("r");
    if (!remaining) continue;
    out.push_back(
        {.policy = item.name, .remaining = *remaining, .resets_in = seconds_of(item.number("t"))});
  }
  return out;
}

std::vector<RateLimitPolicy> parse_ratelimit_policy(std::string_view value) {
  std::vector<RateLimitPolicy> out;
  for (const auto& item : parse_items(value)) {
    const auto quota = item.number("q");
    if (!quota) continue;
    out.push_back({.name = item.name, .quota = *quota, .window = seconds_of(item.number("w"))});
  }
  return out;
}

BudgetHint standard_hint(const Response& response, Wall now) {
  BudgetHint hint;
  read_retry_after(response, now, hint);
  const auto policies = parse_ratelimit_policy(response.header("Ratelimit-Policy"));
  for (auto& item : parse_ratelimit(response.header("Ratelimit"))) {
    if (!item.resets_in) {
      for (const auto& policy : policies) {
        if (policy.name == item.policy) item.resets_in = policy.window;
      }
    }
    if (hint.remaining && *hint.remaining <= item.remaining) continue;
    hint.remaining = item.remaining;
    hint.resets_in = item.resets_in;
  }
  return hint;
}

BudgetHint x_ratelimit_hint(const Response& response, Wall now, ResetForm form) {
  BudgetHint hint;
  read_retry_after(response, now, hint);
  hint.remaining = parse_number(trim(response.header("x-ratelimit-remaining")));
  const auto reset = parse_number(trim(response.header("x-ratelimit-reset")));
  if (!hint.remaining || !reset) return hint;
  if (form == ResetForm::seconds_left) {
    hint.resets_in = bounded_seconds(*reset);
  } else {
    // Compared in whole seconds: nanoseconds of a far date would not fit.
    const auto now_seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    const auto at = static_cast<std::int64_t>(*reset);
    hint.resets_in =
        at > now_seconds ? bounded_seconds(static_cast<std::uint64_t>(at - now_seconds)) : Nanos(0);
  }
  return hint;
}

}  // namespace lockstep::net
