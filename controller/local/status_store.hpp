// The latest outcome of each Target, in memory.
#pragma once

#include <map>
#include <set>

#include "ports/status.hpp"

namespace lockstep {

/// Sink and reader of outcomes; used on the loop only. What all() gives is valid until the next
/// put, remove or know.
class StatusStore final : public StatusSink, public StatusReader {
 public:
  void put(TargetStatus status) override;
  void know(std::set<ObjectKey> targets) override;
  std::vector<const TargetStatus*> all() const override;
  /// False until know() was called once.
  bool ready() const override;

 private:
  std::map<ObjectKey, TargetStatus> statuses_;
  std::optional<std::set<ObjectKey>> known_;
};

}  // namespace lockstep
