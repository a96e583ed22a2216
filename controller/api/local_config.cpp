#include "api/local_config.hpp"

#include "api/schema_tables.hpp"

namespace lockstep::api {

template <>
const Object& object_of<LocalValue>();
template <>
const Object& object_of<LocalKeyring>();
template <>
const Object& object_of<LocalEnvFile>();
template <>
const Object& object_of<LocalSecret>();
template <>
const Object& object_of<LocalEndpoints>();
template <>
const Object& object_of<LocalConfig>();

namespace {

std::optional<std::string> path_problem(std::string_view path) {
  const bool control =
      std::ranges::any_of(path, [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (control) return "must be a path without control characters";
  return std::nullopt;
}

/// An origin: a scheme and a host, no path.
std::optional<std::string> origin_problem(std::string_view url) {
  if (auto problem = endpoint_problem(url)) return problem;
  if (url.find('/', url.find("://") + 3) == std::string_view::npos) return std::nullopt;
  return "must be a host only, such as https://127.0.0.1:8443: remove the path";
}

constexpr Options path{.min = 1, .max = 1'024, .check = path_problem};
constexpr Options required_path{.required = true, .min = 1, .max = 1'024, .check = path_problem};
constexpr Options chosen_path{.choice = true, .min = 1, .max = 1'024, .check = path_problem};
constexpr Options choice{.choice = true};
constexpr Options chosen_variable{.choice = true,
                                  .min = 1,
                                  .pattern = limits::variable_name.pattern,
                                  .hint = "the name of an environment variable"};
constexpr Options endpoint{.min = 1, .max = 1'024, .check = endpoint_problem};

constexpr std::string_view local_files_doc =
    "Its values may lie in a developer's file (a dotenvFile place): never those of production.";

void inspect_config(Context& c, const Node&, const LocalConfig& config) {
  for (const auto& [name, keyring] : config.keyrings) {
    if (!keyring.passphrase || !keyring.passphrase->local_files) continue;
    c.fail(keyring.passphrase->at, ".keyrings." + shown(name) + ".passphrase.localFiles",
           "a passphrase is no value of a Secret: remove it");
  }
  std::map<std::string, bool> seen;
  for (const auto& [name, secret] : config.secrets) {
    const auto part = ".secrets." + shown(name);
    if (!secret.keyring.empty() && !config.keyrings.contains(secret.keyring)) {
      c.fail(secret.at, part + ".keyring",
             "there is no keyring of this name: add it under keyrings");
    }
    const auto full = name.contains('/') ? name : "default/" + name;
    if (!seen.try_emplace(full, true).second) {
      c.fail(secret.at, part, "is given with and without its namespace \"default\": keep one");
    }
  }
}

}  // namespace

template <>
const Object& object_of<LocalValue>() {
  static constexpr Field fields[] = {
      field<LocalValue, &LocalValue::env>("env", "An environment variable.", chosen_variable),
      field<LocalValue, &LocalValue::file>("file", "A file whose whole text is the value.",
                                           chosen_path),
      field<LocalValue, &LocalValue::local_files>("localFiles", local_files_doc)};
  static const Object object{.doc = "Where one value is.",
                             .fields = fields,
                             .choice = "place to read from",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<LocalKeyring>() {
  using K = LocalKeyring;
  static constexpr Field fields[] = {
      field<K, &K::path>("path", "The keyring's file; the first apply makes it.", required_path),
      field<K, &K::key_file>("keyFile", "A file with its 32-byte key.", chosen_path),
      field<K, &K::passphrase>("passphrase", "Where its passphrase is.", choice)};
  static const Object object{.doc = "An encrypted file of values.",
                             .fields = fields,
                             .choice = "key",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<LocalEnvFile>() {
  using E = LocalEnvFile;
  static constexpr Field fields[] = {
      field<E, &E::path>("path", "The file, in dotenv's grammar.", required_path),
      field<E, &E::allow_others>("allowOthers",
                                 "Reads it although others on this machine can, too.")};
  static const Object object{
      .doc = "A dotenv file of values.", .fields = fields, .defaults = defaults_of<E>()};
  return object;
}

template <>
const Object& object_of<LocalSecret>() {
  using S = LocalSecret;
  static constexpr Options keys{.choice = true, .min = 1, .keys = &limits::secret_key};
  static constexpr Options keyring{.choice = true, .min = 1};
  static constexpr Field fields[] = {
      field<S, &S::keys>("keys", "Where each key's value is.", keys),
      field<S, &S::env_file>("envFile", "A dotenv file: its names are the keys.", choice),
      field<S, &S::env_prefix>("envPrefix",
                               "Environment variables: the prefix and the key are the name.",
                               chosen_variable),
      field<S, &S::keyring>("keyring", "A keyring, which keeps each Secret's keys apart.", keyring),
      field<S, &S::local_files>("localFiles", local_files_doc)};
  static const Object object{.doc = "What stands in for one Secret.",
                             .fields = fields,
                             .defaults = defaults_of<S>(),
                             .choice = "stand-in",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<LocalEndpoints>() {
  using E = LocalEndpoints;
  static constexpr Field fields[] = {
      field<E, &E::cloudflare>("cloudflare", "Cloudflare's API, its path included.", endpoint),
      field<E, &E::github>("github", "GitHub's API, its path included.", endpoint),
      field<E, &E::fly>("fly", "Fly.io's Machines API.", endpoint),
      field<E, &E::platform>("platform", "The platform instance.", endpoint)};
  static const Object object{.doc = "Where the providers are reached.", .fields = fields};
  return object;
}

template <>
const Object& object_of<LocalConfig>() {
  using C = LocalConfig;
  static constexpr Options keyring_name{.min = 1,
                                        .max = 63,
                                        .pattern = "^[A-Za-z0-9_-]+$",
                                        .hint = "letters, digits, \"-\" and \"_\""};
  static constexpr Options keyrings{.keys = &keyring_name};
  static constexpr Options secret_name{
      .min = 1,
      .max = 317,
      .pattern = "^([a-z0-9]([a-z0-9-]*[a-z0-9])?/)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
      .hint = "NAMESPACE/NAME of a Secret, such as cms/cms-production"};
  static constexpr Options secrets{.max = 10'000, .keys = &secret_name};
  static constexpr Options origin{.min = 1, .max = 1'024, .check = origin_problem};
  static constexpr Options hosts{.unique = true, .items = &origin};
  static constexpr Options folders{.unique = true, .items = &path};
  static constexpr Field fields[] = {
      field<C, &C::keyrings>("keyrings", "Encrypted files of values, by a name.", keyrings),
      field<C, &C::secrets>("secrets",
                            "What stands in for each Secret, by NAMESPACE/NAME; NAME alone means "
                            "default/NAME.",
                            secrets),
      field<C, &C::endpoints>("endpoints",
                              "Where the providers are reached: a test double or an Enterprise "
                              "Server."),
      field<C, &C::hosts>("hosts", "Further hosts that a credential may be sent to.", hosts),
      field<C, &C::ca_file>("caFile", "Certificates to trust instead of the system's.", path),
      field<C, &C::admin_manifests>("adminManifests",
                                    "Credential and Environment are read from these folders only.",
                                    folders)};
  static const Object object{.doc = "What stands in, on this machine, for what manifests name.",
                             .fields = fields,
                             .inspect = inspect<C, inspect_config>};
  return object;
}

LoadedConfig load_local_config(std::string_view file, std::string_view text) {
  LoadedConfig out;
  auto parsed = parse_yaml(file, text);
  out.problems = std::move(parsed.problems);
  if (!out.problems.empty()) return out;
  LocalConfig config;
  config.location.file = file;
  Context context(std::string(file), false, out.problems);
  if (parsed.documents.size() > 1) {
    context.fail(parsed.documents[1].at, "must be one document: remove the `---`");
    return out;
  }
  if (!parsed.documents.empty()) {
    config.location = context.location(parsed.documents[0].at);
    decode_object(context, parsed.documents[0], &config, object_of<LocalConfig>());
  }
  if (context.failures() != 0) return out;
  for (auto& [name, secret] : std::exchange(config.secrets, {})) {
    config.secrets.emplace(name.contains('/') ? name : "default/" + name, std::move(secret));
  }
  out.config = std::move(config);
  return out;
}

}  // namespace lockstep::api
