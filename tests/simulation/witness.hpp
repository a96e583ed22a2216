// Stands before a provider and sees what it really shows: what was there when an answer was made,
// and what the answer says. Faults lie behind it, the way to the program before it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sandbox/emulator.hpp"

namespace lockstep::simulation {

class LedgerOracle;

/// One good answer to a read of a place.
struct Sight {
  std::string place;
  std::map<std::string, std::string> values;  ///< that were there: name -> value
  bool stale = false;                         ///< the answer is from before the last write
  /// The names that it tells, each with the time it tells; nothing when it lists no names.
  std::optional<std::map<std::string, std::optional<Wall>>> names;
  std::string deployment;  ///< that it tells as the newest, of a Worker; "" when it tells none
};

/// What a good answer says of a place, read from its bytes and not by the program's code.
Sight read_sight(const net::Request& request, const net::Response& response);

/// One provider. Answers to reads of places get a number, by which the oracle knows what they said.
class Witness final : public sandbox::Emulator {
 public:
  Witness(sandbox::Emulator& next, LedgerOracle& oracle) : next_(next), oracle_(oracle) {}
  sandbox::Outcome handle(const net::Request& request, Wall now) override;
  bool serves(std::string_view path) const override { return next_.serves(path); }
  void set_faults(sandbox::FaultPlan plan) override { next_.set_faults(std::move(plan)); }
  void before_request(sandbox::BeforeRequest hook) override {
    next_.before_request(std::move(hook));
  }
  const std::vector<sandbox::Seen>& seen() const override { return next_.seen(); }

 private:
  sandbox::Emulator& next_;
  LedgerOracle& oracle_;
  /// URL -> the names that it told last, for answers that say "unchanged".
  std::map<std::string, std::map<std::string, std::optional<Wall>>> told_;
};

/// Takes the number off an answer, which the program does not see.
std::optional<std::size_t> take_number(net::Response& response);

}  // namespace lockstep::simulation
