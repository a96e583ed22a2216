// The ports for what a pass left behind.
#pragma once

#include <set>
#include <vector>

#include "model/status.hpp"

namespace lockstep {

/// Takes the outcome of each pass.
class StatusSink {
 public:
  virtual ~StatusSink() = default;
  virtual void put(TargetStatus status) = 0;
  /// Says which Targets there are; the outcomes of all others are dropped.
  virtual void know(std::set<ObjectKey> targets) = 0;
};

/// Gives the latest outcomes, sorted by key.
class StatusReader {
 public:
  virtual ~StatusReader() = default;
  virtual std::vector<const TargetStatus*> all() const = 0;
  /// True once every known Target has had a pass.
  virtual bool ready() const = 0;
};

}  // namespace lockstep
