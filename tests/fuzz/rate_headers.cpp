#include "fuzz/target.hpp"
#include "net/retry_after.hpp"

namespace lockstep::fuzz {

/// No header makes anybody wait for longer than the longest hint, or for less than nothing.
void rate_headers(std::string_view bytes) {
  const Wall now = std::chrono::sys_days(std::chrono::January / 15 / 2026);
  const auto bounded = [](std::optional<Nanos> wait) {
    return !wait || (*wait >= Nanos(0) && *wait <= net::longest_hint);
  };
  hold(bounded(net::parse_retry_after(bytes, now)), "Retry-After is bounded");
  const auto items = net::parse_ratelimit(bytes);
  hold(items.size() <= 16, "few items");
  for (const auto& item : items) hold(bounded(item.resets_in), "t is bounded");
  const auto policies = net::parse_ratelimit_policy(bytes);
  hold(policies.size() <= 16, "few policies");
  for (const auto& policy : policies) hold(bounded(policy.window), "w is bounded");
  const std::string value(bytes);
  const net::Response response{.status = 429,
                               .headers = {{.name = "Retry-After", .value = value},
                                           {.name = "Ratelimit", .value = value},
                                           {.name = "Ratelimit-Policy", .value = value},
                                           {.name = "x-ratelimit-remaining", .value = value},
                                           {.name = "x-ratelimit-reset", .value = value}},
                               .body = {}};
  net::standard_hint(response, now);
  net::x_ratelimit_hint(response, now, net::ResetForm::epoch_seconds);
  net::x_ratelimit_hint(response, now, net::ResetForm::seconds_left);
}

}  // namespace lockstep::fuzz
