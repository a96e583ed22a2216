// What was asked of a provider, as metrics and debug lines.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "net/budgeted.hpp"
#include "net/http.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep::net {

/// Counts every request (lockstep_provider_requests_total) and writes one debug line for it:
/// provider, credential, operation, method, code, milliseconds and the provider's own request id.
/// Never the path, a header or a body. Outermost, so that it sees refusals and waits too. Over
/// `next`; all references must outlive it.
class Measured final : public HttpClient {
 public:
  Measured(HttpClient& next, Clock& clock, Metrics& metrics, EventLog& log, CallerLabels labels);
  Awaitable<Result<Response>> send(Request request) override;

 private:
  HttpClient& next_;
  Clock& clock_;
  Metrics& metrics_;
  EventLog& log_;
  CallerLabels labels_;
};

/// The provider's id of a request, for people who talk to its support: `cf-ray` (Cloudflare),
/// `fly-request-id` (Fly.io), `x-github-request-id` (GitHub) or `x-request-id`. Empty unless it is
/// at most 64 characters of letters, digits, `-`, `_`, `.` and `:`.
std::string request_id(const Response& response);

}  // namespace lockstep::net
