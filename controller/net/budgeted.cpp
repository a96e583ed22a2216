#include "net/budgeted.hpp"

namespace lockstep::net {

Budgeted::Budgeted(HttpClient& next, Clock& clock, RateBudget& budget, HintReader hints,
                   Metrics& metrics, CallerLabels labels)
    : next_(next),
      clock_(clock),
      budget_(budget),
      hints_(std::move(hints)),
      metrics_(metrics),
      labels_(std::move(labels)) {}

Awaitable<Status> Budgeted::wait_for_slot(Mono deadline) {
  for (;;) {
    const Mono now = clock_.mono();
    const Mono slot = budget_.next(now);
    if (slot > now && slot >= deadline) {
      const Wall retry_at = clock_.wall() + (slot - now);
      co_return fail(Error{.kind = ErrorKind::throttled,
                           .message = "the request budget of credential " + labels_.credential +
                                      " (" + labels_.provider + ") is used up until " +
                                      to_rfc3339(retry_at),
                           .retry_at = retry_at});
    }
    budget_.reserve(now);
    if (slot <= now) co_return Status{};
    if (co_await clock_.sleep_until(slot) == Ended::cancelled) {
      co_return fail(ErrorKind::cancelled, "waiting for the request budget was cancelled");
    }
    if (!budget_.blocked_until(clock_.mono())) co_return Status{};
  }
}

Awaitable<Result<Response>> Budgeted::send(Request request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  CO_TRY_OK(co_await wait_for_slot(request.deadline));
  auto answer = co_await next_.send(std::move(request));
  const Mono now = clock_.mono();
  if (answer) budget_.learn(now, hints_(*answer));
  metrics_.budget(labels_.provider, labels_.credential, budget_.remaining(now));
  co_return answer;
}

}  // namespace lockstep::net
