#include "net/proxy.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>
#include <optional>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace lockstep::net {

namespace ip = boost::asio::ip;

namespace {

/// Percent-decodes user information, straight into wiped memory.
SecretBytes percent_decoded(std::string_view text) {
  SecretBytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 1] + 2, byte, 16).ptr == &text[i + 1] + 2) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool in_network(std::string_view network, const ip::address& address) {
  boost::system::error_code ec;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(std::string(network), ec);
    if (ec || net.prefix_length() > 32) return false;
    return ip::network_v4(address.to_v4(), net.prefix_length()).canonical() == net.canonical();
  }
  const auto net = ip::make_network_v6(std::string(network), ec);
  if (ec || net.prefix_length() > 128) return false;
  return ip::network_v6(address.to_v6(), net.prefix_length()).canonical() == net.canonical();
}

/// Takes `:port` off the end of `entry`; nothing when there is none. IPv6 needs brackets for it.
std::optional<std::string_view> take_port(std::string_view& entry) {
  const auto colon = entry.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  if (entry.find(':') != colon && entry[colon - 1] != ']') return std::nullopt;
  const auto port = entry.substr(colon + 1);
  entry = entry.substr(0, colon);
  return port;
}

}  // namespace

bool no_proxy_matches(std::string_view entry, std::string_view host, std::uint16_t port) {
  if (entry.empty()) return false;
  if (entry == "*") return true;
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(host), ec);
  const bool literal = !ec;
  if (entry.find('/') != std::string_view::npos) return literal && in_network(entry, address);
  if (const auto wanted = take_port(entry); wanted && *wanted != std::to_string(port)) return false;
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (literal) {
    const auto listed = ip::make_address(std::string(entry), ec);
    return !ec && listed == address;
  }
  const auto domain = to_lower(entry);
  std::string_view suffix = domain;
  if (suffix.starts_with("*.")) suffix.remove_prefix(1);
  if (suffix.starts_with('.')) return suffix.size() > 1 && host.ends_with(suffix);
  return host == suffix || host.ends_with("." + domain);
}

Result<ProxyRules> ProxyRules::make(const ProxySettings& settings) {
  ProxyRules rules;
  std::string_view text = trim(settings.https_proxy.expose());
  if (text.empty()) return rules;
  constexpr std::string_view scheme = "http://";
  const bool has_scheme = text.find("://") != std::string_view::npos;
  if (has_scheme && !to_lower(text.substr(0, scheme.size())).starts_with(scheme)) {
    return fail(ErrorKind::invalid,
                "HTTPS_PROXY must begin with http:// (the tunnel through it is encrypted)");
  }
  if (has_scheme) text.remove_prefix(scheme.size());
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    SecretBytes header = to_bytes("Basic ");
    append(header, view(to_base64(view(percent_decoded(text.substr(0, at))))));
    rules.authorization_ = Secret(std::move(header));
    text.remove_prefix(at + 1);
  }
  auto proxy = parse_url(std::string(scheme) + std::string(text));
  if (!proxy) {
    return fail(ErrorKind::invalid, "HTTPS_PROXY is not usable: " + proxy.error().message +
                                        " (expected http://host:port)");
  }
  rules.used_ = true;
  rules.proxy_ = *std::move(proxy);
  for (const auto& entry : split(settings.no_proxy, ',')) {
    if (const auto word = trim(entry); !word.empty()) rules.exceptions_.emplace_back(word);
  }
  return rules;
}

bool ProxyRules::covers(const Url& url) const {
  return used_ && url.encrypted() && !is_loopback(url.host) && !excepts(url);
}

bool ProxyRules::excepts(const Url& url) const {
  return std::ranges::any_of(exceptions_, [&](const std::string& entry) {
    return no_proxy_matches(entry, url.host, url.port);
  });
}

}  // namespace lockstep::net
