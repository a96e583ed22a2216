// What GitHub lets one credential ask.
#pragma once

#include "net/rate_limits.hpp"

namespace lockstep::providers::github {

/// 5,000 requests an hour; 900 points a minute, of which a read costs one and a write five; 80
/// writes a minute and 500 an hour
/// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api). A second
/// between writes and no crowd of requests at once, as GitHub asks of its clients
/// (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
/// 100 requests and 20 writes an hour are left for people: the limits are those of the user.
net::RateRules github_rate_rules();

}  // namespace lockstep::providers::github
