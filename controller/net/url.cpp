#include "net/url.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/text.hpp"

namespace lockstep::net {

namespace urls = boost::urls;
namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_url = 8 * 1024;

bool is_dns_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         host.find("..") == std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos;
}

std::string bracketed(std::string_view host) {
  return is_ipv6(host) ? "[" + std::string(host) + "]" : std::string(host);
}

/// The host of an absolute URL where it is a name or an IPv4 address as written; "" where it is
/// not, or the text is no such URL.
std::string_view name_in(std::string_view text) {
  constexpr std::string_view mark = "://";
  const auto scheme = text.find(mark);
  if (scheme == std::string_view::npos) return {};
  const auto rest = text.substr(scheme + mark.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto host = authority.substr(0, authority.find(':'));
  return is_dns_name(to_lower(host)) ? host : std::string_view();
}

/// `text` as Boost.URL is to read it. Version 1.81 takes an address at the front of a name
/// (`10.0.0.1.example.com`) for the whole host, so it is shown another name in its place.
std::string with_plain_host(std::string_view text) {
  std::string out(text);
  const auto name = name_in(text);
  if (!name.empty()) {
    out.replace(static_cast<std::size_t>(name.data() - text.data()), name.size(), "host");
  }
  return out;
}

Result<std::string> read_host(const urls::url_view& url) {
  if (url.host_type() == urls::host_type::ipv6) {
    boost::system::error_code ec;
    const auto address = asio::ip::make_address_v6(std::string(url.host_address()), ec);
    if (ec) return fail(ErrorKind::invalid, "the URL's IPv6 address is not valid");
    return address.to_string();
  }
  auto host = to_lower(std::string(url.host()));
  if (!is_dns_name(host)) {
    return fail(ErrorKind::invalid, "the URL's host is neither a DNS name nor an IP address");
  }
  return host;
}

/// Not url.port_number(): Boost.URL 1.81 lets the numbers from 65537 to 99999 wrap round.
Result<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, port);
  if (error == std::errc() && last == end && port != 0) return port;
  return fail(ErrorKind::invalid, "the URL's port is not 1 to 65535");
}

}  // namespace

std::string Url::authority() const {
  return bracketed(host) + ":" + std::to_string(port);
}

std::string Url::origin() const {
  return scheme + "://" + authority();
}

std::string Url::host_header() const {
  return port == default_port(scheme) ? bracketed(host) : authority();
}

Result<Url> parse_url(std::string_view text) {
  if (text.size() > longest_url) return fail(ErrorKind::invalid, "the URL is longer than 8 KiB");
  const auto plain = with_plain_host(text);
  const auto parsed = urls::parse_uri(plain);
  if (!parsed) return fail(ErrorKind::invalid, "the text is not an absolute URL");
  const urls::url_view& url = *parsed;
  Url out{.scheme = to_lower(std::string(url.scheme())), .host = {}, .port = 0, .target = {}};
  if (out.scheme != "https" && out.scheme != "http") {
    return fail(ErrorKind::invalid, "the URL's scheme is neither https nor http");
  }
  if (!url.has_authority() || url.encoded_host().empty()) {
    return fail(ErrorKind::invalid, "the URL has no host");
  }
  if (url.has_userinfo()) {
    return fail(ErrorKind::invalid, "the URL holds a user or password; leave them out");
  }
  if (url.has_fragment()) return fail(ErrorKind::invalid, "the URL has a fragment (#...)");
  out.host = to_lower(name_in(text));
  if (out.host.empty()) {
    TRY(out.host, read_host(url));
  }
  out.port = default_port(out.scheme);
  if (url.has_port() && !url.port().empty()) {
    TRY(out.port, read_port(url.port()));
  }
  out.target = std::string(url.encoded_path());
  if (out.target.empty()) out.target = "/";
  // Boost.URL 1.81 reads `host:12x/` as port 12 and path `x/`.
  if (out.target.front() != '/') {
    return fail(ErrorKind::invalid, "the URL's port is not a number");
  }
  if (url.has_query()) out.target += "?" + std::string(url.encoded_query());
  return out;
}

bool is_address(std::string_view host) {
  boost::system::error_code ec;
  asio::ip::make_address(std::string(host), ec);
  return !ec;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(std::string(host), ec);
  return !ec && address.is_loopback();
}

}  // namespace lockstep::net
