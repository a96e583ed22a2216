// Secrets of a Worker: https://developers.cloudflare.com/api/resources/workers/ (scripts, secrets).
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

namespace {

net::Response not_deployed(int code) {
  return failure(
      400, code,
      code == 10215
          ? "Secret edit failed. You attempted to modify a secret, but the latest version "
            "of your Worker isn't currently deployed. Please ensure that the latest "
            "version of your Worker is fully deployed before modifying secrets."
          : "Script edit failed. You attempted to deploy the latest version with modified "
            "settings, but the latest version isn't currently deployed.");
}

net::Response name_taken(const std::string& name) {
  return failure(
      400, 10053,
      "Binding name '" + name + "' already in use. Please use a different name and try again.");
}

bool taken(const Bindings& bindings, const std::string& name) {
  const auto found = bindings.find(name);
  return found != bindings.end() && !found->second.secret();
}

json::object describe_one(const std::string& name, const Binding& binding) {
  return {{"name", name}, {"type", binding.type}};
}

/// `{"name","text","type":"secret_text"}`; nothing when the body is something else.
std::optional<std::pair<std::string, Binding>> read_secret(const json::value& body) {
  const auto name = text_member(body, "name");
  const auto text = text_member(body, "text");
  if (!name || name->empty() || !text || text_member(body, "type") != "secret_text") {
    return std::nullopt;
  }
  return std::pair(std::string(*name),
                   Binding{.type = "secret_text", .fields = {}, .text = share(*text)});
}

net::Response bad_body() {
  return failure(400, 10021, "Invalid request body.");
}

/// The name in the path: percent-encoded only where the client says so.
std::string secret_name(const Ask& ask) {
  return ask.call.flag("url_encoded") ? ask.arguments[2] : ask.call.segments.back();
}

}  // namespace

net::Response list_secrets(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  json::array list;
  for (const auto& [name, binding] : worker->latest().bindings) {
    if (binding.secret()) list.push_back(describe_one(name, binding));
  }
  return success(list);
}

net::Response get_secret(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto name = secret_name(ask);
  const auto found = worker->latest().bindings.find(name);
  if (found == worker->latest().bindings.end() || !found->second.secret()) {
    return failure(404, 10056, "Secret binding '" + name + "' not found.");
  }
  return success(describe_one(name, found->second));
}

net::Response put_secret(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto body = parse_json(ask.call.body());
  auto secret = body ? read_secret(*body) : std::nullopt;
  if (!secret) return bad_body();
  auto& [name, binding] = *secret;
  auto bindings = worker->latest().bindings;
  if (taken(bindings, name)) return name_taken(name);
  if (!worker->latest_is_deployed()) return not_deployed(10215);
  const auto answer = describe_one(name, binding);
  bindings[name] = std::move(binding);
  if (auto refused = refuse_bindings(world, bindings)) return std::move(*refused);
  add_and_deploy(world, change_worker(world, ask, worker->name), std::move(bindings), ask.author,
                 {.triggered_by = "secret"}, ask.now);
  return success(answer);
}

net::Response delete_secret(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto name = secret_name(ask);
  auto bindings = worker->latest().bindings;
  const auto found = bindings.find(name);
  if (found == bindings.end() || !found->second.secret()) {
    return failure(404, 10056, "Secret binding '" + name + "' not found.");
  }
  if (!worker->latest_is_deployed()) return not_deployed(10215);
  bindings.erase(found);
  add_and_deploy(world, change_worker(world, ask, worker->name), std::move(bindings), ask.author,
                 {.triggered_by = "secret"}, ask.now);
  return success(nullptr);
}

net::Response bulk_secrets(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto body = parse_json(ask.call.body());
  const auto* secrets = body ? member(*body, "secrets") : nullptr;
  const auto* patch = secrets ? secrets->if_object() : nullptr;
  if (!patch) return bad_body();
  if (patch->size() > world.options.max_bulk) {
    return failure(400, 10021, "A bulk request may change at most 100 secrets.");
  }
  auto bindings = worker->latest().bindings;
  for (const auto& [name, change] : *patch) {
    const std::string key(name);
    if (taken(bindings, key)) return name_taken(key);
    if (change.is_null()) {
      bindings.erase(key);
      continue;
    }
    auto secret = read_secret(change);
    if (!secret || secret->first != key) return bad_body();
    bindings[key] = std::move(secret->second);
  }
  if (!worker->latest_is_deployed()) return not_deployed(10214);
  if (auto refused = refuse_bindings(world, bindings)) return std::move(*refused);
  json::object answer;
  for (const auto& [name, binding] : bindings) {
    if (binding.secret()) answer[name] = describe_one(name, binding);
  }
  add_and_deploy(world, change_worker(world, ask, worker->name), std::move(bindings), ask.author,
                 {.triggered_by = "secret"}, ask.now);
  return success(answer);
}

}  // namespace lockstep::sandbox::cloudflare
