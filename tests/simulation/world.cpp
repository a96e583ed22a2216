#include "simulation/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "base/text.hpp"
#include "simulation/witness.hpp"

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

class Fence final : public WriteFence {
 public:
  explicit Fence(const bool& open) : open_(open) {}
  Status check(Mono) const override {
    if (open_) return {};
    return fail(ErrorKind::fenced, "the lock is lost");
  }

 private:
  const bool& open_;
};

/// The providers' own clock: it does not jump when ours does.
class ProviderClock final : public Clock {
 public:
  explicit ProviderClock(Clock& ours) : ours_(ours) {}
  Mono mono() const override { return ours_.mono(); }
  Wall wall() const override { return Wall(ours_.mono().time_since_epoch()); }
  Awaitable<Ended> sleep_until(Mono when) override { return ours_.sleep_until(when); }
  Awaitable<Ended> limit(Mono deadline, Awaitable<void> op) override {
    return ours_.limit(deadline, std::move(op));
  }

 private:
  Clock& ours_;
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
struct World::Life final : Judge {
  Life(World& in, CrashPoint crash)
      : world(in),
        sim(in.seed_ * 1000 + ++in.lives_, in.now_),
        offload(make_offload_inline()),
        reader(in.files, sim.clock(), *offload),
        log(make_recording_log(sim.clock(), in.log_)),
        fence(in.may_write),
        provider_clock(sim.clock()),
        providers(provider_clock, std::chrono::milliseconds(20)),
        fly(in.fly, in.ledger_oracle_),
        cloudflare(in.cloudflare, in.ledger_oracle_),
        github(in.github, in.ledger_oracle_),
        wire(providers, sim.clock(), in.power, crash, *this),
        scope(sim.executor()) {
    providers.route("https://api.machines.dev", fly);
    providers.route("https://api.cloudflare.com", cloudflare);
    providers.route("https://" + github_host, github);
    wire.trust_reads(!in.reads_may_be_stale);
    if (crash.at == CrashPoint::At::disk) in.power.cut_after(crash.count);
    in.clock_ = &sim.clock();
  }
  ~Life() override { world.clock_ = nullptr; }

  void before_write(const WriteAsked& write) override { world.check_write(write); }
  void after_call() override { world.check_oracles(); }
  void after_answer(std::size_t number) override { world.ledger_oracle_.was_answered(number); }
  bool newer_version_waits() const override {
    return world.staged()
               ? world.cloudflare.undeployed_by_others(account, worker, "owner@example.com")
               : !world.cloudflare.latest_is_deployed(account, worker);
  }
  bool environment_is_bare() const override {
    return world.has_github() && !world.environment_is_guarded();
  }
  bool a_value_is_to_be_made() const override {
    return std::ranges::any_of(world.generated, [&](const auto& name) {
      return std::ranges::any_of(
          world.wanted, [&](const auto& place) { return !world.value(place.first, name); });
    });
  }

  Awaitable<Result<std::unique_ptr<App>>> start() {
    return world.make(
        {.executor = sim.executor(),
         .clock = sim.clock(),
         .random = sim.random(),
         .files = world.files,
         .locks = locks,
         .offload = *offload,
         .reader = reader,
         .environment = world.environment,
         .fence = fence,
         .log = *log,
         .transport = [this](net::TransportOptions) -> Result<std::unique_ptr<net::HttpClient>> {
           return std::make_unique<Borrowed>(wire);
         },
         .around_ledger =
             [this](std::unique_ptr<Ledger> ledger) {
               return watched(std::move(ledger), world.ledger_oracle_);
             }},
        {.manifests = "manifests",
         .local_file = "lockstep.local.yaml",
         .local_file_required = true,
         .ledger = {.directory = ".lockstep", .key = "state/ledger.key"},
         .mode = OpenMode::write,
         .ledger_vfs = world.disk.name()});
  }

