// Which Target is next, and when.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/time.hpp"
#include "model/desired.hpp"

namespace lockstep::reconcile {

/// A queue of keys with deadlines: each key once, at its earliest deadline, never handed out twice
/// at the same time. No clock and no waiting inside.
class WorkQueue {
 public:
  /// Wants `key` at `when`; an earlier deadline that it already has stays. A key that is being
  /// worked on is handed out again after done().
  void add(const ObjectKey& key, Mono when);
  /// Forgets `key`; if it is being worked on, it does not come back.
  void remove(const ObjectKey& key);
  /// Whether a key may be worked on now.
  using Free = std::function<bool(const ObjectKey&)>;
  /// Of the free keys the one whose deadline came first, at or before `now`; it counts as being
  /// worked on.
  std::optional<ObjectKey> take(Mono now, const Free& free = any);
  /// The work on `key` ended.
  void done(const ObjectKey& key);
  /// The earliest deadline among keys that can be taken.
  std::optional<Mono> next(const Free& free = any) const;
  /// How many keys are due at `now` and wait for a worker.
  std::size_t depth(Mono now) const;
  std::size_t running() const { return running_.size(); }
  bool knows(const ObjectKey& key) const;

 private:
  static bool any(const ObjectKey&) { return true; }
  using Waiting = std::map<ObjectKey, Mono>;
  Waiting::const_iterator first(const Free& free) const;

  Waiting waiting_;
  std::map<ObjectKey, std::optional<Mono>> running_;  ///< with the deadline that came meanwhile
};

}  // namespace lockstep::reconcile
