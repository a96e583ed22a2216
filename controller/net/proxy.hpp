// Which requests go through a proxy, as HTTPS_PROXY and NO_PROXY say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/url.hpp"

namespace lockstep::net {

/// The proxy part of the environment, read once at start-up by the caller.
struct ProxySettings {
  Secret https_proxy;    ///< `http://[user:password@]host:port`; empty: no proxy
  std::string no_proxy;  ///< hosts, domains, addresses, networks (`10.0.0.0/8`), or `*`
};

/// The proxy to tunnel through with CONNECT.
class ProxyRules {
 public:
  /// `invalid` when HTTPS_PROXY is not an http:// URL with a host. The error never quotes it.
  static Result<ProxyRules> make(const ProxySettings& settings);

  /// True when a connection to `url` goes through the proxy. Loopback and plain HTTP never do.
  bool covers(const Url& url) const;
  const Url& proxy() const { return proxy_; }
  /// The value of Proxy-Authorization; empty: none.
  const Secret& authorization() const { return authorization_; }

 private:
  ProxyRules() = default;
  bool excepts(const Url& url) const;

  bool used_ = false;
  Url proxy_;
  Secret authorization_;
  std::vector<std::string> exceptions_;
};

/// True when one entry of NO_PROXY matches, by the rules that curl and Go share: `*`; a name and
/// all names below it (`example.com`, also `.example.com` or `*.example.com` for those below
/// only); an address; a network; each with or without `:port`.
/// https://pkg.go.dev/golang.org/x/net/http/httpproxy
bool no_proxy_matches(std::string_view entry, std::string_view host, std::uint16_t port);

}  // namespace lockstep::net
