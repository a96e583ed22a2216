// The names under which lockstep answers.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace lockstep::web {

/// Which values of a Host header mean this server. The endpoints have no password, and a browser
/// here reaches them: a page whose own name was made to lead to this machine (DNS rebinding) could
/// read them, were it not for the name that the browser then sends.
class HostNames {
 public:
  /// `listen`: the IP address the server listens on. It means this server, and so do `localhost`
  /// and every loopback address; where it is all addresses (0.0.0.0, ::), every IP address does,
  /// because no page has a name that is one. `allowed`: further names, as read_host_name gave them.
  HostNames(std::string_view listen, std::span<const std::string> allowed);

  /// True for one of the names, with or without a port, in any case.
  bool mean_us(std::string_view host) const;

 private:
  bool every_address_ = false;
  std::set<std::string, std::less<>> names_;
};

/// The name of a host alone, lower case: no scheme, port or path. `invalid` when it is none.
Result<std::string> read_host_name(std::string_view text);

}  // namespace lockstep::web
