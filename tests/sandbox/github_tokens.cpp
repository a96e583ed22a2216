// Who asks: personal access tokens, and what an app gets for an installation
// (https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app).
#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox::github {

namespace {

constexpr Nanos kInstallationTokenLife = std::chrono::hours(1);

/// The credential of an Authorization header with one of these schemes.
std::optional<std::string> credential_of(std::string_view header,
                                         std::initializer_list<std::string_view> schemes) {
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto scheme = to_lower(header.substr(0, blank));
  if (std::ranges::find(schemes, scheme) == schemes.end()) return std::nullopt;
  return std::string(trim(header.substr(blank)));
}

bool is_write(std::string_view level) {
  return level == "write" || level == "admin";
}

/// What a request for a token asks for, cut to what the app has; or the refusal.
std::variant<Token, net::Response> narrowed(const World& world, const App& app,
                                            const json::value& body) {
  Token token{.given = {.permissions = app.given.permissions},
              .repositories = app.repositories,
              .installation = true};
  const auto outside = [] {
    return error(422,
                 "There is at least one repository that does not exist or is not accessible to the "
                 "parent installation.");
  };
  std::set<std::uint64_t> asked;
  const auto& repositories = world.time.current().repositories;
  if (const auto* names = list_member(body, "repositories")) {
    for (const auto& name : *names) {
      const auto found = std::ranges::find_if(repositories, [&](const auto& each) {
        return name.is_string() && to_lower(each.second.name) == to_lower(name.get_string());
      });
      if (found == repositories.end()) return outside();
      asked.insert(found->first);
    }
  }
  if (const auto* ids = list_member(body, "repository_ids")) {
    for (const auto& id : *ids) {
      if (!id.is_int64() || id.get_int64() < 0) return outside();
      asked.insert(static_cast<std::uint64_t>(id.get_int64()));
    }
  }
  for (const auto id : asked) {
    const bool granted = app.repositories.empty() || app.repositories.contains(id);
    if (!repositories.contains(id) || !granted) return outside();
  }
  if (!asked.empty()) token.repositories = std::move(asked);
  const auto* permissions = member(body, "permissions");
  if (!permissions || !permissions->is_object()) return token;
  token.given.permissions.clear();
  const Token whole{.given = {.permissions = app.given.permissions}};
  for (const auto& [family, level] : permissions->get_object()) {
    const auto* text = level.if_string();
    if (!text || !permits(whole, family, is_write(*text))) {
      return error(422, "The permissions requested are not granted to this installation.");
    }
    token.given.permissions[std::string(family)] = std::string(*text);
  }
  return token;
}

json::object describe(const World& world, const Token& token) {
  json::object permissions;
  for (const auto& [family, level] : token.given.permissions) permissions[family] = level;
  json::object out{{"token", token.given.secret},
                   {"expires_at", timestamp(*token.given.expires_at)},
                   {"permissions", std::move(permissions)},
                   {"repository_selection", token.repositories.empty() ? "all" : "selected"}};
  if (token.repositories.empty()) return out;
  json::array repositories;
  for (const auto id : token.repositories) {
    const auto found = world.time.current().repositories.find(id);
    if (found == world.time.current().repositories.end()) continue;
    repositories.push_back({{"id", id}, {"full_name", found->second.full_name()}});
  }
  out["repositories"] = std::move(repositories);
  return out;
}

}  // namespace

std::variant<const Token*, net::Response> authenticate(const World& world, const Call& call,
                                                       Wall now) {
  if (call.authorization().empty()) return error(401, "Requires authentication");
  const auto credential = credential_of(call.authorization(), {"bearer", "token"});
  const auto found = credential ? world.tokens.find(*credential) : world.tokens.end();
  if (found == world.tokens.end()) return error(401, "Bad credentials");
  const auto& token = found->second;
  if (token.revoked || (token.given.expires_at && *token.given.expires_at <= now)) {
    return error(401, "Bad credentials");
  }
  return &token;
}

bool permits(const Token& token, std::string_view family, bool write) {
  if (family == "metadata" && !write) return true;
  const auto found = token.given.permissions.find(std::string(family));
  if (found == token.given.permissions.end()) return false;
  return is_write(found->second) || (!write && found->second == "read");
}

bool covers(const Token& token, const Repository& repository) {
  return token.repositories.empty() || token.repositories.contains(repository.id);
}

net::Response make_installation_token(World& world, const Call& call,
                                      const std::string& installation, Wall now) {
  const auto jwt = credential_of(call.authorization(), {"bearer"});
  if (!jwt) return error(401, "A JSON web token could not be decoded");
  const auto app = world.apps.find(installation);
  auto refused = app == world.apps.end()
                     ? std::optional<std::string>("A JSON web token could not be decoded")
                     : refuse_jwt(app->second.given, *jwt, now);
  if (refused) {
    // An app's token is fine; only its own installation is there for it.
    const bool another = std::ranges::any_of(
        world.apps, [&](const auto& each) { return !refuse_jwt(each.second.given, *jwt, now); });
    return another ? not_found() : error(401, *refused);
  }
  auto body = call.body().empty() ? Result<json::value>(json::object()) : parse_json(call.body());
  if (!body) return error(400, "Problems parsing JSON");
  auto made = narrowed(world, app->second, *body);
  if (auto* no = std::get_if<net::Response>(&made)) return std::move(*no);
  auto& token = std::get<Token>(made);
  token.given.id = "ghs " + installation;
  token.given.user = installation;
  token.given.secret = "ghs_" + world.ids.hex(36);
  token.given.expires_at = now + kInstallationTokenLife;
  auto response = json_response(201, describe(world, token));
  world.tokens[token.given.secret] = std::move(token);
  return response;
}

std::set<std::uint64_t> ids_of(const World& world, const std::vector<std::string>& repositories) {
  std::set<std::uint64_t> out;
  for (const auto& name : repositories) out.insert(repository_of(world.time.current(), name).id);
  return out;
}

}  // namespace lockstep::sandbox::github
