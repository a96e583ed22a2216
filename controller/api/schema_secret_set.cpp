// A SecretSet, its entries and their overrides.
#include "api/credential_like.hpp"
#include "api/format.hpp"
#include "api/schema_tables.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

constexpr Options documents{.items = &limits::some_text};
constexpr Options renames{.min = 1};
constexpr Options more_names{.unique = true, .min = 1, .items = &limits::secret_name};

/// The fields that an entry and its overrides share; C is one of the two.
template <class C>
std::vector<Field> entry_fields(std::initializer_list<Field> first) {
  std::vector<Field> fields = first;
  fields.insert(
      fields.end(),
      {field<C, &C::description>("description", "What the secret is for, in a sentence.",
                                 limits::prose),
       field<C, &C::obtain_from>("obtainFrom", "Where a person gets a new value.", limits::prose),
       field<C, &C::used_by>("usedBy", "Who reads it, for people.", documents),
       field<C, &C::format>("format",
                            "What a value must look like; one that fails is never written."),
       field<C, &C::value>("value",
                           "Where the value comes from; left out, the Environment's first source "
                           "under the entry's name."),
       field<C, &C::rotation>("rotation", "When it is to be replaced; left out, OnDemand."),
       field<C, &C::optional>("optional",
                              "Accepts that the source has no value: then it is not written, and "
                              "never deleted for it."),
       field<C, &C::allow_empty>("allowEmpty",
                                 "Writes an empty value instead of taking it for a missing one."),
       field<C, &C::is_public>("public",
                               "Confirms that a literal that looks like a credential is none."),
       field<C, &C::as>("as", "Other names for it at some Targets; the first that fits holds.",
                        renames),
       field<C, &C::also_as>("alsoAs", "Further names for it everywhere, while code moves.",
                             more_names),
       field<C, &C::local>("local", "What a dotenvFile gets in place of the value."),
       field<C, &C::settings>("settings", "What the provider keeps beside the value.")});
  return fields;
}

bool is_absent(const EntryFields& e) {
  return std::holds_alternative<Absent>(e.value);
}
bool is_external(const EntryFields& e) {
  return std::holds_alternative<External>(e.value);
}
bool is_generated(const EntryFields& e) {
  return std::holds_alternative<Generate>(e.value);
}
bool is_text(const EntryFields& e) {
  return std::holds_alternative<Literal>(e.value) || std::holds_alternative<Variable>(e.value);
}

/// Fields that make no sense beside a value of some kind.
template <class C>
std::span<const Rule> entry_rules() {
  static constexpr Rule rules[] = {
      rule<C>(
          "!has(self.value) || !has(self.value.absent) || !(has(self.format) || "
          "has(self.rotation) || has(self.optional) || has(self.allowEmpty) || "
          "has(self.public) || has(self.local) || has(self.settings))",
          "an absent secret has no value: remove format, rotation, optional, allowEmpty, public, "
          "local and settings",
          [](const C& e) {
            return !is_absent(e) || !(e.format || e.rotation || e.optional || e.allow_empty ||
                                      e.is_public || e.local || e.settings);
          }),
      rule<C>("!has(self.value) || !has(self.value.external) || !(has(self.format) || "
              "has(self.rotation) || has(self.allowEmpty) || has(self.public) || "
              "has(self.settings))",
              "an external secret is never written nor read: remove format, rotation, allowEmpty, "
              "public and settings",
              [](const C& e) {
                return !is_external(e) ||
                       !(e.format || e.rotation || e.allow_empty || e.is_public || e.settings);
              }),
      rule<C>(
          "!has(self.value) || !has(self.value.generate) || !(has(self.optional) || "
          "has(self.allowEmpty) || has(self.public))",
          "a generated secret always has a secret value: remove optional, allowEmpty and public",
          [](const C& e) {
            return !is_generated(e) || !(e.optional || e.allow_empty || e.is_public);
          }),
      rule<C>("!has(self.value) || !(has(self.value.literal) || has(self.value.variable)) || "
              "!(has(self.rotation) || has(self.optional))",
              "a literal or variable is public configuration: remove rotation and optional",
              [](const C& e) { return !is_text(e) || !(e.rotation || e.optional); })};
  return rules;
}

void refuse_credential(Context& c, Position at, const std::string& part, std::string_view text) {
  const auto reason = looks_like_credential(text);
  if (!reason) return;
  c.fail(at, part,
         "looks like a credential (" + *reason +
             "): remove it here and from git and take the value from a source, or write `public: "
             "true` beside it if it is none");
}

