#include "providers/fly/authorization.hpp"

#include "base/text.hpp"

namespace lockstep::providers::fly {

namespace {

bool is_macaroon(std::string_view token) {
  return token.starts_with("fm2_") || token.starts_with("fm1r_") || token.starts_with("fm1a_");
}

std::string_view without_scheme(std::string_view text) {
  for (;;) {
    text = trim(text);
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return text;
    const auto scheme = to_lower(text.substr(0, blank));
    if (scheme != "bearer" && scheme != "flyv1") return text;
    text.remove_prefix(blank + 1);
  }
}

}  // namespace

Secret authorization(const Secret& token, Confidential& hidden) {
  const auto all = without_scheme(token.expose());
  SecretBytes macaroons;
  for (auto rest = all; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto one = trim(rest.substr(0, comma));
    hidden.add(one);
    if (is_macaroon(one)) {
      append(macaroons, macaroons.empty() ? "FlyV1 " : ",");
      append(macaroons, one);
    }
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (!macaroons.empty()) return Secret(std::move(macaroons));
  auto header = to_bytes("Bearer ");
  append(header, all);
  return Secret(std::move(header));
}

}  // namespace lockstep::providers::fly
