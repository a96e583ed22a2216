// A pass on the bench: Targets put together by hand, the ports in memory, virtual time.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "reconcile/fakes.hpp"
#include "reconcile/pass.hpp"
#include "support/sim.hpp"

namespace lockstep::testing {

struct Bench {
  Simulation sim;
  Journal journal;
  FakeLedger ledger{journal};
  FakeSource source{journal};
  FakeProvider provider{journal, sim.clock()};
  FakeInspector inspector;
  FakeProviders providers{provider, inspector};
  FakeStatus status;
  Metrics metrics;
  std::string log_text;
  std::unique_ptr<EventLog> log = make_recording_log(sim.clock(), log_text);
  reconcile::CredentialHealth health;
  int generated = 0;
  Desired desired;
  reconcile::Services services{
      .clock = sim.clock(),
      .random = sim.random(),
      .ledger = ledger,
      .source = source,
      .providers = providers,
      .status = status,
      .log = *log,
      .metrics = metrics,
      .generate = [this](const api::Generate&, Random&) {
        return Secret("generated-value-number-" + std::to_string(++generated));
      }};

  Bench() { desired.credentials[{"prod", "fly"}].metadata.name = "fly"; }

  /// A Target on an app of its name, unless another app is named.
  DesiredTarget& target(const std::string& name = "app", std::string app = "") {
    auto& out = desired.targets.emplace_back();
    out.key = {"prod", name};
    out.place = {PlaceKind::flyApp, {app.empty() ? name : std::move(app)}};
    out.environment = "production";
    out.credential = "fly";
    out.permitted = {api::Action::Read, api::Action::Write, api::Action::Delete};
    out.selecting_sets = {"runtime"};
    return out;
  }

  /// Desires a name there; a value at the source comes by value().
  static DesiredSecret& desire(DesiredTarget& target, const std::string& name,
                               ValueKind kind = ValueKind::source) {
    const auto where = std::ranges::lower_bound(target.secrets, name, {}, &DesiredSecret::name);
    auto& out = *target.secrets.insert(where, DesiredSecret{});
    out.name = name;
    out.kind = kind;
    out.secret_set = {"prod", "runtime"};
    out.source_secret = kind == ValueKind::generate ? "generated" : "values";
    out.source_name = out.source_secret;
    out.source_key = name;
    out.id = {"prod", "secret/" + out.source_secret, name};
    return out;
  }
  void value(const std::string& name, const std::string& value) {
    source.values[{"prod", "values", name}] = value;
  }
  /// A Target `app` that wants these names, each with a value at its source.
  DesiredTarget& wants(const std::vector<std::string>& names) {
    auto& out = target();
    for (const auto& name : names) {
      desire(out, name);
      value(name, "value-of-" + name);
    }
    return out;
  }

  reconcile::SharedLooks looks{services, health, sim.executor()};

  ~Bench() {
    sim.run([](reconcile::SharedLooks& all) -> Awaitable<int> {
      auto ending = all.end();
      co_await std::move(ending);
      co_return 0;
    }(looks));
  }

  reconcile::PassOutcome pass(reconcile::PassOptions options = {.write = true},
                              std::size_t which = 0) {
    reconcile::Pass one(services, health, looks, desired, desired.targets.at(which),
                        std::move(options));
    return sim.run(one.run());
  }
  reconcile::PassOutcome plan(std::size_t which = 0) { return pass({.write = false}, which); }

  /// Time goes by.
  void wait(Nanos span) {
    sim.run([](Clock& clock, Mono when) -> Awaitable<int> {
      (void)co_await clock.sleep_until(when);
      co_return 0;
    }(sim.clock(), sim.clock().mono() + span));
  }
  /// What someone else does.
  void set(const std::string& name, const std::string& value, const std::string& app = "app") {
    provider.places[app][name] = {value, sim.clock().wall()};
  }

  PlaceRecord& record(const std::string& app = "app") {
    return ledger.records[{"prod", "flyApp/" + app}];
  }
  std::string value_at(const std::string& name, const std::string& app = "app") {
    const auto& place = provider.places[app];
    const auto found = place.find(name);
    return found == place.end() ? "(not there)" : found->second.value;
  }
  /// The lines of the journal that begin with that word.
  std::vector<std::string> lines(const std::string& word) const {
    std::vector<std::string> out;
    std::ranges::copy_if(journal, std::back_inserter(out),
                         [&](const auto& line) { return line.starts_with(word + " "); });
    return out;
  }
};

inline const PlannedSecret& row(const TargetPlan& plan, std::string_view name) {
  return *std::ranges::find(plan.secrets, name, &PlannedSecret::name);
}
inline const PlannedSecret& row(const reconcile::PassOutcome& outcome, std::string_view name) {
  return row(outcome.status.plan, name);
}
inline const Condition& condition(const reconcile::PassOutcome& outcome, std::string_view type) {
  return *std::ranges::find(outcome.status.conditions, type, &Condition::type);
}

}  // namespace lockstep::testing