/// Credential-looking text in what an entry or override says by itself.
void inspect_texts(Context& c, const Node& n, const std::string& part, const EntryFields& e,
                   bool is_public) {
  if (is_public) return;
  if (const auto* literal = std::get_if<Literal>(&e.value)) {
    refuse_credential(c, n.find("value")->find("literal")->at, part + ".value.literal",
                      literal->text);
  }
  if (e.local && e.local->placeholder) {
    refuse_credential(c, n.find("local")->find("placeholder")->at, part + ".local.placeholder",
                      *e.local->placeholder);
  }
  if (e.local && e.local->value) {
    refuse_credential(c, n.find("local")->find("value")->at, part + ".local.value",
                      *e.local->value);
  }
  if (!e.format || !e.format->one_of) return;
  const auto& nodes = n.find("format")->find("oneOf")->items;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    refuse_credential(c, nodes[i].at, part + ".format.oneOf[" + std::to_string(i) + "]",
                      nodes[i].text);
  }
}

/// A literal or generated value that can never have the format in force.
void inspect_value(Context& c, Position at, const std::string& part, const ValueSpec& value,
                   const std::optional<Format>& format) {
  if (!format) return;
  std::optional<std::string> problem;
  if (const auto* generate = std::get_if<Generate>(&value)) {
    problem = impossible_generated(*generate, *format);
  } else if (const auto* literal = std::get_if<Literal>(&value)) {
    problem = format_problem(*format, literal->text);
    if (problem) *problem = "the literal " + *problem + ": mend the literal or the format";
  }
  if (problem) c.fail(at, part + ".value", std::move(*problem));
}

void inspect_entry(Context& c, const Node& n, const SecretEntry& e) {
  inspect_texts(c, n, "", e, e.is_public.value_or(false));
  inspect_value(c, n.at, "", e.value, e.format);
  if (e.also_as && std::ranges::find(*e.also_as, e.name) != e.also_as->end()) {
    c.fail(n.find("alsoAs")->at, ".alsoAs", "repeats the entry's own name: remove it");
  }
  for (std::size_t i = 0; i < e.overrides.size(); ++i) {
    const auto& o = e.overrides[i];
    const auto& node = n.find("overrides")->items[i];
    const auto part = ".overrides[" + std::to_string(i) + "]";
    const bool says_value = !std::holds_alternative<std::monostate>(o.value);
    inspect_texts(c, node, part, o, o.is_public.value_or(e.is_public.value_or(false)));
    if (says_value || o.format) {
      inspect_value(c, o.at, part, says_value ? o.value : e.value, o.format ? o.format : e.format);
    }
  }
}

void inspect_set(Context& c, const Node& n, const SecretSet& set) {
  const auto& nodes = n.find("secrets")->items;
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < set.secrets.size(); ++i) {
    const auto& entry = set.secrets[i];
    const auto [known, fresh] = first.try_emplace(entry.name, i);
    if (fresh || (entry.when && set.secrets[known->second].when)) continue;
    c.fail(nodes[i].find("name")->at, ".secrets[" + std::to_string(i) + "].name",
           "is the name of secrets[" + std::to_string(known->second) +
               "], too: remove one, or give both a `when`");
  }
}

}  // namespace

template <>
const Object& object_of<SecretEntry>() {
  static constexpr Options name = [] {
    auto o = limits::secret_name;
    o.required = true;
    return o;
  }();
  static const std::vector<Field> fields = entry_fields<SecretEntry>(
      {field<SecretEntry, &SecretEntry::name>("name", "The secret's name at the places.", name),
       field<SecretEntry, &SecretEntry::when>(
           "when", "Where it is wanted: only at Targets whose variables match."),
       field<SecretEntry, &SecretEntry::overrides>(
           "overrides",
           "What is different where other variables match; the first that fits holds.")});
  static const Object object{.doc = "One secret.",
                             .fields = fields,
                             .rules = entry_rules<SecretEntry>(),
                             .inspect = inspect<SecretEntry, inspect_entry>};
  return object;
}

template <>
const Object& object_of<EntryOverride>() {
  static const std::vector<Field> fields = entry_fields<EntryOverride>(
      {field<EntryOverride, &EntryOverride::when>("when", "Where this holds.", limits::required)});
  static const Object object{.doc = "Anything but the name, said again for some Targets.",
                             .fields = fields,
                             .rules = entry_rules<EntryOverride>()};
  return object;
}

template <>
const Object& object_of<SecretSet>() {
  using S = SecretSet;
  static constexpr Options variables{.items = &limits::variable_value,
                                     .keys = &limits::variable_name};
  static constexpr Options secrets{.required = true, .min = 1, .max = 512};
  static constexpr Field fields[] = {
      field<S, &S::targets>("targets", "The Targets that get these secrets.", limits::required),
      field<S, &S::variables>("variables",
                              "Public defaults under the Environment's and the Target's variables.",
                              variables),
      field<S, &S::settings>("settings", "Defaults for the entries' settings."),
      field<S, &S::secrets>("secrets", "The secrets.", secrets)};
  static const Object object{
      .doc = "Secrets: name, value, format, condition, rotation rule, and which Targets get them.",
      .fields = fields,
      .inspect = inspect<S, inspect_set>};
  return object;
}

}  // namespace lockstep::api
