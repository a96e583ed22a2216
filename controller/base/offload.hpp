// Slow work off the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace lockstep {

/// Runs work that would block the loop (key derivation, fsync, reading files): on a small pool in
/// the product, inline in simulation. The work must touch nothing that the loop touches meanwhile.
/// An exception of the work ends the process.
class Offload {
 public:
  virtual ~Offload() = default;
  /// Runs `work` elsewhere and resumes the caller on its own executor. Not cancellable: the caller
  /// waits for its end.
  virtual Awaitable<void> run_erased(std::function<void()> work) = 0;
  /// The same, but a caller that is cancelled goes on at once and leaves `work` behind: it may end
  /// later, or never. It must own all that it touches.
  virtual Awaitable<void> run_or_leave(std::function<void()> work) { return run_erased(work); }
  /// Why slow work does not get on, for people; "" while it does.
  virtual std::string trouble() const { return ""; }

  /// Runs `f()` and gives its result back.
  template <class F>
  Awaitable<std::invoke_result_t<F&>> run(F f) {
    using T = std::invoke_result_t<F&>;
    std::optional<T> out;
    co_await run_erased([&] { out.emplace(f()); });
    co_return std::move(*out);
  }

  /// Runs `f()` and gives its result back when it ends by `deadline`. `f` owns all that it touches.
  template <class F>
  Awaitable<Within<std::invoke_result_t<F&>>> run_until(Clock& clock, Mono deadline, F f) {
    using T = std::invoke_result_t<F&>;
    struct Work {
      F f;
      std::optional<T> out;
    };
    auto work = std::make_shared<Work>(std::move(f), std::nullopt);
    auto running = run_or_leave([work] { work->out.emplace(work->f()); });
    Within<T> result{co_await clock.limit(deadline, std::move(running)), std::nullopt};
    if (result.how == Ended::finished) result.value = std::move(work->out);
    co_return result;
  }
};

/// A pool of `threads` threads; joined by the destructor. Each thread that is left behind in work
/// that hangs is replaced until that work ends, four at most. More of them are a trouble(), and so
/// is work that somebody has been waiting for longer than a minute of `clock`. Throws
/// std::system_error when the system gives no threads.
std::unique_ptr<Offload> make_offload_pool(std::size_t threads, const Clock& clock);
/// Runs everything at once, on the loop.
std::unique_ptr<Offload> make_offload_inline();

}  // namespace lockstep
