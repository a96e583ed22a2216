// From the name of a host to its addresses, beside the loop.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/event.hpp"
#include "base/result.hpp"

namespace lockstep::net {

using Addresses = std::vector<asio::ip::address>;

/// Begins to look up a name and returns at once. `done` is called once with the outcome, at any
/// time and from any thread, or never. An Error when the look-up could not begin.
using Lookup = std::function<Status(std::string host, std::function<void(Result<Addresses>)> done)>;

/// The system's look-up (getaddrinfo), each on a thread of its own. Such a thread cannot be
/// stopped, so nobody waits for one that hangs, not even the end of the process.
Lookup system_lookup();

/// Looks names up side by side. A name has one look-up at a time, whoever asks for it, so a name
/// that hangs holds one place of `most` and no other name waits for it.
class Resolver {
 public:
  struct Options {
    std::size_t most = 16;                  ///< look-ups at a time; further names wait
    Nanos keep = std::chrono::seconds(30);  ///< how long an answer is used again
  };
  Resolver(asio::any_io_executor executor, Clock& clock, Lookup lookup, Options options);
  /// The loop must still be there; look-ups that go on are left to themselves.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The addresses of a host, at least one and at most 8, in the system's order; an address literal
  /// needs no look-up. `transient` when there is none, `cancelled`. A look-up that its callers gave
  /// up goes on, and answers whoever asks next. A failure is not kept.
  Awaitable<Result<Addresses>> addresses(std::string host);
  /// Drops the kept answer: its addresses turned out to lead nowhere.
  void forget(const std::string& host) { kept_.erase(host); }

 private:
  struct Running {
    std::optional<Result<Addresses>> outcome;  ///< set when it ended
  };
  struct Kept {
    Addresses addresses;
    Mono until;
  };
  struct Desk;

  Result<std::shared_ptr<Running>> begin(const std::string& host);
  void settle(const std::string& host, Result<Addresses> outcome);

  Clock& clock_;
  Lookup lookup_;
  Options options_;
  std::shared_ptr<Desk> desk_;
  std::map<std::string, std::shared_ptr<Running>> running_;
  std::map<std::string, Kept> kept_;
  Event ended_;  ///< some look-up ended
};

}  // namespace lockstep::net
