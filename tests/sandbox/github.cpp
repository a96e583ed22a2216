#include "sandbox/github.hpp"

#include <date/date.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox {

namespace github {

namespace {

constexpr std::string_view kEnterprise = "/api/v3";

/// A call below a repository. Permissions:
/// https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< after the repository
  std::string_view family;   ///< of the permission
  bool open;                 ///< anyone may read it in a public repository
  net::Response (*handler)(World&, const Ask&);
};

constexpr Route kRoutes[] = {
    {"GET", "", "metadata", true, get_repository},
    {"GET", "/branches", "contents", true, list_branches},
    {"GET", "/actions/secrets", "secrets", false, list_repository_secrets},
    {"GET", "/actions/secrets/public-key", "secrets", false, get_repository_key},
    {"GET", "/actions/secrets/{}", "secrets", false, get_repository_secret},
    {"PUT", "/actions/secrets/{}", "secrets", false, put_repository_secret},
    {"DELETE", "/actions/secrets/{}", "secrets", false, delete_repository_secret},
    {"GET", "/environments", "actions", true, list_environments},
    {"GET", "/environments/{}", "actions", true, get_environment},
    {"PUT", "/environments/{}", "administration", false, put_environment},
    {"GET", "/environments/{}/deployment-branch-policies", "actions", true, list_branch_policies},
    {"GET", "/environments/{}/secrets", "environments", false, list_environment_secrets},
    {"GET", "/environments/{}/secrets/public-key", "environments", false, get_environment_key},
    {"GET", "/environments/{}/secrets/{}", "environments", false, get_environment_secret},
    {"PUT", "/environments/{}/secrets/{}", "environments", false, put_environment_secret},
    {"DELETE", "/environments/{}/secrets/{}", "environments", false, delete_environment_secret},
};

std::string origin_of(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return "";
  return url.substr(0, url.find('/', scheme + 3));
}

/// The call with the first `dropped` segments of its path gone.
Call without(const Call& call, std::size_t dropped) {
  Call out = call;
  out.segments.erase(out.segments.begin(),
                     out.segments.begin() + static_cast<std::ptrdiff_t>(dropped));
  out.path.clear();
  for (const auto& segment : out.segments) out.path += "/" + segment;
  return out;
}

/// A repository as a path names it: its id, how many segments that took, and whether the name is
/// one that it had before.
struct Named {
  std::uint64_t id = 0;
  std::size_t segments = 0;
  bool moved = false;
};

std::optional<Named> named_repository(const State& state, const Call& call) {
  const auto& path = call.segments;
  if (path.size() >= 3 && path[0] == "repos") {
    const auto name = to_lower(percent_decode(path[1]) + "/" + percent_decode(path[2]));
    if (const auto found = state.names.find(name); found != state.names.end()) {
      return Named{.id = found->second, .segments = 3};
    }
    const auto before = state.moved.find(name);
    if (before == state.moved.end() || !state.repositories.contains(before->second)) return {};
    return Named{.id = before->second, .segments = 3, .moved = true};
  }
  if (path.size() < 2 || path[0] != "repositories") return std::nullopt;
  for (const auto& [id, repository] : state.repositories) {
    if (std::to_string(id) == path[1]) return Named{.id = id, .segments = 2};
  }
  return std::nullopt;
}

/// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
net::Response redirect(const Call& call, const std::string& base, std::uint64_t id) {
  auto to = base + "/repositories/" + std::to_string(id) + without(call, 3).path;
  const auto& url = call.request->url;
  if (const auto query = url.find('?'); query != std::string::npos) to += url.substr(query);
  auto response = json_response(
      call.writes() ? 307 : 301,
      json::object{{"message", call.writes() ? "Temporary Redirect" : "Moved Permanently"},
                   {"url", to},
                   {"documentation_url", "https://docs.github.com/rest"}});
  response.headers.push_back({.name = "Location", .value = std::move(to)});
  return response;
}

/// What a token may not do: a private repository does not say whether it is there.
net::Response refuse(const Token& token, const Repository& repository, const Route& route,
                     bool write) {
  if (repository.is_private && (!write || !covers(token, repository))) return not_found();
  auto response =
      error(403, token.installation ? "Resource not accessible by integration"
                                    : "Resource not accessible by personal access token");
  response.headers.push_back({.name = "X-Accepted-GitHub-Permissions",
                              .value = std::string(route.family) + (write ? "=write" : "=read")});
  return response;
}

std::optional<std::vector<std::string>> arguments_of(const Route& route, const Call& below) {
  if (!route.pattern.empty()) return match_path(route.pattern, below);
  if (!below.segments.empty()) return std::nullopt;
  return std::vector<std::string>();
}

net::Response repository_route(World& world, const Call& call, const std::string& base,
                               const Token& token, Wall now, bool stale) {
  const bool write = call.writes();
  const auto& state =
      write ? world.time.current() : world.time.seen_at(now, world.options.read_lag, stale);
  const auto named = named_repository(state, call);
  if (!named) return not_found();
  const auto& repository = state.repositories.at(named->id);
  if (repository.is_private && !covers(token, repository)) return not_found();
  if (named->moved) return redirect(call, base, named->id);
  const auto below = without(call, named->segments);
  for (const auto& route : kRoutes) {
    if (route.method != call.method()) continue;
    const auto arguments = arguments_of(route, below);
    if (!arguments) continue;
    const bool open = route.open && !repository.is_private;
    if (!open && !(covers(token, repository) && permits(token, route.family, write))) {
      return refuse(token, repository, route, write);
    }
    return route.handler(world, {.call = below,
                                 .arguments = *arguments,
                                 .now = now,
                                 .base = base,
                                 .repository = repository});
  }
  return not_found();
}

std::string identity_of(const Token& token) {
  return (token.installation ? "installation/" : "user/") + token.given.user;
}

net::Response user_route(const Token& token) {
  if (token.installation) return error(403, "Resource not accessible by integration");
  return json_response(200, json::object{{"login", token.given.user}, {"type", "User"}});
}

/// ETags differ from token to token: https://github.com/eclipse-csi/otterdog/issues/201.
void add_etag(const Call& call, net::Response& response) {
  const std::string_view parts[] = {call.authorization(), view(response.body)};
  const auto etag = "W/\"" + hmac_sha256_hex(Secret("sandbox etag"), parts) + "\"";
  response.headers.push_back({.name = "ETag", .value = etag});
  response.headers.push_back({.name = "Vary", .value = "Accept, Authorization"});
  if (!call.header("If-None-Match").contains(etag)) return;
  response.status = 304;
  response.body.clear();
}

net::Response token_route(World& world, const Call& call, const std::string& base, Wall now,
                          bool stale) {
  auto who = authenticate(world, call, now);
  if (auto* refused = std::get_if<net::Response>(&who)) return std::move(*refused);
  const auto& token = *std::get<const Token*>(who);
  const auto identity = identity_of(token);
  if (call.method() == "GET" && match_path("/rate_limit", call)) {
    return rate_limit(world, identity, now);
  }
  auto limit = count_request(world, identity, call.writes(), now);
  const bool refused = limit.has_value();
  auto response = std::move(limit).value_or(net::Response{});
  if (!refused) {
    response = call.method() == "GET" && match_path("/user", call)
                   ? user_route(token)
                   : repository_route(world, call, base, token, now, stale);
    if (world.options.etags && call.method() == "GET" && response.status == 200) {
      add_etag(call, response);
    }
  }
  for (auto& header : count_answer(world, identity, !refused && response.status != 304)) {
    response.headers.push_back(std::move(header));
  }
  if (token.given.expires_at) {
    response.headers.push_back(
        {.name = "github-authentication-token-expiration",
         .value = date::format("%F %T UTC", std::chrono::floor<Seconds>(*token.given.expires_at))});
  }
  return response;
}

net::Response route(World& world, const Call& asked, Wall now, bool stale) {
  if (asked.header("User-Agent").empty()) {
    return net::text_response(403, "text/html",
                              "Request forbidden by administrative rules. Please make sure your "
                              "request has a User-Agent header.\n");
  }
  const auto version = asked.header("X-GitHub-Api-Version");
  if (!version.empty() && version != "2022-11-28") {
    return error(400, "The API version in the X-GitHub-Api-Version header is not supported.");
  }
  const bool enterprise = asked.path.starts_with(kEnterprise);
  const auto call = enterprise ? without(asked, 2) : asked;
  const auto base =
      origin_of(asked.request->url) + std::string(enterprise ? kEnterprise : std::string_view());
  const auto installation = match_path("/app/installations/{}/access_tokens", call);
  if (installation && call.method() == "POST") {
    return make_installation_token(world, call, (*installation)[0], now);
  }
  return token_route(world, call, base, now, stale);
}

}  // namespace

