#include <array>

#include "api/place_names.hpp"
#include "api/schema_tables.hpp"

namespace lockstep::api {

template <>
std::span<const std::string_view> words_of<Action>() {
  static constexpr std::array<std::string_view, 7> words = {
      "Read", "Write", "Delete", "TakeOver", "RollOut", "Mint", "Dispatch"};
  return words;
}

template <>
const Object& object_of<Grant>() {
  static constexpr Options places{
      .required = true, .unique = true, .min = 1, .items = &limits::place_pattern};
  static constexpr Options actions{.unique = true, .min = 1};
  static constexpr Field fields[] = {
      field<Grant, &Grant::places>(
          "places",
          "The places, by their keys, such as cloudflareWorker/*/production-cms; * stays inside "
          "one part.",
          places),
      field<Grant, &Grant::actions>(
          "actions",
          "What may be done there: Read, Write, Delete, TakeOver (overwrite names that were there "
          "before), RollOut, Mint, Dispatch.",
          actions)};
  static const Object object{.doc = "Places that the credential may touch, and how.",
                             .fields = fields,
                             .defaults = defaults_of<Grant>()};
  return object;
}

template <>
const Object& object_of<CloudflareAccess>() {
  static constexpr Options account{.required = true,
                                   .min = 1,
                                   .max = 64,
                                   .pattern = place_names::account.pattern,
                                   .hint = place_names::account.hint};
  static constexpr Field fields[] = {
      field<CloudflareAccess, &CloudflareAccess::account_id>(
          "accountId", "The account that the token is for; always in quotes.", account),
      field<CloudflareAccess, &CloudflareAccess::token>("token", "Where the API token is.",
                                                        limits::required)};
  static const Object object{.doc = "A Cloudflare API token.", .fields = fields};
  return object;
}

template <>
const Object& object_of<GitHubApp>() {
  static constexpr Options id{.required = true,
                              .min = 1,
                              .max = 20,
                              .pattern = "^[0-9]+$",
                              .hint = "a number in quotes, such as \"123456\""};
  static constexpr Field fields[] = {
      field<GitHubApp, &GitHubApp::app_id>("appId", "The App's id, in quotes.", id),
      field<GitHubApp, &GitHubApp::installation_id>(
          "installationId", "The id of the App's installation, in quotes.", id),
      field<GitHubApp, &GitHubApp::private_key>(
          "privateKey", "Where the App's private key (PEM) is.", limits::required)};
  static const Object object{.doc = "A GitHub App's installation.", .fields = fields};
  return object;
}

template <>
const Object& object_of<GitHubAccess>() {
  static constexpr Options choice{.choice = true};
  static constexpr Options url{.min = 1, .max = 1'024, .check = endpoint_problem};
  static constexpr Field fields[] = {
      field<GitHubAccess, &GitHubAccess::token>(
          "token", "Where a fine-grained personal access token is.", choice),
      field<GitHubAccess, &GitHubAccess::app>(
          "app", "The App installation to act as: its tokens last an hour.", choice),
      field<GitHubAccess, &GitHubAccess::base_url>(
          "baseUrl",
          "The API of a GitHub Enterprise Server; an admin must name its host, too. Left out: "
          "github.com.",
          url)};
  static const Object object{.doc = "A GitHub token or App.",
                             .fields = fields,
                             .choice = "GitHub credential",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<FlyAccess>() {
  static constexpr Field fields[] = {field<FlyAccess, &FlyAccess::token>(
      "token", "Where the token is, with or without its FlyV1 scheme.", limits::required)};
  static const Object object{.doc = "A Fly.io deploy or organisation token.", .fields = fields};
  return object;
}

template <>
const Object& object_of<PlatformAccess>() {
  static constexpr Options url{.required = true, .min = 1, .max = 1'024, .check = endpoint_problem};
  static constexpr Field fields[] = {
      field<PlatformAccess, &PlatformAccess::url>(
          "url", "Where the platform instance listens; an admin must name its host, too.", url),
      field<PlatformAccess, &PlatformAccess::token>("token", "Where its admin token is.",
                                                    limits::required)};
  static const Object object{.doc = "The admin token of one platform instance.", .fields = fields};
  return object;
}

template <>
const Object& object_of<Credential>() {
  using C = Credential;
  static constexpr Options grants{.required = true, .min = 1};
  static constexpr Field fields[] = {
      alternative<C, CloudflareAccess, &C::provider>(
          "cloudflare", "An API token for Workers, Secrets Stores and Pages of one account."),
      alternative<C, GitHubAccess, &C::provider>(
          "github", "A token or App for GitHub's repositories, environments and organisations."),
      alternative<C, FlyAccess, &C::provider>("fly", "A token for Fly.io apps."),
      alternative<C, PlatformAccess, &C::provider>(
          "platform", "An admin token for the settings of one platform instance."),
      field<C, &C::grants>(
          "grants", "The places it may touch and how; what no grant lists is refused.", grants),
      field<C, &C::suspend>("suspend",
                            "Stops every Target that uses this credential; nothing is undone.")};
  static const Object object{.doc =
                                 "One credential of one provider, the places it may touch, and "
                                 "how.",
                             .fields = fields,
                             .defaults = defaults_of<C>(),
                             .choice = "provider",
                             .choice_required = true};
  return object;
}

}  // namespace lockstep::api
