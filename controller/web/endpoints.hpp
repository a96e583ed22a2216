// What lockstep answers about itself over HTTP.
#pragma once

#include "net/http.hpp"
#include "ports/status.hpp"
#include "telemetry/metrics.hpp"
#include "web/host_names.hpp"

namespace lockstep::web {

/// The handler of lockstep's own endpoints; `metrics` and `status` must outlive it.
///   GET /metrics   Prometheus text exposition
///   GET /healthz   200 while the loop answers
///   GET /readyz    200 once StatusReader::ready(), else 503 with the reason
/// HEAD gives the same without a body. Another path is 404, another method on these 405. Reads
/// only; takes absolute URLs and bare paths. No answer repeats any part of the request.
/// A request that states no host, or one that is not among `names`, is 421 for every path but
/// /healthz, which tells nothing and which probes reach under any name.
net::Handler make_endpoints(const Metrics& metrics, const StatusReader& status, HostNames names);

}  // namespace lockstep::web
