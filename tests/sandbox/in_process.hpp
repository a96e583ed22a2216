// The HttpClient of simulations: requests go straight to emulators.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "sandbox/emulator.hpp"

namespace lockstep::sandbox {

/// Sends each request to the emulator of its origin and waits, on the clock, as long as the
/// emulator says. Errors are those the HttpClient contract states: a connection that breaks before
/// the request is `transient`; after it, a cut answer or a passed deadline is `outcome_unknown`
/// for a write. An origin without an emulator is `invalid`, as a host that is not allowed.
class InProcessHttp final : public net::HttpClient {
 public:
  /// `latency` passes before each request arrives.
  explicit InProcessHttp(Clock& clock, Nanos latency = {}) : clock_(clock), latency_(latency) {}
  /// From here on `origin` (`https://api.machines.dev`) is served by `emulator`, which must
  /// outlive this client.
  void route(std::string origin, Emulator& emulator);
  /// From here on.
  void set_latency(Nanos latency) { latency_ = latency; }
  Awaitable<Result<net::Response>> send(net::Request request) override;

 private:
  Emulator* find(const std::string& url) const;

  Clock& clock_;
  Nanos latency_;
  std::vector<std::pair<std::string, Emulator*>> routes_;
};

}  // namespace lockstep::sandbox
