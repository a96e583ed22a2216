#include "base/clock.hpp"

#include <ctime>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock_base.hpp"

namespace lockstep {

using boost::system::error_code;

namespace {
// A cancellation that came while the caller did something that cannot be cancelled is not sent
// again: without asking for it, the next wait would last its whole time.
Awaitable<bool> already_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}
}  // namespace

Awaitable<Ended> ClockBase::sleep_until(Mono when) {
  co_await asio::this_coro::throw_if_cancelled(false);
  if (co_await already_cancelled()) co_return Ended::cancelled;
  auto token = asio::as_tuple(asio::use_awaitable);
  auto [ec] = co_await asio::async_initiate<decltype(token), void(error_code)>(
      [this, when](auto handler) { arm(when, TimerHandler(std::move(handler))); }, token);
  co_return ec ? Ended::cancelled : Ended::finished;
}

Awaitable<Ended> ClockBase::limit(Mono deadline, Awaitable<void> op) {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::this_coro::throw_if_cancelled(false);
  if (co_await already_cancelled()) co_return Ended::cancelled;
  auto work = asio::co_spawn(executor, std::move(op), asio::deferred);
  auto token = asio::deferred;
  auto timer = asio::async_initiate<decltype(token), void(error_code)>(
      [this, deadline](auto handler) { arm(deadline, TimerHandler(std::move(handler))); }, token);
  auto [order, thrown, ec] =
      co_await asio::experimental::make_parallel_group(std::move(work), std::move(timer))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (co_await already_cancelled()) co_return Ended::cancelled;
  if (order[0] == 1) co_return Ended::timed_out;
  if (thrown) std::rethrow_exception(thrown);
  co_return Ended::finished;
}

namespace {

Nanos read_clock(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return std::chrono::seconds(t.tv_sec) + Nanos(t.tv_nsec);
}

/// One armed timer; re-arms itself until its instant on CLOCK_BOOTTIME has come.
struct Timer : std::enable_shared_from_this<Timer> {
  Timer(asio::any_io_executor executor, Mono when, TimerHandler done)
      : timer(std::move(executor)), when(when), done(std::move(done)) {}

  void start() {
    auto slot = asio::get_associated_cancellation_slot(done);
    if (slot.is_connected()) {
      slot.assign([weak = weak_from_this()](asio::cancellation_type) {
        if (auto self = weak.lock()) self->timer.cancel();
      });
    }
    wait();
  }

  void wait() {
    // A day at most, so that an instant in the far future neither overflows nor oversleeps a
    // suspended machine.
    const auto left =
        std::min<Nanos>(when - Mono(read_clock(CLOCK_BOOTTIME)), std::chrono::hours(24));
    timer.expires_after(left);
    timer.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && Mono(read_clock(CLOCK_BOOTTIME)) < self->when) return self->wait();
      asio::get_associated_cancellation_slot(self->done).clear();
      std::move(self->done)(ec);
    });
  }

  asio::steady_timer timer;
  Mono when;
  TimerHandler done;
};

class SystemClock final : public ClockBase {
 public:
  explicit SystemClock(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Mono mono() const override { return Mono(read_clock(CLOCK_BOOTTIME)); }
  Wall wall() const override { return Wall(read_clock(CLOCK_REALTIME)); }

 private:
  void arm(Mono when, TimerHandler done) override {
    std::make_shared<Timer>(executor_, when, std::move(done))->start();
  }
  asio::any_io_executor executor_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock(asio::any_io_executor executor) {
  return std::make_unique<SystemClock>(std::move(executor));
}

}  // namespace lockstep
