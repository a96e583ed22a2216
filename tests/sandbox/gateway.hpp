// The emulators behind a socket: which one answers which path.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "sandbox/emulator.hpp"

namespace lockstep::sandbox {

/// A handler for net::HttpServer: the emulator that serves the path answers, as late as it says
/// and with a broken connection where it says so; `GET /sandbox/healthz` answers 200. Clock and
/// emulators must outlive it. `scheme` is the socket's, for links in answers.
net::Handler make_gateway(Clock& clock, std::vector<Emulator*> emulators,
                          std::string scheme = "http");

}  // namespace lockstep::sandbox
