#include "net/turns.hpp"

#include <boost/asio/post.hpp>

namespace lockstep::net {

Turns::Turns(asio::any_io_executor executor, std::size_t most)
    : executor_(std::move(executor)), most_(most) {}

Awaitable<Turn> Turns::take() {
  if (state_->taken) {
    if (state_->waiting.size() >= most_) co_return Turn::refused;
    const auto mine = std::make_shared<OneShot<bool>>(executor_);
    state_->waiting.push_back(mine);
    if (!co_await mine->wait()) {
      state_->waiting.remove(mine);
      co_return Turn::cancelled;
    }
  }
  end_with_the_turn();
  co_return Turn::taken;
}

/// The state is held by what is posted: it may outlive this, in a loop that is dying.
void Turns::end_with_the_turn() {
  state_->taken = true;
  asio::post(executor_, [state = state_] {
    if (state->waiting.empty()) {
      state->taken = false;
      return;
    }
    const auto next = state->waiting.front();
    state->waiting.pop_front();
    next->set(true);
  });
}

}  // namespace lockstep::net
