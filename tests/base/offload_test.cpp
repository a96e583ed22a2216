#include "base/offload.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <iterator>

#include "base/scope.hpp"
#include "support/about.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::Simulation;

Awaitable<int> doubled(Offload& offload, int n) {
  co_return co_await offload.run([n] { return 2 * n; });
}
Awaitable<void> work_then_sleep(Offload& offload, Clock& clock, std::atomic<bool>& working,
                                std::atomic<bool>& go_on, std::vector<Ended>& how) {
  const bool done = co_await offload.run([&working, &go_on] {
    working = true;
    working.notify_one();
    go_on.wait(false);
    return true;
  });
  if (done) how.push_back(co_await clock.sleep_until(Mono::max()));
}

TEST(Offload, InlineAndPoolGiveTheResultBack) {
  Simulation sim;
  EXPECT_EQ(sim.run(doubled(*make_offload_inline(), 21)), 42);

  asio::io_context loop;
  Scope scope(loop.get_executor());
  const auto pool = make_offload_pool(2, sim.clock());
  std::vector<int> results(20);
  for (int i = 0; i < 20; ++i) {
    scope.start([](Offload& offload, int n, int& out) -> Awaitable<void> {
      out = co_await doubled(offload, n);
    }(*pool, i, results[static_cast<std::size_t>(i)]));
  }
  loop.run();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], 2 * i);
}

// The work is waited for, and the caller then still learns that it was cancelled meanwhile.
TEST(Offload, CancelDuringTheWorkIsSeenAfterIt) {
  asio::io_context loop;
  const auto clock = make_system_clock(loop.get_executor());
  const auto pool = make_offload_pool(1, *clock);
  Scope scope(loop.get_executor());
  std::atomic<bool> working = false, go_on = false;
  std::vector<Ended> how;
  scope.start(work_then_sleep(*pool, *clock, working, go_on, how));
  loop.poll();
  working.wait(false);
  scope.cancel();
  loop.poll();
  EXPECT_FALSE(scope.drained()) << "the caller owns what the work touches";
  go_on = true;
  go_on.notify_one();
  loop.restart();
  loop.run();
  EXPECT_TRUE(scope.drained());
  EXPECT_EQ(how, std::vector{Ended::cancelled});
}

/// Work that hangs as a disk does that does not answer, until the test lets it go.
struct Disk {
  std::atomic<bool> answers = false;
  std::atomic<int> asked = 0;

  void ask() {
    ++asked;
    asked.notify_all();
    answers.wait(false);
  }
  void answer() {
    answers = true;
    answers.notify_all();
  }
  /// Until so many calls have reached the disk.
  void wait_for(int calls) {
    for (int now = asked; now < calls; now = asked) asked.wait(now);
  }
};

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

/// A pool in virtual time, on a disk that hangs.
struct HangingPool : ::testing::Test {
  Simulation sim;
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
  std::unique_ptr<Offload> pool = make_offload_pool(2, sim.clock());
  Scope scope{sim.executor()};
  std::vector<Ended> ends;

  ~HangingPool() override { disk->answer(); }

  /// Asks the disk for ten seconds at most.
  void ask() {
    scope.start([](Offload& offload, Clock& clock, std::shared_ptr<Disk> of,
                   std::vector<Ended>& out) -> Awaitable<void> {
      auto asking = offload.run_until(clock, clock.mono() + 10s, [of] {
        of->ask();
        return true;
      });
      const auto asked = co_await std::move(asking);
      out.push_back(asked.how);
    }(*pool, sim.clock(), disk, ends));
  }
  /// So many calls hang and are left behind, one after the other.
  void leave_behind(int calls) {
    for (int i = 0; i < calls; ++i) {
      const auto reached = disk->asked + 1;
      ask();
      sim.run_until(sim.clock().mono(), [] { return false; });
      disk->wait_for(reached);
      sim.run_until(Mono::max(), [&] { return scope.drained(); });
    }
  }
  int answer_of_other_work() {
    std::optional<int> out;
    scope.start([](Offload& offload, std::optional<int>& to) -> Awaitable<void> {
      to = co_await doubled(offload, 21);
    }(*pool, out));
    while (!out) sim.run_until(sim.clock().mono(), [&] { return out.has_value(); });
    return *out;
  }
};

TEST_F(HangingPool, ACallerGoesOnAtItsDeadline_S14) {
  const auto began = sim.clock().mono();
  leave_behind(1);
  EXPECT_EQ(ends, std::vector{Ended::timed_out});
  EXPECT_THAT(sim.clock().mono() - began, testing::JustAfter(10s));
}

TEST_F(HangingPool, ACallerThatIsCancelledGoesOnAtOnce) {
  ask();
  sim.run_until(sim.clock().mono(), [] { return false; });
  disk->wait_for(1);
  const auto began = sim.clock().mono();
  scope.cancel();
  sim.run_until(Mono::max(), [&] { return scope.drained(); });
  EXPECT_EQ(ends, std::vector{Ended::cancelled});
  EXPECT_THAT(sim.clock().mono(), testing::JustAfter(began));
}

TEST_F(HangingPool, ThreadsLeftBehindAreReplaced_S14) {
  leave_behind(5);
  EXPECT_EQ(pool->trouble(), "5 calls to the disk hang, and no more can be left behind");
  EXPECT_EQ(answer_of_other_work(), 42) << "one thread of two is left, and four replace others";
}

TEST_F(HangingPool, AFewThatHangAreNoTrouble) {
  leave_behind(4);
  EXPECT_EQ(pool->trouble(), "");
}

TEST_F(HangingPool, FourThreadsAtMostReplaceOthers_S15) {
  const auto before = threads_of_this_process();
  leave_behind(6);
  EXPECT_LE(threads_of_this_process(), before + 4);
}

TEST_F(HangingPool, ThreadsThatReplacedOthersEndWithTheHanging) {
  const auto before = threads_of_this_process();
  leave_behind(4);
  disk->answer();
  while (threads_of_this_process() > before) EXPECT_EQ(answer_of_other_work(), 42);
}

TEST_F(HangingPool, TheTroubleEndsWithTheHanging) {
  leave_behind(5);
  disk->answer();
  while (!pool->trouble().empty()) EXPECT_EQ(answer_of_other_work(), 42);
  EXPECT_EQ(answer_of_other_work(), 42);
}

TEST_F(HangingPool, WorkThatSomebodyMustWaitForIsATroubleAfterAMinute) {
  std::vector<Ended> how;
  scope.start([](Offload& offload, std::shared_ptr<Disk> of) -> Awaitable<void> {
    co_await offload.run_erased([of] { of->ask(); });
  }(*pool, disk));
  const auto pass = [&](Nanos span) {
    bool over = false;
    scope.start([](Clock& clock, Nanos s, bool& out) -> Awaitable<void> {
      (void)co_await clock.sleep_until(clock.mono() + s);
      out = true;
    }(sim.clock(), span, over));
    sim.run_until(Mono::max(), [&] { return over; });
  };
  pass(59s);
  EXPECT_EQ(pool->trouble(), "");
  pass(2s);
  EXPECT_EQ(pool->trouble(), "a call to the disk has not ended for 1m 1s");
  disk->answer();
  while (!scope.drained()) sim.run_until(sim.clock().mono(), [&] { return scope.drained(); });
  EXPECT_EQ(pool->trouble(), "");
}

}  // namespace
}  // namespace lockstep
