#include "base/offload.hpp"

#include <algorithm>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/text.hpp"

namespace lockstep {

namespace {

constexpr std::size_t most_replaced = 4;
constexpr auto most_patience = std::chrono::minutes(1);

/// One piece of work. What is guarded is guarded by the pool's mutex; the rest belongs to the loop.
struct Job {
  std::function<void()> work;
  Mono since{};
  std::optional<asio::any_completion_handler<void()>> resume;  ///< until its caller is resumed
  asio::any_io_executor home;                                  ///< guarded; keeps the loop running
  enum class State : std::uint8_t { waiting, running, left, ended };
  State state = State::waiting;  ///< guarded
};

class Pool final : public Offload {
 public:
  Pool(std::size_t threads, const Clock& clock) : clock_(clock), wanted_(threads) {
    try {
      const std::lock_guard guard(mutex_);
      while (alive_ < wanted_) add_thread();
    } catch (...) {
      stop();
      throw;
    }
  }
  ~Pool() override { stop(); }

  Awaitable<void> run_erased(std::function<void()> work) override {
    // The caller must not be resumed before the work has ended: it owns what the work touches. So
    // nothing below listens to a cancellation; the state itself is left alone, because it belongs
    // to the whole chain of callers, and they must still see that they were cancelled.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto job = std::make_shared<Job>(std::move(work), clock_.mono());
    const auto place = awaited_.insert(awaited_.end(), job->since);
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, job](auto handler) { start(job, std::move(handler)); }, asio::use_awaitable);
    awaited_.erase(place);
  }

  Awaitable<void> run_or_leave(std::function<void()> work) override {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto job = std::make_shared<Job>(std::move(work), clock_.mono());
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, job](auto handler) {
          start(job, std::move(handler));
          auto slot = asio::get_associated_cancellation_slot(*job->resume);
          if (slot.is_connected()) slot.assign([this, job](auto) { leave(job); });
        },
        asio::use_awaitable);
  }

  std::string trouble() const override {
    const std::lock_guard guard(mutex_);
    if (left_ > most_replaced) {
      return count(left_, "call") + " to the disk hang, and no more can be left behind";
    }
    const auto first = std::ranges::min_element(awaited_);
    if (first == awaited_.end() || clock_.mono() - *first <= most_patience) return "";
    return "a call to the disk has not ended for " + to_human(clock_.mono() - *first);
  }

 private:
  template <class Handler>
  void start(const std::shared_ptr<Job>& job, Handler handler) {
    const std::lock_guard guard(mutex_);
    job->home = asio::prefer(asio::get_associated_executor(handler),
                             asio::execution::outstanding_work.tracked);
    job->resume.emplace(std::move(handler));
    queue_.push_back(job);
    wake_.notify_one();
  }

  /// On the loop: the caller goes on without its work.
  void leave(const std::shared_ptr<Job>& job) {
    if (!job->resume) return;
    asio::any_io_executor home;
    {
      const std::lock_guard guard(mutex_);
      if (job->state == Job::State::ended) return;  // its resumption is on the way
      if (job->state == Job::State::running) {
        ++left_;
        replace_threads();
      }
      std::erase(queue_, job);
      job->state = Job::State::left;
      home = std::exchange(job->home, {});
    }
    resume(job, home);
  }

  static void resume(const std::shared_ptr<Job>& job, const asio::any_io_executor& home) {
    auto caller = *std::exchange(job->resume, std::nullopt);
    asio::get_associated_cancellation_slot(caller).clear();
    asio::post(home, std::move(caller));
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (!stopping_ && alive_ <= wanted_ + std::min(left_, most_replaced)) {
      if (queue_.empty()) {
        wake_.wait(lock);
        continue;
      }
      const auto job = queue_.front();
      queue_.pop_front();
      job->state = Job::State::running;
      lock.unlock();
      job->work();
      lock.lock();
      if (job->state == Job::State::left) --left_;
      if (job->state != Job::State::running) continue;
      job->state = Job::State::ended;
      const auto home = std::exchange(job->home, {});
      asio::post(home, [job, home] { resume(job, home); });
    }
    --alive_;
    ended_.notify_all();
  }

  /// Not kept to be joined: those that replace others come and go. stop() waits for them.
  void add_thread() {
    std::thread([this] { work(); }).detach();
    ++alive_;
  }
  /// Where the system gives no more threads, those that are left go on alone.
  void replace_threads() {
    try {
      while (alive_ < wanted_ + std::min(left_, most_replaced)) add_thread();
    } catch (const std::system_error&) {
    }
  }
  void stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    ended_.wait(lock, [this] { return alive_ == 0; });
  }

  const Clock& clock_;
  const std::size_t wanted_;
  std::list<Mono> awaited_;  ///< on the loop: when the work began that callers must wait for
  mutable std::mutex mutex_;
  std::condition_variable wake_;   ///< there is work, or the end
  std::condition_variable ended_;  ///< a thread has ended
  std::deque<std::shared_ptr<Job>> queue_;
  std::size_t alive_ = 0;  ///< threads that have not ended
  std::size_t left_ = 0;   ///< pieces of work that were left behind and still run
  bool stopping_ = false;
};

class Inline final : public Offload {
 public:
  Awaitable<void> run_erased(std::function<void()> work) override {
    work();
    co_return;
  }
};
}  // namespace

std::unique_ptr<Offload> make_offload_pool(std::size_t threads, const Clock& clock) {
  return std::make_unique<Pool>(threads, clock);
}
std::unique_ptr<Offload> make_offload_inline() {
  return std::make_unique<Inline>();
}

}  // namespace lockstep
