// The four kinds a user writes, as plain structs. What each field means, its bounds and defaults
// stand in the schema tables (api/schema_*.cpp), which also decode, validate and explain them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace lockstep::api {

inline constexpr std::string_view group = "lockstep.dev";
inline constexpr std::string_view api_version = "lockstep.dev/v1alpha1";

/// Where a part of a document stands in its file, 1-based; 0 when the text was not a file's.
/// The decoder fills every member of this type named `at` with its struct's position.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// The part of Kubernetes' ObjectMeta that manifests may carry.
struct Metadata {
  std::string name;
  std::string ns = "default";
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Position at;
};

/// A reference to another document of the same namespace.
struct LocalRef {
  std::string name;
  Position at;
};

/// One key of a Secret of the same namespace.
struct SecretKeyRef {
  std::string name;
  std::string key;
  Position at;
};
/// A value that lockstep itself needs: a token, a private key.
struct TokenSource {
  SecretKeyRef secret_key_ref;
};

// ---- Credential ---------------------------------------------------------------------------------

enum class Action : std::uint8_t { Read, Write, Delete, TakeOver, RollOut, Mint, Dispatch };

/// What a Credential may do at which places; what no grant lists is refused.
struct Grant {
  std::vector<std::string> places;  ///< patterns over place keys
  std::vector<Action> actions = {Action::Read, Action::Write};
  Position at;
};

struct CloudflareAccess {
  std::string account_id;
  TokenSource token;
};
struct GitHubApp {
  std::string app_id;
  std::string installation_id;
  TokenSource private_key;
};
struct GitHubAccess {
  std::optional<TokenSource> token;
  std::optional<GitHubApp> app;
  std::string base_url;  ///< empty: github.com
};
struct FlyAccess {
  TokenSource token;
};
struct PlatformAccess {
  std::string url;
  TokenSource token;
};

struct Credential {
  Metadata metadata;
  std::variant<std::monostate, CloudflareAccess, GitHubAccess, FlyAccess, PlatformAccess> provider;
  std::vector<Grant> grants;
  bool suspend = false;
  Location location;  ///< of the document
};

// ---- policy, shared by Environment and Target ---------------------------------------------------

enum class Drift : std::uint8_t { Repair, Report };
enum class OnUnverifiable : std::uint8_t { Report, Rewrite };
enum class Adopt : std::uint8_t { Refuse, Trust, Overwrite };
enum class Prune : std::uint8_t { Never, Owned, All };
enum class Apply : std::uint8_t { Live, Staged };
enum class OnDelete : std::uint8_t { Orphan, DeleteOwned };
enum class Weekday : std::uint8_t { Mon, Tue, Wed, Thu, Fri, Sat, Sun };

/// When writes may happen, in a named time zone. `to` before `from` ends on the next day.
struct WriteWindow {
  std::vector<Weekday> days;  ///< empty: every day
  std::string from;           ///< HH:MM
  std::string to;             ///< HH:MM, exclusive
  std::string time_zone = "UTC";
  Position at;
};

/// What a document says of a policy; a field left out is taken from the next level.
struct Policy {
  std::optional<Drift> drift;
  std::optional<Seconds> repair_after;
  std::optional<OnUnverifiable> on_unverifiable;
  std::optional<Adopt> adopt;
  std::optional<Prune> prune;
  std::optional<Seconds> prune_after;
  std::optional<std::string> max_deletions;  ///< `25%` or a count
  std::optional<Apply> apply;
  std::optional<std::vector<std::string>> ignore;
  std::optional<std::vector<WriteWindow>> write_windows;
  std::optional<OnDelete> on_delete;
};

// ---- Environment --------------------------------------------------------------------------------

enum class ApprovalRule : std::uint8_t { None, Destructive, Always };

struct ValueSource {
  std::string name;
  LocalRef secret_ref;
  std::vector<std::string> keys = {"*"};  ///< patterns over the Secret's keys
  bool writable = false;
  Position at;
};

