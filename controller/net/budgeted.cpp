#include "net/budgeted.hpp"

#include <algorithm>

#include "base/error_codes.hpp"

namespace lockstep::net {

namespace {
/// The other side counts with another clock, and its windows begin at other times than ours.
constexpr Nanos clock_slack = std::chrono::minutes(1);
}  // namespace

Budgeted::Budgeted(HttpClient& next, Clock& clock, RateLimits& limits, HintReader hints,
                   Metrics& metrics, CallerLabels labels)
    : next_(next),
      clock_(clock),
      limits_(limits),
      hints_(std::move(hints)),
      metrics_(metrics),
      labels_(std::move(labels)) {}

Awaitable<Status> Budgeted::wait_for_turn(RateLimits::Ticket ticket, Mono deadline) {
  for (;;) {
    const Mono now = clock_.mono();
    const auto turn = limits_.leave(ticket, now);
    if (!turn) co_return Status{};
    if (*turn >= deadline) {
      const Mono by_rules = limits_.ready_by_rules(ticket, now);
      const bool ours = by_rules >= deadline && *turn <= by_rules + clock_slack;
      limits_.give_up(ticket);
      const Wall retry_at = clock_.wall() + (*turn - now);
      co_return fail(Error{.kind = ErrorKind::throttled,
                           .message = (ours ? "lockstep itself has sent as many requests as the "
                                              "documented limits allow with credential "
                                            : "the provider takes no requests for now with "
                                              "credential ") +
                                      labels_.credential + " (" + labels_.provider + ")",
                           .retry_at = retry_at,
                           .code = ours ? std::string(own_budget) : ""});
    }
    if (co_await clock_.sleep_until(*turn) == Ended::cancelled) {
      limits_.give_up(ticket);
      co_return fail(ErrorKind::cancelled, "waiting for the request budget was cancelled");
    }
  }
}

Awaitable<Result<Response>> Budgeted::send(Request request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto ticket = limits_.join(request.effect, request.operation, request.bucket);
  auto waiting = wait_for_turn(ticket, request.deadline);
  CO_TRY_OK(co_await std::move(waiting));
  request.deadline = std::min(request.deadline, clock_.mono() + request.time_limit);
  auto answer = co_await next_.send(std::move(request));
  const Mono now = clock_.mono();
  limits_.answered(ticket, now, answer ? hints_(*answer) : BudgetHint{});
  metrics_.budget(labels_.provider, labels_.credential, limits_.remaining(now));
  co_return answer;
}

}  // namespace lockstep::net
