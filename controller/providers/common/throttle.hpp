// How long a provider asked us to stay away.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/time.hpp"
#include "net/budget.hpp"
#include "net/http.hpp"

namespace lockstep::providers {

/// The longest Retry-After that is obeyed; a larger one is cut to this (S15).
inline constexpr Nanos longest_stay_away = std::chrono::minutes(10);

/// Makes a refusal `throttled` tell when the request is worth repeating: after the answer's
/// Retry-After, at most `longest_stay_away` from `now`, and `otherwise` where it has none. Where
/// the provider asked for more, the message says so.
void set_retry_at(Error& refusal, const net::Response& response, Wall now, Nanos otherwise);

/// `; it asks to stay away for 3h 20m, and lockstep asks again after 10m`, where `asked` is more
/// than `most`; else "".
std::string cut_wait_text(Nanos asked, Nanos most);

/// The standard headers' hint; a 429 without Retry-After means to stay away for `otherwise`.
net::BudgetHint hint_of(const net::Response& response, Wall now, Nanos otherwise);

}  // namespace lockstep::providers
