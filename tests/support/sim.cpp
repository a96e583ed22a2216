#include "support/sim.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <random>

#include "base/clock_base.hpp"

namespace lockstep::testing {

namespace {

using boost::system::error_code;

class SimClock final : public ClockBase {
 public:
  SimClock(asio::any_io_executor executor, Mono start, std::uint64_t seed)
      : executor_(std::move(executor)), now_(start), ticks_(seed) {}
  Mono mono() const override { return tick(); }
  Wall wall() const override { return Wall(tick().time_since_epoch()) + wall_offset_; }

  std::optional<Mono> next() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.begin()->first.first;
  }
  void fire_next() {
    auto node = queue_.extract(queue_.begin());
    now_ = std::max(now_, node.key().first);
    finish(std::move(node.mapped()), {});
  }
  void drop_all() { auto dead = std::exchange(queue_, {}); }
  void jump_wall(Nanos by) { wall_offset_ += by; }

 private:
  using Key = std::pair<Mono, std::uint64_t>;

  /// Work takes time: no two reads give the same instant.
  Mono tick() const { return now_ += std::chrono::microseconds(1 + ticks_() % 9); }
  void arm(Mono when, TimerHandler done) override {
    const Key key{when, serial_++};
    auto slot = asio::get_associated_cancellation_slot(done);
    queue_.emplace(key, std::move(done));
    if (!slot.is_connected()) return;
    slot.assign([this, key](asio::cancellation_type) {
      if (auto node = queue_.extract(key)) {
        finish(std::move(node.mapped()), asio::error::operation_aborted);
      }
    });
  }
  void finish(TimerHandler done, error_code ec) {
    asio::get_associated_cancellation_slot(done).clear();
    asio::post(executor_, asio::append(std::move(done), ec));
  }

  asio::any_io_executor executor_;
  mutable Mono now_;
  mutable std::mt19937_64 ticks_;
  Nanos wall_offset_{};
  std::uint64_t serial_ = 0;
  std::map<Key, TimerHandler> queue_;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<unsigned char> out) override {
    for (auto& b : out) b = static_cast<unsigned char>(engine_() >> 24);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace

std::unique_ptr<Random> make_seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

struct Simulation::State {
  State(std::uint64_t seed, Mono start)
      : clock(loop.get_executor(), start, seed), random(make_seeded_random(seed)) {}
  ~State() { clock.drop_all(); }
  asio::io_context loop{1};
  SimClock clock;
  std::unique_ptr<Random> random;
  bool dead = false;
};

Mono Simulation::first_day() {
  return Mono(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch());
}

Simulation::Simulation(std::uint64_t seed, Mono start)
    : state_(std::make_unique<State>(seed, start)) {}
Simulation::~Simulation() = default;
Clock& Simulation::clock() {
  return state_->clock;
}
Random& Simulation::random() {
  return *state_->random;
}
asio::any_io_executor Simulation::executor() {
  return state_->loop.get_executor();
}
void Simulation::jump_wall(Nanos by) {
  state_->clock.jump_wall(by);
}
void Simulation::kill() {
  constexpr int most_steps = 1'000'000;
  state_->loop.restart();
  for (int i = 0; state_->loop.poll_one() != 0; ++i) {
    if (i == most_steps) throw std::runtime_error("work goes on although every seam is dead");
  }
  state_->dead = true;
  state_->clock.drop_all();
}

bool Simulation::run_until(Mono end, std::function<bool()> stop) {
  for (;;) {
    state_->loop.restart();
    while (!state_->dead && state_->loop.poll_one() != 0) {
      if (stop()) return true;
    }
    if (state_->dead) return false;
    const auto next = state_->clock.next();
    if (!next || *next == Mono::max() || *next > end) return stop();
    state_->clock.fire_next();
  }
}

}  // namespace lockstep::testing
