// The queries and mutations at /graphql that clients of secrets still use. A document is known by
// what it asks for; all the fields that its client reads are answered, whatever it selects:
// https://github.com/superfly/fly-go, resource_apps.go and resource_secrets.go;
// https://github.com/superfly/flyctl, gql/genqclient.graphql.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox::fly {

namespace {

/// One document with its variables, of an app that its tokens reach.
struct Query {
  World& world;
  const App& app;
  const json::value& variables;
  Wall now;
};

/// GraphQL refuses with 200.
net::Response refusal(const std::string& text, const std::string& code) {
  json::array errors;
  errors.push_back(json::object{{"message", text}, {"extensions", json::object{{"code", code}}}});
  return json_response(200, json::object{{"data", nullptr}, {"errors", std::move(errors)}});
}

net::Response data(const std::string& key, json::value value) {
  json::object inner{{key, std::move(value)}};
  return json_response(200, json::object{{"data", std::move(inner)}});
}

json::object organization_of(const App& app) {
  return {{"id", "org_" + app.organization},
          {"internalNumericId", "10"},
          {"slug", app.organization},
          {"name", app.organization},
          {"paidPlan", true}};
}

/// What flyctl asks first of nearly every command.
net::Response compact(const Query& query) {
  const auto& app = query.app;
  const bool deployed = !app.machines.empty();
  return data("appcompact", json::object{{"id", app.name},
                                         {"internalNumericId", 100},
                                         {"name", app.name},
                                         {"hostname", app.name + ".fly.dev"},
                                         {"cnameTarget", nullptr},
                                         {"deployed", deployed},
                                         {"network", "default"},
                                         {"status", deployed ? "deployed" : "pending"},
                                         {"appUrl", "https://" + app.name + ".fly.dev"},
                                         {"platformVersion", "machines"},
                                         {"organization", organization_of(app)},
                                         {"postgresAppRole", nullptr}});
}

/// The config of the latest release; null where nobody recorded one, as of an app that was
/// deployed by machines alone.
net::Response config(const Query& query) {
  const auto& releases = query.app.releases;
  if (releases.empty() || releases.back().definition.is_null()) {
    return data("app", json::object{{"currentReleaseUnprocessed", nullptr}});
  }
  return data("app", json::object{{"currentReleaseUnprocessed",
                                   {{"configDefinition", releases.back().definition}}}});
}

net::Response latest_image(const Query& query) {
  const auto& releases = query.app.releases;
  if (releases.empty()) return data("app", json::object{{"currentReleaseUnprocessed", nullptr}});
  const auto& last = releases.back();
  return data("app", json::object{
                         {"currentReleaseUnprocessed",
                          {{"id", last.id}, {"version", last.version}, {"imageRef", last.image}}}});
}

net::Response secrets(const Query& query) {
  json::array list;
  for (const auto& [name, secret] : query.app.secrets) {
    list.push_back(
        {{"name", name}, {"digest", secret.digest}, {"createdAt", timestamp(secret.created_at)}});
  }
  return data("app", json::object{{"secrets", std::move(list)}});
}

/// Writes stay staged: the machines are another's business, and there is no release to tell.
net::Response changed(const Query& query, const Values& values, const std::string& field) {
  if (refuse_values(query.world, query.app, values)) {
    return refusal("Validation failed", "UNPROCESSABLE");
  }
  apply_values(query.world, query.app.name, values, query.now);
  return data(field, json::object{{"release", nullptr}});
}

net::Response set_secrets(const Query& query) {
  const auto* input = member(query.variables, "input");
  const auto* given = input ? list_member(*input, "secrets") : nullptr;
  if (!given) return refusal("secrets is required", "BAD_REQUEST");
  Values values;
  if (bool_member(*input, "replaceAll").value_or(false)) {
    for (const auto& [name, secret] : query.app.secrets) values[name] = nullptr;
  }
  for (const auto& one : *given) {
    const auto key = text_member(one, "key");
    const auto value = text_member(one, "value");
    if (!key || !value) return refusal("key and value are required", "BAD_REQUEST");
    values[std::string(*key)] = share(*value);
  }
  return changed(query, values, "setSecrets");
}

net::Response unset_secrets(const Query& query) {
  const auto* input = member(query.variables, "input");
  const auto* keys = input ? list_member(*input, "keys") : nullptr;
  if (!keys) return refusal("keys is required", "BAD_REQUEST");
  Values values;
  for (const auto& key : *keys) {
    if (!key.is_string()) return refusal("a key is a string", "BAD_REQUEST");
    values[std::string(key.get_string())] = nullptr;
  }
  return changed(query, values, "unsetSecrets");
}

struct Document {
  std::string_view asks_for;
  bool writes;
  net::Response (*handler)(const Query&);
};

/// The first that the text holds.
constexpr Document kDocuments[] = {
    {"unsetSecrets(", true, unset_secrets}, {"setSecrets(", true, set_secrets},
    {"appcompact:", false, compact},        {"configDefinition", false, config},
    {"imageRef", false, latest_image},      {"secrets", false, secrets},
};

/// The app that the variables name, in whichever way the document calls it.
std::string app_named(const json::value& variables) {
  if (const auto* input = member(variables, "input")) {
    return std::string(text_member(*input, "appId").value_or(""));
  }
  return std::string(text_member(variables, "appName").value_or(""));
}

net::Response answer(World& world, const Call& call, Wall now) {
  const auto tokens = live_tokens(world, call);
  if (tokens.empty()) return refusal("You must be authenticated to view this.", "UNAUTHORIZED");
  const auto body = parse_json(call.body());
  const auto text = body ? text_member(*body, "query") : std::nullopt;
  const auto* variables = body ? member(*body, "variables") : nullptr;
  if (!text || !variables) return refusal("No query string was present", "BAD_REQUEST");
  for (const auto& document : kDocuments) {
    if (!text->contains(document.asks_for)) continue;
    const auto& apps = world.time.current().apps;
    const auto app = apps.find(app_named(*variables));
    if (app == apps.end() || app->second.destroyed ||
        !allowed(tokens, app->second, document.writes)) {
      return refusal("Could not find App", "NOT_FOUND");
    }
    return document.handler(
        {.world = world, .app = app->second, .variables = *variables, .now = now});
  }
  return refusal("The sandbox does not know this document", "BAD_REQUEST");
}

}  // namespace

std::optional<net::Response> graphql_route(World& world, const Call& call, Wall now) {
  if (call.method() != "POST" || call.path != "/graphql") return std::nullopt;
  return answer(world, call, now);
}

}  // namespace lockstep::sandbox::fly
