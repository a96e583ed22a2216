#include "cli/bad_days.hpp"

#include <stdexcept>

#include "app/app.hpp"
#include "cli/apply_at_once.hpp"
#include "cli/apply_report.hpp"
#include "cli/status_report.hpp"
#include "plan/print.hpp"

namespace lockstep::cli::testing {

namespace {

constexpr const char* cloudflare_token = "not-a-real-cloudflare-token-0123456789ab";
constexpr const char* fly_token = "fm2_not_a_real_fly_token_0123456789abcdef";
constexpr const char* github_token = "github_pat_11FAKE0baddays00000000_00000000000000000000001";

constexpr std::string_view platform = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: shop}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: tokens, key: CLOUDFLARE}}
  grants:
  - {places: ["cloudflareWorker/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: shop}
spec:
  fly: {token: {secretKeyRef: {name: tokens, key: FLY}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, Delete, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly-weak, namespace: shop}
spec:
  fly: {token: {secretKeyRef: {name: tokens, key: WEAK}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, Delete, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare-weak, namespace: shop}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: tokens, key: WEAK}}
  grants:
  - {places: ["cloudflareWorker/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare-elsewhere, namespace: shop}
spec:
  cloudflare:
    accountId: "ffffffffffffffffffffffffffffffff"
    token: {secretKeyRef: {name: tokens, key: CLOUDFLARE}}
  grants:
  - {places: ["cloudflareWorker/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: github, namespace: shop}
spec:
  github: {token: {secretKeyRef: {name: tokens, key: GITHUB}}}
  grants:
  - {places: ["githubRepository/shop/*/*", "githubEnvironment/shop/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: github-weak, namespace: shop}
spec:
  github: {token: {secretKeyRef: {name: tokens, key: WEAK}}}
  grants:
  - {places: ["githubRepository/shop/*/*", "githubEnvironment/shop/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: shop}
spec:
  approval: APPROVAL
  places: ["cloudflareWorker/*/*", "flyApp/*", "githubRepository/shop/*/*", "githubEnvironment/shop/*/*"]
  sources:
  - {name: values, secretRef: {name: values}}
)";

constexpr std::string_view local = R"(
secrets:
  shop/tokens: {envPrefix: TOKEN_}
  shop/values: {envPrefix: VALUE_}
)";

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

/// What one life of the program saw; the outcomes do not point into the world.
struct Life {
  std::unique_ptr<App> app;
  std::optional<reconcile::World> world;
  std::vector<reconcile::PassOutcome> outcomes;
  std::string shown;
  Wall shown_at{};
  bool shown_whole = false;
};

Awaitable<bool> live(Awaitable<Result<std::unique_ptr<App>>> starting, Life& life,
                     lockstep::testing::Simulation& sim, reconcile::PassOptions options) {
  auto started = co_await std::move(starting);
  if (!started) throw std::runtime_error(describe(started.error()));
  life.app = std::move(*started);
  auto loading = reconcile::load_world(life.app->manifests());
  auto loaded = co_await std::move(loading);
  if (!loaded) throw std::runtime_error(describe(loaded.error()));
  life.world = std::move(*loaded);
  std::vector<const DesiredTarget*> targets;
  for (const auto& one : life.world->desired.targets) targets.push_back(&one);
  auto& reconciler = life.app->reconciler();
  if (options.write) {
    const auto show = [&](std::span<const TargetPlan> plans, bool whole) {
      life.shown_whole = whole;
      life.shown_at = sim.clock().wall();
      life.shown += plan::to_text(plans, {.now = life.shown_at});
    };
    auto applying = apply_at_once(reconciler, sim.clock(), sim.executor(), *life.world,
                                  std::move(targets), std::move(options), {}, show);
    life.outcomes = co_await std::move(applying);
  } else {
    auto looking = reconciler.once(*life.world, std::move(targets), std::move(options), {});
    life.outcomes = co_await std::move(looking);
  }
  co_return true;
}

}  // namespace

const reconcile::PassOutcome& Told::of(const std::string& target) const {
  for (const auto& outcome : outcomes) {
    if (outcome.status.plan.key.name == target) return outcome;
  }
  throw std::out_of_range("no Target " + target);
}

BadDays::BadDays()
    : disk_("bad-days-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)), power_),
      http_(sim_.clock(), std::chrono::milliseconds(50)),
      offload_(make_offload_inline()),
      reader_(files_, sim_.clock(), *offload_),
      log_(make_silent_log()) {
  http_.route("https://api.machines.dev", fly_);
  http_.route("https://api.cloudflare.com", cloudflare_);
  http_.route("https://api.github.com", github_);
  files_.put_directory("manifests", 0755);
  files_.put_directory("state", 0700);
  files_.put("lockstep.local.yaml", local);
  environment_.set("TOKEN_CLOUDFLARE", Secret(cloudflare_token));
  environment_.set("TOKEN_FLY", Secret(fly_token));
  environment_.set("TOKEN_GITHUB", Secret(github_token));
  environment_.set("TOKEN_WEAK", Secret("not-a-real-token-that-may-do-too-little-01"));
  value("API_KEY", "not-a-real-api-key-one");
  value("NEIGHBOUR_KEY", "not-a-real-key-of-the-neighbour");

  fly_.add_app("shop-neighbour");
  fly_.add_app("shop-api");
  fly_.add_token({.id = "t1", .secret = fly_token});
  cloudflare_.add_account(account, "Shop");
  cloudflare_.add_worker(account, "shop-web", now());
  cloudflare_.add_token({.id = "t1",
                         .secret = cloudflare_token,
                         .accounts = {account},
                         .permissions = {"Workers Scripts Write"}});
  github_.add_repository(repository, now());
  github_.add_token({.id = "t1",
                     .secret = github_token,
                     .permissions = {{"secrets", "write"},
                                     {"environments", "write"},
                                     {"actions", "read"},
                                     {"metadata", "read"},
                                     {"contents", "read"}}});
  target("neighbour", "fly", "{flyApp: {app: shop-neighbour}}", "[{name: NEIGHBOUR_KEY}]");
}

BadDays::~BadDays() = default;

Wall BadDays::now() {
  return sim_.clock().wall();
}

void BadDays::target(const std::string& name, const std::string& credential,
                     const std::string& place, const std::string& secrets,
                     const std::string& policy) {
  targets_[name] = "  environmentRef: {name: production}\n  credentialRef: {name: " + credential +
                   "}\n  place: " + place + "\n  policy: " + policy + "\n";
  sets_[name] = secrets;
}

void BadDays::value(const std::string& name, std::string_view bytes) {
  environment_.set("VALUE_" + name, Secret(bytes));
}

std::string BadDays::manifests() const {
  std::string out(platform);
  out.replace(out.find("APPROVAL"), 8, approval_);
  for (const auto& [name, spec] : targets_) {
    const auto head = "---\napiVersion: lockstep.dev/v1alpha1\nkind: ";
    const auto metadata = "\nmetadata: {name: " + name + ", namespace: shop}\nspec:\n";
    out += head + ("Target" + metadata) + spec;
    out += head + ("SecretSet" + metadata) + "  targets: {names: [" + name +
           "]}\n  secrets: " + sets_.at(name) + "\n";
  }
  return out + more_;
}

std::size_t BadDays::requests_that_write() const {
  std::size_t writes = 0;
  for (const sandbox::Emulator* one :
       std::initializer_list<const sandbox::Emulator*>{&fly_, &cloudflare_, &github_}) {
    writes +=
        static_cast<std::size_t>(std::ranges::count(one->seen(), true, &sandbox::Seen::write));
  }
  return writes;
}

Told BadDays::apply(reconcile::PassOptions options) {
  files_.put("manifests/all.yaml", manifests());
  NoLocks locks;
  AlwaysOurs fence;
  Life life;
  const auto before = requests_that_write();
  (void)sim_.run(live(
      make_app(
          {.executor = sim_.executor(),
           .clock = sim_.clock(),
           .random = sim_.random(),
           .files = files_,
           .locks = locks,
           .offload = *offload_,
           .reader = reader_,
           .environment = environment_,
           .fence = fence,
           .log = *log_,
           .transport = [this](net::TransportOptions) -> Result<std::unique_ptr<net::HttpClient>> {
             return std::make_unique<Borrowed>(http_);
           }},
          {.manifests = "manifests",
           .local_file = "lockstep.local.yaml",
           .local_file_required = true,
           .ledger = {.directory = ".lockstep", .key = "state/ledger.key"},
           .mode = OpenMode::write,
           .ledger_vfs = disk_.name()}),
      life, sim_, std::move(options)));
  Told told{.shown = std::move(life.shown),
            .shown_at = life.shown_at,
            .shown_whole = life.shown_whole,
            .outcomes = std::move(life.outcomes)};
  for (const auto& problem : life.world->problems()) {
    told.problems += api::to_string(problem) + "\n";
  }
  std::vector<TargetPlan> plans;
  for (const auto& outcome : told.outcomes) plans.push_back(outcome.status.plan);
  told.plan = plan::to_text(plans, {.now = now()});
  told.status = status_text(told.outcomes, false, now());
  told.deeds = to_text(deeds_of(told.outcomes));
  told.code = exit_of_apply(told.outcomes, !told.problems.empty());
  told.writes = requests_that_write() - before;
  return told;
}

void BadDays::expect_neighbour_served(const Told& told) const {
  EXPECT_EQ(fly_.value("shop-neighbour", "NEIGHBOUR_KEY"), "not-a-real-key-of-the-neighbour")
      << told.all();
}

void BadDays::pass_time(Nanos span) {
  const auto until = sim_.clock().mono() + span;
  (void)sim_.run(sim_.clock().sleep_until(until));
}

std::string BadDays::at_github(const std::string& name, const std::string& environment) const {
  const auto found = github_.value({.repository = repository, .environment = environment}, name);
  return found ? std::string(*found) : "(none)";
}

}  // namespace lockstep::cli::testing
