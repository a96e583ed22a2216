// Bindings of a version, and looking Workers up.
#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox::cloudflare {

const Worker* find_worker(const Account& account, const std::string& name_or_tag) {
  const auto named = account.workers.find(name_or_tag);
  if (named != account.workers.end()) return &named->second;
  for (const auto& [name, worker] : account.workers) {
    if (worker.tag == name_or_tag) return &worker;
  }
  return nullptr;
}

net::Response no_worker() {
  return failure(404, 10007, "This Worker does not exist on your account.");
}

Binding read_binding(const json::value& text) {
  Binding out;
  out.type = std::string(text_member(text, "type").value_or(""));
  const auto value = text_member(text, "text");
  if (out.secret() && value) out.text = share(*value);
  if (!text.is_object()) return out;
  for (const auto& [key, field] : text.get_object()) {
    if (key == "name" || key == "type" || (out.secret() && key == "text")) continue;
    out.fields[key] = field;
  }
  return out;
}

json::array describe(const Bindings& bindings) {
  json::array out;
  for (const auto& [name, binding] : bindings) {
    json::object entry{{"name", name}, {"type", binding.type}};
    for (const auto& [key, field] : binding.fields) entry[key] = field;
    out.push_back(std::move(entry));
  }
  return out;
}

std::optional<net::Response> refuse_bindings(const World& world, const Bindings& bindings) {
  std::size_t variables = 0;
  for (const auto& [name, binding] : bindings) {
    if (name.empty() || binding.type.empty()) {
      return failure(400, 10021, "A binding needs a name and a type.");
    }
    const auto plain = text_member(binding.fields, "text").value_or("");
    if (binding.secret() || binding.type == "plain_text" || binding.type == "json") ++variables;
    const auto size = binding.text ? binding.text->size() : plain.size();
    if (size > world.options.max_value_bytes) {
      return failure(400, 10054, "workers.api.error.text_binding_too_large");
    }
    if (binding.secret() && !binding.text) {
      return failure(400, 10021, "Secret '" + name + "' has no value.");
    }
  }
  if (variables > world.options.max_variables) {
    return failure(400, 10055, "This Worker has too many variables and secrets.");
  }
  return std::nullopt;
}

}  // namespace lockstep::sandbox::cloudflare
