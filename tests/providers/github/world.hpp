// GitHub as its REST API shows it, for tests.
#pragma once

#include <string>
#include <vector>

#include "../world.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "providers/github/provider.hpp"

namespace lockstep::providers::github {

inline constexpr auto api_token = "github_pat_11FAKEFAKE0fakefakefakefake_FAKEfakeFAKEfake";
inline constexpr auto repository_path = "https://api.github.com/repos/alokai/cms";
inline constexpr auto environment_path =
    "https://api.github.com/repos/alokai/cms/environments/production";

struct Listed1 {
  std::string name;
  std::string updated_at = "2025-12-31T10:00:00Z";
};
/// A page of secrets; `total` defaults to what the page shows.
inline std::string secrets(const std::vector<Listed1>& list, long total = -1) {
  std::string out;
  for (const auto& one : list) {
    out += (out.empty() ? "" : ",") + (R"({"name":")" + one.name) +
           R"(","created_at":"2025-01-01T00:00:00Z","updated_at":")" + one.updated_at + "\"}";
  }
  return R"({"total_count":)" + std::to_string(total < 0 ? static_cast<long>(list.size()) : total) +
         R"(,"secrets":[)" + out + "]}";
}
inline std::string environments(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ",") + (R"({"name":")" + name) + "\"}";
  return R"({"total_count":)" + std::to_string(names.size()) + R"(,"environments":[)" + out + "]}";
}
inline std::string message(const std::string& text) {
  return R"({"message":")" + text + R"(","documentation_url":"https://docs.github.com/rest"})";
}
inline constexpr auto not_found =
    R"({"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"})";
inline constexpr auto the_repository = R"({"id":1296269,"full_name":"alokai/cms","private":true})";

inline net::Header link_to(const std::string& url) {
  return {"Link", "<" + url + ">; rel=\"next\", <" + url + "&x=last>; rel=\"last\""};
}
inline net::Header dated(const std::string& http_date) {
  return {"Date", http_date};
}

/// The holder of a scope's private key.
struct KeyPair {
  KeyPair(unsigned char seed_byte, std::string key_id);
  /// The answer to `public-key`.
  std::string answer() const;
  /// What a box holds; "(not opened)" when it was sealed with another key.
  std::string opened(std::string_view box) const;
  /// What a PUT's body seals; "(another key_id)" when it names another key.
  std::string open(const std::string& body) const;

  std::string id;
  std::string open_half;
  std::string secret_half;
};

struct GitHubWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  GitHubSecretsProvider provider{http, sim.clock(), sim.random(),
                                 lockstep::testing::token_of(api_token), GitHubOptions{}};
  Place repository{PlaceKind::githubRepository, {"alokai", "cms", "Actions"}};
  Place environment{PlaceKind::githubEnvironment, {"alokai", "cms", "production"}};
  PlaceRecord memory;

  Result<Observation> observe(const Place& place) {
    return sim.run(provider.observe(place, memory, {}));
  }
  Result<Applied> apply(const Place& place, std::vector<Change> changes) {
    return sim.run(provider.apply(place, std::move(changes), memory, WriteMode::live, {}));
  }
  /// `GET /repos/alokai/cms/...`, in order.
  std::vector<std::string> asked() const {
    std::vector<std::string> out;
    for (const auto& one : http.asked()) {
      out.push_back(one.method + " " +
                    one.url.substr(std::string("https://api.github.com").size()));
    }
    return out;
  }
  static std::string header_of(const lockstep::testing::ScriptedHttp::Asked& asked,
                               std::string_view name) {
    for (const auto& header : asked.headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }
};

}  // namespace lockstep::providers::github
