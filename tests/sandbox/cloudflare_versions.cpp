// Versions and deployments of a Worker:
// https://developers.cloudflare.com/workers/configuration/versions-and-deployments/
#include "base/text.hpp"
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

namespace {

json::object describe(const Deployment& deployment) {
  json::array shares;
  for (const auto& share : deployment.shares) {
    shares.push_back({{"version_id", share.version->id}, {"percentage", share.percent}});
  }
  json::object annotations{{"workers/triggered_by", deployment.triggered_by}};
  if (!deployment.message.empty()) annotations["workers/message"] = deployment.message;
  json::object out{
      {"id", deployment.id},           {"source", deployment.author.source},
      {"strategy", "percentage"},      {"annotations", std::move(annotations)},
      {"versions", std::move(shares)}, {"created_on", timestamp(deployment.created_on)}};
  if (!deployment.author.email.empty()) out["author_email"] = deployment.author.email;
  return out;
}

VersionPtr version_of(const Worker& worker, std::string_view id) {
  for (const auto& version : worker.versions) {
    if (version->id == id) return version;
  }
  return nullptr;
}

/// Names of secrets whose value differs between two versions.
std::vector<std::string> changed_secrets(const Bindings& a, const Bindings& b) {
  const auto text = [](const Bindings& bindings, const std::string& name) {
    const auto found = bindings.find(name);
    return found != bindings.end() && found->second.secret() ? found->second.text : nullptr;
  };
  std::set<std::string> names;
  for (const auto* bindings : {&a, &b}) {
    for (const auto& [name, binding] : *bindings) names.insert(name);
  }
  std::vector<std::string> out;
  for (const auto& name : names) {
    if (!same_value(text(a, name), text(b, name))) out.push_back(name);
  }
  return out;
}

std::string annotation(const json::value& body, std::string_view key) {
  const auto* annotations = member(body, "annotations");
  const auto text = annotations ? text_member(*annotations, key) : std::nullopt;
  return text ? std::string(*text) : std::string();
}

/// The shares of a deployment request, or the refusal.
std::variant<std::vector<Share>, net::Response> read_shares(const Worker& worker,
                                                            const json::value& body) {
  const auto* list = list_member(body, "versions");
  if (text_member(body, "strategy") != "percentage" || !list || list->empty() || list->size() > 2) {
    return failure(400, 10021, "Invalid deployment.");
  }
  std::vector<Share> shares;
  int sum = 0;
  for (const auto& entry : *list) {
    auto version = version_of(worker, text_member(entry, "version_id").value_or(""));
    if (!version) return failure(404, 100146, "Version not found.");
    const auto percent = static_cast<int>(int_member(entry, "percentage").value_or(0));
    sum += percent;
    shares.push_back({.version = std::move(version), .percent = percent});
  }
  if (sum != 100) return failure(400, 10021, "Percentages must add up to 100.");
  return shares;
}

}  // namespace

json::object describe(const Version& version, bool whole) {
  json::object metadata{{"created_on", timestamp(version.created_on)},
                        {"modified_on", timestamp(version.created_on)},
                        {"source", version.author.source},
                        {"author_id", version.author.id},
                        {"has_preview", false}};
  if (!version.author.email.empty()) metadata["author_email"] = version.author.email;
  json::object annotations{{"workers/triggered_by", version.triggered_by}};
  if (!version.message.empty()) annotations["workers/message"] = version.message;
  if (!version.tag.empty()) annotations["workers/tag"] = version.tag;
  json::object out{{"id", version.id},
                   {"number", version.number},
                   {"metadata", std::move(metadata)},
                   {"annotations", std::move(annotations)}};
  if (whole) {
    out["resources"] = json::object{
        {"script",
         {{"etag", version.etag}, {"handlers", {"fetch"}}, {"last_deployed_from", "wrangler"}}},
        {"script_runtime", {{"compatibility_date", "2026-01-01"}, {"usage_model", "standard"}}},
        {"bindings", describe(version.bindings)}};
  }
  return out;
}

Worker& change_worker(World& world, const Ask& ask, const std::string& script) {
  return world.time.change(ask.now).accounts.at(ask.account.id).workers.at(script);
}

VersionPtr add_version(World& world, Worker& worker, Bindings bindings, const Author& author,
                       const Labels& labels, Wall now, const std::string& etag) {
  auto version = std::make_shared<Version>();
  version->id = world.ids.uuid();
  version->number = worker.versions.empty() ? 1 : worker.latest().number + 1;
  version->created_on = now;
  version->author = author;
  version->triggered_by = labels.triggered_by;
  version->message = labels.message;
  version->tag = labels.tag;
  version->etag = etag.empty() && !worker.versions.empty() ? worker.latest().etag : etag;
  if (!worker.versions.empty()) version->code = worker.latest().code;
  if (labels.code) version->code = *labels.code;
  version->bindings = std::move(bindings);
  worker.versions.push_back(version);
  return version;
}

