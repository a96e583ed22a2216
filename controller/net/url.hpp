// Absolute http and https URLs, checked and normalised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace lockstep::net {

/// One parsed URL. Two URLs of one server have equal origins, however they were written.
struct Url {
  std::string scheme;  ///< `http` or `https`
  std::string host;    ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query, percent-encoded; begins with `/`

  /// `https://host:port`, the port always written.
  std::string origin() const;
  /// `host:port` for people and for CONNECT.
  std::string authority() const;
  /// What the Host header says: `host`, with the port where it is not the scheme's own.
  std::string host_header() const;
  bool encrypted() const { return scheme == "https"; }
};

/// Reads an absolute URL. `invalid` for another scheme, user information, a fragment, a missing
/// host, a host that is neither a plain DNS name nor an IP address, port 0, control characters, or
/// more than 8 KiB. The error never quotes the text: it may hold a password.
Result<Url> parse_url(std::string_view text);

/// True for the literal of an IP address; an IPv6 address without brackets.
bool is_address(std::string_view host);

/// True for an address literal in 127.0.0.0/8 or ::1, and for the name `localhost`. (A name is
/// checked once more after it is resolved.)
bool is_loopback(std::string_view host);

}  // namespace lockstep::net
