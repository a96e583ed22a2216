#include "web/endpoints.hpp"

#include "base/text.hpp"

namespace lockstep::web {

namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
// https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info
constexpr std::string_view exposition = "text/plain; version=0.0.4; charset=utf-8";

/// `/metrics` of `http://127.0.0.1:9090/metrics?x=1` and of `/metrics?x=1`.
std::string_view path_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme < url.find_first_of("/?#")) {
    url.remove_prefix(scheme + 3);
    const auto path = url.find_first_of("/?#");
    url = path == std::string_view::npos ? std::string_view() : url.substr(path);
  }
  url = url.substr(0, url.find_first_of("?#"));
  return url.empty() ? "/" : url;
}

net::Response ready(const StatusReader& status) {
  if (status.ready()) return net::text_response(200, plain_text, "ok\n");
  const auto done = count(status.all().size(), "Target");
  return net::text_response(
      503, plain_text,
      "not ready: not every Target has had its first pass yet (" + done + " so far)\n");
}

net::Response route(const Metrics& metrics, const StatusReader& status, std::string_view method,
                    std::string_view path) {
  if (path != "/metrics" && path != "/healthz" && path != "/readyz") {
    return net::text_response(404, plain_text,
                              "not found: there are /metrics, /healthz and /readyz\n");
  }
  if (method != "GET" && method != "HEAD") {
    auto response = net::text_response(405, plain_text, "only GET and HEAD\n");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  if (path == "/metrics") return net::text_response(200, exposition, metrics.text());
  if (path == "/readyz") return ready(status);
  return net::text_response(200, plain_text, "ok\n");
}

Awaitable<net::Response> answer(const Metrics& metrics, const StatusReader& status,
                                net::Request request) {
  auto response = route(metrics, status, request.method, path_of(request.url));
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back(
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  if (request.method == "HEAD") response.body.clear();
  co_return response;
}

}  // namespace

net::Handler make_endpoints(const Metrics& metrics, const StatusReader& status) {
  return [&metrics, &status](net::Request request) {
    return answer(metrics, status, std::move(request));
  };
}

}  // namespace lockstep::web
