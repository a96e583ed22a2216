#include "providers/fly/authorization.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace lockstep::providers::fly {

namespace {

constexpr std::initializer_list<std::string_view> macaroons_begin = {"fm2_", "fm1r_", "fm1a_"};

bool is_macaroon(std::string_view token) {
  return std::ranges::any_of(macaroons_begin,
                             [&](std::string_view prefix) { return token.starts_with(prefix); });
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
    hidden.add_token(one, macaroons_begin);
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
