// One simulated world: a loop, virtual time, seeded randomness. Destroying it is a crash.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/scope.hpp"

namespace lockstep::testing {

class Simulation {
 public:
  /// 2026-01-01T00:00:00Z on both clocks.
  static Mono first_day();
  /// Each read of a clock moves time on by some microseconds, from the seed: two reads within one
  /// step differ, as they do outside.
  explicit Simulation(std::uint64_t seed = 1, Mono start = first_day());
  ~Simulation();
  Clock& clock();
  Random& random();
  asio::any_io_executor executor();
  /// Runs until `stop` holds (true) or nothing is left to do before `end` (false). An idle loop
  /// advances to the next timer.
  bool run_until(Mono end, std::function<bool()> stop);
  /// Moves the wall clock only, as an operator or NTP would.
  void jump_wall(Nanos by);
  /// The crash: no timer fires any more, what is ready runs until it waits (all seams must be dead
  /// by now, so nothing it does has an effect), then everything that waits is destroyed. Call it
  /// before the objects that the coroutines use are destroyed.
  void kill();

  /// Runs one coroutine to its end and gives its result; a hang (idle loop with the work
  /// unfinished) fails the test by an exception.
  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> out;
    Scope scope(executor());
    scope.start(detail_keep(std::move(work), out));
    run_until(Mono::max(), [&] { return scope.drained(); });
    if (!out) throw std::runtime_error("the simulated work hangs: nothing is left to wait for");
    return std::move(*out);
  }

 private:
  template <class T>
  static Awaitable<void> detail_keep(Awaitable<T> work, std::optional<T>& out) {
    out.emplace(co_await std::move(work));
  }
  struct State;
  std::unique_ptr<State> state_;
};

/// A seeded generator for one stream of randomness.
std::unique_ptr<Random> make_seeded_random(std::uint64_t seed);

}  // namespace lockstep::testing
