// S10: every request of one credential waits for its turn.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "net/budget.hpp"
#include "net/http.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep::net {

/// Who asks: labels of metrics and logs, never a value.
struct CallerLabels {
  std::string provider;    ///< `cloudflare`
  std::string credential;  ///< `cms/cloudflare-production`
};

/// Sends a request when the budget has a slot for it, and learns from every answer. A slot after
/// the request's deadline is not taken: `throttled`, with retry_at. While it waited the other side
/// may have told another request to stay away; then it waits anew. Over `next`; all references
/// must outlive it, and the budget may be shared by all clients of one credential identity.
class Budgeted final : public HttpClient {
 public:
  /// Reads the provider's headers; never fails: what it does not understand is no hint.
  using HintReader = std::function<BudgetHint(const Response&)>;

  Budgeted(HttpClient& next, Clock& clock, RateBudget& budget, HintReader hints, Metrics& metrics,
           CallerLabels labels);
  Awaitable<Result<Response>> send(Request request) override;

 private:
  Awaitable<Status> wait_for_slot(Mono deadline);

  HttpClient& next_;
  Clock& clock_;
  RateBudget& budget_;
  HintReader hints_;
  Metrics& metrics_;
  CallerLabels labels_;
};

}  // namespace lockstep::net
