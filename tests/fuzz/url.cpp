#include "net/url.hpp"
#include <string>

#include "fuzz/target.hpp"

namespace lockstep::fuzz {

/// A URL that is understood is the same in its normal form; a port is what stands there.
void url(std::string_view bytes) {
  const auto read = net::parse_url(bytes);
  if (!read) return;
  hold(read->port != 0, "a port");
  hold(read->target.starts_with('/'), "a path");
  hold(read->target.find_first_of(" \r\n") == std::string::npos, "a target is one word");
  const auto again = net::parse_url(read->origin() + read->target);
  hold(again.has_value(), "the normal form is a URL");
  hold(again->origin() == read->origin() && again->target == read->target, "and the same one");
  // What stands after the last colon of the authority, read once more.
  auto authority = bytes.substr(bytes.find("//") + 2);
  authority = authority.substr(0, authority.find_first_of("/?"));
  const auto digits = authority.substr(authority.rfind(':') + 1);
  const bool port = authority.contains(':') && !authority.ends_with(']') && !digits.empty();
  if (port) hold(std::stoull(std::string(digits)) == read->port, "the port is what stands there");
}

}  // namespace lockstep::fuzz
