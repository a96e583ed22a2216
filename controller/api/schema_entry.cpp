// The parts of an entry of a SecretSet.
#include <array>

#include "api/schema_tables.hpp"

namespace lockstep::api {

template <>
std::span<const std::string_view> words_of<Encoding>() {
  static constexpr std::array<std::string_view, 4> words = {"Hex", "Base64", "Base64URL",
                                                            "Alphanumeric"};
  return words;
}
template <>
std::span<const std::string_view> words_of<RotationPolicy>() {
  static constexpr std::array<std::string_view, 3> words = {"OnDemand", "Scheduled",
                                                            "CompromisedOnly"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Visibility>() {
  static constexpr std::array<std::string_view, 3> words = {"All", "Private", "Selected"};
  return words;
}

template <>
const Object& object_of<FromSource>() {
  static constexpr Options source{.min = 1, .max = 63};
  static constexpr Field fields[] = {
      field<FromSource, &FromSource::source>(
          "source", "A name of the Environment's sources; left out, the first.", source),
      field<FromSource, &FromSource::key>(
          "key", "The key in that Secret; left out, the entry's name.", limits::secret_key)};
  static const Object object{.doc = "A value kept in a Secret.", .fields = fields};
  return object;
}

template <>
const Object& object_of<Generate>() {
  static constexpr Options bytes{.min = 16, .max = 4'096};
  static constexpr Field fields[] = {
      field<Generate, &Generate::bytes>("bytes", "How many bytes of randomness the value carries.",
                                        bytes),
      field<Generate, &Generate::encoding>(
          "encoding",
          "How they are written: Hex, Base64, Base64URL (no padding) or Alphanumeric.")};
  static const Object object{
      .doc = "A random value, made once and kept in the Environment's first writable source.",
      .fields = fields,
      .defaults = defaults_of<Generate>()};
  return object;
}

template <>
const Object& object_of<External>() {
  static constexpr Options age{.min = 1};
  static constexpr Field fields[] = {field<External, &External::max_age>(
      "maxAge", "Reports the secret as due when it is older than this.", age)};
  static const Object object{
      .doc = "Someone else writes it: its presence and age are watched, it is never written.",
      .fields = fields};
  return object;
}

template <>
const Object& object_of<Absent>() {
  static const Object object{.doc = "The name must not exist where the entry is selected.",
                             .fields = {}};
  return object;
}

template <>
const Object& object_of<ValueSpec>() {
  using V = ValueSpec;
  static constexpr Options variable{.min = 1,
                                    .max = 253,
                                    .pattern = limits::variable_name.pattern,
                                    .hint = limits::variable_name.hint};
  static constexpr Field fields[] = {
      alternative<V, FromSource>("from",
                                 "A value kept in a Secret: the default, with the first "
                                 "source and the entry's name."),
      alternative<V, Generate>("generate", "A random value that lockstep makes once."),
      text_alternative<V, Variable, &Variable::name>(
          "variable", "The text of this variable: public configuration.", variable),
      text_alternative<V, Literal, &Literal::text>("literal", "This text: public configuration.",
                                                   limits::prose),
      alternative<V, External>("external", "Someone else writes it: watched, never written."),
      alternative<V, Absent>("absent", "The name must not exist where the entry is selected.")};
  static const Object object{.doc = "Where the value comes from.",
                             .fields = fields,
                             .choice = "value",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<RotationRule>() {
  using R = RotationRule;
  static constexpr Options age{.min = 3'600,
                               .pattern =
                                   "^([1-9][0-9]{0,5}(h|d)|[6-9][0-9]m|[1-9][0-9]{2,5}m|"
                                   "(3[6-9][0-9]{2}|[4-9][0-9]{3}|[1-9][0-9]{4,5})s)$"};
  static constexpr Field fields[] = {
      field<R, &R::policy>(
          "policy",
          "OnDemand: when a person asks. Scheduled: due after maxAge. "
          "CompromisedOnly: never without an approval that shows the consequence."),
      field<R, &R::max_age>("maxAge", "The age at which it is due; Scheduled only; at least 1h.",
                            age),
      field<R, &R::consequence>("consequence", "What breaks when it changes, shown before it does.",
                                limits::prose)};
  static constexpr Rule rules[] = {
      rule<R>("!has(self.policy) || self.policy != 'Scheduled' || has(self.maxAge)",
              "`policy: Scheduled` needs maxAge, such as 90d",
              [](const R& r) { return r.policy != RotationPolicy::Scheduled || r.max_age; }),
      rule<R>("!has(self.maxAge) || (has(self.policy) && self.policy == 'Scheduled')",
              "maxAge means something under `policy: Scheduled` only: add it or remove maxAge",
              [](const R& r) { return !r.max_age || r.policy == RotationPolicy::Scheduled; })};
  static const Object object{.doc = "When the value is to be replaced.",
                             .fields = fields,
                             .rules = rules,
                             .defaults = defaults_of<R>()};
  return object;
}

template <>
const Object& object_of<Rename>() {
  static constexpr Options name = [] {
    auto o = limits::secret_name;
    o.required = true;
    return o;
  }();
  static constexpr Field fields[] = {
      field<Rename, &Rename::targets>("targets", "Where the other name holds.", limits::required),
      field<Rename, &Rename::name>("name", "The name there.", name)};
  static const Object object{.doc = "Another name for the secret at some Targets.",
                             .fields = fields};
  return object;
}

template <>
const Object& object_of<LocalStandIn>() {
  using L = LocalStandIn;
  static constexpr Field fields[] = {
      field<L, &L::placeholder>(
          "placeholder", "Text for a dotenvFile whose name ends in .example; empty when left out.",
          limits::some_text),
      field<L, &L::value>("value", "A value for development only, for any other dotenvFile.",
                          limits::prose)};
  static constexpr Rule rules[] = {
      rule<L>("has(self.placeholder) || has(self.value)",
              "says nothing: give a placeholder or a value, or remove it",
              [](const L& l) { return l.placeholder || l.value; })};
  static const Object object{
      .doc = "What a dotenvFile gets in place of the value.", .fields = fields, .rules = rules};
  return object;
}

template <>
const Object& object_of<SecretsStoreSettings>() {
  using S = SecretsStoreSettings;
  static constexpr Options scope{.min = 1,
                                 .max = 64,
                                 .pattern = "^[a-z][a-z0-9_]*$",
                                 .hint = "a scope as Cloudflare writes it, such as workers"};
  static constexpr Options scopes{.unique = true, .min = 1, .items = &scope};
  static constexpr Field fields[] = {
      field<S, &S::scopes>("scopes", "Which Cloudflare products may use it, such as workers.",
                           scopes),
      field<S, &S::comment>("comment", "The comment shown in Cloudflare's dashboard.",
                            limits::prose)};
  static const Object object{.doc = "Settings of a secret in a Cloudflare Secrets Store.",
                             .fields = fields};
  return object;
}

template <>
const Object& object_of<GitHubOrganizationSettings>() {
  using G = GitHubOrganizationSettings;
  static constexpr Options repository{.min = 1,
                                      .max = 100,
                                      .pattern = "^[A-Za-z0-9._-]+$",
                                      .hint = "a repository's name without its owner"};
  static constexpr Options repositories{.unique = true, .items = &repository};
  static constexpr Field fields[] = {
      field<G, &G::visibility>("visibility",
                               "Which repositories see it: All, Private or Selected."),
      field<G, &G::repositories>(
          "repositories", "The repositories that see it, under Selected only.", repositories)};
  static constexpr Rule rules[] = {
      rule<G>("!has(self.repositories) || !has(self.visibility) || self.visibility == 'Selected'",
              "repositories mean something under `visibility: Selected` only: remove one of them",
              [](const G& g) {
                return !g.repositories || !g.visibility || *g.visibility == Visibility::Selected;
              })};
  static const Object object{
      .doc = "Settings of a GitHub organisation's secret.", .fields = fields, .rules = rules};
  return object;
}

template <>
const Object& object_of<EntrySettings>() {
  static constexpr Field fields[] = {field<EntrySettings, &EntrySettings::secrets_store>(
                                         "secretsStore", "For Cloudflare Secrets Stores."),
                                     field<EntrySettings, &EntrySettings::github_organization>(
                                         "githubOrganization", "For GitHub organisations.")};
  static const Object object{
      .doc = "What the provider keeps beside the value; what is left out stays as it is there.",
      .fields = fields};
  return object;
}

}  // namespace lockstep::api
