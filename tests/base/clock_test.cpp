#include "base/clock.hpp"

#include <boost/asio/io_context.hpp>

#include "support/about.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::Simulation;

/// A Clock with its loop: the simulated one and the machine's own must keep the same promises.
class World {
 public:
  virtual ~World() = default;
  virtual Clock& clock() = 0;
  virtual asio::any_io_executor executor() = 0;
  /// Runs the loop until `scope` is drained.
  virtual void drain(Scope& scope) = 0;
  /// A wait that is surely over when another is not.
  virtual Nanos a_little() const = 0;
};

class Simulated final : public World {
 public:
  Clock& clock() override { return sim_.clock(); }
  asio::any_io_executor executor() override { return sim_.executor(); }
  void drain(Scope& scope) override {
    EXPECT_TRUE(sim_.run_until(Mono::max(), [&] { return scope.drained(); }));
  }
  Nanos a_little() const override { return hours(1); }

 private:
  Simulation sim_;
};

class RealTime final : public World {
 public:
  Clock& clock() override { return *clock_; }
  asio::any_io_executor executor() override { return loop_.get_executor(); }
  void drain(Scope& scope) override {
    loop_.restart();
    loop_.run();
    EXPECT_TRUE(scope.drained());
  }
  Nanos a_little() const override { return milliseconds(2); }

 private:
  asio::io_context loop_;
  std::unique_ptr<Clock> clock_ = make_system_clock(loop_.get_executor());
};

class AnyClock : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<World> world_ = GetParam() ? std::unique_ptr<World>(std::make_unique<Simulated>())
                                             : std::make_unique<RealTime>();
  Clock& clock_ = world_->clock();
  Scope scope_{world_->executor()};
};
INSTANTIATE_TEST_SUITE_P(Clocks, AnyClock, ::testing::Bool(), [](const auto& which) {
  return which.param ? std::string("Simulated") : std::string("System");
});

Awaitable<void> sleep(Clock& clock, Mono until, std::optional<Ended>& how) {
  how = co_await clock.sleep_until(until);
}
Awaitable<int> answer_at(Clock& clock, Mono when) {
  if (co_await clock.sleep_until(when) != Ended::finished) co_return -1;
  co_return 42;
}
Awaitable<void> limited(Clock& clock, Mono deadline, Awaitable<int> op,
                        std::optional<Within<int>>& out) {
  out = co_await within(clock, deadline, std::move(op));
}

TEST_P(AnyClock, SleepEndsAtItsInstantAndNotBefore) {
  std::optional<Ended> how;
  const auto until = clock_.mono() + world_->a_little();
  scope_.start(sleep(clock_, until, how));
  world_->drain(scope_);
  EXPECT_EQ(how, Ended::finished);
  EXPECT_GE(clock_.mono(), until);
}

TEST_P(AnyClock, SleepIntoThePastEndsAtOnce) {
  std::optional<Ended> how;
  scope_.start(sleep(clock_, clock_.mono() - hours(1), how));
  world_->drain(scope_);
  EXPECT_EQ(how, Ended::finished);
}

TEST_P(AnyClock, CancelEndsASleepThatWouldLastForever) {
  std::optional<Ended> how;
  scope_.start(sleep(clock_, Mono::max(), how));
  scope_.cancel();
  world_->drain(scope_);
  EXPECT_EQ(how, Ended::cancelled);
}

TEST_P(AnyClock, WithinGivesTheValueOfWhatEndsInTime) {
  std::optional<Within<int>> out;
  const auto now = clock_.mono();
  scope_.start(
      limited(clock_, now + hours(1000), answer_at(clock_, now + world_->a_little()), out));
  world_->drain(scope_);
  EXPECT_EQ(out->how, Ended::finished);
  EXPECT_EQ(out->value, 42);
}

TEST_P(AnyClock, WithinCancelsWhatIsLate) {
  std::optional<Within<int>> out;
  scope_.start(
      limited(clock_, clock_.mono() + world_->a_little(), answer_at(clock_, Mono::max()), out));
  world_->drain(scope_);
  EXPECT_EQ(out->how, Ended::timed_out);
  EXPECT_FALSE(out->value);
}

TEST_P(AnyClock, WithinTellsCancellationFromTimeout) {
  std::optional<Within<int>> out;
  scope_.start(limited(clock_, Mono::max(), answer_at(clock_, Mono::max()), out));
  scope_.cancel();
  world_->drain(scope_);
  EXPECT_EQ(out->how, Ended::cancelled);
  EXPECT_FALSE(out->value);
}

Awaitable<void> sleep_twice(Clock& clock, std::vector<Ended>& how) {
  how.push_back(co_await clock.sleep_until(Mono::max()));
  how.push_back(co_await clock.sleep_until(Mono::max()));
  const auto third = co_await within(clock, Mono::max(), answer_at(clock, Mono::max()));
  how.push_back(third.how);
}

// A cancellation is sent once. Whoever waits again after it must not wait for the whole time.
TEST_P(AnyClock, AfterACancelEveryFurtherWaitEndsAtOnce) {
  std::vector<Ended> how;
  scope_.start(sleep_twice(clock_, how));
  scope_.cancel();
  world_->drain(scope_);
  EXPECT_EQ(how, std::vector(3, Ended::cancelled));
}

Awaitable<int> throws() {
  throw std::runtime_error("broken");
  co_return 0;
}
Awaitable<void> catches(Clock& clock, std::string& caught) {
  try {
    auto op = throws();
    const auto out = co_await within(clock, Mono::max(), std::move(op));
    caught = out.value ? "value" : "none";
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

TEST_P(AnyClock, AnExceptionOfTheOperationComesOut) {
  std::string caught;
  scope_.start(catches(clock_, caught));
  world_->drain(scope_);
  EXPECT_EQ(caught, "broken");
}

TEST(SimulatedClock, FiresInOrderAndJumpsIdleTime) {
  Simulation sim;
  const auto start = sim.clock().mono();
  EXPECT_EQ(sim.run(answer_at(sim.clock(), start + hours(24 * 365))), 42);
  EXPECT_THAT(sim.clock().mono(), testing::JustAfter(start + hours(24 * 365)));
}

TEST(SimulatedClock, WallJumpsLeaveDeadlinesAlone) {
  Simulation sim;
  const auto mono = sim.clock().mono();
  const auto wall = sim.clock().wall();
  sim.jump_wall(-hours(48));
  EXPECT_THAT(sim.clock().mono(), testing::JustAfter(mono));
  EXPECT_THAT(sim.clock().wall(), testing::JustAfter(wall - hours(48)));
}

TEST(SimulatedClock, AHangFailsTheTest) {
  Simulation sim;
  EXPECT_THROW(sim.run(answer_at(sim.clock(), Mono::max())), std::runtime_error);
}

}  // namespace
}  // namespace lockstep
