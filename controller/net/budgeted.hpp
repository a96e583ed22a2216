// S10: every request of one credential waits for its turn.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "net/rate_limits.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep::net {

/// Who asks: labels of metrics and logs, never a value.
struct CallerLabels {
  std::string provider;    ///< `cloudflare`
  std::string credential;  ///< `cms/cloudflare-production`
};

/// Sends a request when the limits let it go, and learns from every answer. The wait counts against
/// Request::deadline, not against Request::time_limit. Whose turn comes after its deadline is
/// `throttled`, with retry_at, as soon as that is known, and with the code own_budget
/// (base/error_codes.hpp) where it waits for what we asked ourselves. While it waits the other side
/// may tell another request to stay away; then it waits for that too. Over `next`; all references
/// must outlive it, and the limits may be shared by all clients of one credential identity.
class Budgeted final : public HttpClient {
 public:
  /// Reads the provider's headers; never fails: what it does not understand is no hint.
  using HintReader = std::function<BudgetHint(const Response&)>;

  Budgeted(HttpClient& next, Clock& clock, RateLimits& limits, HintReader hints, Metrics& metrics,
           CallerLabels labels);
  Awaitable<Result<Response>> send(Request request) override;

 private:
  Awaitable<Status> wait_for_turn(RateLimits::Ticket ticket, Mono deadline);

  HttpClient& next_;
  Clock& clock_;
  RateLimits& limits_;
  HintReader hints_;
  Metrics& metrics_;
  CallerLabels labels_;
};

}  // namespace lockstep::net
