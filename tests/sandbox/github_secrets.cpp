// Actions secrets: https://docs.github.com/en/rest/actions/secrets. Both kinds of scope have the
// same five calls and each scope has a key of its own.
#include <cctype>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox::github {

namespace {

/// The secrets that a request is about. `name` is empty in calls about all of them.
struct Subject {
  const Store* store = nullptr;
  GitHubScope scope;
  std::string path;  ///< canonical, without the base
  std::string name;  ///< as stored: upper case
};

Subject of_repository(const Ask& ask) {
  return {.store = &ask.repository.store,
          .scope = {.repository = ask.repository.full_name()},
          .path = "/repositories/" + std::to_string(ask.repository.id) + "/actions/secrets",
          .name = ask.arguments.empty() ? "" : stored_name(ask.arguments[0])};
}

/// Nothing where there is no such environment: it must exist before its secrets.
std::optional<Subject> of_environment(const Ask& ask) {
  const auto found = ask.repository.environments.find(to_lower(ask.arguments[0]));
  if (found == ask.repository.environments.end()) return std::nullopt;
  const auto& environment = found->second;
  return Subject{
      .store = &environment.store,
      .scope = {.repository = ask.repository.full_name(), .environment = environment.name},
      .path = "/repositories/" + std::to_string(ask.repository.id) + "/environments/" +
              percent_encode(environment.name) + "/secrets",
      .name = ask.arguments.size() < 2 ? "" : stored_name(ask.arguments[1])};
}

json::object describe(const std::string& name, const StoredSecret& secret) {
  return {{"name", name},
          {"created_at", timestamp(secret.created_at)},
          {"updated_at", timestamp(secret.updated_at)}};
}

/// Naming rules: https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
std::optional<net::Response> refuse_name(const std::string& name) {
  const bool plain = std::ranges::all_of(
      name, [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '_'); });
  if (!plain || std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
    return error(422,
                 "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or "
                 "underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) "
                 "or underscores (_).");
  }
  if (name.starts_with("GITHUB_")) return error(422, "Secret names must not start with GITHUB_.");
  return std::nullopt;
}

/// https://github.com/github/rest-api-description/issues/1688: it says the value that was sent.
net::Response echo(std::string_view sent) {
  SecretBytes text = to_bytes("Invalid request.\n\n");
  append(text, sent);
  append(text,
         " does not match /^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|"
         "[A-Za-z0-9+\\/]{4})$/.");
  JsonWriter writer;
  writer.begin_object().key("message").string(view(text));
  writer.key("documentation_url").string("https://docs.github.com/rest").end_object();
  return {.status = 422,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = writer.take()};
}

net::Response not_supplied(std::string_view field) {
  return error(422, "Invalid request.\n\n\"" + std::string(field) + "\" wasn't supplied.");
}

net::Response not_text(std::string_view field) {
  return error(422, "Invalid request.\n\nFor 'properties/" + std::string(field) +
                        "', the given value is not a string.");
}

/// The value in the box that a request brings; or the refusal.
std::variant<SharedSecret, net::Response> value_of(const Call& call, const Key& key) {
  auto read = read_object(call);
  if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
  const auto& body = std::get<json::value>(read);
  for (const std::string_view field : {"encrypted_value", "key_id"}) {
    const auto* found = member(body, field);
    if (!found) return not_supplied(field);
    if (!found->is_string()) return not_text(field);
  }
  const auto encrypted = *text_member(body, "encrypted_value");
  const auto box = from_base64(encrypted);
  if (!box) return echo(encrypted);
  auto value =
      text_member(body, "key_id") == key.id ? open_box(key.pair, view(*box)) : std::nullopt;
  if (!value) {
    return error(422, "Bad request - validation failed due to an improperly encrypted secret");
  }
  return std::make_shared<const Secret>(std::move(*value));
}

net::Response list(const Ask& ask, const Subject& subject) {
  json::array items;
  for (const auto& [name, secret] : subject.store->secrets) items.push_back(describe(name, secret));
  return page(ask, subject.path, "secrets", items);
}

net::Response key(const Subject& subject) {
  const auto& key = *subject.store->key;
  const auto encoded = to_base64(key.pair.public_key);
  return json_response(200, json::object{{"key_id", key.id}, {"key", view(encoded)}});
}

net::Response get(const Subject& subject) {
  const auto found = subject.store->secrets.find(subject.name);
  if (found == subject.store->secrets.end()) return not_found();
  return json_response(200, describe(found->first, found->second));
}

net::Response put(World& world, const Ask& ask, const Subject& subject) {
  if (auto refused = refuse_name(subject.name)) return std::move(*refused);
  auto value = value_of(ask.call, *subject.store->key);
  if (auto* refused = std::get_if<net::Response>(&value)) return std::move(*refused);
  auto& secret = std::get<SharedSecret>(value);
  if (secret->size() > world.options.max_value_bytes) {
    return error(422, "Secret value is too large: at most 48 KB.");
  }
  const bool fresh = !subject.store->secrets.contains(subject.name);
  if (fresh && subject.store->secrets.size() >= world.options.max_secrets) {
    return error(422, "The limit of secrets is reached.");
  }
  auto& stored = store_of(world.time.change(ask.now), subject.scope).secrets[subject.name];
  if (fresh) stored.created_at = ask.now;
  stored.updated_at = ask.now;
  stored.value = std::move(secret);
  return fresh ? json_response(201, json::object()) : no_content();
}

net::Response remove(World& world, const Ask& ask, const Subject& subject) {
  if (!subject.store->secrets.contains(subject.name)) return not_found();
  store_of(world.time.change(ask.now), subject.scope).secrets.erase(subject.name);
  return no_content();
}

}  // namespace

std::string stored_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

net::Response list_repository_secrets(World&, const Ask& ask) {
  return list(ask, of_repository(ask));
}
net::Response get_repository_key(World&, const Ask& ask) {
  return key(of_repository(ask));
}
net::Response get_repository_secret(World&, const Ask& ask) {
  return get(of_repository(ask));
}
net::Response put_repository_secret(World& world, const Ask& ask) {
  return put(world, ask, of_repository(ask));
}
net::Response delete_repository_secret(World& world, const Ask& ask) {
  return remove(world, ask, of_repository(ask));
}

net::Response list_environment_secrets(World&, const Ask& ask) {
  const auto subject = of_environment(ask);
  return subject ? list(ask, *subject) : not_found();
}
net::Response get_environment_key(World&, const Ask& ask) {
  const auto subject = of_environment(ask);
  return subject ? key(*subject) : not_found();
}
net::Response get_environment_secret(World&, const Ask& ask) {
  const auto subject = of_environment(ask);
  return subject ? get(*subject) : not_found();
}
net::Response put_environment_secret(World& world, const Ask& ask) {
  const auto subject = of_environment(ask);
  return subject ? put(world, ask, *subject) : not_found();
}
net::Response delete_environment_secret(World& world, const Ask& ask) {
  const auto subject = of_environment(ask);
  return subject ? remove(world, ask, *subject) : not_found();
}

}  // namespace lockstep::sandbox::github
