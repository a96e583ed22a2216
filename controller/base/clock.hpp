// Time as a seam: real timers in the product, an instant loop in simulation.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>

#include "base/time.hpp"

namespace lockstep {

namespace asio = boost::asio;
template <class T>
using Awaitable = asio::awaitable<T>;

/// How a wait or a limited operation ended.
enum class [[nodiscard]] Ended : std::uint8_t { finished, timed_out, cancelled };

/// The only source of time and the only way to wait.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Time for deadlines.
  virtual Mono mono() const = 0;
  /// Time for people, windows and evidence; may jump.
  virtual Wall wall() const = 0;
  /// Ends at `when` (finished) or when the caller is cancelled. Mono::max() never fires.
  virtual Awaitable<Ended> sleep_until(Mono when) = 0;
  /// Runs `op`; at `deadline` cancels it and waits for its end, so `op` must heed cancellation.
  /// An exception of `op` comes out here.
  virtual Awaitable<Ended> limit(Mono deadline, Awaitable<void> op) = 0;
};

/// The clock of the machine: CLOCK_BOOTTIME and CLOCK_REALTIME. A timer is armed by the distance
/// to its instant and checked again on waking, so a suspended machine wakes on time.
std::unique_ptr<Clock> make_system_clock(asio::any_io_executor executor);

/// What an operation under a deadline yielded; `value` is set exactly when `how` is finished.
template <class T>
struct Within {
  Ended how;
  std::optional<T> value;
};

namespace detail {
template <class T>
Awaitable<void> keep(Awaitable<T> op, std::optional<T>& out) {
  out.emplace(co_await std::move(op));
}
}  // namespace detail

/// Runs `op` until `deadline` (Clock::limit) and keeps what it returned.
template <class T>
Awaitable<Within<T>> within(Clock& clock, Mono deadline, Awaitable<T> op) {
  Within<T> result{Ended::finished, std::nullopt};
  auto kept = detail::keep(std::move(op), result.value);
  result.how = co_await clock.limit(deadline, std::move(kept));
  if (result.how != Ended::finished) result.value.reset();
  co_return result;
}

}  // namespace lockstep
