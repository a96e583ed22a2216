// A disk that stops answering.
#pragma once

#include <functional>
#include <vector>

#include "base/offload.hpp"

namespace lockstep::testing {

/// Work that never ends; who asked for it can only leave it behind.
class DeadDisk final : public Offload {
 public:
  /// It answers so many calls before it dies.
  explicit DeadDisk(Clock& clock, int answered = 0) : answered(answered), clock_(clock) {}
  Awaitable<void> run_erased(std::function<void()> work) override {
    ++asked;
    if (answered-- <= 0) {
      (void)co_await clock_.sleep_until(Mono::max());
      left_.push_back(std::move(work));
      co_return;
    }
    work();
  }
  /// The disk does what was asked of it long ago, and lives again.
  void answer() {
    answered = 1'000'000;
    for (const auto& work : std::exchange(left_, {})) work();
  }
  int answered;
  int asked = 0;

 private:
  Clock& clock_;
  std::vector<std::function<void()>> left_;
};

}  // namespace lockstep::testing
