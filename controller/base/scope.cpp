#include "base/scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <vector>

namespace lockstep {

void Scope::start(Awaitable<void> work) {
  if (cancelled_) return;
  auto it = running_.emplace(running_.end());
  asio::co_spawn(executor_, std::move(work),
                 asio::bind_cancellation_slot(it->slot(), [this, it](std::exception_ptr thrown) {
                   running_.erase(it);
                   if (thrown) std::rethrow_exception(thrown);
                 }));
}

void Scope::cancel() {
  cancelled_ = true;
  ++cancelling_;
  // Posted one by one: an emit may end work and so change the list under the loop.
  asio::post(executor_, [this] {
    --cancelling_;
    std::vector<asio::cancellation_signal*> signals;
    for (auto& signal : running_) signals.push_back(&signal);
    for (auto* signal : signals) {
      for (auto& alive : running_) {
        if (&alive == signal) {
          signal->emit(asio::cancellation_type::terminal);
          break;
        }
      }
    }
  });
}

}  // namespace lockstep
