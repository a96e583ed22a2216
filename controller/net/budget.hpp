// One request budget per credential identity (S10).
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace lockstep::net {

/// What an answer said about the budget. Read from headers by the provider that knows them.
struct BudgetHint {
  std::optional<std::uint64_t> remaining;  ///< requests left in the window
  std::optional<Nanos> resets_in;          ///< until the window starts anew
  std::optional<Nanos> retry_after;        ///< do not come back before
};

/// When the next request may leave. No clock and no waiting inside: the caller passes the time.
class RateBudget {
 public:
  struct Options {
    std::uint64_t requests = 1000;                    ///< at most this many
    Nanos window = std::chrono::minutes(5);           ///< in any window of this length
    std::uint64_t burst = 20;                         ///< this many at once, then evenly spaced
    Nanos longest_wait = std::chrono::minutes(10);    ///< a larger Retry-After is cut to this
  };
  explicit RateBudget(Options options);

  /// Takes the next slot and gives the instant at which the request may leave (now or later).
  Mono reserve(Mono now);
  /// Learns from an answer. A hint never makes the budget larger than the options.
  void learn(Mono now, const BudgetHint& hint);
  /// How many requests could leave at once.
  std::uint64_t remaining(Mono now) const;
  /// Set while the other side told us to stay away.
  std::optional<Mono> blocked_until(Mono now) const;

 private:
  Options options_;
  double tokens_;
  Mono refilled_{};
  Mono blocked_until_{};
};

}  // namespace lockstep::net
