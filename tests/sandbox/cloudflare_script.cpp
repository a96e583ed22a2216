// What wrangler asks of a script beside its secrets and versions. The settings of a script that are
// not versioned are answered and not kept: nothing here depends on them.
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

/// https://developers.cloudflare.com/api/resources/workers/ (beta, workers)
net::Response get_worker(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  return success(json::object{{"id", worker->tag},
                              {"name", worker->name},
                              {"created_on", timestamp(worker->created_on)},
                              {"logpush", false},
                              {"observability", {{"enabled", false}}},
                              {"subdomain", {{"enabled", false}, {"previews_enabled", false}}},
                              {"tags", json::array()},
                              {"tail_consumers", json::array()}});
}

/// The code of one version as a form whose entry point a header names: what `wrangler versions
/// secret put` of older releases uploads again with the new secret
/// (https://github.com/cloudflare/workers-sdk, packages/wrangler/src/versions/secrets).
net::Response get_content(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto wanted = ask.call.parameter("version").value_or(worker->latest().id);
  for (const auto& version : worker->versions) {
    if (version->id != wanted) continue;
    const std::string boundary = "sandbox-" + version->id;
    const auto& code = version->code;
    auto response =
        net::text_response(200, "multipart/form-data; boundary=" + boundary,
                           "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" +
                               code.entrypoint + "\"; filename=\"" + code.entrypoint +
                               "\"\r\nContent-Type: application/javascript+module\r\n\r\n" +
                               code.text + "\r\n--" + boundary + "--\r\n");
    response.headers.push_back({.name = "cf-entrypoint", .value = code.entrypoint});
    return response;
  }
  return failure(404, 100146, "Version not found.");
}

net::Response script_settings(World&, const Ask& ask) {
  if (!find_worker(ask.account, ask.arguments[1])) return no_worker();
  return success(
      json::object{{"logpush", false}, {"tags", json::array()}, {"tail_consumers", json::array()}});
}

net::Response script_subdomain(World&, const Ask& ask) {
  if (!find_worker(ask.account, ask.arguments[1])) return no_worker();
  return success(json::object{{"enabled", false}, {"previews_enabled", false}});
}

}  // namespace lockstep::sandbox::cloudflare
