// The real end of every HttpClient: sockets and TLS.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"

namespace lockstep::net {

struct TransportOptions {
  std::string ca_file;       ///< PEM file of CAs to trust, or empty
  bool system_store = true;  ///< trust the machine's CAs too; false: only `ca_file`
  ProxySettings proxy;
  Nanos connect_timeout =
      std::chrono::seconds(10);                   ///< look-up, connection, proxy and TLS together
  Nanos idle_timeout = std::chrono::seconds(30);  ///< an unused connection is not reused after this
  std::size_t pool_size = 4;                      ///< unused connections kept for each origin
  std::string user_agent = "lockstep";
  Lookup lookup;  ///< of names; empty: the system's
};

/// A client over TLS 1.2 or newer; certificate and host name are always verified; plain HTTP only
/// to loopback addresses. Redirects are values. Connections are kept and reused.
///
/// A request that finds its reused connection dead before any byte of an answer is sent once more
/// on a fresh one when it is a Read, or when no byte of it left; else a Write is `outcome_unknown`.
/// Errors name host and phase, never a header or a body. `invalid` when the options are unusable.
///
/// Cancellation and Request::deadline close the connection in use. Idle connections that are too
/// old are closed with the next request or with the client. Must outlive its requests.
Result<std::unique_ptr<HttpClient>> make_transport(asio::any_io_executor executor, Clock& clock,
                                                   TransportOptions options);

}  // namespace lockstep::net
