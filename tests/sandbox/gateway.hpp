// The emulators behind a socket: which one answers which path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "sandbox/emulator.hpp"

namespace lockstep::sandbox {

/// The time that emulators are told.
class SandboxTime {
 public:
  /// The clock's; `step` more for every request that came before. Times that a provider tells in
  /// whole seconds, and limits on how often one may ask, then need no client to wait.
  explicit SandboxTime(const Clock& clock, Nanos step = {}) : clock_(clock), step_(step) {}
  /// Of the next request.
  Wall next() { return clock_.wall() + step_ * requests_++; }

 private:
  const Clock& clock_;
  Nanos step_;
  std::int64_t requests_ = 0;
};

/// A handler for net::HttpServer: the emulator that serves the path answers, as late as it says
/// and with a broken connection where it says so; `GET /sandbox/healthz` answers 200. Clock and
/// emulators must outlive it. `scheme` is the socket's, for links in answers. `time`: what the
/// emulators are told, shared by the sockets of one sandbox; by default the clock's.
net::Handler make_gateway(Clock& clock, std::vector<Emulator*> emulators,
                          std::string scheme = "http", std::shared_ptr<SandboxTime> time = nullptr);

}  // namespace lockstep::sandbox
