// What can go wrong with one request.
#pragma once

#include <string>
#include <vector>

#include "sandbox/emulator.hpp"

namespace lockstep::simulation {

struct FaultCase {
  std::string name;
  sandbox::Fault fault;
};

/// Every kind of fault, by a name that a test can bear.
const std::vector<FaultCase>& fault_cases();

}  // namespace lockstep::simulation
