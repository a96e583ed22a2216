#include "net/host_guard.hpp"

#include "net/url.hpp"

namespace lockstep::net {

namespace {

Status refuse_plain(const Url& url) {
  if (url.encrypted() || is_loopback(url.host)) return {};
  return fail(ErrorKind::invalid, "plain HTTP goes only to loopback addresses, and " + url.host +
                                      " is not one; use https://");
}

}  // namespace

Result<std::unique_ptr<HostGuard>> HostGuard::make(HttpClient& next,
                                                   std::span<const std::string> allowed) {
  std::set<std::string> origins;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    auto url = parse_url(allowed[i]);
    auto usable = url ? refuse_plain(*url) : Status(fail(url.error()));
    if (!usable) {
      return fail(ErrorKind::invalid,
                  "allowed host " + std::to_string(i + 1) + ": " + usable.error().message);
    }
    origins.insert(url->origin());
  }
  return std::unique_ptr<HostGuard>(new HostGuard(next, std::move(origins)));
}

Status HostGuard::check(const std::string& text) const {
  TRY(const Url url, parse_url(text));
  TRY_OK(refuse_plain(url));
  if (origins_.contains(url.origin())) return {};
  const auto shown = url.scheme + "://" + url.host_header();
  return fail(ErrorKind::invalid,
              "credentials and values may not go to " + shown +
                  ": no admin allowed that host. To allow it, add \"" + shown +
                  "\" to `hosts` in lockstep.local.yaml (in a cluster: start the controller with "
                  "--allow-host " +
                  shown + ")");
}

Awaitable<Result<Response>> HostGuard::send(Request request) {
  CO_TRY_OK(check(request.url));
  co_return co_await next_.send(std::move(request));
}

}  // namespace lockstep::net
