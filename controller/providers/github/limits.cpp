#include "providers/github/limits.hpp"

namespace lockstep::providers::github {

net::RateRules github_rate_rules() {
  using Of = net::RateRule::Of;
  return {.rules = {{.units = 4900, .window = std::chrono::hours(1)},
                    {.units = 850,
                     .window = std::chrono::minutes(1),
                     .spacing = std::chrono::milliseconds(50),
                     .read_cost = 1,
                     .write_cost = 5},
                    {.of = Of::writes,
                     .units = 75,
                     .window = std::chrono::minutes(1),
                     .spacing = std::chrono::seconds(1)},
                    {.of = Of::writes, .units = 480, .window = std::chrono::hours(1)}},
          // Nothing is asked of a limited account before its hour has passed: going on anyway may
          // get the client banned.
          .longest_wait = std::chrono::hours(1)};
}

}  // namespace lockstep::providers::github