  World& world;
  testing::Simulation sim;
  std::unique_ptr<Offload> offload;
  RestedReader reader;
  std::unique_ptr<EventLog> log;
  MemoryLocks locks;
  Fence fence;
  ProviderClock provider_clock;
  sandbox::InProcessHttp providers;
  Witness fly, cloudflare, github;
  Wire wire;
  std::unique_ptr<App> app;
  std::optional<reconcile::World> loaded;
  std::vector<reconcile::PassOutcome> outcomes;
  std::optional<Error> error;
  bool ended = false;
  Scope scope;
};

long simulation_share() {
  const char* text = std::getenv("LOCKSTEP_SIMULATION_SHARE");
  return text ? std::max(1L, std::strtol(text, nullptr, 10)) : 1;
}

World::World(std::uint64_t seed, sandbox::FlyOptions fly_options)
    : power(seed),
      disk("simulated-" + std::to_string(seed) + "-" +
               std::to_string(reinterpret_cast<std::uintptr_t>(this)),
           power),
      files(power),
      fly([&] {
        fly_options.seed = seed;
        return fly_options;
      }()),
      cloudflare({.seed = seed}),
      github({.seed = seed}),
      seed_(seed),
      now_(testing::Simulation::first_day()) {
  files.tell_time([this] { return clock_ ? clock_->wall() : Wall(now_.time_since_epoch()); });
}
World::~World() = default;

namespace {

Awaitable<void> apply_life(Awaitable<Result<std::unique_ptr<App>>> starting,
                           std::unique_ptr<App>& app, std::optional<reconcile::World>& loaded,
                           std::vector<reconcile::PassOutcome>& outcomes,
                           std::optional<Error>& error, reconcile::PassOptions options) {
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
  std::vector<const DesiredTarget*> targets;
  for (const auto& target : loaded->desired.targets) targets.push_back(&target);
  auto applying = app->reconciler().once(*loaded, std::move(targets), std::move(options), {});
  outcomes = co_await std::move(applying);
}

Awaitable<void> control_life(Awaitable<Result<std::unique_ptr<App>>> starting,
                             const WriteFence& fence, std::unique_ptr<App>& app,
                             std::optional<Error>& error, bool& ended) {
  auto started = co_await std::move(starting);
  if (!started) {
    error = started.error();
    co_return;
  }
  app = std::move(*started);
  auto running = app->reconciler().run(fence);
  if (auto held = co_await std::move(running); !held) error = held.error();
  ended = true;
}

/// Does what shall happen, each at its time, once the program has started.
Awaitable<void> happen(World& world, testing::Simulation& sim, std::unique_ptr<App>& app,
                       std::vector<Happening> happenings) {
  const auto start = sim.clock().mono();
  for (const auto& one : happenings) {
    if (co_await sim.clock().sleep_until(start + one.after) != Ended::finished) co_return;
    if (app) one.act(world, *app, sim);
  }
}

}  // namespace

LifeEnd World::end_of(Life& life, bool crashed) {
  LifeEnd end{.crashed = crashed,
              .outcomes = std::move(life.outcomes),
              .error = std::move(life.error),
              .disk_ops = power.ops(),
              .calls = life.wire.calls(),
              .writes = life.wire.writes(),
              .ended = life.ended,
              .lived = life.sim.clock().mono() - now_};
  if (life.app) {
    for (const auto* status : life.app->status().all()) end.statuses.push_back(*status);
    end.metrics = life.app->metrics().text();
  }
  now_ = life.sim.clock().mono();
  power.cut();
  life.sim.kill();
  life.app.reset();
  disk.crash();
  power.restore();
  for (const auto* broken : {&life.wire.broken(), &ledger_oracle_.broken()}) {
    if (!broken->empty()) throw std::runtime_error(*broken + "\n" + log_);
  }
  check_oracles();
  check_secrecy("metrics", end.metrics);
  for (const auto& [file, bytes] : disk.image()) check_secrecy(file, bytes);
  return end;
}

LifeEnd World::apply(CrashPoint crash, reconcile::PassOptions options) {
  const auto ops = power.ops();
  Life life(*this, crash);
  life.scope.start(apply_life(life.start(), life.app, life.loaded, life.outcomes, life.error,
                              std::move(options)));
  life.sim.run_until(Mono::max(), [&] {
    return life.scope.drained() || !power.on() || !life.wire.broken().empty();
  });
  if (life.loaded && !life.loaded->problems().empty() && !manifests_may_be_wrong) {
    throw std::runtime_error("the scenario's manifests are wrong: " +
                             api::to_string(life.loaded->problems().front()));
  }
  const bool crashed = !power.on();
  if (!crashed && life.wire.broken().empty() && !life.scope.drained())
    throw std::runtime_error("apply hangs: nothing is left to wait for");
  auto end = end_of(life, crashed);
  end.disk_ops -= ops;
  return end;
}

LifeEnd World::control(Nanos span, CrashPoint crash, std::vector<Happening> happenings) {
  const auto ops = power.ops();
  Life life(*this, crash);
  life.scope.start(control_life(life.start(), life.fence, life.app, life.error, life.ended));
  life.scope.start(happen(*this, life.sim, life.app, std::move(happenings)));
  life.sim.run_until(now_ + span, [&] {
    return !power.on() || !life.wire.broken().empty() || life.error || life.ended;
  });
  auto end = end_of(life, !power.on());
  end.disk_ops -= ops;
  return end;
}

namespace {

Awaitable<void> hold_life(Awaitable<Result<std::unique_ptr<App>>> starting,
                          std::unique_ptr<App>& app, std::optional<Error>& error, PlaceId place,
                          Hold hold) {
  auto started = co_await std::move(starting);
  if (!started) {
    error = started.error();
    co_return;
  }
  app = std::move(*started);
  auto holding = app->ledger().hold(std::move(place), std::move(hold));
  const auto held = co_await std::move(holding);
  if (!held) error = held.error();
}

}  // namespace

void World::hold(const std::string& place, const std::string& name, Nanos span) {
  static const std::map<std::string, std::string> keys{
      {"fly", "flyApp/" + fly_app},
      {"worker", "cloudflareWorker/" + account + "/" + worker},
      {"environment", "githubEnvironment/alokai/cms/production"},
      {"repository", "githubRepository/alokai/cms/Actions"}};
  Life life(*this, {});
  const auto begin = life.sim.clock().wall();
  life.scope.start(hold_life(life.start(), life.app, life.error, {"prod", keys.at(place)},
                             {.name = name,
                              .since = begin,
                              .until = begin + span,
                              .reason = "a sale",
                              .by = "jane@example.com"}));
  life.sim.run_until(Mono::max(), [&] { return life.scope.drained(); });
  held[place].insert(name);
  if (const auto end = end_of(life, false); end.error) {
    throw std::runtime_error("the hold failed: " + describe(*end.error));
  }
}

void converge_and_stay(World& world, int silent_applies) {
  forget_faults(world);
  // Values that happen to be right may still be doubtful, so "done" is an apply that writes
  // nothing.
  bool writing = true;
  for (int i = 0; i < 12 && (writing || !world.difference().empty()); ++i) {
    world.pass_time(std::chrono::minutes(2));
    writing = world.apply().writes != 0;
    writing = world.deploy_staged() || writing;
  }
  if (const auto left = world.difference(); !left.empty()) {
    throw std::runtime_error("S11: it does not converge: " + left + "\n" + world.log());
  }
  for (int i = 0; i < silent_applies; ++i) {
    world.pass_time(std::chrono::minutes(6));
    const auto end = world.apply();
    if (end.writes != 0) {
      throw std::runtime_error("S11: it writes although everything is in sync\n" + world.log());
    }
    for (const auto& outcome : end.outcomes) {
      if (outcome.error) throw std::runtime_error("S11: " + describe(*outcome.error));
      for (const auto& row : outcome.status.plan.secrets) {
        if (!row.desired || row.state == State::InSync) continue;
        throw std::runtime_error("S11: " + row.name + " at " + outcome.status.place + " stays " +
                                 std::string(to_string(row.state)) + "\n" + world.log());
      }
    }
  }
}

bool World::staged() const {
  return (worker_policy.empty() ? policy : worker_policy).contains("apply: Staged");
}

bool World::deploy_staged() {
  if (!staged() || cloudflare.latest_is_deployed(account, worker)) return false;
  cloudflare.deploy_latest(account, worker, {}, now());
  note("someone deploys the newest version");
  return true;
}

void World::set_faults(const sandbox::FaultPlan& plan) {
  fly.set_faults(plan);
  cloudflare.set_faults(plan);
  github.set_faults(plan);
}

void World::before_request(const sandbox::BeforeRequest& hook) {
  fly.before_request(hook);
  cloudflare.before_request(hook);
  github.before_request(hook);
}

void forget_faults(World& world) {
  world.set_faults({});
  world.before_request({});
}

}  // namespace lockstep::simulation
