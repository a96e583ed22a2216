// The summary of one Target's last pass: rebuildable, never the ledger.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/plan.hpp"

namespace lockstep {

/// A condition after Kubernetes' kstatus.
struct Condition {
  std::string type;  ///< Ready, Reconciling, Stalled, Drifted, AwaitingApproval
  bool status = false;
  std::string reason;  ///< CamelCase word
  std::string message;
};

/// What one pass left behind.
struct TargetStatus {
  ObjectKey key;
  std::string place;  ///< key
  std::string provider;
  std::string environment;
  std::optional<Wall> last_observed;  ///< of the last complete read
  std::optional<Wall> next_pass;
  std::vector<Condition> conditions;
  TargetPlan plan;        ///< after the pass
  std::size_t reads = 0;  ///< provider calls of the pass
  std::size_t writes = 0;
  std::size_t names_written = 0;
  std::optional<Error> error;  ///< what ended the pass early
};

}  // namespace lockstep
