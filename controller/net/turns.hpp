// Who may begin, one a turn of the loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <list>
#include <memory>

#include "net/one_shot.hpp"

namespace lockstep::net {

/// How waiting for a turn ended.
enum class [[nodiscard]] Turn : std::uint8_t {
  taken,
  refused,    ///< as many wait as may
  cancelled,  ///< the caller was asked to end
};

/// Lets callers go on one after another, in the order in which they came, and between any two of
/// them everything else that the loop has ready. What a caller does at once after its turn is all
/// that others wait for; what it awaits holds nobody.
class Turns {
 public:
  /// At most `most` callers wait.
  Turns(asio::any_io_executor executor, std::size_t most);
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  Awaitable<Turn> take();

 private:
  using Waiter = std::shared_ptr<OneShot<bool>>;
  struct State {
    std::list<Waiter> waiting;
    bool taken = false;  ///< in this turn of the loop
  };
  void end_with_the_turn();

  asio::any_io_executor executor_;
  std::size_t most_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace lockstep::net
