// Secrets of an app. Shapes: https://docs.machines.dev and fly-go's flaps package.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cctype>

#include "base/digest.hpp"
#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox::fly {

namespace {

/// 16 hex digits, the same for a value in every app, as the real ones; the real key is not known.
std::string digest_of(const Secret& value) {
  static const Secret key("lockstep sandbox fly digest");
  const std::string_view parts[] = {value.expose()};
  return hmac_sha256_hex(key, parts).substr(0, 16);
}

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  if (!letter(name[0]) && name[0] != '_') return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

json::object describe(const std::string& name, const StoredSecret& secret) {
  return {{"name", name},
          {"digest", secret.digest},
          {"created_at", timestamp(secret.created_at)},
          {"updated_at", timestamp(secret.updated_at)}};
}

/// The secrets a read sees. A client that asks for a version gets at least that one, however late
/// reads are; a version that does not exist yet is refused.
std::optional<const Secrets*> readable(World& world, const Ask& ask) {
  auto wanted = ask.call.number("min_version");
  if (!wanted) wanted = ask.call.number("version");
  if (!wanted || *wanted <= ask.app.version) return &ask.app.secrets;
  const auto& latest = world.time.current().apps.at(ask.app.name);
  if (*wanted <= latest.version) return &latest.secrets;
  return std::nullopt;
}

Reply version_ahead() {
  return {.response = error(412, "secrets version is not available yet")};
}

/// The values of a bulk body; nothing when it is no such body.
std::optional<Values> values_of(const json::value& body) {
  const auto* list = member(body, "values");
  const auto* object = list ? list->if_object() : nullptr;
  if (!object) return std::nullopt;
  Values out;
  for (const auto& [name, value] : *object) {
    if (value.is_null()) {
      out.emplace(name, nullptr);
    } else if (value.is_string()) {
      out.emplace(name, share(value.get_string()));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

json::object with_version(json::object body, std::uint64_t version) {
  body["version"] = version;
  body["Version"] = version;
  return body;
}

}  // namespace

std::optional<net::Response> refuse_values(World& world, const App& app, const Values& values) {
  auto names = app.secrets.size();
  for (const auto& [name, value] : values) {
    if (!valid_name(name)) {
      return error(422, "\"" + name + "\" is not a valid secret name (Request ID: " +
                            world.ids.hex(26) + "-iad)");
    }
    if (value && value->size() > world.options.max_value_bytes) {
      return error(422, "secret value is too large");
    }
    if (value && !app.secrets.contains(name)) ++names;
  }
  if (names > world.options.max_secrets) return error(422, "too many secrets");
  return std::nullopt;
}

std::uint64_t apply_values(World& world, const std::string& name, const Values& values, Wall now) {
  auto& app = world.time.change(now).apps.at(name);
  for (const auto& [key, value] : values) {
    if (!value) {
      app.secrets.erase(key);
      continue;
    }
    const auto [at, fresh] = app.secrets.try_emplace(key);
    const bool same = !fresh && same_value(at->second.value, value);
    if (same && !world.options.same_value_touches) continue;
    if (fresh) at->second.created_at = now;
    at->second.updated_at = now;
    at->second.value = value;
    at->second.digest = digest_of(*value);
  }
  app.version += 3;  // opaque: a client must not count on steps of one
  return app.version;
}

Reply list_secrets(World& world, const Ask& ask) {
  const auto secrets = readable(world, ask);
  if (!secrets) return version_ahead();
  json::array list;
  for (const auto& [name, secret] : **secrets) list.push_back(describe(name, secret));
  return {.response = json_response(200, json::object{{"secrets", std::move(list)}})};
}

Reply get_secret(World& world, const Ask& ask) {
  const auto secrets = readable(world, ask);
  if (!secrets) return version_ahead();
  const auto found = (*secrets)->find(ask.arguments[1]);
  if (found == (*secrets)->end()) return {.response = error(404, "secret not found")};
  return {.response = json_response(200, describe(found->first, found->second))};
}

Reply set_secret(World& world, const Ask& ask) {
  const auto body = parse_json(ask.call.body());
  const auto text = body ? text_member(*body, "value") : std::nullopt;
  if (!text) return {.response = error(400, "invalid request body")};
  const auto& name = ask.arguments[1];
  const Values values{{name, share(*text)}};
  if (auto refused = refuse_values(world, ask.app, values))
    return {.response = std::move(*refused)};
  const auto version = apply_values(world, ask.app.name, values, ask.now);
  return {.response =
              json_response(200, with_version(describe(name, ask.app.secrets.at(name)), version))};
}

Reply delete_secret(World& world, const Ask& ask) {
  const auto& name = ask.arguments[1];
  if (!ask.app.secrets.contains(name)) return {.response = error(404, "secret not found")};
  const auto version = apply_values(world, ask.app.name, {{name, nullptr}}, ask.now);
  return {.response = json_response(200, with_version({}, version))};
}

Reply bulk_secrets(World& world, const Ask& ask) {
  const auto body = parse_json(ask.call.body());
  const auto values = body ? values_of(*body) : std::nullopt;
  if (!values) return {.response = error(400, "invalid request body")};
  if (auto refused = refuse_values(world, ask.app, *values))
    return {.response = std::move(*refused)};
  const auto version = apply_values(world, ask.app.name, *values, ask.now);
  json::array list;
  for (const auto& [name, secret] : ask.app.secrets) {
    if (world.options.bulk_lists_all || values->contains(name)) {
      list.push_back(describe(name, secret));
    }
  }
  return {.response = json_response(200, with_version({{"secrets", std::move(list)}}, version))};
}

}  // namespace lockstep::sandbox::fly
