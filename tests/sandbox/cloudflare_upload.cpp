// Scripts, their settings and uploads:
// https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/
#include "base/digest.hpp"
#include "sandbox/cloudflare_world.hpp"
#include "sandbox/multipart.hpp"

namespace lockstep::sandbox::cloudflare {

namespace {

net::Response bad_form() {
  return failure(400, 10021, "Invalid multipart form.");
}

/// The JSON of one part of the form.
std::optional<json::value> form_json(const Call& call, std::string_view name) {
  const auto parts = parse_form(call.header("content-type"), call.body());
  const auto* part = parts ? find_part(*parts, name) : nullptr;
  if (!part) return std::nullopt;
  auto parsed = parse_json(part->body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return std::move(*parsed);
}

/// A fingerprint of the code in the form: everything but the metadata.
std::string code_etag(const Call& call) {
  const auto parts = parse_form(call.header("content-type"), call.body());
  std::string all;
  for (const auto& part : *parts) {
    if (part.name != "metadata") all += sha256_hex(part.body);
  }
  return sha256_hex(all);
}

/// The main module of the form.
Code code_of(const Call& call, const json::value& metadata) {
  Code out;
  const auto parts = parse_form(call.header("content-type"), call.body());
  const auto name = text_member(metadata, "main_module");
  const auto* part = parts && name ? find_part(*parts, *name) : nullptr;
  if (part) out = {.entrypoint = part->name, .text = std::string(part->body)};
  return out;
}

/// True for a secret that is named without its value, which keeps what is there.
bool names_only(const Binding& binding) {
  return binding.secret() && !binding.text;
}

/// The bindings of a form over those of the version before. What cannot be inherited is dropped,
/// or refused where the client asked for `bindings_inherit=strict`.
std::variant<Bindings, net::Response> read_bindings(const json::value& form, const Bindings& before,
                                                    bool strict) {
  Bindings out;
  const auto* list = list_member(form, "bindings");
  for (const auto& entry : list ? *list : json::array()) {
    const std::string name(text_member(entry, "name").value_or(""));
    auto binding = read_binding(entry);
    if (name.empty() || binding.type.empty()) return bad_form();
    const bool inherit = binding.type == "inherit";
    if (inherit || names_only(binding)) {
      const std::string old(text_member(entry, "old_name").value_or(name));
      const auto found = before.find(old);
      if (found == before.end() || (!inherit && found->second.type != binding.type)) {
        if (!strict) continue;
        return failure(400, 10057,
                       "inherit binding '" + name +
                           "' is invalid: previous version does not have binding "
                           "named '" +
                           old + "'");
      }
      binding = found->second;
    }
    if (!out.emplace(name, std::move(binding)).second) {
      return failure(
          400, 10053,
          "Binding name '" + name + "' already in use. Please use a different name and try again.");
    }
  }
  return out;
}

/// Adds the bindings an upload keeps: those of the types in keep_bindings; secrets where it does
/// not say.
void keep_bindings(Bindings& bindings, const json::value& form, const Bindings& before) {
  const auto* types = list_member(form, "keep_bindings");
  for (const auto& [name, binding] : before) {
    bool keep = !types && binding.secret();
    for (const auto& type : types ? *types : json::array()) {
      keep = keep || (type.is_string() && std::string_view(type.get_string()) == binding.type);
    }
    if (keep) bindings.emplace(name, binding);
  }
}

bool same_secrets(const Bindings& a, const Bindings& b) {
  const auto covered = [](const Bindings& one, const Bindings& other) {
    return std::all_of(one.begin(), one.end(), [&](const auto& entry) {
      const auto found = other.find(entry.first);
      return !entry.second.secret() ||
             (found != other.end() && same_value(entry.second.text, found->second.text));
    });
  };
  return covered(a, b) && covered(b, a);
}

json::object describe(const Worker& worker) {
  const auto& latest = worker.latest();
  return {{"id", worker.name},
          {"tag", worker.tag},
          {"etag", latest.etag},
          {"created_on", timestamp(worker.created_on)},
          {"modified_on", timestamp(latest.created_on)},
          {"last_deployed_from", worker.active().author.source},
          {"usage_model", "standard"},
          {"tags", json::array()}};
}

/// The bindings of an upload over `before`, or the refusal.
std::variant<Bindings, net::Response> uploaded(const World& world, const Ask& ask,
                                               const json::value& metadata,
                                               const Bindings& before) {
  const bool strict = ask.call.parameter("bindings_inherit") == "strict";
  auto read = read_bindings(metadata, before, strict);
  if (auto* bindings = std::get_if<Bindings>(&read)) {
    keep_bindings(*bindings, metadata, before);
    if (auto refused = refuse_bindings(world, *bindings)) return std::move(*refused);
  }
  return read;
}

}  // namespace

net::Response list_scripts(World&, const Ask& ask) {
  json::array list;
  for (const auto& [name, worker] : ask.account.workers) list.push_back(describe(worker));
  return success(list);
}

net::Response get_service(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return failure(404, 10090, "This Worker does not exist on your account.");
  return success(json::object{
      {"id", worker->name},
      {"default_environment", {{"environment", "production"}, {"script", describe(*worker)}}}});
}

net::Response get_settings(World&, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto& latest = worker->latest();
  json::object annotations{{"workers/triggered_by", latest.triggered_by}};
  if (!latest.message.empty()) annotations["workers/message"] = latest.message;
  return success(json::object{{"bindings", describe(latest.bindings)},
                              {"annotations", std::move(annotations)},
                              {"compatibility_date", "2026-01-01"},
                              {"compatibility_flags", json::array()},
                              {"logpush", false},
                              {"tags", json::array()},
                              {"usage_model", "standard"}});
}

net::Response patch_settings(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto settings = form_json(ask.call, "settings");
  if (!settings) return bad_form();
  const auto& before = worker->latest().bindings;
  auto bindings = before;
  if (list_member(*settings, "bindings")) {
    auto read = read_bindings(*settings, before, false);
    if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
    bindings = std::get<Bindings>(std::move(read));
  }
  if (!worker->latest_is_deployed()) {
    return failure(400, 10214,
                   "Script edit failed. You attempted to deploy the latest version with modified "
                   "settings, but the latest version isn't currently deployed.");
  }
  if (auto refused = refuse_bindings(world, bindings)) return std::move(*refused);
  const Labels labels{.triggered_by = same_secrets(before, bindings) ? "upload" : "secret"};
  const auto version = add_and_deploy(world, change_worker(world, ask, worker->name),
                                      std::move(bindings), ask.author, labels, ask.now);
  return success(json::object{{"bindings", describe(version->bindings)}});
}

net::Response put_script(World& world, const Ask& ask) {
  const auto& script = ask.arguments[1];
  const auto metadata = form_json(ask.call, "metadata");
  if (!metadata) return bad_form();
  const auto* worker = find_worker(ask.account, script);
  auto read = uploaded(world, ask, *metadata, worker ? worker->latest().bindings : Bindings{});
  if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
  const auto name = worker ? worker->name : script;
  auto& workers = world.time.change(ask.now).accounts.at(ask.account.id).workers;
  auto& changed = workers[name];
  if (changed.versions.empty()) {
    changed.name = name;
    changed.tag = world.ids.hex(32);
    changed.created_on = ask.now;
  }
  const Labels labels{.triggered_by = "upload", .code = code_of(ask.call, *metadata)};
  const auto version = add_version(world, changed, std::get<Bindings>(std::move(read)), ask.author,
                                   labels, ask.now, code_etag(ask.call));
  deploy(world, changed, {{.version = version, .percent = 100}}, ask.author, labels, ask.now);
  auto result = describe(changed);
  result["deployment_id"] = changed.deployments.front().id;
  return success(result);
}

net::Response post_version(World& world, const Ask& ask) {
  const auto* worker = find_worker(ask.account, ask.arguments[1]);
  if (!worker) return no_worker();
  const auto metadata = form_json(ask.call, "metadata");
  if (!metadata) return bad_form();
  auto read = uploaded(world, ask, *metadata, worker->latest().bindings);
  if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
  const Labels labels{.triggered_by = "version_upload", .code = code_of(ask.call, *metadata)};
  const auto version = add_version(world, change_worker(world, ask, worker->name),
                                   std::get<Bindings>(std::move(read)), ask.author, labels, ask.now,
                                   code_etag(ask.call));
  return success(describe(*version, true));
}

}  // namespace lockstep::sandbox::cloudflare
