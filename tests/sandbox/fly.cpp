#include "sandbox/fly.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.hpp"
#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox {

namespace fly {

namespace {

enum class Limit { secrets, machine, get_machine, none };

struct Route {
  std::string_view method;
  std::string_view pattern;
  Limit limit;
  Reply (*handler)(World&, const Ask&);
};

constexpr Route kRoutes[] = {
    {"GET", "/v1/apps/{}/secrets", Limit::secrets, list_secrets},
    {"POST", "/v1/apps/{}/secrets", Limit::secrets, bulk_secrets},
    {"GET", "/v1/apps/{}/secrets/{}", Limit::secrets, get_secret},
    {"POST", "/v1/apps/{}/secrets/{}", Limit::secrets, set_secret},
    {"DELETE", "/v1/apps/{}/secrets/{}", Limit::secrets, delete_secret},
    {"GET", "/v1/apps/{}/machines", Limit::machine, list_machines},
    {"GET", "/v1/apps/{}/machines/{}", Limit::get_machine, get_machine},
    {"POST", "/v1/apps/{}/machines/{}", Limit::machine, post_machine},
    {"GET", "/v1/apps/{}/machines/{}/wait", Limit::machine, wait_machine},
    {"GET", "/v1/apps/{}/machines/{}/lease", Limit::machine, show_lease},
    {"POST", "/v1/apps/{}/machines/{}/lease", Limit::machine, take_lease},
    {"DELETE", "/v1/apps/{}/machines/{}/lease", Limit::machine, drop_lease},
    {"GET", "/v1/apps/{}/machines/{}/ps", Limit::machine, list_processes},
    {"GET", "/v1/apps/{}/volumes", Limit::machine, list_volumes},
    {"GET", "/v1/apps/{}/ip_assignments", Limit::machine, list_addresses},
    {"GET", "/api/v1/apps/{}/releases", Limit::none, list_releases},
};

Pace pace_of(const FlyOptions& options, Limit limit) {
  switch (limit) {
    case Limit::secrets:
      return options.secret_actions;
    case Limit::machine:
      return options.machine_actions;
    case Limit::get_machine:
      return options.get_machine;
    case Limit::none:
      break;
  }
  return {};
}

/// Errors of the apps routes come from another service, in another shape.
net::Response message(int status, const std::string& text) {
  return json_response(status, json::object{{"message", text}});
}

/// The tokens of an Authorization header: `Bearer`, `FlyV1` or both, then a list with commas.
std::vector<std::string> tokens_of(std::string_view header) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view scheme : {"bearer ", "flyv1 "}) {
      if (to_lower(header.substr(0, scheme.size())) == scheme) {
        header = trim(header.substr(scheme.size()));
        stripped = true;
      }
    }
  }
  std::vector<std::string> out;
  for (const auto& part : split(header, ',')) out.emplace_back(trim(part));
  return out;
}

bool covers(const FlyToken& token, const App& app) {
  return token.organization == app.organization &&
         (token.apps.empty() ||
          std::find(token.apps.begin(), token.apps.end(), app.name) != token.apps.end());
}

json::object describe(const App& app) {
  return {{"id", app.id},
          {"name", app.name},
          {"internal_numeric_id", 100},
          {"network", "default"},
          {"status", app.machines.empty() ? "pending" : "deployed"},
          {"machine_count", app.machines.size()},
          {"volume_count", 0},
          {"organization",
           {{"name", app.organization}, {"slug", app.organization}, {"internal_numeric_id", 10}}}};
}

json::object describe(const FlyToken& token) {
  json::array apps;
  for (const auto& app : token.apps) apps.emplace_back(app);
  return {{"token_id", token.id},
          {"organization", token.organization},
          {"org_slug", token.organization},
          {"apps", std::move(apps)},
          {"user", ""},
          {"restricted_to_machine", ""},
          {"source_machine_id", ""}};
}

/// Routes beside those of one app's secrets and machines.
std::optional<net::Response> account_route(const World& world, const Call& call, Wall now) {
  const auto tokens = live_tokens(world, call);
  const auto& state = world.time.seen_at(now, Nanos{}, false);
  if (call.method() != "GET") return std::nullopt;
  if (match_path("/v1/tokens/current", call)) {
    if (tokens.empty()) return message(401, "Unauthorized");
    json::array list;
    for (const auto* token : tokens) list.push_back(describe(*token));
    return json_response(200, json::object{{"tokens", std::move(list)}});
  }
  if (match_path("/v1/apps", call)) {
    if (tokens.empty()) return message(401, "Unauthorized");
    const auto organization = call.parameter("org_slug");
    if (!organization) return message(400, "org_slug is required");
    const auto whole = [&](const FlyToken* token) {
      return token->organization == *organization && token->apps.empty();
    };
    if (std::none_of(tokens.begin(), tokens.end(), whole)) return message(403, "Forbidden");
    json::array apps;
    for (const auto& [name, app] : state.apps) {
      if (app.organization == *organization && !app.destroyed) apps.push_back(describe(app));
    }
    const auto total = apps.size();
    return json_response(200, json::object{{"total_apps", total}, {"apps", std::move(apps)}});
  }
  const auto one = match_path("/v1/apps/{}", call);
  if (!one) return std::nullopt;
  if (tokens.empty()) return message(401, "Unauthorized");
  const auto app = state.apps.find((*one)[0]);
  if (app == state.apps.end()) return message(404, "could not find app \"" + (*one)[0] + "\"");
  if (app->second.destroyed) return message(400, "could not find app \"" + (*one)[0] + "\"");
  if (!allowed(tokens, app->second, false)) return message(403, "Forbidden");
  return json_response(200, describe(app->second));
}

