// Everything that can go wrong with one request, and what a provider must make of it.
#pragma once

#include <string>
#include <vector>

#include "place_world.hpp"
#include "sandbox/emulator.hpp"

namespace lockstep::conformance {

/// What is known of a write that met the fault.
enum class Effect : std::uint8_t {
  refused,   ///< surely nothing happened: failed receipts, with the kind that a read gets
  open,      ///< it may have happened: unknown receipts
  not_sent,  ///< it never arrived: an Error or failed receipts
};

struct FaultRow {
  std::string name;
  sandbox::Fault fault;
  ErrorKind read;  ///< the kind of Error that a read gets
  Effect write;
};

/// The rows for one place. Bodies repeat `said`, as a hostile or careless server would.
std::vector<FaultRow> fault_rows(const PlaceWorld& world, const std::string& said);

/// A plan that gives `fault` to the request with the number `index`, counted from now on, and lets
/// all others pass.
sandbox::FaultPlan at_request(std::size_t index, sandbox::Fault fault);

}  // namespace lockstep::conformance
