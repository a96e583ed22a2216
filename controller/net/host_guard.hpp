// S17: requests go only to hosts an admin allowed.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>

#include "net/http.hpp"

namespace lockstep::net {

/// Refuses every request to an origin that is not on its list, and plain HTTP to anything but
/// loopback, before a byte leaves. Over `next`, which must outlive it.
class HostGuard final : public HttpClient {
 public:
  /// `allowed`: absolute URLs; only scheme, host and port count. `invalid` for one that is not a
  /// URL, or that is plain HTTP to a host other than loopback; the message names its position.
  static Result<std::unique_ptr<HostGuard>> make(HttpClient& next,
                                                 std::span<const std::string> allowed);
  Awaitable<Result<Response>> send(Request request) override;

 private:
  HostGuard(HttpClient& next, std::set<std::string> origins)
      : next_(next), origins_(std::move(origins)) {}
  Status check(const std::string& url) const;

  HttpClient& next_;
  std::set<std::string> origins_;
};

}  // namespace lockstep::net
