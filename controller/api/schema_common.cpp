// Tables that several kinds share.
#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "api/credential_like.hpp"
#include "api/schema_tables.hpp"
#include "base/text.hpp"

namespace lockstep::api {

namespace {

constexpr Options namespace_name{.min = 1,
                                 .max = 63,
                                 .pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
                                 .hint = "lower-case letters, digits and \"-\", such as cms"};
constexpr Options annotation_value{.max = 262'144};
constexpr Options labels{.items = &limits::label_value, .keys = &limits::label_key};
constexpr Options some_labels{
    .choice = true, .min = 1, .items = &limits::label_value, .keys = &limits::label_key};
constexpr Options some_variable_values{.unique = true, .min = 1, .items = &limits::prose};

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_loopback(std::string_view host) {
  in_addr address;
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1);
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    in6_addr address;
    return host.ends_with(']') &&
           inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) == 1;
  }
  return host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         !host.contains("..") && std::ranges::all_of(host, [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

bool is_port(std::string_view port) {
  std::uint16_t number = 0;
  const auto* end = port.data() + port.size();
  const auto [last, error] = std::from_chars(port.data(), end, number);
  return error == std::errc() && last == end && number != 0;
}

bool is_path(std::string_view path) {
  return std::ranges::all_of(
      path, [](char c) { return is_alphanumeric(c) || std::string_view("-._~/").contains(c); });
}

}  // namespace

std::optional<std::string> endpoint_problem(std::string_view url) {
  const bool https = url.starts_with("https://"), http = url.starts_with("http://");
  if (!https && !http) return "must be a URL that starts with https://";
  if (url.find_first_of("?#@ \t\\") != std::string_view::npos) {
    return "must be a URL without user, query or fragment";
  }
  const auto rest = url.substr(https ? 8 : 7);
  const auto authority = rest.substr(0, rest.find('/'));
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = authority.find(':', std::min(bracket, authority.size()));
  const auto host = authority.substr(0, colon);
  if (host.empty()) return "must be a URL with a host";
  if (!is_host(host)) return "must be a URL whose host is a DNS name or an address";
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) {
    return "must be a URL whose port is a number from 1 to 65535";
  }
  if (!is_path(rest.substr(authority.size()))) {
    return "must be a URL whose path has letters, digits, \"-\", \".\", \"_\", \"~\" and \"/\"";
  }
  if (http && !is_loopback(host)) return "must use https: plain http is for loopback only";
  return std::nullopt;
}

std::optional<std::string> place_pattern_problem(std::string_view pattern) {
  static constexpr std::array<std::string_view, 9> kinds = {
      "cloudflareWorker", "cloudflareSecretsStore", "cloudflarePages",    "flyApp",
      "githubRepository", "githubEnvironment",      "githubOrganization", "platformSettings",
      "dotenvFile"};
  const auto slash = pattern.find('/');
  const auto kind = pattern.substr(0, slash);
  if (std::ranges::find(kinds, kind) == kinds.end()) {
    const auto near = nearest(kind, kinds);
    if (!near.empty()) {
      return "must start with a kind of place (did you mean \"" + std::string(near) + "\"?)";
    }
    return "must start with a kind of place, such as flyApp/my-app or cloudflareWorker/*/my-*";
  }
  if (slash == std::string_view::npos || slash + 1 == pattern.size()) {
    return "must go on after the kind: write " + std::string(kind) + "/ and a name or *";
  }
  return std::nullopt;
}

std::optional<std::string> public_text_problem(std::string_view text) {
  const auto reason = looks_like_credential(text);
  if (!reason) return std::nullopt;
  return "looks like a credential (" + *reason +
         "), and variables are public: remove it here and from git, keep it in a Secret that the "
         "Environment lists under spec.sources, and let an entry take it from there";
}

template <>
const Object& object_of<Metadata>() {
  static constexpr Options annotations{.items = &annotation_value, .keys = &limits::label_key};
  static constexpr Field fields[] = {
      field<Metadata, &Metadata::name>(
          "name", "What other documents call this one, unique among its kind in its namespace.",
          limits::object_name),
      field<Metadata, &Metadata::ns>(
          "namespace", "Where the document lives; references never leave it.", namespace_name),
      field<Metadata, &Metadata::labels>(
          "labels", "Words about the document; SecretSets select Targets by them.", labels),
      field<Metadata, &Metadata::annotations>(
          "annotations", "Free notes, which lockstep does not read.", annotations),
  };
  static const Object object{.doc = "What every document says about itself.",
                             .fields = fields,
                             .defaults = defaults_of<Metadata>(),
                             .open = true};
  return object;
}

template <>
const Object& object_of<LocalRef>() {
  static constexpr Field fields[] = {
      field<LocalRef, &LocalRef::name>("name", "Its metadata.name.", limits::object_name)};
  static const Object object{.doc = "Another document or Secret of the same namespace.",
                             .fields = fields};
  return object;
}

template <>
const Object& object_of<SecretKeyRef>() {
  static constexpr Options key = [] {
    auto o = limits::secret_key;
    o.required = true;
    return o;
  }();
  static constexpr Field fields[] = {
      field<SecretKeyRef, &SecretKeyRef::name>("name", "The Secret's name.", limits::object_name),
      field<SecretKeyRef, &SecretKeyRef::key>("key", "The key in that Secret.", key)};
  static const Object object{.doc = "One key of a Secret of the same namespace.", .fields = fields};
  return object;
}

template <>
const Object& object_of<TokenSource>() {
  static constexpr Field fields[] = {field<TokenSource, &TokenSource::secret_key_ref>(
      "secretKeyRef", "The Secret and the key that hold it; never the text itself.",
      limits::required)};
  static const Object object{.doc = "Where lockstep reads a credential of its own.",
                             .fields = fields};
  return object;
}

template <>
const Object& object_of<TargetSelector>() {
  static constexpr Options names{
      .choice = true, .unique = true, .min = 1, .items = &limits::object_name};
  static constexpr Field fields[] = {
      field<TargetSelector, &TargetSelector::match_labels>(
          "matchLabels", "All Targets of the namespace that carry all of these labels.",
          some_labels),
      field<TargetSelector, &TargetSelector::names>("names", "The Targets of these names.", names)};
  static const Object object{.doc = "Which Targets of the namespace are meant.",
                             .fields = fields,
                             .choice = "selector",
                             .choice_required = true};
  return object;
}

template <>
const Object& object_of<When>() {
  static constexpr Options variables{
      .required = true, .min = 1, .items = &some_variable_values, .keys = &limits::variable_name};
  static constexpr Field fields[] = {
      field<When, &When::variables>("variables",
                                    "The allowed values of each variable; all must match, and an "
                                    "undeclared variable is an error.",
                                    variables)};
  static const Object object{.doc = "A condition on the variables of a Target.", .fields = fields};
  return object;
}

}  // namespace lockstep::api
