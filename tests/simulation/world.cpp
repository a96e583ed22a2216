#include "simulation/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace lockstep::simulation {

namespace {

class MemoryLocks final : public FileLocks {
 public:
  Result<std::unique_ptr<HeldLock>> try_lock(const Path& path) override {
    if (!held_.insert(path.string()).second) return std::unique_ptr<HeldLock>();
    return std::make_unique<Held>(held_, path.string());
  }

 private:
  struct Held final : HeldLock {
    Held(std::set<std::string>& all, std::string which) : held(all), path(std::move(which)) {}
    ~Held() override { held.erase(path); }
    std::set<std::string>& held;
    std::string path;
  };
  std::set<std::string> held_;
};

class OpenFence final : public WriteFence {
 public:
  Status check(Mono) const override { return {}; }
};

/// The end of every request: counts calls, checks the oracles, and dies when told.
class Wire final : public net::HttpClient {
 public:
  Wire(net::HttpClient& next, Clock& clock, testing::Power& power, CrashPoint crash,
       std::function<void()> oracles)
      : next_(next), clock_(clock), power_(power), crash_(crash), oracles_(std::move(oracles)) {}

  Awaitable<Result<net::Response>> send(net::Request request) override {
    if (request.effect == net::Effect::Write) ++writes;
    const auto call = calls++;
    const bool last = call == crash_.count;
    if (last && crash_.at == CrashPoint::At::before_call) power_.cut();
    if (power_.on()) {
      auto sending = next_.send(std::move(request));
      auto answer = co_await std::move(sending);
      oracles_();
      if (last && crash_.at == CrashPoint::At::after_call) power_.cut();
      if (power_.on()) co_return answer;
    }
    // A dead machine hears nothing any more.
    for (;;) (void)co_await clock_.sleep_until(Mono::max());
  }

  long calls = 0;
  long writes = 0;

 private:
  net::HttpClient& next_;
  Clock& clock_;
  testing::Power& power_;
  CrashPoint crash_;
  std::function<void()> oracles_;
};

/// Hands a client that someone else owns to the App.
class Borrowed final : public net::HttpClient {
 public:
  explicit Borrowed(net::HttpClient& client) : client_(client) {}
  Awaitable<Result<net::Response>> send(net::Request request) override {
    auto sending = client_.send(std::move(request));
    co_return co_await std::move(sending);
  }

 private:
  net::HttpClient& client_;
};

}  // namespace

/// One run of the program, from start to end or crash.
struct World::Life {
  Life(World& world, CrashPoint crash)
      : sim(world.seed_ * 1000 + ++world.lives_, world.now_),
        offload(make_offload_inline()),
        log(make_recording_log(sim.clock(), world.log_)),
        providers(sim.clock(), std::chrono::milliseconds(20)),
        wire(providers, sim.clock(), world.power, crash,
             [this, &world] {
               try {
                 world.check_oracles();
               } catch (const std::exception& error) {
                 broken = error.what();
               }
             }),
        scope(sim.executor()) {
    providers.route("https://api.machines.dev", world.fly);
    providers.route("https://api.cloudflare.com", world.cloudflare);
    if (crash.at == CrashPoint::At::disk) world.power.cut_after(crash.count);
  }

  Awaitable<Result<std::unique_ptr<App>>> start(World& world) {
    return make_app({.executor = sim.executor(),
                     .clock = sim.clock(),
                     .random = sim.random(),
                     .files = world.files,
                     .locks = locks,
                     .offload = *offload,
                     .environment = world.environment,
                     .fence = fence,
                     .log = *log,
                     .transport = [this](net::TransportOptions) -> Result<std::unique_ptr<net::HttpClient>> {
                       return std::make_unique<Borrowed>(wire);
                     }},
                    {.manifests = "manifests",
                     .local_file = "lockstep.local.yaml",
                     .local_file_required = true,
                     .ledger = {.directory = ".lockstep", .key = "state/ledger.key"},
                     .mode = OpenMode::write,
                     .ledger_vfs = world.disk.name()});
  }

  testing::Simulation sim;
  std::unique_ptr<Offload> offload;
  std::unique_ptr<EventLog> log;
  MemoryLocks locks;
  OpenFence fence;
  sandbox::InProcessHttp providers;
  Wire wire;
  std::unique_ptr<App> app;
  std::optional<reconcile::World> loaded;
  std::vector<reconcile::PassOutcome> outcomes;
  std::optional<Error> error;
  std::string broken;
  Scope scope;
};

