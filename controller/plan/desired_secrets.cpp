#include "plan/desired_secrets.hpp"

#include <algorithm>

#include "api/credential_like.hpp"
#include "base/text.hpp"

namespace lockstep::plan {

namespace {

using Variables = std::map<std::string, std::string>;

/// Lays what an override says over what the entry says.
void lay_over(api::EntryFields& base, const api::EntryFields& over) {
  const auto set = [](auto& to, const auto& from) {
    if (from) to = from;
  };
  set(base.description, over.description);
  set(base.obtain_from, over.obtain_from);
  set(base.used_by, over.used_by);
  set(base.format, over.format);
  if (!std::holds_alternative<std::monostate>(over.value)) base.value = over.value;
  set(base.rotation, over.rotation);
  set(base.optional, over.optional);
  set(base.allow_empty, over.allow_empty);
  set(base.is_public, over.is_public);
  set(base.as, over.as);
  set(base.also_as, over.also_as);
  set(base.local, over.local);
  set(base.settings, over.settings);
}

/// Resolves the entries of one set at one Target.
class Resolver {
 public:
  Resolver(const api::SecretSet& set, const api::Target& target,
           const api::Environment& environment, const DesiredTarget& resolved, Findings& findings)
      : set_(set),
        target_(target),
        environment_(environment),
        resolved_(resolved),
        findings_(findings) {
    variables_ = set.variables;
    for (const auto& [name, value] : environment.variables) variables_[name] = value;
    for (const auto& [name, value] : target.variables) variables_[name] = value;
  }

  std::vector<DesiredSecret> run() {
    for (std::size_t i = 0; i < set_.secrets.size(); ++i) {
      path_ = "spec.secrets[" + std::to_string(i) + "]";
      entry(set_.secrets[i]);
    }
    return std::move(out_);
  }

 private:
  void problem(std::string_view field, api::Position at, std::string text) {
    findings_.add(set_.location, at, path_ + std::string(field), std::move(text));
  }

  /// What an undeclared variable deserves to hear.
  std::string undeclared(const std::string& name) const {
    std::vector<std::string_view> declared;
    for (const auto& [variable, value] : variables_) declared.push_back(variable);
    const auto near = nearest(name, declared);
    return "variable \"" + name + "\" is not declared for Target \"" + target_.metadata.name +
           "\"" +
           (near.empty() ? "; declare it in Environment \"" + environment_.metadata.name +
                               "\", the Target or this SecretSet"
                         : " (did you mean \"" + std::string(near) + "\"?)");
  }

  bool holds(const api::When& when, std::string_view field) {
    bool all = true;
    for (const auto& [name, wanted] : when.variables) {
      const auto found = variables_.find(name);
      if (found == variables_.end()) {
        problem(std::string(field) + ".variables." + name, when.at, undeclared(name));
        all = false;
      } else if (std::ranges::find(wanted, found->second) == wanted.end()) {
        all = false;
      }
    }
    return all;
  }

  void entry(const api::SecretEntry& entry) {
    if (entry.when && !holds(*entry.when, ".when")) return;
    api::EntryFields fields = entry;
    for (std::size_t k = 0; k < entry.overrides.size(); ++k) {
      const auto& over = entry.overrides[k];
      if (holds(over.when, ".overrides[" + std::to_string(k) + "].when")) lay_over(fields, over);
    }
    std::vector<std::string> names{entry.name};
    for (const auto& rename : fields.as.value_or(std::vector<api::Rename>{})) {
      if (selects(rename.targets, target_)) names.front() = rename.name;
    }
    for (const auto& second : fields.also_as.value_or(std::vector<std::string>{})) {
      names.push_back(second);
    }
    for (const auto& name : names) {
      if (auto refused = name_problem(resolved_.place.kind, name)) {
        problem(".name", entry.at, "\"" + name + "\": " + *refused);
        continue;
      }
      if (auto secret = describe(entry, fields, name)) out_.push_back(std::move(*secret));
    }
  }

  std::optional<DesiredSecret> describe(const api::SecretEntry& entry,
                                        const api::EntryFields& fields, const std::string& name) {
    DesiredSecret out;
    out.name = canonical_name(resolved_.place.kind, name);
    out.secret_set = key_of(set_.metadata);
    out.at = {set_.location.file, entry.at.line, entry.at.column};
    out.format = fields.format.value_or(api::Format{});
    out.rotation = fields.rotation.value_or(api::RotationRule{});
    out.optional = fields.optional.value_or(false);
    out.allow_empty = fields.allow_empty.value_or(false);
    out.description = fields.description.value_or("");
    out.obtain_from = fields.obtain_from.value_or("");
    out.used_by = fields.used_by.value_or(std::vector<std::string>{});
    out.id = {target_.metadata.ns, "entry/" + environment_.metadata.name + "/" + set_.metadata.name,
              entry.name};
    if (auto local = local_text(fields)) {
      out.kind = ValueKind::literal;
      out.text = std::move(*local);
      out.source_name = is_example() ? "placeholder" : "local value";
      out.allow_empty = true;
      // Public text guards nothing, and an example is no value that a format could judge.
      out.rotation = {};
      if (is_example()) {
        out.format = {};
        out.id.scope.replace(0, std::string_view("entry").size(), "placeholder");
      }
      return out;
    }
    const bool ok =
        std::visit([&](const auto& value) { return fill(out, entry, value); }, fields.value);
    if (!ok) return std::nullopt;
    // A literal is looked at when its document is read; a variable's text is known only here.
    const auto suspicion = out.kind == ValueKind::variable && !fields.is_public.value_or(false)
                               ? api::looks_like_credential(out.text)
                               : std::nullopt;
    if (suspicion) {
      problem(".value.variable", entry.at,
              "variable \"" + out.source_name + "\" looks like a credential (" + *suspicion +
                  "); keep it in a source, or say public: true");
      return std::nullopt;
    }
    return out;
  }

