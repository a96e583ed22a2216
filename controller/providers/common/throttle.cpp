#include "providers/common/throttle.hpp"

#include <algorithm>

#include "net/retry_after.hpp"

namespace lockstep::providers {

void set_retry_at(Error& refusal, const net::Response& response, Wall now, Nanos otherwise) {
  const auto asked =
      net::parse_retry_after(response.header("Retry-After"), now).value_or(otherwise);
  refusal.retry_at = now + std::min(asked, longest_stay_away);
  refusal.message += cut_wait_text(asked, longest_stay_away);
}

std::string cut_wait_text(Nanos asked, Nanos most) {
  if (asked <= most) return "";
  const auto span = asked < net::longest_hint ? to_human(asked) : std::string("a day or more");
  return "; it asks to stay away for " + span + ", and lockstep asks again after " + to_human(most);
}

net::BudgetHint hint_of(const net::Response& response, Wall now, Nanos otherwise) {
  auto hint = net::standard_hint(response, now);
  if (response.status == 429 && !hint.retry_after) hint.retry_after = otherwise;
  return hint;
}

}  // namespace lockstep::providers
