// What the requests about one app have in common.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "net/http.hpp"

namespace lockstep::providers::fly {

/// Carries the nonce of a lease (https://fly.io/docs/machines/api/machines-resource/#leases).
inline constexpr std::string_view nonce_header = "fly-machine-lease-nonce";
/// One request of a roll-out ends by then, with its wait for the request budget (S7).
inline constexpr Nanos request_limit = std::chrono::seconds(60);

/// `/v1/apps/<app><rest>`.
std::string app_path(const std::string& app, std::string_view rest);
/// `/v1/apps/<app>/machines/<id><rest>`.
std::string machine_path(const std::string& app, const std::string& id, std::string_view rest = "");
/// A request that can change something; its url is still a path.
net::Request write_request(std::string method, std::string path, std::string operation);

}  // namespace lockstep::providers::fly
