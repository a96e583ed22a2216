#include "providers/common/throttle.hpp"

#include <algorithm>

#include "net/retry_after.hpp"

namespace lockstep::providers {

Wall stay_away_until(const net::Response& response, Wall now, Nanos otherwise) {
  const auto told = net::parse_retry_after(response.header("Retry-After"), now);
  return now + std::min(told.value_or(otherwise), longest_stay_away);
}

net::BudgetHint hint_of(const net::Response& response, Wall now, Nanos otherwise) {
  auto hint = net::standard_hint(response, now);
  if (response.status == 429 && !hint.retry_after) hint.retry_after = otherwise;
  return hint;
}

}  // namespace lockstep::providers
