// Standard headers about rate limits, read into BudgetHint. Text from outside: bounded, and
// anything odd is taken for absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/budget.hpp"
#include "net/http.hpp"

namespace lockstep::net {

/// The longest wait any of these readers gives: a day. (RateLimits cuts further.)
inline constexpr Nanos longest_hint = std::chrono::hours(24);

/// `Retry-After`: seconds (a fraction is rounded up) or an HTTP date, which is measured from
/// `now`. Never negative; more than `longest_hint`, however many digits it has, is longest_hint.
/// Nothing where the text is neither.
/// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
std::optional<Nanos> parse_retry_after(std::string_view value, Wall now);

/// One item of `Ratelimit`: `"default";r=50;t=30`.
struct RateLimitItem {
  std::string policy;
  std::uint64_t remaining = 0;
  std::optional<Nanos> resets_in;
};
/// One item of `Ratelimit-Policy`: `"burst";q=100;w=60`.
struct RateLimitPolicy {
  std::string name;
  std::uint64_t quota = 0;
  std::optional<Nanos> window;
};
/// Items in order, at most 16; an item without its number is left out.
/// https://developers.cloudflare.com/fundamentals/api/reference/limits/
std::vector<RateLimitItem> parse_ratelimit(std::string_view value);
std::vector<RateLimitPolicy> parse_ratelimit_policy(std::string_view value);

/// The hint of `Retry-After`, `Ratelimit` and `Ratelimit-Policy`. Of several items the one with
/// the fewest requests left counts; an item without `t` lasts at most its policy's window.
BudgetHint standard_hint(const Response& response, Wall now);

/// What `x-ratelimit-reset` counts: seconds from now (the platform), or since 1970 (GitHub,
/// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
enum class ResetForm : std::uint8_t { seconds_left, epoch_seconds };
/// The hint of `Retry-After`, `x-ratelimit-remaining` and `x-ratelimit-reset`.
BudgetHint x_ratelimit_hint(const Response& response, Wall now, ResetForm form);

}  // namespace lockstep::net
