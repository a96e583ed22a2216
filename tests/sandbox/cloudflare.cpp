#include "sandbox/cloudflare.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox {

namespace cloudflare {

namespace {

constexpr std::string_view kRead = "Workers Scripts Read";
constexpr std::string_view kWrite = "Workers Scripts Write";

struct Route {
  std::string_view method;
  std::string_view path;  ///< below /client/v4/accounts/{}
  std::string_view permission;
  bool locks;  ///< an edit of a script, which holds its lock
  net::Response (*handler)(World&, const Ask&);
};

constexpr Route kRoutes[] = {
    {"GET", "", "", false, get_account},
    {"GET", "/workers/scripts", kRead, false, list_scripts},
    {"PUT", "/workers/scripts/{}", kWrite, true, put_script},
    {"GET", "/workers/services/{}", kRead, false, get_service},
    {"GET", "/workers/scripts/{}/secrets", kRead, false, list_secrets},
    {"PUT", "/workers/scripts/{}/secrets", kWrite, true, put_secret},
    {"GET", "/workers/scripts/{}/secrets/{}", kRead, false, get_secret},
    {"DELETE", "/workers/scripts/{}/secrets/{}", kWrite, true, delete_secret},
    {"PATCH", "/workers/scripts/{}/secrets-bulk", kWrite, true, bulk_secrets},
    {"GET", "/workers/scripts/{}/settings", kRead, false, get_settings},
    {"PATCH", "/workers/scripts/{}/settings", kWrite, true, patch_settings},
    {"GET", "/workers/scripts/{}/content/v2", kRead, false, get_content},
    {"GET", "/workers/scripts/{}/script-settings", kRead, false, script_settings},
    {"PATCH", "/workers/scripts/{}/script-settings", kWrite, false, script_settings},
    {"GET", "/workers/scripts/{}/subdomain", kRead, false, script_subdomain},
    {"POST", "/workers/scripts/{}/subdomain", kWrite, false, script_subdomain},
    {"GET", "/workers/scripts/{}/versions", kRead, false, list_versions},
    {"POST", "/workers/scripts/{}/versions", kWrite, true, post_version},
    {"GET", "/workers/scripts/{}/versions/{}", kRead, false, get_version},
    {"GET", "/workers/scripts/{}/deployments", kRead, false, list_deployments},
    {"POST", "/workers/scripts/{}/deployments", kWrite, true, post_deployment},
    {"GET", "/workers/workers/{}", kRead, false, get_worker},
    {"GET", "/workers/workers/{}/versions/latest", kRead, false, get_latest_version},
    {"PATCH", "/workers/workers/{}/versions/latest", kWrite, true, patch_latest_version},
    {"GET", "/d1/database", "D1 Read", false, list_d1},
    {"GET", "/storage/kv/namespaces", "Workers KV Storage Read", false, list_kv},
    {"GET", "/r2/buckets", "Workers R2 Storage Read", false, list_r2},
    {"GET", "/ai-gateway/gateways", "AI Gateway Read", false, list_gateways},
    {"GET", "/ai-gateway/gateways/{}", "AI Gateway Read", false, get_gateway},
};

net::Response no_route(int status, const Call& call) {
  return failure(
      status, 7003,
      "Could not route to " + call.path + ", perhaps your object identifier is invalid?");
}

Quota limit_of(const CloudflareOptions& options) {
  return {.requests = options.requests, .window = options.window, .block = options.block};
}

Quota address_limit_of(const CloudflareOptions& options) {
  return {.requests = options.requests_a_second, .window = Seconds(1), .block = Seconds(1)};
}

net::Response too_many(const World& world, const Usage& usage, Wall now) {
  auto response = failure(429, 971, "Please wait and consider throttling your request speed");
  const auto limit = limit_of(world.options);
  const auto wait = usage.blocked(now) ? usage.ends_in(limit, now) : limit.block;
  const auto seconds = std::chrono::ceil<Seconds>(wait).count();
  response.headers.push_back({.name = "Retry-After", .value = std::to_string(seconds)});
  return response;
}

/// Whose requests count together: a user with all tokens, or one account token.
std::string identity(const CloudflareToken& token) {
  const bool user = token.kind == CloudflareToken::Kind::user;
  return user ? "user/" + token.owner_email : "token/" + token.id;
}

/// https://developers.cloudflare.com/fundamentals/api/reference/limits/
void tell_limit(const World& world, const Usage& usage, Wall now, net::Response& response) {
  const auto limit = limit_of(world.options);
  const auto seconds = std::chrono::ceil<Seconds>(usage.ends_in(limit, now)).count();
  response.headers.push_back({.name = "Ratelimit",
                              .value = "\"default\";r=" + std::to_string(usage.left(limit, now)) +
                                       ";t=" + std::to_string(seconds)});
  const auto window = std::chrono::ceil<Seconds>(limit.window).count();
  response.headers.push_back({.name = "Ratelimit-Policy",
                              .value = "\"default\";q=" + std::to_string(limit.requests) +
                                       ";w=" + std::to_string(window)});
}

Author author_of(const CloudflareToken& token, const Call& call) {
  const auto agent = to_lower(call.header("user-agent"));
  std::string source = "api";
  if (agent.starts_with("wrangler")) source = "wrangler";
  if (agent.starts_with("terraform")) source = "terraform";
  const bool user = token.kind == CloudflareToken::Kind::user;
  if (!user) return {.id = token.id, .email = "", .source = source};
  return {.id = person_id(token.owner_email), .email = token.owner_email, .source = source};
}

net::Response list_accounts(const World& world, const Call& call, const CloudflareToken& token) {
  json::array list;
  for (const auto& [id, account] : world.time.current().accounts) {
    if (std::find(token.accounts.begin(), token.accounts.end(), id) == token.accounts.end()) {
      continue;
    }
    list.push_back({{"id", id}, {"name", account.name}, {"type", "standard"}});
  }
  return page(call, list, 20, 50);
}

bool is_account_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Reply locked_edit(World& world, const Route& route, const Ask& ask) {
  auto& until = world.locks[ask.arguments[0] + "/" + ask.arguments[1]];
  if (until > ask.now) return {.response = failure(500, 10013, "workers.api.error.unknown")};
  auto response = route.handler(world, ask);
  if (response.status >= 400) return {.response = std::move(response)};
  until = ask.now + world.options.edit_takes;
  return {.response = std::move(response), .takes = world.options.edit_takes};
}

Reply account_route(World& world, const Call& call, const CloudflareToken& token, Wall now,
                    bool stale) {
  for (const auto& route : kRoutes) {
    if (route.method != call.method()) continue;
    const auto arguments = match_path("/client/v4/accounts/{}" + std::string(route.path), call);
    if (!arguments) continue;
    const auto& id = (*arguments)[0];
    if (!is_account_id(id)) return {.response = no_route(400, call)};
    const auto& state = call.writes() ? world.time.current()
                                      : world.time.seen_at(now, world.options.read_lag, stale);
    const auto account = state.accounts.find(id);
    if (account == state.accounts.end() ||
        std::find(token.accounts.begin(), token.accounts.end(), id) == token.accounts.end()) {
      return {.response = failure(403, 9109, "Unauthorized to access requested resource")};
    }
    if (!permits(token, route.permission)) {
      return {.response = failure(403, 10000, "Authentication error")};
    }
    const Ask ask{.call = call,
                  .arguments = *arguments,
                  .now = now,
                  .account = account->second,
                  .author = author_of(token, call)};
    if (route.locks) return locked_edit(world, route, ask);
    return {.response = route.handler(world, ask)};
  }
  return {.response = no_route(404, call)};
}

Reply route(World& world, const Call& call, Wall now, bool stale) {
  if (auto verified = verify_route(world, call, now)) return {.response = std::move(*verified)};
  const auto authenticated = authenticate(world, call, now);
  if (const auto* refused = std::get_if<net::Response>(&authenticated)) {
    return {.response = *refused};
  }
  const auto& token = *std::get<const CloudflareToken*>(authenticated);
  auto& usage = world.usage[identity(token)];
  Reply reply;
  if (!world.address.take(address_limit_of(world.options), now) ||
      !usage.take(limit_of(world.options), now)) {
    reply = {.response = too_many(world, usage, now), .throttled = true};
  } else if (call.method() == "GET" && match_path("/client/v4/accounts", call)) {
    reply.response = list_accounts(world, call, token);
  } else {
    reply = account_route(world, call, token, now, stale);
  }
  tell_limit(world, usage, now, reply.response);
  return reply;
}

}  // namespace

net::Response success(const json::value& result, const json::object& info) {
  json::object body{{"result", result},
                    {"success", true},
                    {"errors", json::array()},
                    {"messages", json::array()}};
  if (!info.empty()) body["result_info"] = info;
  return json_response(200, body);
}

net::Response failure(int status, int code, const std::string& message) {
  const json::object error{{"code", code}, {"message", message}};
  return json_response(status, json::object{{"result", nullptr},
                                            {"success", false},
                                            {"errors", json::array{error}},
                                            {"messages", json::array()}});
}

std::string person_id(const std::string& email) {
  return sha256_hex(email).substr(0, 32);
}

std::string timestamp(Wall when) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(when.time_since_epoch());
  auto fraction = std::to_string(1'000'000 + micros.count() % 1'000'000);
  fraction[0] = '.';
  auto text = to_rfc3339(when);
  text.insert(text.size() - 1, fraction);
  return text;
}

}  // namespace cloudflare

