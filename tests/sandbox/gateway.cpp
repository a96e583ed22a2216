#include "sandbox/gateway.hpp"

#include "base/text.hpp"
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

/// Emulators that give links need to know under which address they were asked.
void make_absolute(net::Request& request, const std::string& scheme) {
  if (!request.url.starts_with('/')) return;
  for (const auto& header : request.headers) {
    if (to_lower(header.name) == "host") request.url = scheme + "://" + header.value + request.url;
  }
}

Awaitable<net::Response> answer(Clock& clock, std::shared_ptr<SandboxTime> time,
                                std::vector<Emulator*> emulators, std::string scheme,
                                net::Request request) {
  make_absolute(request, scheme);
  const auto path = parse_call(request).path;
  if (path == "/sandbox/healthz") co_return net::text_response(200, "text/plain", "ok\n");
  auto* emulator = emulator_of(emulators, path);
  if (!emulator) {
    co_return net::text_response(404, "text/plain",
                                 "the sandbox serves /client/v4 (Cloudflare), /v1, /api/v1 and "
                                 "/graphql (Fly.io) and /api/v3 (GitHub)\n");
  }
  auto outcome = emulator->handle(request, time->next());
  if (outcome.delay > Nanos{} &&
      co_await clock.sleep_until(clock.mono() + outcome.delay) != Ended::finished) {
    co_return net::Response{};
  }
  co_return to_wire(std::move(outcome));
}

}  // namespace

net::Handler make_gateway(Clock& clock, std::vector<Emulator*> emulators, std::string scheme,
                          std::shared_ptr<SandboxTime> time) {
  if (!time) time = std::make_shared<SandboxTime>(clock);
  return [&clock, time = std::move(time), emulators = std::move(emulators),
          scheme = std::move(scheme)](net::Request request) {
    return answer(clock, time, emulators, scheme, std::move(request));
  };
}

}  // namespace lockstep::sandbox