Reply app_route(World& world, const Call& call, Wall now, bool stale, const Route& route,
                const std::vector<std::string>& arguments) {
  const auto tokens = live_tokens(world, call);
  if (tokens.empty()) {
    return {.response = error(401, "Authenticate: token validation error")};
  }
  const auto every = world.options.fresh_every;
  const bool fresh = !call.writes() && every != 0 && ++world.reads % every == 0;
  const auto lag = fresh ? Nanos{} : world.options.read_lag;
  const auto& view = call.writes() ? world.time.current() : world.time.seen_at(now, lag, stale);
  const auto found = view.apps.find(arguments[0]);
  if (found == view.apps.end() || found->second.destroyed) {
    return {.response = error(found == view.apps.end() ? 404 : 400,
                              "could not find app \"" + arguments[0] + "\"")};
  }
  const auto& app = found->second;
  if (!allowed(tokens, app, call.writes())) {
    return {.response = error(403, "not authorized to access this app")};
  }
  const auto& subject =
      route.limit != Limit::secrets && arguments.size() > 1 ? arguments[1] : arguments[0];
  const auto action = std::string(route.method) + " " + std::string(route.pattern) + " " + subject;
  if (!world.pacer.take(action, pace_of(world.options, route.limit), now)) {
    return {.response = error(429, "rate limit exceeded"), .throttled = true};
  }
  return route.handler(
      world,
      {.call = call, .arguments = arguments, .now = now, .view = view, .app = app, .stale = stale});
}

Reply route(World& world, const Call& call, Wall now, bool stale) {
  for (const auto& candidate : kRoutes) {
    if (candidate.method != call.method()) continue;
    if (const auto arguments = match_path(candidate.pattern, call)) {
      return app_route(world, call, now, stale, candidate, *arguments);
    }
  }
  for (const auto other : {release_route, graphql_route}) {
    if (auto response = other(world, call, now)) return {.response = std::move(*response)};
  }
  if (auto response = account_route(world, call, now)) return {.response = std::move(*response)};
  return {.response = net::text_response(404, "text/plain", "404 page not found\n")};
}

}  // namespace

std::vector<const FlyToken*> live_tokens(const World& world, const Call& call) {
  std::vector<const FlyToken*> out;
  for (const auto& text : tokens_of(call.authorization())) {
    const auto found = world.tokens.find(text);
    if (found != world.tokens.end() && !found->second.revoked) out.push_back(&found->second);
  }
  return out;
}

bool allowed(const std::vector<const FlyToken*>& tokens, const App& app, bool write) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const FlyToken* token) {
    return covers(*token, app) && !(write && token->read_only);
  });
}

net::Response error(int status, const std::string& text) {
  return json_response(status, json::object{{"error", text}, {"status", "unknown"}});
}

std::string timestamp(Wall when) {
  return to_rfc3339(when);
}

}  // namespace fly

FlyEmulator::FlyEmulator(FlyOptions options) : world_(std::make_unique<fly::World>(options)) {}
FlyEmulator::~FlyEmulator() = default;

bool FlyEmulator::serves(std::string_view path) const {
  return path.starts_with("/v1/") || path.starts_with("/api/v1/") || path == "/graphql";
}

Reply FlyEmulator::answer(const Call& call, Wall now, bool stale) {
  auto reply = fly::route(*world_, call, now, stale);
  reply.response.headers.push_back(
      {.name = "fly-request-id", .value = "01" + world_->ids.hex(24) + "-iad"});
  return reply;
}

net::Response FlyEmulator::error_answer(const Call& call, int status) {
  const bool apps = match_path("/v1/apps/{}", call) || match_path("/v1/apps", call);
  if (status == 401) {
    return apps ? fly::message(401, "Unauthorized")
                : fly::error(401, "Authenticate: token validation error");
  }
  if (status == 404 || status == 400) return fly::error(status, "could not find app");
  if (status == 429) return fly::error(429, "rate limit exceeded");
  if (status == 502 || status == 503 || status == 504) {
    return net::text_response(status, "text/html", "<html><body>upstream error</body></html>");
  }
  return fly::error(status, "request failed");
}

}  // namespace lockstep::sandbox
