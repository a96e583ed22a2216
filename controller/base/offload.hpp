// Slow work off the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"

namespace lockstep {

/// Runs work that would block the loop (key derivation, fsync, large parses): on a small pool in
/// the product, inline in simulation. The work must touch nothing that the loop touches meanwhile.
class Offload {
 public:
  virtual ~Offload() = default;
  /// Runs `work` elsewhere and resumes the caller on its own executor. An exception of `work`
  /// ends the process. Not cancellable: the caller waits for its end.
  virtual Awaitable<void> run_erased(std::function<void()> work) = 0;

  /// Runs `f()` and gives its result back.
  template <class F>
  Awaitable<std::invoke_result_t<F&>> run(F f) {
    using T = std::invoke_result_t<F&>;
    std::optional<T> out;
    co_await run_erased([&] { out.emplace(f()); });
    co_return std::move(*out);
  }
};

/// A pool of `threads` threads; joined by the destructor.
std::unique_ptr<Offload> make_offload_pool(std::size_t threads);
/// Runs everything at once, on the loop.
std::unique_ptr<Offload> make_offload_inline();

}  // namespace lockstep
