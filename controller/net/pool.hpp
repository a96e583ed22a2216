// Connections that wait for their next request.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "net/stream.hpp"

namespace lockstep::net {

/// Idle connections by origin. Owns them; no timers: what is too old goes at the next call.
class Pool {
 public:
  Pool(std::size_t size, Nanos idle_timeout) : size_(size), idle_timeout_(idle_timeout) {}

  /// The connection used last, still quiet and young enough; nullptr when there is none.
  std::unique_ptr<Stream> take(const std::string& origin, Mono now);
  /// Keeps a connection; the oldest of its origin goes when there are too many.
  void put(const std::string& origin, std::unique_ptr<Stream> stream, Mono now);
  /// Drops all connections of an origin (one of them turned out dead).
  void forget(const std::string& origin) { idle_.erase(origin); }

 private:
  void drop_old(Mono now);

  struct Idle {
    std::unique_ptr<Stream> stream;
    Mono since;
  };
  std::size_t size_;
  Nanos idle_timeout_;
  std::map<std::string, std::vector<Idle>> idle_;  ///< oldest first
};

}  // namespace lockstep::net
