#include <array>

#include "api/place_names.hpp"
#include "api/schema_tables.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

/// A required name of a place.
constexpr Options name_of(const NameRule& rule, TextCheck check = nullptr) {
  return {.required = true,
          .min = 1,
          .max = rule.max,
          .pattern = rule.pattern,
          .hint = rule.hint,
          .check = check};
}

constexpr auto github_repository = name_of(place_names::github_repository, repository_problem);

/// `.dev.vars*` below the folder of lockstep.local.yaml.
std::optional<std::string> dotenv_path_problem(std::string_view path) {
  if (auto hidden = hidden_name_problem(path)) return hidden;
  if (path.starts_with('/')) return "must be relative to the folder of lockstep.local.yaml";
  const auto parts = split(path, '/');
  for (const auto& part : parts) {
    if (part == "..") return "must not leave the folder of lockstep.local.yaml: remove \"..\"";
    const bool odd =
        part.empty() || part == "." || part.contains('\\') ||
        std::ranges::any_of(part, [](unsigned char c) { return c < ' ' || c == 0x7F; });
    if (odd) return "must be a plain path such as apps/cms/.dev.vars";
  }
  if (!parts.back().starts_with(".dev.vars")) {
    return "must name a file that starts with .dev.vars, such as apps/cms/.dev.vars";
  }
  return std::nullopt;
}

}  // namespace