  /// A committed example of a developer's file.
  bool is_example() const {
    return resolved_.place.kind == PlaceKind::dotenvFile &&
           resolved_.place.parts.front().ends_with(".example");
  }

  /// What a dotenvFile gets in place of the value; nothing where the value itself belongs. A file
  /// that ends in .example never holds a value, so no source is read for it and nothing generated.
  std::optional<std::string> local_text(const api::EntryFields& fields) const {
    if (resolved_.place.kind != PlaceKind::dotenvFile) return std::nullopt;
    if (std::holds_alternative<api::Absent>(fields.value)) return std::nullopt;
    if (is_example()) return fields.local ? fields.local->placeholder.value_or("") : "";
    return fields.local ? fields.local->value : std::nullopt;
  }

  bool fill(DesiredSecret& out, const api::SecretEntry& entry, std::monostate) {
    return fill(out, entry, api::FromSource{});
  }

  bool fill(DesiredSecret& out, const api::SecretEntry& entry, const api::FromSource& from) {
    const auto* source = find_source(entry, from.source);
    if (!source) return false;
    return bind(out, entry, *source, from.key.empty() ? entry.name : from.key, ValueKind::source);
  }

  bool fill(DesiredSecret& out, const api::SecretEntry& entry, const api::Generate& generate) {
    const auto writable =
        std::ranges::find_if(environment_.sources, [](const auto& s) { return s.writable; });
    if (writable == environment_.sources.end()) {
      problem(".value.generate", entry.at,
              "Environment \"" + environment_.metadata.name +
                  "\" has no source with writable: true to keep a generated value; add one");
      return false;
    }
    out.generate = generate;
    return bind(out, entry, *writable, set_.metadata.name + "." + entry.name, ValueKind::generate);
  }

  bool fill(DesiredSecret& out, const api::SecretEntry& entry, const api::Variable& variable) {
    const auto found = variables_.find(variable.name);
    if (found == variables_.end()) {
      problem(".value.variable", entry.at, undeclared(variable.name));
      return false;
    }
    out.kind = ValueKind::variable;
    out.text = found->second;
    out.source_name = variable.name;
    return true;
  }

  bool fill(DesiredSecret& out, const api::SecretEntry&, const api::Literal& literal) {
    out.kind = ValueKind::literal;
    out.text = literal.text;
    return true;
  }
  bool fill(DesiredSecret& out, const api::SecretEntry&, const api::External& external) {
    out.kind = ValueKind::external;
    out.external_max_age = external.max_age;
    return true;
  }
  bool fill(DesiredSecret& out, const api::SecretEntry&, const api::Absent&) {
    out.kind = ValueKind::absent;
    return true;
  }

  const api::ValueSource* find_source(const api::SecretEntry& entry, const std::string& name) {
    const auto& sources = environment_.sources;
    if (sources.empty()) {
      problem(".value", entry.at,
              "Environment \"" + environment_.metadata.name +
                  "\" has no sources; add one to its spec.sources");
      return nullptr;
    }
    if (name.empty()) return &sources.front();
    const auto found = std::ranges::find(sources, name, &api::ValueSource::name);
    if (found != sources.end()) return &*found;
    std::vector<std::string_view> names;
    for (const auto& source : sources) names.push_back(source.name);
    const auto near = nearest(name, names);
    problem(".value.from.source", entry.at,
            "Environment \"" + environment_.metadata.name + "\" has no source \"" + name + "\"" +
                (near.empty() ? "; it has: " +
                                    join(std::vector<std::string>(names.begin(), names.end()), ", ")
                              : " (did you mean \"" + std::string(near) + "\"?)"));
    return nullptr;
  }

  bool bind(DesiredSecret& out, const api::SecretEntry& entry, const api::ValueSource& source,
            const std::string& key, ValueKind kind) {
    const bool listed = std::ranges::any_of(
        source.keys, [&](const auto& pattern) { return glob_match(pattern, key, '\0'); });
    if (!listed) {
      problem(".value", entry.at,
              "source \"" + source.name + "\" of Environment \"" + environment_.metadata.name +
                  "\" does not offer the key \"" + key + "\"; add it to that source's keys");
      return false;
    }
    out.kind = kind;
    out.source_name = source.name;
    out.source_secret = source.secret_ref.name;
    out.source_key = key;
    out.id = {target_.metadata.ns, "secret/" + out.source_secret, key};
    return true;
  }

  const api::SecretSet& set_;
  const api::Target& target_;
  const api::Environment& environment_;
  const DesiredTarget& resolved_;
  Findings& findings_;
  Variables variables_;
  std::string path_;
  std::vector<DesiredSecret> out_;
};

}  // namespace

bool selects(const api::TargetSelector& selector, const api::Target& target) {
  if (std::ranges::find(selector.names, target.metadata.name) != selector.names.end()) return true;
  if (selector.match_labels.empty()) return false;
  return std::ranges::all_of(selector.match_labels, [&](const auto& wanted) {
    const auto found = target.metadata.labels.find(wanted.first);
    return found != target.metadata.labels.end() && found->second == wanted.second;
  });
}

std::vector<DesiredSecret> resolve_secrets(const Index& index, const api::SecretSet& set,
                                           const api::Target& target, const DesiredTarget& resolved,
                                           Findings& findings) {
  const auto& environment =
      *index.environments.at({target.metadata.ns, target.environment_ref.name});
  return Resolver(set, target, environment, resolved, findings).run();
}

}  // namespace lockstep::plan
