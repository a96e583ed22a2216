#include "simulation/fleet.hpp"

#include <span>
#include <stdexcept>

#include "sandbox/in_process.hpp"
#include "support/crash_vfs.hpp"
#include "support/memory_files.hpp"
#include "support/power.hpp"
#include "support/sim.hpp"

namespace lockstep::simulation {

namespace {

constexpr std::string_view account = "0123456789abcdef0123456789abcdef";
constexpr std::string_view cloudflare_token = "cf-fake-0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view fly_token = "fly-fake-0123456789abcdef";
constexpr std::string_view github_token = "github_pat_fake_0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view repository = "alokai/shop";

constexpr std::string_view platform = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: prod}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: cloudflare, key: token}}
  grants:
  - {places: ["cloudflareWorker/*/production-*"]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: prod}
spec:
  fly: {token: {secretKeyRef: {name: fly, key: token}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: github, namespace: prod}
spec:
  github: {token: {secretKeyRef: {name: github, key: token}}}
  grants:
  - {places: ["githubEnvironment/alokai/shop/*"]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: prod}
spec:
  places: ["cloudflareWorker/*/production-*", "flyApp/*", "githubEnvironment/alokai/shop/*"]
  sources:
  - {name: values, secretRef: {name: values}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: shared, namespace: prod}
spec:
  targets: {matchLabels: {app: demo}}
  secrets:
)";

constexpr std::string_view names[] = {"DATABASE_URL", "STRIPE_API_KEY", "SESSION_KEY"};

constexpr std::string_view local = R"(
secrets:
  prod/cloudflare: {keys: {token: {env: CLOUDFLARE_TOKEN}}}
  prod/fly: {keys: {token: {env: FLY_TOKEN}}}
  prod/github: {keys: {token: {env: GITHUB_TOKEN}}}
  prod/values: {envPrefix: VALUE_}
)";

std::string target(const std::string& name, std::string_view credential, const std::string& place) {
  return "---\napiVersion: lockstep.dev/v1alpha1\nkind: Target\nmetadata: {name: " + name +
         ", namespace: prod, labels: {app: demo}}\nspec:\n  environmentRef: {name: production}\n"
         "  credentialRef: {name: " +
         std::string(credential) + "}\n  place: " + place + "\n";
}

class AlwaysOurs final : public WriteFence {
 public:
  Status check(Mono) const override { return {}; }
};

class NoLocks final : public FileLocks {
 public:
  Result<std::unique_ptr<HeldLock>> try_lock(const Path&) override {
    return std::make_unique<Held>();
  }

 private:
  struct Held final : HeldLock {};
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

Awaitable<std::vector<reconcile::PassOutcome>> apply_all(
    Awaitable<Result<std::unique_ptr<App>>> starting, std::unique_ptr<App>& app,
    std::optional<reconcile::World>& world) {
  auto started = co_await std::move(starting);
  if (!started) throw std::runtime_error(describe(started.error()));
  app = std::move(*started);
  auto loading = reconcile::load_world(app->manifests());
  auto loaded = co_await std::move(loading);
  if (!loaded) throw std::runtime_error(describe(loaded.error()));
  world = std::move(*loaded);
  for (const auto& problem : world->problems()) throw std::runtime_error(api::to_string(problem));
  std::vector<const DesiredTarget*> targets;
  for (const auto& one : world->desired.targets) targets.push_back(&one);
  auto applying =
      app->reconciler().once(*world, std::move(targets), {.write = true, .at_once = true}, {});
  co_return co_await std::move(applying);
}

}  // namespace

struct Fleet::State {
  static std::string name_of(std::size_t i) { return "production-shop-" + std::to_string(i); }

