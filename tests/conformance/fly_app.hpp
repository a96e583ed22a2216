// A Fly.io app of a few machines, the real provider that rolls out to them, and what must hold.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/record.hpp"
#include "providers/fly/provider.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/in_process.hpp"
#include "support/sim.hpp"

namespace lockstep::conformance {

inline constexpr auto fly_app = "molecule-cp";

/// How one emulated Fly.io differs from the friendliest one.
struct FlyKind {
  const char* name;
  Nanos read_lag{};
  std::uint32_t fresh_every = 0;
  Nanos check_time{};
  bool leases_tell_instance = true;
};

/// Keeps around the steps of a roll-out what a pass keeps in the ledger. At every request it holds
/// them to: never two machines down at once, nothing at rest started, nothing unmanaged touched;
/// and at every success to: each machine runs the new set, and what shall run is well.
class FlyApp {
 public:
  explicit FlyApp(const FlyKind& kind = {.name = "Plain"});
  FlyApp(const FlyApp&) = delete;
  FlyApp& operator=(const FlyApp&) = delete;

  /// A machine that has run for a minute.
  std::string add(const sandbox::FlyMachine& machine = {});
  Wall now() { return sim.clock().wall(); }
  void wait(Nanos time);

  /// A value is written by us while the machines run the set before.
  void write();
  Result<RolledOut> step(Nanos limit = std::chrono::minutes(10));
  /// Steps as a pass makes them, and passes as a controller does, until everything is done. A
  /// machine that stops it counts as `stops`, and a person goes on at once. Gives how many passes
  /// it took; fails the test after `most`.
  std::size_t converge(std::size_t most = 12);

  /// `act` happens before the request with the number `index`, counted from now; how many there
  /// were is in requests().
  void before(std::size_t index, std::function<void(const net::Request&)> act);
  std::size_t requests() const { return seen_; }

  bool live(const std::string& id) const {
    return fly.live_value(fly_app, id, "TOKEN") == "new-fake-value";
  }
  /// How many requests were updates of machines, and how many of them happened.
  long updates() const;
  std::size_t updated() const { return updated_; }
  /// What broke; "" while nothing did.
  const std::string& broken() const { return broken_; }

  lockstep::testing::Simulation sim;
  sandbox::InProcessHttp http{sim.clock(), std::chrono::milliseconds(50)};
  sandbox::FlyEmulator fly;
  providers::fly::FlyProvider provider;
  PlaceRecord memory;
  std::size_t stops = 0;
  /// Machines that somebody else took down, or is at work on: nobody's to count.
  std::set<std::string> theirs;
  std::size_t at_once = 1;  ///< so many may be down

 private:
  void check(const net::Request& request);
  void check_success();
  void record(const RolledOut& step);
  void broke(std::string what);

  std::vector<std::string> managed_;
  std::set<std::string> at_rest_;
  std::set<std::string> unmanaged_;
  std::map<std::string, std::string> instances_;
  std::size_t updated_ = 0;
  std::size_t seen_ = 0;
  std::size_t act_at_ = 0;
  std::function<void(const net::Request&)> act_;
  std::string broken_;
};

/// The machine that a request updates; "" for any other request.
std::string machine_updated_by(const net::Request& request);

}  // namespace lockstep::conformance
