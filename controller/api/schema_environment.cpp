#include <array>

#include "api/schema_tables.hpp"

namespace lockstep::api {

namespace {

/// Literal parts of [a-z0-9-], and words in braces, one of which is {environment}.
std::optional<std::string> naming_problem(std::string_view naming) {
  constexpr std::string_view remedy =
      "must be made of lower-case letters, digits, \"-\" and words in braces, such as "
      "\"{environment}-{project}-{service}\"";
  bool inside = false, empty = true;
  for (const char c : naming) {
    const bool letter = c >= 'a' && c <= 'z';
    if (c == '{' || c == '}') {
      if (inside != (c == '}') || (inside && empty)) return std::string(remedy);
      inside = !inside;
      empty = true;
    } else if (!letter && (inside || ((c < '0' || c > '9') && c != '-'))) {
      return std::string(remedy);
    } else {
      empty = false;
    }
  }
  if (inside) return std::string(remedy);
  return std::nullopt;
}

void inspect_environment(Context& c, const Node& n, const Environment& e) {
  const auto* places = n.find("places");
  for (std::size_t i = 0; i < e.places.size(); ++i) {
    const bool file = e.places[i].starts_with("dotenvFile/");
    if (file == e.local) continue;
    c.fail(places->items[i].at, ".places[" + std::to_string(i) + "]",
           file ? "a dotenvFile belongs to an Environment with `local: true` only: move it there"
                : "an Environment with `local: true` takes dotenvFile places only: move it out");
  }
  std::map<std::string_view, bool> seen;
  for (std::size_t i = 0; i < e.sources.size(); ++i) {
    if (seen.try_emplace(e.sources[i].name, true).second) continue;
    c.fail(e.sources[i].at, ".sources[" + std::to_string(i) + "].name",
           "is the name of an earlier source: rename one");
  }
}

}  // namespace

template <>
std::span<const std::string_view> words_of<ApprovalRule>() {
  static constexpr std::array<std::string_view, 3> words = {"None", "Destructive", "Always"};
  return words;
}

template <>
const Object& object_of<ValueSource>() {
  using S = ValueSource;
  static constexpr Options name{.required = true,
                                .min = 1,
                                .max = 63,
                                .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                                .hint = "lower-case letters, digits and \"-\", such as values"};
  static constexpr Options key{.min = 1,
                               .pattern = "^[A-Za-z0-9._*-]+$",
                               .hint = "letters, digits, \"-\", \"_\", \".\" and * for any run"};
  static constexpr Options keys{.unique = true, .min = 1, .items = &key};
  static constexpr Field fields[] = {
      field<S, &S::name>("name", "What entries call it in `value: {from: {source: ...}}`.", name),
      field<S, &S::secret_ref>(
          "secretRef",
          "The Secret that holds the values; in local mode lockstep.local.yaml says what stands in "
          "for it.",
          limits::required),
      field<S, &S::keys>("keys", "Which of the Secret's keys entries may take, with * for any run.",
                         keys),
      field<S, &S::writable>("writable",
                             "Whether generated values are kept here; the first such source takes "
                             "them.")};
  static const Object object{
      .doc = "A Secret that values come from.", .fields = fields, .defaults = defaults_of<S>()};
  return object;
}

template <>
const Object& object_of<Requirement>() {
  using R = Requirement;
  static constexpr Options names{.unique = true, .min = 1, .items = &limits::some_name};
  static constexpr Field fields[] = {
      field<R, &R::credential_ref>("credentialRef", "The Cloudflare Credential to look with.",
                                   limits::required),
      field<R, &R::ai_gateways>("aiGateways", "AI Gateways, by id.", names),
      field<R, &R::d1_databases>("d1Databases", "D1 databases, by name.", names),
      field<R, &R::kv_namespaces>("kvNamespaces", "KV namespaces, by title.", names),
      field<R, &R::r2_buckets>("r2Buckets", "R2 buckets, by name.", names)};
  static constexpr Rule rules[] = {rule<R>(
      "has(self.aiGateways) || has(self.d1Databases) || has(self.kvNamespaces) || "
      "has(self.r2Buckets)",
      "requires nothing: list aiGateways, d1Databases, kvNamespaces or r2Buckets, or remove it",
      [](const R& r) {
        return !(r.ai_gateways.empty() && r.d1_databases.empty() && r.kv_namespaces.empty() &&
                 r.r2_buckets.empty());
      })};
  static const Object object{
      .doc =
          "Account resources that must exist before lockstep writes: a missing one stops "
          "writes, an unreadable one warns.",
      .fields = fields,
      .rules = rules};
  return object;
}

template <>
const Object& object_of<Environment>() {
  using E = Environment;
  static constexpr Options places{
      .required = true, .unique = true, .min = 1, .items = &limits::place_pattern};
  static constexpr Options variables{.items = &limits::variable_value,
                                     .keys = &limits::variable_name};
  static constexpr Options naming{.min = 1, .max = 253, .check = naming_problem};
  static constexpr Field fields[] = {
      field<E, &E::places>("places",
                           "The places that belong to it, by their keys, with * inside one part; a "
                           "Target elsewhere is refused.",
                           places),
      field<E, &E::approval>("approval",
                             "What a person must approve: None, Destructive (deletions by prune, "
                             "overwriting what was there, rotations) or Always (every write)."),
      field<E, &E::variables>(
          "variables",
          "Public words that conditions and `value: {variable: ...}` use; never "
          "a credential.",
          variables),
      field<E, &E::sources>("sources",
                            "The Secrets that values come from; the first is the default."),
      field<E, &E::naming>("naming",
                           "How Worker names must look: {environment} is this Environment's name, "
                           "any other word in braces one or more of [a-z0-9-].",
                           naming),
      field<E, &E::requires_>("requires", "Account resources that must exist before writes."),
      field<E, &E::policy>("policy", "Defaults for the policy of its Targets."),
      field<E, &E::local>("local",
                          "Makes it a developer's environment: dotenvFile places only, no Secret "
                          "that an Environment with approval uses, and only values whose stand-in "
                          "says localFiles: true in lockstep.local.yaml; needs approval: None."),
      field<E, &E::suspend>("suspend", "Stops every Target of it; nothing is undone.")};
  static const Object object{
      .doc =
          "A stage: its places, variables, value sources, approval rule, and the resources that "
          "must exist.",
      .fields = fields,
      .defaults = defaults_of<E>(),
      .inspect = inspect<E, inspect_environment>};
  return object;
}

}  // namespace lockstep::api