void deploy(World& world, Worker& worker, std::vector<Share> shares, const Author& author,
            const Labels& labels, Wall now) {
  worker.deployments.insert(worker.deployments.begin(), {.id = world.ids.uuid(),
                                                         .created_on = now,
                                                         .author = author,
                                                         .triggered_by = labels.triggered_by,
                                                         .message = labels.message,
                                                         .shares = std::move(shares)});
  ++worker.deployments_made;
  const auto kept = std::max<std::size_t>(world.options.deployments_listed, 1);
  if (worker.deployments.size() > kept) worker.deployments.resize(kept);
}

VersionPtr add_and_deploy(World& world, Worker& worker, Bindings bindings, const Author& author,
                          const Labels& labels, Wall now) {
  auto version = add_version(world, worker, std::move(bindings), author, labels, now);
  deploy(world, worker, {{.version = version, .percent = 100}}, author, labels, now);
  return version;
}

net::Response list_versions(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  json::array items;
  for (auto at = worker->versions.rbegin(); at != worker->versions.rend(); ++at) {
    items.push_back(describe(**at, false));
  }
  const auto most = ask.call.flag("deployable") ? items.size() + 1 : 100;
  const auto usual = ask.call.flag("deployable") ? items.size() + 1 : 10;
  const auto number = std::max<std::uint64_t>(ask.call.number("page").value_or(1), 1);
  const auto size = std::clamp<std::uint64_t>(ask.call.number("per_page").value_or(usual), 1, most);
  json::array slice;
  for (auto i = (number - 1) * size; i < items.size() && i < number * size; ++i) {
    slice.push_back(items[i]);
  }
  const json::object info{{"count", slice.size()},
                          {"page", number},
                          {"per_page", size},
                          {"total_count", items.size()},
                          {"total_pages", (items.size() + size - 1) / size}};
  return success(json::object{{"items", std::move(slice)}}, info);
}

net::Response get_version(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto version = version_of(*worker, ask.arguments[2]);
  if (!version) return failure(404, 100146, "Version not found.");
  return success(describe(*version, true));
}

net::Response get_latest_version(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  return success(describe(worker->latest(), true));
}

net::Response patch_latest_version(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return failure(404, 10222, "This Worker has no versions.");
  const auto body = parse_json(ask.call.body());
  if (!body || !body->is_object()) return failure(400, 10021, "Invalid request body.");
  auto bindings = worker->latest().bindings;
  const auto* env = member(*body, "env");
  if (env && env->is_object()) {
    for (const auto& [name, change] : env->get_object()) {
      if (change.is_null()) {
        bindings.erase(name);
      } else {
        bindings[name] = read_binding(change);
      }
    }
  }
  if (auto refused = refuse_bindings(world, bindings)) return std::move(*refused);
  const Labels labels{.triggered_by = world.options.latest_patch_trigger,
                      .message = annotation(*body, "workers/message").substr(0, 1000),
                      .tag = annotation(*body, "workers/tag")};
  if (labels.tag.size() > 100) return failure(400, 10021, "workers/tag is too long.");
  auto& changed = change_worker(world, ask, worker->name);
  const auto version =
      ask.call.flag("deploy")
          ? add_and_deploy(world, changed, std::move(bindings), ask.author, labels, ask.now)
          : add_version(world, changed, std::move(bindings), ask.author, labels, ask.now);
  return success(describe(*version, true));
}

net::Response list_deployments(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  json::array list;
  for (const auto& deployment : worker->deployments) list.push_back(describe(deployment));
  return success(json::object{{"deployments", std::move(list)}});
}

net::Response post_deployment(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto body = parse_json(ask.call.body());
  if (!body) return failure(400, 10021, "Invalid deployment.");
  auto read = read_shares(*worker, *body);
  if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
  auto& shares = std::get<std::vector<Share>>(read);
  const auto& active = worker->active();
  bool back = false;
  for (const auto& share : shares) {
    if (share.version->number >= active.number) continue;
    back = true;
    const auto changed = changed_secrets(share.version->bindings, active.bindings);
    if (!changed.empty() && !ask.call.flag("force")) {
      return failure(400, 10220,
                     "A secret has changed since this version was active. If you are sure this is "
                     "ok, add a ?force=true query parameter to allow the rollback. The following "
                     "secrets have changed: " +
                         join(changed, ", "));
    }
  }
  const Labels labels{.triggered_by = back ? "rollback" : "promotion",
                      .message = annotation(*body, "workers/message").substr(0, 1000)};
  auto& changed = change_worker(world, ask, worker->name);
  deploy(world, changed, std::move(shares), ask.author, labels, ask.now);
  return success(json::object{{"id", changed.deployments.front().id}});
}

}  // namespace lockstep::sandbox::cloudflare
