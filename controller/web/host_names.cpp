#include "web/host_names.hpp"

#include "net/url.hpp"

namespace lockstep::web {

namespace {

/// The host of `host[:port]`, as net::Url writes it; nothing when the text is something else.
std::optional<std::string> host_of(std::string_view text) {
  if (text.find_first_of("/?#@\\") != std::string_view::npos) return std::nullopt;
  auto url = net::parse_url("http://" + std::string(text) + "/");
  if (!url) return std::nullopt;
  // `localhost.` is the same host, written as the root of all names has it.
  if (url->host.ends_with('.')) url->host.pop_back();
  return std::move(url->host);
}

std::optional<std::string> literal_of(std::string_view address) {
  const bool v6 = address.find(':') != std::string_view::npos;
  return host_of(v6 ? "[" + std::string(address) + "]" : std::string(address));
}

}  // namespace

HostNames::HostNames(std::string_view listen, std::span<const std::string> allowed)
    : names_(allowed.begin(), allowed.end()) {
  const auto address = literal_of(listen);
  if (!address) return;
  every_address_ = *address == "0.0.0.0" || *address == "::";
  names_.insert(*address);
}

bool HostNames::mean_us(std::string_view host) const {
  const auto name = host_of(host);
  if (!name) return false;
  return net::is_loopback(*name) || (every_address_ && net::is_address(*name)) ||
         names_.contains(*name);
}

Result<std::string> read_host_name(std::string_view text) {
  const auto name = text.find(':') == std::string_view::npos ? host_of(text) : literal_of(text);
  if (name && !name->empty()) return *name;
  return fail(ErrorKind::invalid, "not the name of a host alone");
}

}  // namespace lockstep::web
