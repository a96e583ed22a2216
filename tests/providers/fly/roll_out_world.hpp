// One step of a roll-out against scripted machines.
#pragma once

#include <gtest/gtest.h>

#include "../world.hpp"
#include "machines_server.hpp"
#include "providers/fly/authorization.hpp"
#include "providers/fly/roll_out.hpp"

namespace lockstep::providers::fly::test {

/// Its time begins at at(0), on all clocks.
struct RollOutWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  MachinesServer fly{sim.clock()};
  Caller caller{fly, sim.clock(), lockstep::testing::token_of("fm2_FAKE0000000000"),
                "https://api.machines.dev", authorization};
  PlaceRecord memory;

  /// Something was written while these machines ran.
  void before(const std::vector<Shape>& machines) {
    memory.evidence.version = "1003";
    for (const auto& machine : machines) {
      memory.machines.push_back(machine.id + "/" + machine.instance);
    }
  }
  Result<RolledOut> step(Nanos limit = std::chrono::minutes(20)) {
    RollOutStep step(caller, "molecule-cp", memory,
                     {.deadline = sim.clock().mono() + limit, .attempt = "a"});
    return sim.run(step.run());
  }
};

}  // namespace lockstep::providers::fly::test
