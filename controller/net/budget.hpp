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
    std::uint64_t requests = 1000;                  ///< at most this many
    Nanos window = std::chrono::minutes(5);         ///< in any window of this length
    std::uint64_t burst = 20;                       ///< this many at once, then evenly spaced
    Nanos longest_wait = std::chrono::minutes(10);  ///< a larger Retry-After is cut to this
  };
  explicit RateBudget(Options options);

  /// When a request could leave that asked now; takes nothing.
  Mono next(Mono now) const;
  /// Takes the next slot and gives the instant at which the request may leave (now or later).
  Mono reserve(Mono now);
  /// Learns from an answer. A hint never makes the budget larger than the options.
  void learn(Mono now, const BudgetHint& hint);
  /// How many requests could leave at once.
  std::uint64_t remaining(Mono now) const;
  /// Set while the other side told us to stay away.
  std::optional<Mono> blocked_until(Mono now) const;

 private:
  Nanos slack() const;
  Mono advance(Mono now) const;

  Options options_;
  Nanos spacing_;           ///< between requests once the burst is used up
  Mono latest_{};           ///< the latest time seen: an older one is taken for it
  Mono planned_{};          ///< when the next request would leave if all were evenly spaced
  Mono blocked_until_{};    ///< by Retry-After
  std::uint64_t left_ = 1;  ///< what the other side still grants until left_until_
  Mono left_until_{};
};

}  // namespace lockstep::net
