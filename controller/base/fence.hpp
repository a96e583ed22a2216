// The right to write.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

namespace lockstep {

/// One place, one writer (S7): asked last thing before the bytes of a write leave.
class WriteFence {
 public:
  virtual ~WriteFence() = default;
  /// Ok when a write that ends by `deadline` may start now; `fenced` when the lock or lease is
  /// lost or ends before that, or the process is shutting down.
  virtual Status check(Mono deadline) const = 0;
};

}  // namespace lockstep