net::Response error(int status, const std::string& message) {
  return json_response(status, json::object{{"message", message},
                                            {"documentation_url", "https://docs.github.com/rest"},
                                            {"status", std::to_string(status)}});
}

net::Response not_found() {
  return error(404, "Not Found");
}

net::Response no_content() {
  return net::Response{.status = 204, .headers = {}, .body = {}};
}

std::string timestamp(Wall when) {
  return to_rfc3339(when);
}

net::Response page(const Ask& ask, const std::string& canonical_path, const std::string& key,
                   const json::array& items) {
  const auto per_page = std::clamp<std::uint64_t>(ask.call.number("per_page").value_or(30), 1, 100);
  const auto page = std::max<std::uint64_t>(ask.call.number("page").value_or(1), 1);
  const auto last = std::max<std::uint64_t>((items.size() + per_page - 1) / per_page, 1);
  json::array shown;
  for (auto i = page <= last ? (page - 1) * per_page : items.size();
       i < std::min<std::uint64_t>(items.size(), page * per_page); ++i) {
    shown.push_back(items[i]);
  }
  auto response = key.empty() ? json_response(200, shown)
                              : json_response(200, json::object{{"total_count", items.size()},
                                                                {key, std::move(shown)}});
  std::vector<std::string> links;
  const auto link = [&](std::uint64_t number, const std::string& relation) {
    links.push_back("<" + ask.base + canonical_path + "?per_page=" + std::to_string(per_page) +
                    "&page=" + std::to_string(number) + ">; rel=\"" + relation + "\"");
  };
  if (page > 1) link(std::min(page - 1, last), "prev");
  if (page < last) link(page + 1, "next");
  if (page < last) link(last, "last");
  if (page > 1) link(1, "first");
  if (!links.empty()) {
    response.headers.push_back({.name = "Link", .value = join(links, ", ")});
  }
  return response;
}

