#include "base/event.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lockstep {

using boost::system::error_code;

void Event::finish(Handler handler, error_code ec) {
  asio::get_associated_cancellation_slot(handler).clear();
  asio::post(executor_, asio::append(std::move(handler), ec));
}

void Event::notify() {
  auto waiting = std::exchange(waiting_, {});
  for (auto& [serial, handler] : waiting) finish(std::move(handler), {});
}

Awaitable<Ended> Event::wait() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto token = asio::as_tuple(asio::use_awaitable);
  auto [ec] = co_await asio::async_initiate<decltype(token), void(error_code)>(
      [this](auto handler) {
        const auto key = serial_++;
        // The erased handler has a slot of its own, connected to the one of what it wraps.
        Handler erased(std::move(handler));
        auto slot = asio::get_associated_cancellation_slot(erased);
        waiting_.emplace(key, std::move(erased));
        if (!slot.is_connected()) return;
        slot.assign([this, key](asio::cancellation_type) {
          if (auto node = waiting_.extract(key)) {
            finish(std::move(node.mapped()), asio::error::operation_aborted);
          }
        });
      },
      token);
  co_return ec ? Ended::cancelled : Ended::finished;
}

Awaitable<Ended> Event::wait_until(Clock& clock, Mono deadline) {
  auto waiting = wait();
  auto result = co_await within(clock, deadline, std::move(waiting));
  co_return result.how;
}

}  // namespace lockstep
