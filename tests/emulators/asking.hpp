// Requests to one emulator and what it answered, for the tests of the emulators.
#pragma once

#include <boost/json/serialize.hpp>
#include <string>

#include "base/json.hpp"
#include "sandbox/emulator.hpp"

namespace lockstep::sandbox {

/// Midnight, 1 January 2026, and seconds after it.
inline Wall at(double seconds) {
  constexpr auto start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  return Wall(start) + std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

/// The JSON in `text`, to compare with.
inline json::value parsed(std::string_view text) {
  return parse_json(text).value();
}

struct Answer {
  Outcome outcome;
  json::value body;  ///< null where the answer is not JSON

  int status() const { return outcome.response.status; }
  std::string text() const { return std::string(view(outcome.response.body)); }
  std::string_view header(std::string_view name) const { return outcome.response.header(name); }
  /// The first Cloudflare error code; 0 when there is none.
  std::int64_t code() const {
    const auto* errors = list_member(body, "errors");
    return errors && !errors->empty() ? int_member(errors->front(), "code").value_or(-1) : 0;
  }
  const json::value& result() const { return body.at("result"); }
};

/// A client with one token. Time stands still unless a test moves it.
class Asking {
 public:
  Asking(Emulator& emulator, std::string authorization)
      : emulator_(emulator), authorization_(std::move(authorization)) {}

  Answer ask(const std::string& method, const std::string& path, std::string_view body = "",
             const std::string& content_type = "application/json") {
    net::Request request;
    request.method = method;
    request.url = "https://sandbox.test" + path;
    request.authorization = Secret(authorization_);
    request.headers = {{.name = "Content-Type", .value = content_type},
                       {.name = "User-Agent", .value = agent}};
    request.headers.insert(request.headers.end(), extra.begin(), extra.end());
    request.body = to_bytes(body);
    request.effect = method == "GET" ? net::Effect::Read : net::Effect::Write;
    Answer answer{.outcome = emulator_.handle(request, now), .body = nullptr};
    auto body_json = parse_json(view(answer.outcome.response.body));
    if (body_json) answer.body = std::move(*body_json);
    return answer;
  }
  Answer get(const std::string& path) { return ask("GET", path); }
  Answer put(const std::string& path, std::string_view body) { return ask("PUT", path, body); }
  Answer post(const std::string& path, std::string_view body) { return ask("POST", path, body); }
  Answer patch(const std::string& path, std::string_view body) { return ask("PATCH", path, body); }
  Answer remove(const std::string& path) { return ask("DELETE", path); }

  Wall now = at(0);
  std::string agent = "lockstep/0.1";
  std::vector<net::Header> extra;  ///< sent with every request

 private:
  Emulator& emulator_;
  std::string authorization_;
};

}  // namespace lockstep::sandbox
