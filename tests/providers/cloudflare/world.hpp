// A Worker as Cloudflare's API shows it, for tests.
#pragma once

#include <string>
#include <vector>

#include "../world.hpp"
#include "providers/cloudflare/worker.hpp"

namespace lockstep::providers::cloudflare {

inline constexpr auto account = "0123456789abcdef0123456789abcdef";
inline constexpr auto api_token = "v1.0-FAKEfakeFAKEfake-0123456789abcdef";

inline std::string envelope(const std::string& result, const std::string& info = "") {
  return R"({"success":true,"errors":[],"messages":[],"result":)" + result +
         (info.empty() ? "" : ",\"result_info\":" + info) + "}";
}
inline std::string error_body(int code, const std::string& message = "refused") {
  return R"({"success":false,"result":null,"messages":[],"errors":[{"code":)" +
         std::to_string(code) + R"(,"message":")" + message + "\"}]}";
}

struct Dep {
  std::string id;
  std::string version;
  std::string trigger;
  std::string author = "ann@example.com";
};
inline std::string deployment_json(const Dep& dep) {
  const auto trigger = dep.trigger.empty() ? std::string("{}")
                                           : R"({"workers/triggered_by":")" + dep.trigger + "\"}";
  const auto author =
      dep.author.empty() ? std::string() : R"("author_email":")" + dep.author + "\",";
  return R"({"id":")" + dep.id + R"(","created_on":"2026-01-15T10:00:00.5Z","source":"wrangler",)" +
         author + R"("strategy":"percentage","versions":[{"version_id":")" + dep.version +
         R"(","percentage":100}],"annotations":)" + trigger + "}";
}
/// The newest first, as the API lists them.
inline std::string deployments(const std::vector<Dep>& list) {
  std::string out;
  for (const auto& dep : list) out += (out.empty() ? "" : ",") + deployment_json(dep);
  return envelope("{\"deployments\":[" + out + "]}");
}
inline std::string versions(const std::vector<std::string>& ids) {
  std::string out;
  auto number = ids.size();
  for (const auto& id : ids) {
    out += (out.empty() ? "" : ",") + (R"({"id":")" + id) + R"(","number":)" +
           std::to_string(number--) +
           R"(,"metadata":{"created_on":"2026-01-15T09:00:00Z","author_email":"bob@example.com"}})";
  }
  return envelope("{\"items\":[" + out + "]}");
}
inline constexpr auto settings =
    R"({"success":true,"errors":[],"messages":[],"result":{"bindings":[
      {"type":"secret_text","name":"SESSION_KEY"},
      {"type":"kv_namespace","name":"CACHE","namespace_id":"x"},
      {"type":"secret_key","name":"SIGNING","algorithm":{}},
      {"type":"plain_text","name":"STAGE","text":"prod"}]}})";

struct WorkerWorld : ::testing::Test {
  lockstep::testing::Simulation sim;
  lockstep::testing::ScriptedHttp http;
  CloudflareWorkerProvider provider{http, sim.clock(), lockstep::testing::token_of(api_token),
                                    CloudflareOptions{.account_id = account}};
  Place place{.kind = PlaceKind::cloudflareWorker, .parts = {account, "production-alokai-cms"}};
  PlaceRecord memory;

  Result<Observation> observe() { return sim.run(provider.observe(place, memory, {})); }
  Result<WriteCheck> check_write(WriteMode mode = WriteMode::live) {
    return sim.run(provider.check_write(place, memory, mode, {}));
  }
  Result<Applied> apply(std::vector<Change> changes, WriteMode mode = WriteMode::live) {
    return sim.run(
        provider.apply(place, std::move(changes), memory, mode, {.deadline = {}, .attempt = "a1"}));
  }
  /// Answers the two reads before a write: d1 with v1 is active and the newest.
  void answer_clear() {
    http.answer(200, deployments({{"d1", "v1", "upload"}}));
    http.answer(200, versions({"v1", "v0"}));
  }
};

}  // namespace lockstep::providers::cloudflare
