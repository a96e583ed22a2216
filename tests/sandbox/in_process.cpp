#include "sandbox/in_process.hpp"

namespace lockstep::sandbox {

namespace {

/// How a request fails after its bytes have left.
Error unfinished(const net::Request& request, ErrorKind read, std::string message) {
  const bool write = request.effect == net::Effect::Write;
  return {.kind = write ? ErrorKind::outcome_unknown : read, .message = std::move(message)};
}

}  // namespace

void InProcessHttp::route(std::string origin, Emulator& emulator) {
  routes_.emplace_back(std::move(origin), &emulator);
}

Emulator* InProcessHttp::find(const std::string& url) const {
  const auto scheme = url.find("://");
  const auto end = scheme == std::string::npos ? scheme : url.find_first_of("/?", scheme + 3);
  const auto origin = url.substr(0, end);
  for (const auto& [known, emulator] : routes_) {
    if (known == origin) return emulator;
  }
  return nullptr;
}

Awaitable<Result<net::Response>> InProcessHttp::send(net::Request request) {
  auto* emulator = find(request.url);
  if (!emulator) co_return fail(ErrorKind::invalid, "no emulator serves this host");
  if (request.deadline <= clock_.mono()) {
    co_return fail(ErrorKind::transient, "the deadline had passed before the request");
  }
  if (latency_ > Nanos{}) {
    const auto arrives = clock_.mono() + latency_;
    const auto ended = co_await clock_.sleep_until(std::min(arrives, request.deadline));
    if (ended == Ended::cancelled) {
      co_return fail(unfinished(request, ErrorKind::cancelled, "cancelled"));
    }
    if (arrives > request.deadline) {
      co_return fail(unfinished(request, ErrorKind::transient, "no answer before the deadline"));
    }
  }
  auto outcome = emulator->handle(request, clock_.wall());
  const auto done = clock_.mono() + outcome.delay;
  if (outcome.delay > Nanos{}) {
    const auto ended = co_await clock_.sleep_until(std::min(done, request.deadline));
    if (ended == Ended::cancelled) {
      co_return fail(unfinished(request, ErrorKind::cancelled, "cancelled"));
    }
  }
  if (done > request.deadline) {
    co_return fail(unfinished(request, ErrorKind::transient, "no answer before the deadline"));
  }
  switch (outcome.kind) {
    case Outcome::Kind::reset_before:
      co_return fail(ErrorKind::transient, "the connection ended before the request");
    case Outcome::Kind::lost_after:
      co_return fail(
          unfinished(request, ErrorKind::transient, "the connection ended before the answer"));
    case Outcome::Kind::answer:
      break;
  }
  if (outcome.cut) {
    co_return fail(unfinished(request, ErrorKind::protocol, "the answer ended in the middle"));
  }
  if (outcome.response.body.size() > request.max_body) {
    co_return fail(unfinished(request, ErrorKind::protocol, "the answer is too large"));
  }
  co_return std::move(outcome.response);
}

}  // namespace lockstep::sandbox