  State()
      : disk("fleet-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)), power),
        files(power),
        http(sim.clock(), std::chrono::milliseconds(50)) {
    http.route("https://api.machines.dev", fly);
    http.route("https://api.cloudflare.com", cloudflare);
    http.route("https://api.github.com", github);
  }

  // Each sets up the places of a kind and gives the manifests of their Targets.
  std::string add_workers(std::size_t count);
  std::string add_fly_apps(std::size_t count, const std::string& when);
  std::string add_environments(std::size_t count);

  testing::Power power{1};
  testing::CrashVfs disk;
  testing::MemoryFiles files;
  testing::Simulation sim;
  sandbox::FlyEmulator fly;
  sandbox::CloudflareEmulator cloudflare{{.requests_a_second = 200}};
  sandbox::GitHubEmulator github;
  sandbox::InProcessHttp http;
  Environment environment;
  std::unique_ptr<Offload> offload = make_offload_inline();
  RestedReader reader{files, sim.clock(), *offload};
  std::unique_ptr<EventLog> log = make_silent_log();
  NoLocks locks;
  AlwaysOurs fence;
};

std::string Fleet::State::add_workers(std::size_t count) {
  cloudflare.add_account(std::string(account), "Demo");
  cloudflare.add_token({.id = "t1",
                        .secret = std::string(cloudflare_token),
                        .accounts = {std::string(account)},
                        .permissions = {"Workers Scripts Write"}});
  std::string manifests;
  for (std::size_t i = 0; i < count; ++i) {
    cloudflare.add_worker(std::string(account), name_of(i), sim.clock().wall());
    manifests += target("worker-" + std::to_string(i), "cloudflare",
                        "{cloudflareWorker: {script: " + name_of(i) + "}}");
  }
  return manifests;
}

std::string Fleet::State::add_fly_apps(std::size_t count, const std::string& when) {
  fly.add_token({.id = "t1", .secret = std::string(fly_token)});
  std::string manifests;
  for (std::size_t i = 0; i < count; ++i) {
    fly.add_app(name_of(i));
    fly.add_machine(name_of(i), {}, sim.clock().wall());
    manifests += target("fly-" + std::to_string(i), "fly",
                        "{flyApp: {app: " + name_of(i) + "}}\n  policy: {apply: " + when + "}");
  }
  return manifests;
}

std::string Fleet::State::add_environments(std::size_t count) {
  const auto now = sim.clock().wall();
  const std::string shop(repository);
  github.add_repository(shop, now);
  github.add_token({.id = "t1",
                    .secret = std::string(github_token),
                    .repositories = {shop},
                    .permissions = {{"environments", "write"}, {"metadata", "read"}}});
  std::string manifests;
  for (std::size_t i = 0; i < count; ++i) {
    github.add_environment(shop, name_of(i), now);
    manifests +=
        target("github-" + std::to_string(i), "github",
               "{githubEnvironment: {repository: " + shop + ", name: " + name_of(i) + "}}");
  }
  return manifests;
}

Fleet::Fleet(Kind kind, std::size_t count, std::size_t secrets)
    : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.files.put_directory("manifests", 0755);
  s.files.put_directory("state", 0700);
  s.files.put("lockstep.local.yaml", local);
  s.environment.set("CLOUDFLARE_TOKEN", Secret(cloudflare_token));
  s.environment.set("FLY_TOKEN", Secret(fly_token));
  s.environment.set("GITHUB_TOKEN", Secret(github_token));
  s.environment.set("VALUE_DATABASE_URL", Secret("postgres://demo-fake.example/db"));
  s.environment.set("VALUE_STRIPE_API_KEY", Secret("sk_test_fake_51Habcdefghijklmnop"));
  s.environment.set("VALUE_SESSION_KEY", Secret("fake-session-0123456789abcdef0123456789"));
  std::string manifests(platform);
  for (const auto name : std::span(names).first(secrets)) {
    manifests += "  - {name: " + std::string(name) + "}\n";
  }
  if (kind == Kind::workers || kind == Kind::workers_and_fly_apps) {
    manifests += s.add_workers(count);
  }
  if (kind == Kind::fly_apps || kind == Kind::workers_and_fly_apps) {
    manifests += s.add_fly_apps(count, "Staged");
  }
  if (kind == Kind::live_fly_apps) manifests += s.add_fly_apps(count, "Live");
  if (kind == Kind::environments) manifests += s.add_environments(count);
  s.files.put("manifests/all.yaml", manifests);
}
Fleet::~Fleet() = default;

FleetRun Fleet::apply() {
  auto& s = *state_;
  std::unique_ptr<App> app;
  std::optional<reconcile::World> world;
  FleetRun run{.outcomes = {}, .began = s.sim.clock().wall()};
  run.outcomes = s.sim.run(apply_all(
      make_app(
          {.executor = s.sim.executor(),
           .clock = s.sim.clock(),
           .random = s.sim.random(),
           .files = s.files,
           .locks = s.locks,
           .offload = *s.offload,
           .reader = s.reader,
           .environment = s.environment,
           .fence = s.fence,
           .log = *s.log,
           .transport = [&s](net::TransportOptions) -> Result<std::unique_ptr<net::HttpClient>> {
             return std::make_unique<Borrowed>(s.http);
           }},
          {.manifests = "manifests",
           .local_file = "lockstep.local.yaml",
           .local_file_required = true,
           .ledger = {.directory = ".lockstep", .key = "state/ledger.key"},
           .mode = OpenMode::write,
           .ledger_vfs = s.disk.name()}),
      app, world));
  run.took = s.sim.clock().wall() - run.began;
  return run;
}

void Fleet::pass_time(Nanos span) {
  const auto until = state_->sim.clock().mono() + span;
  (void)state_->sim.run(state_->sim.clock().sleep_until(until));
}

void Fleet::somebody_asks(std::size_t count) {
  net::Request request;
  request.url = "https://api.cloudflare.com/client/v4/accounts";
  request.authorization = Secret("Bearer " + std::string(cloudflare_token));
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 200 == 0) pass_time(Seconds(2));
    (void)state_->cloudflare.handle(request, state_->sim.clock().wall());
  }
}

const sandbox::CloudflareEmulator& Fleet::cloudflare() const {
  return state_->cloudflare;
}
const sandbox::FlyEmulator& Fleet::fly() const {
  return state_->fly;
}
const sandbox::GitHubEmulator& Fleet::github() const {
  return state_->github;
}

}  // namespace lockstep::simulation
