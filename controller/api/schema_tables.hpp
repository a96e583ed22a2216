// Every table there is, and the bounds and checks that several tables share. For api/*.cpp only.
#pragma once

#include "api/schema.hpp"

namespace lockstep::api {

// schema_common.cpp
template <>
const Object& object_of<Metadata>();
template <>
const Object& object_of<LocalRef>();
template <>
const Object& object_of<SecretKeyRef>();
template <>
const Object& object_of<TokenSource>();
template <>
const Object& object_of<TargetSelector>();
template <>
const Object& object_of<When>();
// schema_policy.cpp
template <>
const Object& object_of<Policy>();
template <>
const Object& object_of<WriteWindow>();
template <>
std::span<const std::string_view> words_of<Drift>();
template <>
std::span<const std::string_view> words_of<OnUnverifiable>();
template <>
std::span<const std::string_view> words_of<Adopt>();
template <>
std::span<const std::string_view> words_of<Prune>();
template <>
std::span<const std::string_view> words_of<Apply>();
template <>
std::span<const std::string_view> words_of<OnDelete>();
template <>
std::span<const std::string_view> words_of<Weekday>();
// schema_credential.cpp
template <>
const Object& object_of<Credential>();
template <>
const Object& object_of<CloudflareAccess>();
template <>
const Object& object_of<GitHubAccess>();
template <>
const Object& object_of<GitHubApp>();
template <>
const Object& object_of<FlyAccess>();
template <>
const Object& object_of<PlatformAccess>();
template <>
const Object& object_of<Grant>();
template <>
std::span<const std::string_view> words_of<Action>();
// schema_environment.cpp
template <>
const Object& object_of<Environment>();
template <>
const Object& object_of<ValueSource>();
template <>
const Object& object_of<Requirement>();
template <>
std::span<const std::string_view> words_of<ApprovalRule>();
// schema_target.cpp
template <>
const Object& object_of<Target>();
template <>
const Object& object_of<PlaceSpec>();
template <>
const Object& object_of<CloudflareWorker>();
template <>
const Object& object_of<CloudflareSecretsStore>();
template <>
const Object& object_of<CloudflarePages>();
template <>
const Object& object_of<FlyApp>();
template <>
const Object& object_of<GitHubRepository>();
template <>
const Object& object_of<GitHubEnvironment>();
template <>
const Object& object_of<GitHubOrganization>();
template <>
const Object& object_of<PlatformSettings>();
template <>
const Object& object_of<DotenvFile>();
template <>
const Object& object_of<Expectation>();
template <>
const Object& object_of<ReviewerList>();
template <>
std::span<const std::string_view> words_of<GitHubStore>();
template <>
std::span<const std::string_view> words_of<PagesDeployment>();
template <>
std::span<const std::string_view> words_of<RequiredReviewers>();
template <>
std::span<const std::string_view> words_of<DeploymentBranches>();
template <>
std::span<const std::string_view> words_of<Mode>();
template <>
std::span<const std::string_view> words_of<Naming>();
// schema_format.cpp
template <>
const Object& object_of<Format>();
template <>
const Object& object_of<UrlFormat>();
template <>
const Object& object_of<EmailFormat>();
template <>
const Object& object_of<EmptyFormat>();
// schema_secret_set.cpp
template <>
const Object& object_of<SecretSet>();
template <>
const Object& object_of<SecretEntry>();
template <>
const Object& object_of<EntryOverride>();
// schema_entry.cpp
template <>
const Object& object_of<ValueSpec>();
template <>
const Object& object_of<FromSource>();
template <>
const Object& object_of<Generate>();
template <>
const Object& object_of<External>();
template <>
const Object& object_of<Absent>();
template <>
const Object& object_of<RotationRule>();
template <>
const Object& object_of<Rename>();
template <>
const Object& object_of<LocalStandIn>();
template <>
const Object& object_of<EntrySettings>();
template <>
const Object& object_of<SecretsStoreSettings>();
template <>
const Object& object_of<GitHubOrganizationSettings>();
template <>
std::span<const std::string_view> words_of<Encoding>();
template <>
std::span<const std::string_view> words_of<RotationPolicy>();
template <>
std::span<const std::string_view> words_of<Visibility>();

/// https only, plain http to loopback (S17); a host, no user, query or fragment.
std::optional<std::string> endpoint_problem(std::string_view url);
/// The first part of a pattern over places must be a kind of place.
std::optional<std::string> place_pattern_problem(std::string_view pattern);
/// Variables are public: refuses what looks like a credential, naming a source as the remedy.
std::optional<std::string> public_text_problem(std::string_view text);

namespace limits {

/// The name of a document: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
inline constexpr Options object_name{
    .required = true,
    .min = 1,
    .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
    .hint = "lower-case letters, digits, \"-\" and \".\", such as cms-production"};
inline constexpr Options label_key{
    .min = 1,
    .pattern = "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
    .hint = "a label key: letters, digits, \"-\", \"_\" and \".\", such as app or example.com/app"};
inline constexpr Options label_value{
    .max = 63,
    .pattern = "^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$",
    .hint = "a label value: letters, digits, \"-\", \"_\" and \".\""};
/// A key of a Kubernetes Secret.
inline constexpr Options secret_key{
    .min = 1, .pattern = "^[A-Za-z0-9._-]+$", .hint = "letters, digits, \"-\", \"_\" and \".\""};
inline constexpr Options variable_name{
    .min = 1,
    .pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
    .hint = "letters, digits and \"_\", not starting with a digit, such as AUTH_PROVIDER"};
inline constexpr Options variable_value{.max = 1'024, .check = public_text_problem};
inline constexpr Options place_pattern{.min = 1, .max = 256, .check = place_pattern_problem};
/// A secret's name, before the place's own rules (model/place.hpp).
inline constexpr Options secret_name{
    .min = 1,
    .pattern = "^[A-Za-z0-9_$][A-Za-z0-9_$.-]*$",
    .hint = "letters, digits, \"_\", \"-\", \".\" and \"$\", such as AUTH_JWT_SECRET"};
/// Free text for people.
inline constexpr Options prose{.max = 1'024};
inline constexpr Options some_text{.min = 1, .max = 1'024};
inline constexpr Options some_name{.min = 1};
inline constexpr Options required{.required = true};

}  // namespace limits

}  // namespace lockstep::api
