// What the emulators share: the fault plan, the hook and the record of what was asked.
#pragma once

#include <vector>

#include "sandbox/call.hpp"
#include "sandbox/emulator.hpp"
#include "sandbox/tools.hpp"

namespace lockstep::sandbox {

/// Derive and say how a request is answered when nothing goes wrong with the connection.
class EmulatorBase : public Emulator {
 public:
  Outcome handle(const net::Request& request, Wall now) final;
  void set_faults(FaultPlan plan) final { faults_ = std::move(plan); }
  void before_request(BeforeRequest hook) final { hook_ = std::move(hook); }
  const std::vector<Seen>& seen() const final { return seen_; }
  /// How many requests were refused for a limit, not by the fault plan.
  std::size_t throttled() const { return throttled_; }

 protected:
  /// The answer, with its effect on the account. `stale`: a read may not see the last write.
  virtual Reply answer(const Call& call, Wall now, bool stale) = 0;
  /// The provider's usual answer of that status, without any effect.
  virtual net::Response error_answer(const Call& call, int status) = 0;

 private:
  Outcome outcome_of(const Fault& fault, const Call& call, Wall now);
  Reply counted_answer(const Call& call, Wall now, bool stale);

  FaultPlan faults_;
  BeforeRequest hook_;
  bool in_hook_ = false;  ///< requests made by the hook meet neither faults nor the hook
  std::vector<Seen> seen_;
  std::size_t throttled_ = 0;
};

}  // namespace lockstep::sandbox
