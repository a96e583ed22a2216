#include "fly_app.hpp"

#include <algorithm>

namespace lockstep::conformance {

namespace {

constexpr auto token = "fm2_FAKEtoken00000000000000000000001";
/// Steps of one pass (reconcile/pass_roll_out.cpp).
constexpr int steps = 4;

providers::TokenSource fake_token() {
  return []() -> Awaitable<Result<Secret>> { co_return Secret(token); };
}

sandbox::FlyOptions options_of(const FlyKind& kind) {
  return {.read_lag = kind.read_lag,
          .fresh_every = kind.fresh_every,
          .start_time = std::chrono::seconds(3),
          .check_time = kind.check_time,
          .leases_tell_instance = kind.leases_tell_instance,
          // Limits are kept by the budget in front of providers, which is not part of this.
          .machine_actions = {},
          .get_machine = {},
          .secret_actions = {}};
}

}  // namespace

std::string machine_updated_by(const net::Request& request) {
  constexpr std::string_view machines = "/machines/";
  const auto at = request.url.find(machines);
  if (request.method != "POST" || at == std::string::npos) return "";
  const auto rest = request.url.substr(at + machines.size());
  return rest.contains('/') ? "" : rest;
}

FlyApp::FlyApp(const FlyKind& kind)
    : fly(options_of(kind)), provider(http, sim.clock(), fake_token(), {}) {
  http.route("https://api.machines.dev", fly);
  fly.add_app(fly_app);
  fly.add_token({.id = "t1", .secret = token});
  fly.before_request([this](std::size_t, const net::Request& request) {
    if (act_ && seen_ == act_at_) act_(request);
    check(request);
    ++seen_;
  });
}

std::string FlyApp::add(const sandbox::FlyMachine& machine) {
  auto id = fly.add_machine(fly_app, machine, now() - std::chrono::minutes(1));
  if (!machine.fly_launch) {
    unmanaged_.insert(id);
  } else {
    managed_.push_back(id);
    if (!machine.started) at_rest_.insert(id);
  }
  instances_[id] = fly.instance_id(fly_app, id);
  return id;
}

void FlyApp::wait(Nanos time) {
  auto& clock = sim.clock();
  (void)sim.run(clock.sleep_until(clock.mono() + time));
}

void FlyApp::write() {
  std::vector<Change> changes;
  changes.push_back({.op = Change::Op::put, .name = "TOKEN", .value = Secret("new-fake-value")});
  const auto applied = sim.run(
      provider.apply({PlaceKind::flyApp, {fly_app}}, std::move(changes), memory, WriteMode::live,
                     {.deadline = sim.clock().mono() + std::chrono::minutes(1), .attempt = "a"}));
  ASSERT_TRUE(applied) << describe(applied.error());
  memory.evidence = applied->evidence;
  memory.roll_out_due = now();
  memory.names["TOKEN"] = {.updated_at = applied->receipts.at(0).updated_at, .staged = true};
  memory.machines = applied->machines;
  updated_ = 0;
}

Result<RolledOut> FlyApp::step(Nanos limit) {
  auto done = sim.run(provider.roll_out({PlaceKind::flyApp, {fly_app}}, memory,
                                        {.deadline = sim.clock().mono() + limit, .attempt = "a"}));
  if (done) record(*done);
  return done;
}

void FlyApp::record(const RolledOut& step) {
  for (const auto& id : step.updated) {
    std::erase_if(memory.machines, [&](const auto& entry) { return entry.starts_with(id + "/"); });
  }
  if (step.machine.empty() && step.left.machines() == 0) check_success();
}

std::size_t FlyApp::converge(std::size_t most) {
  Nanos pause = std::chrono::seconds(1);
  for (std::size_t pass = 1; pass <= most; ++pass) {
    for (int i = 0; i < steps; ++i) {
      const auto done = step();
      if (!done) break;
      if (!done->machine.empty()) {
        ++stops;
        break;
      }
      if (done->left.machines() == 0) return pass;
    }
    wait(pause);
    pause *= 2;
  }
  ADD_FAILURE() << "S11: it does not converge";
  return most;
}

void FlyApp::before(std::size_t index, std::function<void(const net::Request&)> act) {
  act_at_ = seen_ + index;
  act_ = std::move(act);
}

long FlyApp::updates() const {
  return std::ranges::count_if(fly.seen(), [](const auto& seen) {
    return seen.method == "POST" && !seen.path.ends_with("/lease");
  });
}

void FlyApp::broke(std::string what) {
  if (broken_.empty()) broken_ = std::move(what);
}

/// How everything stands when a request arrives, and whether the request may be made.
void FlyApp::check(const net::Request& request) {
  std::size_t down = 0;
  const auto there = fly.machines(fly_app);
  for (const auto& id : there) {
    const auto instance = fly.instance_id(fly_app, id);
    if (instances_[id] != instance) {
      instances_[id] = instance;
      ++updated_;
      if (unmanaged_.contains(id)) broke("an unmanaged machine was updated");
    }
    if (theirs.contains(id)) continue;
    if (at_rest_.contains(id)) {
      if (fly.runs(fly_app, id)) broke("a machine at rest was started");
    } else if (!unmanaged_.contains(id) && !fly.well(fly_app, id, now())) {
      ++down;
    }
  }
  const auto next = machine_updated_by(request);
  const bool takes_down =
      !next.empty() && !at_rest_.contains(next) && fly.well(fly_app, next, now());
  if (down + (takes_down ? 1U : 0U) > at_once && !next.empty()) {
    broke("two machines are down at once");
  }
}

void FlyApp::check_success() {
  for (const auto& id : fly.machines(fly_app)) {
    if (unmanaged_.contains(id)) continue;
    if (!live(id)) broke("success, and machine " + id + " runs the old set");
    if (theirs.contains(id) || at_rest_.contains(id)) continue;
    if (!fly.well(fly_app, id, now())) broke("success, and machine " + id + " is not well");
  }
}

}  // namespace lockstep::conformance