std::variant<json::value, net::Response> read_object(const Call& call) {
  auto body = parse_json(call.body());
  if (!body) return error(400, "Problems parsing JSON");
  if (!body->is_object()) return error(400, "Body should be a JSON object");
  return std::move(*body);
}

}  // namespace github

GitHubEmulator::GitHubEmulator(GitHubOptions options)
    : world_(std::make_unique<github::World>(options)) {}
GitHubEmulator::~GitHubEmulator() = default;

bool GitHubEmulator::serves(std::string_view path) const {
  constexpr std::string_view roots[] = {"/api/v3/", "/repos/", "/repositories/",
                                        "/app/",    "/user",   "/rate_limit"};
  return std::ranges::any_of(roots, [&](auto root) { return path.starts_with(root); });
}

Reply GitHubEmulator::answer(const Call& call, Wall now, bool stale) {
  auto response = github::route(*world_, call, now, stale);
  const auto second = std::chrono::floor<Seconds>(now);
  response.headers.push_back(
      {.name = "Date", .value = date::format("%a, %d %b %Y %T GMT", second)});
  response.headers.push_back({.name = "X-GitHub-Request-Id", .value = world_->ids.hex(20)});
  return {.response = std::move(response)};
}

net::Response GitHubEmulator::error_answer(const Call&, int status) {
  switch (status) {
    case 401:
      return github::error(401, "Bad credentials");
    case 403:
      return github::error(403, "Resource not accessible by personal access token");
    case 404:
      return github::not_found();
    case 429:
      return github::error(429, "You have exceeded a secondary rate limit.");
    case 503:
      return github::error(503, "Secrets service unavailable");
    case 502:
    case 504:
      return net::text_response(status, "text/html", "<html><body>Unicorn!</body></html>");
    case 500:
      return github::error(500, "Server Error");
    case 422:
      return github::error(422, "Validation Failed");
  }
  return github::error(status, "request failed");
}

}  // namespace lockstep::sandbox