World::World(std::uint64_t seed)
    : power(seed),
      disk("simulated-" + std::to_string(seed) + "-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)), power),
      files(power),
      fly({.seed = seed}),
      cloudflare({.seed = seed}),
      seed_(seed),
      now_(testing::Simulation::first_day()) {}
World::~World() = default;

namespace {

Awaitable<void> apply_life(Awaitable<Result<std::unique_ptr<App>>> starting,
                           std::unique_ptr<App>& app, std::optional<reconcile::World>& loaded,
                           std::vector<reconcile::PassOutcome>& outcomes, std::optional<Error>& error,
                           reconcile::PassOptions options) {
  auto started = co_await std::move(starting);
  if (!started) {
    error = started.error();
    co_return;
  }
  app = std::move(*started);
  auto loading = reconcile::load_world(app->manifests());
  auto manifests = co_await std::move(loading);
  if (!manifests) {
    error = manifests.error();
    co_return;
  }
  loaded = std::move(*manifests);
  for (const auto& problem : loaded->problems()) {
    throw std::runtime_error("the scenario's manifests are wrong: " + api::to_string(problem));
  }
  std::vector<const DesiredTarget*> targets;
  for (const auto& target : loaded->desired.targets) targets.push_back(&target);
  auto applying = app->reconciler().once(*loaded, std::move(targets), std::move(options), {});
  outcomes = co_await std::move(applying);
}

Awaitable<void> control_life(Awaitable<Result<std::unique_ptr<App>>> starting,
                             std::unique_ptr<App>& app, std::optional<Error>& error) {
  auto started = co_await std::move(starting);
  if (!started) {
    error = started.error();
    co_return;
  }
  app = std::move(*started);
  auto running = app->reconciler().run();
  co_await std::move(running);
}

}  // namespace

LifeEnd World::end_of(Life& life, bool crashed) {
  LifeEnd end{.crashed = crashed,
              .outcomes = std::move(life.outcomes),
              .error = std::move(life.error),
              .disk_ops = power.ops(),
              .calls = life.wire.calls,
              .writes = life.wire.writes};
  now_ = life.sim.clock().mono();
  power.cut();
  life.sim.kill();
  life.app.reset();
  disk.crash();
  power.restore();
  if (!life.broken.empty()) throw std::runtime_error(life.broken);
  check_oracles();
  return end;
}

LifeEnd World::apply(CrashPoint crash, reconcile::PassOptions options) {
  const auto ops = power.ops();
  Life life(*this, crash);
  life.scope.start(apply_life(life.start(*this), life.app, life.loaded, life.outcomes, life.error,
                              std::move(options)));
  life.sim.run_until(Mono::max(), [&] {
    return life.scope.drained() || !power.on() || !life.broken.empty();
  });
  const bool crashed = !power.on();
  if (!crashed && !life.scope.drained()) throw std::runtime_error("apply hangs: nothing is left to wait for");
  auto end = end_of(life, crashed);
  end.disk_ops -= ops;
  return end;
}

LifeEnd World::control(Nanos span, CrashPoint crash) {
  const auto ops = power.ops();
  Life life(*this, crash);
  life.scope.start(control_life(life.start(*this), life.app, life.error));
  life.sim.run_until(now_ + span, [&] { return !power.on() || !life.broken.empty() || life.error; });
  auto end = end_of(life, !power.on());
  end.disk_ops -= ops;
  return end;
}

void World::check_names(const std::string& place, const std::vector<std::string>& names) const {
  const auto& mine = wanted.at(place);
  const auto theirs = foreign.find(place);
  for (const auto& name : names) {
    const bool known = mine.contains(name) || generated.contains(name) || (theirs != foreign.end() && theirs->second.contains(name));
    if (!known) throw std::runtime_error("S1: a name nobody wanted at " + place + ": " + name);
  }
}

void World::check_oracles() {
  check_names("fly", fly.names(fly_app));
  check_names("worker", cloudflare.names(account, worker));
  if (cloudflare.workers(account) != std::vector<std::string>{worker}) {
    throw std::runtime_error("S5: a Worker was created or removed");
  }
  for (const auto& [place, names] : foreign) {
    for (const auto& [name, value] : names) {
      const auto seen = place == "fly" ? fly.value(fly_app, name) : cloudflare.value(account, worker, name);
      if (seen && *seen != value) throw std::runtime_error("S1: " + name + " is not ours and was overwritten");
    }
  }
  for (const auto& [place, names] : wanted) {
    for (const auto& [name, value] : names) {
      if (log_.find(value) != std::string::npos) throw std::runtime_error("S4: the value of " + name + " is in the log");
    }
  }
}

std::string World::difference() const {
  std::string out;
  for (const auto& [place, names] : wanted) {
    for (const auto& [name, value] : names) {
      const auto seen = place == "fly" ? fly.value(fly_app, name) : cloudflare.value(account, worker, name);
      if (seen != value) out += place + " " + name + (seen ? " differs; " : " is missing; ");
    }
  }
  for (const auto& name : generated) {
    const auto a = fly.value(fly_app, name);
    const auto b = cloudflare.value(account, worker, name);
    if (!a || !b) out += name + " is not everywhere; ";
    if (a && b && *a != *b) out += name + " is not the same everywhere; ";
  }
  for (const auto& [place, names] : foreign) {
    for (const auto& [name, value] : names) {
      const auto seen = place == "fly" ? fly.value(fly_app, name) : cloudflare.value(account, worker, name);
      if (seen != value) out += place + " " + name + " (not ours) is gone; ";
    }
  }
  return out;
}

void converge_and_stay(World& world) {
  forget_faults(world);
  // Values that happen to be right may still be doubtful, so "done" is an apply that writes nothing.
  bool writing = true;
  for (int i = 0; i < 12 && (writing || !world.difference().empty()); ++i) {
    world.pass_time(std::chrono::minutes(2));
    writing = world.apply().writes != 0;
  }
  if (const auto left = world.difference(); !left.empty()) {
    throw std::runtime_error("S11: it does not converge: " + left + "\n" + world.log());
  }
  for (int i = 0; i < 10; ++i) {
    world.pass_time(std::chrono::minutes(6));
    const auto end = world.apply();
    if (end.writes != 0) {
      throw std::runtime_error("S11: it writes although everything is in sync\n" + world.log());
    }
    for (const auto& outcome : end.outcomes) {
      if (outcome.error) throw std::runtime_error("S11: " + describe(*outcome.error));
    }
  }
}

void forget_faults(World& world) {
  world.fly.set_faults({});
  world.fly.before_request({});
  world.cloudflare.set_faults({});
  world.cloudflare.before_request({});
}

}  // namespace lockstep::simulation
