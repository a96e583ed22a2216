#include "api/local_config.hpp"

#include "fuzz/target.hpp"
#include "net/url.hpp"

namespace lockstep::fuzz {

/// Either a config or problems with a line; an address that is accepted can be reached.
void local_config(std::string_view bytes) {
  const auto loaded = api::load_local_config("f", bytes);
  hold(loaded.config.has_value() == loaded.problems.empty(), "a config or problems");
  for (const auto& problem : loaded.problems) hold(!problem.text.empty(), "a problem has a text");
  if (!loaded.config) return;
  for (const auto& host : loaded.config->hosts) {
    hold(net::parse_url(host).has_value(), "a host that was accepted is one");
  }
  for (const auto* url : {&loaded.config->endpoints.cloudflare, &loaded.config->endpoints.github,
                          &loaded.config->endpoints.fly}) {
    hold(url->empty() || net::parse_url(*url), "an endpoint that was accepted is one");
  }
}

}  // namespace lockstep::fuzz
