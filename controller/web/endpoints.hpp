// What lockstep answers about itself over HTTP.
#pragma once

#include "net/http.hpp"
#include "ports/status.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep::web {

/// The handler of lockstep's own endpoints; `metrics` and `status` must outlive it.
///   GET /metrics   Prometheus text exposition
///   GET /healthz   200 while the loop answers
///   GET /readyz    200 once StatusReader::ready(), else 503 with the reason
/// HEAD gives the same without a body. Another path is 404, another method on these 405. Reads
/// only; takes absolute URLs and bare paths. No answer repeats any part of the request.
net::Handler make_endpoints(const Metrics& metrics, const StatusReader& status);

}  // namespace lockstep::web
