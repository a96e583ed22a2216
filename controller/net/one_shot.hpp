// One event that one coroutine waits for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace lockstep::net {

/// A value that comes at most once, and the coroutine that waits for it. Held by shared_ptr on
/// both sides: the waiter may give up (cancellation) while the other side goes on.
///
/// A timer that never expires does the waiting: so the loop owns the waiter, and a loop that dies
/// takes it along. (A handler kept here would own the coroutine that owns this object.)
template <class T>
class OneShot : public std::enable_shared_from_this<OneShot<T>> {
 public:
  explicit OneShot(asio::any_io_executor executor)
      : timer_(std::move(executor), asio::steady_timer::time_point::max()) {}

  void set(T value) {
    value_.emplace(std::move(value));
    timer_.cancel();
  }

  /// The value, at once when it is there; nothing when the waiter was cancelled.
  Awaitable<std::optional<T>> wait() {
    auto self = this->shared_from_this();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (!value_ && state.cancelled() == asio::cancellation_type::none) {
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::exchange(value_, std::nullopt);
  }

 private:
  asio::steady_timer timer_;
  std::optional<T> value_;
};

}  // namespace lockstep::net
