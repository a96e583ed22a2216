// What every emulator needs: ids, the past for late reads, JSON replies.
#pragma once

#include <boost/json/value.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/http.hpp"
#include "sandbox/limits.hpp"

namespace lockstep::sandbox {

/// A stored value. Shared, so that versions and past states do not multiply it in memory.
using SharedSecret = std::shared_ptr<const Secret>;
SharedSecret share(std::string_view value);
/// Same bytes; two absent values are equal.
bool same_value(const SharedSecret& a, const SharedSecret& b);

/// Ids that look random and are a function of the seed and of how many were made before.
class IdMaker {
 public:
  explicit IdMaker(std::uint64_t seed) : seed_(seed) {}
  /// Lower-case hex digits, at most 64.
  std::string hex(std::size_t digits);
  /// The form of a version-4 UUID.
  std::string uuid();

 private:
  std::uint64_t seed_;
  std::uint64_t made_ = 0;
};

/// A state and what it was before each of its latest changes, for eventual consistency.
template <class State>
class Timeline {
 public:
  const State& current() const { return current_; }
  /// The state, to be changed at `at` by a write that late reads may not see yet.
  State& change(Wall at) {
    past_.push_back({at, current_});
    if (past_.size() > kKept) past_.pop_front();
    return current_;
  }
  /// The state, to be changed without a past: setting up, and what is always read fresh.
  State& direct() { return current_; }
  /// What a read at `at` sees when writes take `lag` to reach it; `stale`: not the last write.
  const State& seen_at(Wall at, Nanos lag, bool stale) const {
    if (stale && !past_.empty()) return past_.back().state;
    if (lag == Nanos{}) return current_;
    for (const auto& before : past_) {
      if (before.until + lag > at) return before.state;
    }
    return current_;
  }

 private:
  static constexpr std::size_t kKept = 32;
  struct Before {
    Wall until;
    State state;
  };
  State current_;
  std::deque<Before> past_;
};

/// What a handler answers, and how long that takes.
struct Reply {
  net::Response response;
  Nanos takes{};
  bool throttled = false;  ///< refused for a limit of requests
};

/// A JSON answer. Replies hold names, digests and metadata, never a secret's value.
net::Response json_response(int status, const json::value& body);

/// Seconds since the epoch.
std::int64_t unix_seconds(Wall when);

}  // namespace lockstep::sandbox
