// Many places on one credential each, around the real program: for what happens in bulk.
#pragma once

#include <memory>
#include <vector>

#include "app/app.hpp"
#include "sandbox/cloudflare.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/github.hpp"

namespace lockstep::simulation {

/// What one apply came to.
struct FleetRun {
  std::vector<reconcile::PassOutcome> outcomes;
  Wall began{};
  Nanos took{};
  std::vector<reconcile::Wait> waits;  ///< what was told meanwhile
};

/// `count` places of a kind, each of which shall have the same few secrets, with their limits in
/// force and 50 ms between us and the provider. Nothing fails here and nothing crashes.
class Fleet {
 public:
  /// Fly apps have one machine each, which the `live` ones restart.
  enum class Kind { workers, fly_apps, live_fly_apps, environments, workers_and_fly_apps };
  /// `generated`: beside the secrets one that lockstep makes, the same in all places.
  Fleet(Kind kind, std::size_t count, std::size_t secrets = 2, bool generated = false);
  ~Fleet();

  /// One `apply` of everything. Throws what keeps the program from starting.
  FleetRun apply() { return run({.write = true, .at_once = true}); }
  /// One `plan`, which waits as long as `plan --wait` says.
  FleetRun plan(Nanos wait) { return run({.at_once = true, .wait = wait}); }
  void pass_time(Nanos span);
  /// So many requests with the same token, by somebody else, right now.
  void somebody_asks(std::size_t count);

  const sandbox::CloudflareEmulator& cloudflare() const;
  const sandbox::FlyEmulator& fly() const;
  const sandbox::GitHubEmulator& github() const;

  /// Every request so far, at any provider.
  std::size_t requests() const;

 private:
  FleetRun run(reconcile::PassOptions options);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep::simulation
