// What lockstep answers about itself over HTTP.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "ports/status.hpp"
#include "telemetry/metrics.hpp"
#include "web/host_names.hpp"

namespace lockstep::web {

/// Why lockstep does not get on, in our own words; "" while it does.
using Trouble = std::function<std::string()>;

/// The handler of lockstep's own endpoints; all that it is given must outlive it.
///   GET /metrics   Prometheus text exposition, up to `page_lifetime` old: however many ask, the
///                  page is made once in that time
///   GET /healthz   200 while the loop answers and there is no trouble, else 503 with the reason
///   GET /readyz    200 once StatusReader::ready(), else 503 with the reason
/// HEAD gives the same; the server leaves its body out. Another path is 404, another method on
/// these 405. Reads only; takes absolute URLs and bare paths. No answer repeats any part of the
/// request. A request that states no host, or one that is not among `names`, is 421 for every path
/// but /healthz, which tells nothing of secrets and which probes reach under any name.
net::Handler make_endpoints(const Metrics& metrics, const StatusReader& status, Clock& clock,
                            Trouble trouble, HostNames names);
inline constexpr Nanos page_lifetime = std::chrono::seconds(1);

/// True for a request for /healthz, which is answered before others: it costs next to nothing.
bool is_health_check(const net::Request& request);

}  // namespace lockstep::web