/// Account resources that must exist before lockstep writes.
struct Requirement {
  LocalRef credential_ref;
  std::vector<std::string> ai_gateways;
  std::vector<std::string> d1_databases;
  std::vector<std::string> kv_namespaces;
  std::vector<std::string> r2_buckets;
  Position at;
};

struct Environment {
  Metadata metadata;
  std::vector<std::string> places;  ///< patterns over place keys
  ApprovalRule approval = ApprovalRule::Destructive;
  std::map<std::string, std::string> variables;
  std::vector<ValueSource> sources;
  std::string naming;  ///< empty: Worker names are not checked
  std::vector<Requirement> requires_;
  Policy policy;
  bool local = false;
  bool suspend = false;
  Location location;
};

// ---- Target -------------------------------------------------------------------------------------

enum class GitHubStore : std::uint8_t { Actions, Dependabot, Codespaces };
enum class PagesDeployment : std::uint8_t { Production, Preview };

struct CloudflareWorker {
  std::string script;
};
struct CloudflareSecretsStore {
  std::string store;
};
struct CloudflarePages {
  std::string project;
  PagesDeployment deployment = PagesDeployment::Production;
};
struct FlyApp {
  std::string app;
};
struct GitHubRepository {
  std::string repository;  ///< owner/name
  GitHubStore store = GitHubStore::Actions;
};

enum class RequiredReviewers : std::uint8_t { Any, None };
enum class DeploymentBranches : std::uint8_t { All, Protected, Custom };
struct ReviewerList {
  std::vector<std::string> users;
  std::vector<std::string> teams;
};
/// What a GitHub environment must look like; only read, never written. Unset = unchecked.
struct Expectation {
  std::optional<RequiredReviewers> required_reviewers;
  std::optional<ReviewerList> reviewers;
  std::optional<DeploymentBranches> deployment_branches;
  std::optional<std::vector<std::string>> branch_patterns;
  std::optional<Seconds> wait_timer;
};
struct GitHubEnvironment {
  std::string repository;  ///< owner/name
  std::string name;
  std::optional<Expectation> expect;
};
struct GitHubOrganization {
  std::string organization;
  GitHubStore store = GitHubStore::Actions;
};
struct PlatformSettings {};
struct DotenvFile {
  std::string path;
};
using PlaceSpec = std::variant<std::monostate, CloudflareWorker, CloudflareSecretsStore,
                               CloudflarePages, FlyApp, GitHubRepository, GitHubEnvironment,
                               GitHubOrganization, PlatformSettings, DotenvFile>;

enum class Mode : std::uint8_t { Manage, Observe };
enum class Naming : std::uint8_t { Enforce, Off };

struct Target {
  Metadata metadata;
  LocalRef environment_ref;
  std::optional<LocalRef> credential_ref;
  PlaceSpec place;
  std::map<std::string, std::string> variables;
  Mode mode = Mode::Manage;
  Seconds interval = std::chrono::minutes(5);
  bool suspend = false;
  Naming naming = Naming::Enforce;
  Policy policy;
  Location location;
};

// ---- SecretSet ----------------------------------------------------------------------------------

/// Which Targets: by labels (all must match) or by name. Empty is refused.
struct TargetSelector {
  std::map<std::string, std::string> match_labels;
  std::vector<std::string> names;
  Position at;
};

/// All listed variables must have one of the listed values.
struct When {
  std::map<std::string, std::vector<std::string>> variables;
  Position at;
};

