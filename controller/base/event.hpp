// Waiting for something to happen on the loop.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <map>

#include "base/clock.hpp"

namespace lockstep {

/// Wakes coroutines of one loop. It must outlive its waiters.
class Event {
 public:
  explicit Event(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Wakes everyone who waits now; remembers nothing for those who come later.
  void notify();
  /// Ends at the next notify() (finished) or when the caller is cancelled.
  Awaitable<Ended> wait();
  /// The same, or at `deadline` (timed_out).
  Awaitable<Ended> wait_until(Clock& clock, Mono deadline);

 private:
  using Handler = asio::any_completion_handler<void(boost::system::error_code)>;
  void finish(Handler handler, boost::system::error_code ec);

  asio::any_io_executor executor_;
  std::uint64_t serial_ = 0;
  std::map<std::uint64_t, Handler> waiting_;
};

}  // namespace lockstep
