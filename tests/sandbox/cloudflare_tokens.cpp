// API tokens: https://developers.cloudflare.com/fundamentals/api/reference/permissions/.
#include "base/text.hpp"
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

namespace {

net::Response malformed() {
  const json::object chained{{"code", 6111},
                             {"message", "Invalid format for Authorization header"}};
  const json::object error{{"code", 6003},
                           {"message", "Invalid request headers"},
                           {"error_chain", json::array{chained}}};
  const json::object body{{"result", nullptr},
                          {"success", false},
                          {"errors", json::array{error}},
                          {"messages", json::array()}};
  return json_response(400, body);
}

const CloudflareToken* known_token(const World& world, std::string_view header) {
  if (!to_lower(header).starts_with("bearer ")) return nullptr;
  const auto found = world.tokens.find(std::string(trim(header.substr(7))));
  return found == world.tokens.end() ? nullptr : &found->second;
}

json::object describe(const CloudflareToken& token, Wall now) {
  std::string status = "active";
  if (token.status == CloudflareToken::Status::disabled) status = "disabled";
  if (token_expired(token, now)) status = "expired";
  json::object out{{"id", token.id}, {"status", status}};
  if (token.expires_on) out["expires_on"] = to_rfc3339(*token.expires_on);
  return out;
}

}  // namespace

bool token_expired(const CloudflareToken& token, Wall now) {
  return token.expires_on && *token.expires_on <= now;
}

std::variant<const CloudflareToken*, net::Response> authenticate(const World& world,
                                                                 const Call& call, Wall now) {
  const auto header = call.authorization();
  if (header.empty()) {
    return failure(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
  }
  const auto text = header.size() > 7 ? trim(header.substr(7)) : std::string_view();
  if (!to_lower(header).starts_with("bearer ") || text.empty() || text.contains(' ')) {
    return malformed();
  }
  const auto* token = known_token(world, header);
  if (!token) return failure(403, 9109, "Invalid access token");
  if (token->status == CloudflareToken::Status::disabled || token_expired(*token, now)) {
    return failure(401, 10000, "Authentication error");
  }
  return token;
}

bool permits(const CloudflareToken& token, std::string_view permission) {
  if (permission.empty()) return true;
  if (token.permissions.contains(std::string(permission))) return true;
  constexpr std::string_view read = " Read";
  if (!permission.ends_with(read)) return false;
  const auto area = permission.substr(0, permission.size() - read.size());
  return token.permissions.contains(std::string(area) + " Write");
}

std::optional<net::Response> verify_route(const World& world, const Call& call, Wall now) {
  const bool user = match_path("/client/v4/user/tokens/verify", call).has_value();
  const auto account = match_path("/client/v4/accounts/{}/tokens/verify", call);
  if (call.method() != "GET" || (!user && !account)) return std::nullopt;
  const auto* token = known_token(world, call.authorization());
  const auto wanted = user ? CloudflareToken::Kind::user : CloudflareToken::Kind::account;
  const bool here = token && token->kind == wanted &&
                    (user || std::find(token->accounts.begin(), token->accounts.end(),
                                       (*account)[0]) != token->accounts.end());
  if (!here) return failure(401, 1000, "Invalid API Token");
  const auto result = describe(*token, now);
  json::array messages;
  if (text_member(result, "status") == "active") {
    messages.push_back(
        {{"code", 10000}, {"message", "This API Token is valid and active"}, {"type", nullptr}});
  }
  const json::object body{{"result", result},
                          {"success", true},
                          {"errors", json::array()},
                          {"messages", std::move(messages)}};
  return json_response(200, body);
}

}  // namespace lockstep::sandbox::cloudflare