struct UrlFormat {
  std::vector<std::string> schemes;
  bool operator==(const UrlFormat&) const = default;
};
struct EmailFormat {
  bool allow_name = false;  ///< `Name <user@host>` too
  bool operator==(const EmailFormat&) const = default;
};
struct EmptyFormat {
  bool operator==(const EmptyFormat&) const = default;
};
/// What a value must look like; all that are given must hold.
struct Format {
  std::optional<std::int64_t> min_length;
  std::optional<std::int64_t> max_length;
  std::optional<std::int64_t> hex_bytes;
  std::optional<std::int64_t> base64_bytes;
  std::optional<std::string> pattern;  ///< ECMAScript regular expression, whole value
  std::optional<std::vector<std::string>> prefix;
  std::optional<std::vector<std::string>> one_of;
  std::optional<UrlFormat> url;
  std::optional<EmailFormat> email;
  std::optional<EmptyFormat> uuid;
  std::optional<EmptyFormat> json;
  bool operator==(const Format&) const = default;
};

enum class Encoding : std::uint8_t { Hex, Base64, Base64URL, Alphanumeric };
struct FromSource {
  std::string source;  ///< empty: the Environment's first
  std::string key;     ///< empty: the entry's name
};
struct Generate {
  std::int64_t bytes = 32;
  Encoding encoding = Encoding::Base64URL;
};
struct Variable {
  std::string name;
};
struct Literal {
  std::string text;
};
struct External {
  std::optional<Seconds> max_age;
};
struct Absent {};
using ValueSpec =
    std::variant<std::monostate, FromSource, Generate, Variable, Literal, External, Absent>;

enum class RotationPolicy : std::uint8_t { OnDemand, Scheduled, CompromisedOnly };
struct RotationRule {
  RotationPolicy policy = RotationPolicy::OnDemand;
  std::optional<Seconds> max_age;
  std::string consequence;
};

struct SecretsStoreSettings {
  std::optional<std::vector<std::string>> scopes;
  std::optional<std::string> comment;
};
enum class Visibility : std::uint8_t { All, Private, Selected };
struct GitHubOrganizationSettings {
  std::optional<Visibility> visibility;
  std::optional<std::vector<std::string>> repositories;
};
struct EntrySettings {
  std::optional<SecretsStoreSettings> secrets_store;
  std::optional<GitHubOrganizationSettings> github_organization;
};

/// Another name for the secret at some Targets.
struct Rename {
  TargetSelector targets;
  std::string name;
};
/// What a dotenvFile gets in place of the value.
struct LocalStandIn {
  std::optional<std::string> placeholder;
  std::optional<std::string> value;
};

/// What an entry says and an override may say again; a field left out is unset.
struct EntryFields {
  std::optional<std::string> description;
  std::optional<std::string> obtain_from;
  std::optional<std::vector<std::string>> used_by;
  std::optional<Format> format;
  ValueSpec value;
  std::optional<RotationRule> rotation;
  std::optional<bool> optional;
  std::optional<bool> allow_empty;
  std::optional<bool> is_public;
  std::optional<std::vector<Rename>> as;
  std::optional<std::vector<std::string>> also_as;
  std::optional<LocalStandIn> local;
  std::optional<EntrySettings> settings;
};
struct EntryOverride : EntryFields {
  When when;
  Position at;
};
struct SecretEntry : EntryFields {
  std::string name;
  std::optional<When> when;
  std::vector<EntryOverride> overrides;
  Position at;
};

struct SecretSet {
  Metadata metadata;
  TargetSelector targets;
  std::map<std::string, std::string> variables;
  EntrySettings settings;
  std::vector<SecretEntry> secrets;
  Location location;
};

// ---- documents ----------------------------------------------------------------------------------

using Document = std::variant<Credential, Environment, Target, SecretSet>;

/// `Target`; what a document of the kind is called.
std::string_view kind_name(const Document& document);
const Metadata& metadata(const Document& document);
const Location& location(const Document& document);

/// One thing wrong with the input, as the user reads it:
/// `file:line:column: path: text (remedy)`.
struct Problem {
  Location at;
  std::string path;
  std::string text;  ///< what is wrong and how to mend it
};
std::string to_string(const Problem& problem);

}  // namespace lockstep::api
