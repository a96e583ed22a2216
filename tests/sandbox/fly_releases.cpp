// Releases, which flyctl makes at another service than machines, and what else it asks to deploy:
// https://github.com/superfly/flyctl, internal/uiex/releases.go and internal/command/deploy.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox::fly {

namespace {

constexpr std::string_view kStatuses[] = {"pending", "running", "complete", "failed",
                                          "interrupted"};

/// This service's errors have a shape of their own.
net::Response refusal(int status, const std::string& text) {
  return json_response(status, json::object{{"error", text}});
}

json::object describe(const Release& release) {
  const bool complete = release.status == "complete";
  const bool going = release.status == "pending" || release.status == "running";
  return {{"id", release.id},
          {"version", release.version},
          {"stable", complete},
          {"in_progress", going},
          {"status", release.status},
          {"strategy", release.strategy},
          {"user", "sandbox@example.com"},
          {"created_at", timestamp(release.created_at)},
          {"image_ref", release.image}};
}

/// Why a token may not write to the app, or that there is no such app.
std::optional<net::Response> refuse(const World& world, const Call& call, std::string_view name) {
  const auto tokens = live_tokens(world, call);
  if (tokens.empty()) return refusal(401, "unauthorized");
  const auto& apps = world.time.current().apps;
  const auto app = apps.find(std::string(name));
  if (app == apps.end() || app->second.destroyed) return refusal(404, "app not found");
  if (!allowed(tokens, app->second, true)) return refusal(403, "forbidden");
  return std::nullopt;
}

net::Response create(World& world, const Call& call, Wall now) {
  const auto body = parse_json(call.body());
  const auto name = body ? text_member(*body, "app_name") : std::nullopt;
  if (!name) return refusal(422, "app_name is required");
  if (auto refused = refuse(world, call, *name)) return std::move(*refused);
  auto& release = add_release(world, world.time.change(now).apps.at(std::string(*name)), now);
  release.status = "pending";
  release.strategy = text_member(*body, "strategy").value_or("ROLLING");
  release.image = text_member(*body, "image").value_or("");
  if (const auto* definition = member(*body, "definition")) release.definition = *definition;
  return json_response(201, json::object{{"release", describe(release)}});
}

/// The app of a release; "" where there is none of that id.
std::string app_of(const World& world, const std::string& id) {
  for (const auto& [name, app] : world.time.current().apps) {
    if (std::ranges::find(app.releases, id, &Release::id) != app.releases.end()) return name;
  }
  return "";
}

net::Response update(World& world, const Call& call, const std::string& id, Wall now) {
  const auto name = app_of(world, id);
  if (auto refused = refuse(world, call, name)) return std::move(*refused);
  const auto body = parse_json(call.body());
  const auto status = body ? text_member(*body, "status") : std::nullopt;
  if (!status || std::ranges::find(kStatuses, *status) == std::end(kStatuses)) {
    return refusal(422, "status is invalid");
  }
  auto& releases = world.time.change(now).apps.at(name).releases;
  const auto release = std::ranges::find(releases, id, &Release::id);
  release->status = std::string(*status);
  return json_response(200, describe(*release));
}

}  // namespace

Release& add_release(World& world, App& app, Wall now) {
  app.releases.push_back({.id = "rel_" + world.ids.hex(16),
                          .version = app.releases.size() + 1,
                          .status = "complete",
                          .strategy = "ROLLING",
                          .image = app.machines.empty() ? "" : app.machines.front().image,
                          .definition = nullptr,
                          .created_at = now});
  return app.releases.back();
}

std::optional<net::Response> release_route(World& world, const Call& call, Wall now) {
  if (call.method() == "POST" && match_path("/api/v1/releases", call)) {
    return create(world, call, now);
  }
  const auto one = match_path("/api/v1/releases/{}", call);
  if (call.method() == "PATCH" && one) return update(world, call, (*one)[0], now);
  return std::nullopt;
}

Reply list_releases(World&, const Ask& ask) {
  const auto limit = ask.call.number("limit").value_or(20);
  json::array list;
  const auto& releases = ask.app.releases;
  for (auto at = releases.rbegin(); at != releases.rend() && list.size() < limit; ++at) {
    list.push_back(describe(*at));
  }
  return {.response = json_response(200, json::object{{"releases", std::move(list)}})};
}

Reply list_volumes(World&, const Ask&) {
  return {.response = json_response(200, json::array())};
}

Reply list_addresses(World&, const Ask&) {
  return {.response = json_response(200, json::object{{"ips", json::array()}})};
}

}  // namespace lockstep::sandbox::fly
