// What every Clock shares: waiting and limiting, on top of one primitive that arms a timer.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/system/error_code.hpp>

#include "base/clock.hpp"

namespace lockstep {

using TimerHandler = asio::any_completion_handler<void(boost::system::error_code)>;

/// Derive and say how a timer is armed; the system clock and the simulated clock do.
class ClockBase : public Clock {
 public:
  Awaitable<Ended> sleep_until(Mono when) override;
  Awaitable<Ended> limit(Mono deadline, Awaitable<void> op) override;

 protected:
  /// Calls `done` with no error at `when`, or with operation_aborted when its cancellation slot
  /// is emitted. Must not call it before returning.
  virtual void arm(Mono when, TimerHandler done) = 0;
};

}  // namespace lockstep
