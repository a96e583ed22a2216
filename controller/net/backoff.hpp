// How long to wait after the n-th failure in a row.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

namespace lockstep::net {

/// Exponential backoff with full jitter: each wait is uniform between `shortest` and a ceiling
/// that doubles with every failure, so that many waiters do not come back together.
/// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
class Backoff {
 public:
  struct Options {
    Nanos first = std::chrono::seconds(1);            ///< the ceiling after one failure
    Nanos longest = std::chrono::minutes(5);          ///< the ceiling never exceeds this
    Nanos shortest = std::chrono::milliseconds(100);  ///< no wait is shorter
  };
  explicit Backoff(Options options);

  /// One more failure: how long to wait now.
  Nanos next(Random& random);
  /// A success: the next failure counts as the first.
  void reset() { failures_ = 0; }
  /// Failures since the last success.
  unsigned failures() const { return failures_; }
  /// The largest wait that next() could give now.
  Nanos ceiling() const;

 private:
  Options options_;
  unsigned failures_ = 0;
};

}  // namespace lockstep::net
