#include "web/endpoints.hpp"

#include "base/text.hpp"

namespace lockstep::web {

namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
// https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info
constexpr std::string_view exposition = "text/plain; version=0.0.4; charset=utf-8";

/// What a request asks for, in either form: `/metrics?x=1`, `http://127.0.0.1:9090/metrics?x=1`.
struct Asked {
  std::optional<std::string_view> host;  ///< of the second form: `127.0.0.1:9090`
  std::string_view path;                 ///< `/metrics`
};

Asked read_target(std::string_view url) {
  Asked out;
  if (const auto scheme = url.find("://"); scheme < url.find_first_of("/?#")) {
    url.remove_prefix(scheme + 3);
    out.host = url.substr(0, url.find_first_of("/?#"));
    url.remove_prefix(out.host->size());
  }
  out.path = url.substr(0, url.find_first_of("?#"));
  if (out.path.empty()) out.path = "/";
  return out;
}

/// True when some host is stated, and everything that states one means us.
bool addressed(const HostNames& names, const Asked& asked,
               const std::vector<net::Header>& headers) {
  bool stated = asked.host.has_value();
  if (stated && !names.mean_us(*asked.host)) return false;
  for (const auto& header : headers) {
    if (to_lower(header.name) != "host") continue;
    stated = true;
    if (!names.mean_us(header.value)) return false;
  }
  return stated;
}

/// The metrics as text. Making it takes the loop, for long where there are many Targets, so that
/// nobody gets it made by asking often.
class Page {
 public:
  Page(const Metrics& metrics, Clock& clock) : metrics_(metrics), clock_(clock) {}
  std::string_view text() {
    const auto now = clock_.mono();
    if (!made_ || now - *made_ >= page_lifetime) {
      text_ = metrics_.text();
      made_ = now;
    }
    return text_;
  }

 private:
  const Metrics& metrics_;
  Clock& clock_;
  std::optional<Mono> made_;
  std::string text_;
};

net::Response ready(const StatusReader& status) {
  if (status.ready()) return net::text_response(200, plain_text, "ok\n");
  const auto done = count(status.all().size(), "Target");
  return net::text_response(
      503, plain_text,
      "not ready: not every Target has had its first pass yet (" + done + " so far)\n");
}

net::Response healthy(const std::string& trouble) {
  if (trouble.empty()) return net::text_response(200, plain_text, "ok\n");
  return net::text_response(503, plain_text, "not healthy: " + trouble + "\n");
}

/// What the endpoints answer from.
struct Sources {
  Page page;
  const StatusReader& status;
  Trouble trouble;
  HostNames names;
};

net::Response route(Sources& from, std::string_view method, std::string_view path) {
  if (path != "/metrics" && path != "/healthz" && path != "/readyz") {
    return net::text_response(404, plain_text,
                              "not found: there are /metrics, /healthz and /readyz\n");
  }
  if (method != "GET" && method != "HEAD") {
    auto response = net::text_response(405, plain_text, "only GET and HEAD\n");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  if (path == "/metrics") return net::text_response(200, exposition, from.page.text());
  if (path == "/readyz") return ready(from.status);
  return healthy(from.trouble());
}

net::Response answer_to(Sources& from, const net::Request& request) {
  const auto asked = read_target(request.url);
  if (asked.path == "/healthz" || addressed(from.names, asked, request.headers)) {
    return route(from, request.method, asked.path);
  }
  return net::text_response(421, plain_text,
                            "lockstep does not answer under this host name; where a proxy or a "
                            "scraper uses it, start lockstep with --allowed-host NAME\n");
}

Awaitable<net::Response> answer(std::shared_ptr<Sources> from, net::Request request) {
  auto response = answer_to(*from, request);
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.headers.push_back(
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  co_return response;
}

}  // namespace

bool is_health_check(const net::Request& request) {
  return read_target(request.url).path == "/healthz";
}

net::Handler make_endpoints(const Metrics& metrics, const StatusReader& status, Clock& clock,
                            Trouble trouble, HostNames names) {
  const auto from =
      std::make_shared<Sources>(Page(metrics, clock), status, std::move(trouble), std::move(names));
  return [from](net::Request request) { return answer(from, std::move(request)); };
}

}  // namespace lockstep::web