template <>
std::span<const std::string_view> words_of<GitHubStore>() {
  static constexpr std::array<std::string_view, 3> words = {"Actions", "Dependabot", "Codespaces"};
  return words;
}
template <>
std::span<const std::string_view> words_of<PagesDeployment>() {
  static constexpr std::array<std::string_view, 2> words = {"Production", "Preview"};
  return words;
}
template <>
std::span<const std::string_view> words_of<RequiredReviewers>() {
  static constexpr std::array<std::string_view, 2> words = {"Any", "None"};
  return words;
}
template <>
std::span<const std::string_view> words_of<DeploymentBranches>() {
  static constexpr std::array<std::string_view, 3> words = {"All", "Protected", "Custom"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Mode>() {
  static constexpr std::array<std::string_view, 2> words = {"Manage", "Observe"};
  return words;
}
template <>
std::span<const std::string_view> words_of<Naming>() {
  static constexpr std::array<std::string_view, 2> words = {"Enforce", "Off"};
  return words;
}

template <>
const Object& object_of<CloudflareWorker>() {
  static constexpr auto script = name_of(place_names::worker);
  static constexpr Field fields[] = {field<CloudflareWorker, &CloudflareWorker::script>(
      "script", "The Worker's name; it must exist, lockstep never makes one.", script)};
  static const Object object{.doc = "The secrets of one Cloudflare Worker.", .fields = fields};
  return object;
}

template <>
const Object& object_of<CloudflareSecretsStore>() {
  static constexpr auto store = name_of(place_names::secrets_store, hidden_name_problem);
  static constexpr Field fields[] = {field<CloudflareSecretsStore, &CloudflareSecretsStore::store>(
      "store", "The store's name, not its id.", store)};
  static const Object object{.doc = "One Cloudflare Secrets Store.", .fields = fields};
  return object;
}

template <>
const Object& object_of<CloudflarePages>() {
  static constexpr auto project = name_of(place_names::pages_project);
  static constexpr Field fields[] = {
      field<CloudflarePages, &CloudflarePages::project>("project", "The project's name.", project),
      field<CloudflarePages, &CloudflarePages::deployment>(
          "deployment", "Which of its two sets of secrets: Production or Preview.")};
  static const Object object{.doc = "The secrets of one Cloudflare Pages project.",
                             .fields = fields,
                             .defaults = defaults_of<CloudflarePages>()};
  return object;
}

template <>
const Object& object_of<FlyApp>() {
  static constexpr auto app = name_of(place_names::fly_app);
  static constexpr Field fields[] = {
      field<FlyApp, &FlyApp::app>("app", "The app's name; it must exist.", app)};
  static const Object object{.doc = "The secrets of one Fly.io app.", .fields = fields};
  return object;
}

template <>
const Object& object_of<GitHubRepository>() {
  static constexpr Field fields[] = {
      field<GitHubRepository, &GitHubRepository::repository>(
          "repository", "The repository, as owner/name.", github_repository),
      field<GitHubRepository, &GitHubRepository::store>(
          "store", "Which of its stores: Actions, Dependabot or Codespaces.")};
  static const Object object{.doc = "The secrets of one GitHub repository.",
                             .fields = fields,
                             .defaults = defaults_of<GitHubRepository>()};
  return object;
}

template <>
const Object& object_of<ReviewerList>() {
  static constexpr Options names{.unique = true, .min = 1, .items = &limits::some_name};
  static constexpr Field fields[] = {
      field<ReviewerList, &ReviewerList::users>("users", "Logins of people.", names),
      field<ReviewerList, &ReviewerList::teams>("teams", "Slugs of teams.", names)};
  static constexpr Rule rules[] = {rule<ReviewerList>(
      "has(self.users) || has(self.teams)",
      "names nobody: list users or teams, or write `requiredReviewers: None`",
      [](const ReviewerList& r) { return !r.users.empty() || !r.teams.empty(); })};
  static const Object object{
      .doc = "The required reviewers, exactly.", .fields = fields, .rules = rules};
  return object;
}

template <>
const Object& object_of<Expectation>() {
  using X = Expectation;
  static constexpr Options patterns{.unique = true, .min = 1, .items = &limits::some_name};
  static constexpr Options timer{.max = 30 * 86'400};
  static constexpr Field fields[] = {
      field<X, &X::required_reviewers>("requiredReviewers",
                                       "Whether a deployment needs a reviewer: Any or None."),
      field<X, &X::reviewers>("reviewers", "Who the required reviewers are."),
      field<X, &X::deployment_branches>("deploymentBranches",
                                        "Which branches may deploy: All, Protected or Custom."),
      field<X, &X::branch_patterns>("branchPatterns",
                                    "The patterns of the branches that may deploy.", patterns),
      field<X, &X::wait_timer>("waitTimer", "How long a deployment waits; at most 30d.", timer)};
  static constexpr Rule rules[] = {
      rule<X>("!has(self.branchPatterns) || (has(self.deploymentBranches) && "
              "self.deploymentBranches == 'Custom')",
              "branchPatterns exist under `deploymentBranches: Custom` only: add it",
              [](const X& x) {
                return !x.branch_patterns || x.deployment_branches == DeploymentBranches::Custom;
              }),
      rule<X>("!has(self.reviewers) || !has(self.requiredReviewers) || "
              "self.requiredReviewers == 'Any'",
              "reviewers contradict `requiredReviewers: None`: remove one of them", [](const X& x) {
                return !x.reviewers || x.required_reviewers != RequiredReviewers::None;
              })};
  static const Object object{
      .doc =
          "How the environment must be protected; only read, never written, and a mismatch stops "
          "writes.",
      .fields = fields,
      .rules = rules};
  return object;
}

template <>
const Object& object_of<GitHubEnvironment>() {
  using G = GitHubEnvironment;
  static constexpr auto name = name_of(place_names::github_environment, hidden_name_problem);
  static constexpr Field fields[] = {
      field<G, &G::repository>("repository", "The repository, as owner/name.", github_repository),
      field<G, &G::name>("name", "The environment's name; it must exist.", name),
      field<G, &G::expect>("expect",
                           "What its protection must look like; a field left out is not checked.")};
  static const Object object{.doc = "The secrets of one GitHub environment.", .fields = fields};
  return object;
}

template <>
const Object& object_of<GitHubOrganization>() {
  using G = GitHubOrganization;
  static constexpr auto organization = name_of(place_names::github_organization);
  static constexpr Field fields[] = {
      field<G, &G::organization>("organization", "The organisation's login.", organization),
      field<G, &G::store>("store", "Which of its stores: Actions, Dependabot or Codespaces.")};
  static const Object object{.doc = "The secrets of one GitHub organisation.",
                             .fields = fields,
                             .defaults = defaults_of<G>()};
  return object;
}

template <>
const Object& object_of<PlatformSettings>() {
  static const Object object{.doc = "The global secrets of the Credential's platform instance.",
                             .fields = {}};
  return object;
}

template <>
const Object& object_of<DotenvFile>() {
  static constexpr Options path{.required = true,
                                .min = 1,
                                .max = place_names::dotenv_path.max,
                                .check = dotenv_path_problem};
  static constexpr Field fields[] = {field<DotenvFile, &DotenvFile::path>(
      "path",
      "The file, named .dev.vars and anything after, below the folder of lockstep.local.yaml.",
      path)};
  static const Object object{
      .doc = "A developer's .dev.vars file; `local: true` Environments only.", .fields = fields};
  return object;
}

template <>
const Object& object_of<PlaceSpec>() {
  using P = PlaceSpec;
  static constexpr Field fields[] = {
      alternative<P, CloudflareWorker>("cloudflareWorker", "The secrets of a Cloudflare Worker."),
      alternative<P, CloudflareSecretsStore>("cloudflareSecretsStore",
                                             "A Cloudflare Secrets Store."),
      alternative<P, CloudflarePages>("cloudflarePages",
                                      "The secrets of a Cloudflare Pages project."),
      alternative<P, FlyApp>("flyApp", "The secrets of a Fly.io app."),
      alternative<P, GitHubRepository>("githubRepository", "The secrets of a GitHub repository."),
      alternative<P, GitHubEnvironment>("githubEnvironment",
                                        "The secrets of a GitHub environment."),
      alternative<P, GitHubOrganization>("githubOrganization",
                                         "The secrets of a GitHub organisation."),
      alternative<P, PlatformSettings>("platformSettings",
                                       "The global secrets of a platform instance."),
      alternative<P, DotenvFile>("dotenvFile", "A developer's .dev.vars file.")};
  static const Object object{.doc = "The one place that holds the secrets.",
                             .fields = fields,
                             .choice = "place",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<Target>() {
  using T = Target;
  static constexpr Options place{.required = true, .immutable = true};
  static constexpr Options variables{.items = &limits::variable_value,
                                     .keys = &limits::variable_name};
  // The pattern repeats the minimum for the API server, whose CEL knows no days.
  static constexpr Options interval{
      .min = 30, .pattern = "^(([3-9][0-9]|[1-9][0-9]{2,5})s|[1-9][0-9]{0,5}(m|h|d))$"};
  static constexpr Field fields[] = {
      field<T, &T::environment_ref>("environmentRef", "The Environment it belongs to.",
                                    limits::required),
      field<T, &T::credential_ref>(
          "credentialRef",
          "The Credential to read and write with; every place but dotenvFile needs "
          "one."),
      field<T, &T::place>("place", "The one place that holds the secrets; it cannot be changed.",
                          place),
      field<T, &T::variables>("variables", "Public words, laid over the Environment's.", variables),
      field<T, &T::mode>("mode", "Manage writes; Observe only looks and reports."),
      field<T, &T::interval>("interval", "How often the place is looked at; at least 30s.",
                             interval),
      field<T, &T::suspend>("suspend", "Stops this Target; nothing is undone."),
      field<T, &T::naming>("naming",
                           "Off accepts a Worker name that does not follow the Environment's "
                           "naming."),
      field<T, &T::policy>("policy", "How careful lockstep is here.")};
  static constexpr Rule rules[] = {
      rule<T>("has(self.credentialRef) || has(self.place.dotenvFile)",
              "needs the field \"credentialRef\": only a dotenvFile does without",
              [](const T& t) {
                return t.credential_ref || std::holds_alternative<DotenvFile>(t.place);
              }),
      rule<T>("!has(self.credentialRef) || !has(self.place.dotenvFile)",
              "a dotenvFile takes no credential: remove credentialRef", [](const T& t) {
                return !t.credential_ref || !std::holds_alternative<DotenvFile>(t.place);
              })};
  static const Object object{.doc = "One place that holds secrets, and the policy there.",
                             .fields = fields,
                             .rules = rules,
                             .defaults = defaults_of<T>()};
  return object;
}

}  // namespace lockstep::api
