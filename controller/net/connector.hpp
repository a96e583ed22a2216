// From a URL to a connection that is ready for a request.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"

namespace lockstep::net {

class Connector {
 public:
  Connector(asio::any_io_executor executor, Clock& clock, std::unique_ptr<TlsClient> tls,
            ProxyRules proxy, Nanos timeout, Lookup lookup);

  /// Look-up, connection, tunnel, TLS, within the time limit. `transient` when one of them fails
  /// (nothing of a request was sent), `cancelled`, or `invalid` for plain HTTP to an address that
  /// is not loopback.
  Awaitable<Result<std::unique_ptr<Stream>>> connect(Url url);

 private:
  /// `doing` says, for people, which step it is at.
  Awaitable<Result<std::unique_ptr<Stream>>> connect_untimed(Url url, Mono deadline,
                                                             std::string& doing);
  /// Which addresses a name may have: unencrypted requests stay on this machine (S17).
  enum class Reach : std::uint8_t { anywhere, loopback };
  Awaitable<Result<std::unique_ptr<TcpStream>>> reach(Url url, Reach reach_of, Mono deadline,
                                                      std::string& doing);
  Awaitable<Status> tunnel(Stream& stream, Url url);

  asio::any_io_executor executor_;
  Clock& clock_;
  std::unique_ptr<TlsClient> tls_;
  ProxyRules proxy_;
  Nanos timeout_;
  Resolver resolver_;
};

}  // namespace lockstep::net
