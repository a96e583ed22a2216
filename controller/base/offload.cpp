#include "base/offload.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lockstep {

namespace {
class Pool final : public Offload {
 public:
  explicit Pool(std::size_t threads) : pool_(threads) {}
  ~Pool() override { pool_.join(); }

  Awaitable<void> run_erased(std::function<void()> work) override {
    // The caller must not be resumed before the work has ended: it owns what the work touches. So
    // nothing below listens to a cancellation; the state itself is left alone, because it belongs
    // to the whole chain of callers, and they must still see that they were cancelled.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, &work](auto handler) {
          auto home = asio::prefer(asio::get_associated_executor(handler),
                                   asio::execution::outstanding_work.tracked);
          asio::post(pool_, [&work, home, resume = std::move(handler)]() mutable {
            work();
            asio::post(home, std::move(resume));
          });
        },
        asio::use_awaitable);
  }

 private:
  asio::thread_pool pool_;
};

class Inline final : public Offload {
 public:
  Awaitable<void> run_erased(std::function<void()> work) override {
    work();
    co_return;
  }
};
}  // namespace

std::unique_ptr<Offload> make_offload_pool(std::size_t threads) {
  return std::make_unique<Pool>(threads);
}
std::unique_ptr<Offload> make_offload_inline() {
  return std::make_unique<Inline>();
}

}  // namespace lockstep
