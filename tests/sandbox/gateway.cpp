#include "sandbox/gateway.hpp"

#include "sandbox/call.hpp"

namespace lockstep::sandbox {

namespace {

Emulator* emulator_of(const std::vector<Emulator*>& emulators, std::string_view path) {
  for (auto* emulator : emulators) {
    if (emulator->serves(path)) return emulator;
  }
  return nullptr;
}

/// What the server sends: status 0 breaks the connection, and a Content-Length of our own that is
/// larger than the body cuts the answer.
net::Response to_wire(Outcome outcome) {
  if (outcome.kind != Outcome::Kind::answer) return {};
  auto response = std::move(outcome.response);
  if (outcome.cut) {
    const auto promised = std::to_string(response.body.size() * 2 + 1);
    response.headers.push_back({.name = "Content-Length", .value = promised});
  }
  return response;
}

Awaitable<net::Response> answer(Clock& clock, std::vector<Emulator*> emulators,
                                net::Request request) {
  const auto path = parse_call(request).path;
  if (path == "/sandbox/healthz") co_return net::text_response(200, "text/plain", "ok\n");
  auto* emulator = emulator_of(emulators, path);
  if (!emulator) {
    co_return net::text_response(404, "text/plain",
                                 "the sandbox serves /client/v4 (Cloudflare) and /v1 (Fly.io)\n");
  }
  auto outcome = emulator->handle(request, clock.wall());
  if (outcome.delay > Nanos{} &&
      co_await clock.sleep_until(clock.mono() + outcome.delay) != Ended::finished) {
    co_return net::Response{};
  }
  co_return to_wire(std::move(outcome));
}

}  // namespace

net::Handler make_gateway(Clock& clock, std::vector<Emulator*> emulators) {
  return [&clock, emulators = std::move(emulators)](net::Request request) {
    return answer(clock, emulators, std::move(request));
  };
}

}  // namespace lockstep::sandbox
