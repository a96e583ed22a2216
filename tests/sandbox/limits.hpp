// How providers count requests. Independent of how lockstep paces them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/time.hpp"

namespace lockstep::sandbox {

/// One request every `every`, after `burst` at once. every = 0: no limit.
struct Pace {
  Nanos every{};
  std::uint32_t burst = 1;
};

/// Counts requests by key against a Pace; a refused one does not count.
class Pacer {
 public:
  bool take(const std::string& key, const Pace& pace, Wall now);

 private:
  std::map<std::string, Wall> next_;
};

/// So many requests in a window that begins with the first; one more and everything is refused for
/// `block`.
struct Quota {
  std::uint64_t requests = 0;  ///< 0: no limit
  Nanos window{};
  Nanos block{};
};

/// The requests of one identity in the present window of a Quota.
class Usage {
 public:
  /// Counts one request; false when it is over the limit.
  bool take(const Quota& quota, Wall now);
  bool blocked(Wall now) const { return blocked_until_ > now; }
  /// How many more the window grants.
  std::uint64_t left(const Quota& quota, Wall now) const;
  /// Until the window, or the block, ends.
  Nanos ends_in(const Quota& quota, Wall now) const;

 private:
  Wall since_{};
  std::uint64_t count_ = 0;
  Wall blocked_until_{};
};

}  // namespace lockstep::sandbox
