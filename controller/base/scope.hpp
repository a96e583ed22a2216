// The owner of running work; the only place that spawns coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <list>
#include <string>

#include "base/clock.hpp"

namespace lockstep {

/// Owns running coroutines. It must outlive them: cancel(), then run the loop until drained().
/// An exception that escapes one ends the process, because nothing is known to be whole after it.
class Scope {
 public:
  explicit Scope(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Starts `work` on the executor. After cancel() it does nothing.
  void start(Awaitable<void> work);
  /// Asks all work to end.
  void cancel();
  /// True when all work has ended and no cancel() is still on its way.
  bool drained() const { return running_.empty() && cancelling_ == 0; }
  std::size_t size() const { return running_.size(); }

 private:
  asio::any_io_executor executor_;
  std::list<asio::cancellation_signal> running_;
  bool cancelled_ = false;
  std::size_t cancelling_ = 0;  ///< calls of cancel() that have not reached the loop
};

}  // namespace lockstep
