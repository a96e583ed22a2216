// How long a provider asked us to stay away.
#pragma once

#include "base/time.hpp"
#include "net/budget.hpp"
#include "net/http.hpp"

namespace lockstep::providers {

/// The longest Retry-After that is obeyed; a larger one is cut to this (S15).
inline constexpr Nanos longest_stay_away = std::chrono::minutes(10);

/// The instant before which a throttled request is not worth repeating: the answer's Retry-After,
/// at most `longest_stay_away`, and `otherwise` where it has none.
Wall stay_away_until(const net::Response& response, Wall now, Nanos otherwise);

/// The standard headers' hint; a 429 without Retry-After means to stay away for `otherwise`.
net::BudgetHint hint_of(const net::Response& response, Wall now, Nanos otherwise);

}  // namespace lockstep::providers