CloudflareEmulator::CloudflareEmulator(CloudflareOptions options)
    : world_(std::make_unique<cloudflare::World>(std::move(options))) {}
CloudflareEmulator::~CloudflareEmulator() = default;

bool CloudflareEmulator::serves(std::string_view path) const {
  return path.starts_with("/client/v4/");
}

Reply CloudflareEmulator::answer(const Call& call, Wall now, bool stale) {
  auto reply = cloudflare::route(*world_, call, now, stale);
  reply.response.headers.push_back({.name = "cf-ray", .value = world_->ids.hex(16) + "-FRA"});
  return reply;
}

net::Response CloudflareEmulator::error_answer(const Call& call, int status) {
  if (status == 401) return cloudflare::failure(401, 10000, "Authentication error");
  if (status == 403) {
    return cloudflare::failure(403, 9109, "Unauthorized to access requested resource");
  }
  if (status == 404) return cloudflare::no_route(404, call);
  if (status == 429) return cloudflare::too_many(*world_, {}, Wall{});
  if (status > 500) {
    return net::text_response(
        status, "text/html",
        "<html><head><title>Error</title></head><body>cloudflare</body></html>");
  }
  return cloudflare::failure(status, 10013, "workers.api.error.unknown");
}

}  // namespace lockstep::sandbox
