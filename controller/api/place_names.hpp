// What the parts of a place may be called: the one list for manifests, CRDs and patterns over
// places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep::api {

/// What a provider lets a name be.
struct NameRule {
  std::int64_t max = 0;      ///< bytes; there is at least one
  std::string_view pattern;  ///< anchored; in the syntax of api/pattern.hpp
  std::string_view hint;     ///< what the pattern means
};

/// Why a name that follows its rule is refused all the same: it is not what a person reads, or it
/// is another spelling of a place. Nothing when it is fine.
std::optional<std::string> hidden_name_problem(std::string_view name);
std::optional<std::string> repository_problem(std::string_view repository);

namespace place_names {

inline constexpr NameRule account{
    32, "^[0-9a-f]{32}$",
    "the account id: 32 lower-case hexadecimal digits, as `wrangler whoami` prints it"};
/// https://developers.cloudflare.com/workers/platform/limits/
inline constexpr NameRule worker{
    63, "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
    "a Worker's name: lower-case letters, digits and \"-\", no \"-\" at either end, such as "
    "production-alokai-cms"};
inline constexpr NameRule pages_project{58, worker.pattern,
                                        "a Pages project's name: lower-case letters, digits and "
                                        "\"-\""};
inline constexpr NameRule pages_deployment{10, "^(Production|Preview)$", "Production or Preview"};
inline constexpr NameRule secrets_store{253, "^[^\\x00-\\x1F\\x7F]+$",
                                        "a store's name without control characters"};
inline constexpr NameRule fly_app{
    63, worker.pattern,
    "a Fly.io app's name: lower-case letters, digits and \"-\", such as molecule-cp"};
/// `.` and `..` would be other paths in a URL; GitHub reserves them.
inline constexpr NameRule github_repository{
    140,
    "^[A-Za-z0-9][A-Za-z0-9_-]{0,38}/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99}|"
    "\\.[A-Za-z0-9_-][A-Za-z0-9._-]{0,98}|\\.\\.[A-Za-z0-9._-]{1,98})$",
    "owner/name, such as alokai/cms"};
inline constexpr NameRule github_owner{39, "^[A-Za-z0-9][A-Za-z0-9_-]*$",
                                       "an owner's login: letters, digits and \"-\""};
inline constexpr NameRule github_name{
    100, "^([A-Za-z0-9_-]|\\.[A-Za-z0-9_-]|\\.\\.[A-Za-z0-9._-])[A-Za-z0-9._-]*$",
    "a repository's name: letters, digits, \"-\", \"_\" and \".\""};
inline constexpr NameRule github_store{10, "^(Actions|Dependabot|Codespaces)$",
                                       "Actions, Dependabot or Codespaces"};
/// Unique without regard to case, at most 255 characters
/// (https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments);
/// that GitHub takes no blank at either end was found by trial
/// (https://github.com/pypi/warehouse/issues/17689). A slash divides it as it does paths.
inline constexpr NameRule github_environment{
    255,
    // One part, which neither begins nor ends with a blank; or a first, others, and a last.
    "^((\\.?[^ ./\\x00-\\x1F\\x7F]|"
    "([^ ./\\x00-\\x1F\\x7F]|\\.[^./\\x00-\\x1F\\x7F]|\\.\\.)[^/\\x00-\\x1F\\x7F]*"
    "[^ /\\x00-\\x1F\\x7F])|"
    "(([^ ./\\x00-\\x1F\\x7F]|\\.[^./\\x00-\\x1F\\x7F]|\\.\\.[^/\\x00-\\x1F\\x7F])"
    "[^/\\x00-\\x1F\\x7F]*)?"
    "(/(([^./\\x00-\\x1F\\x7F]|\\.[^./\\x00-\\x1F\\x7F]|\\.\\.[^/\\x00-\\x1F\\x7F])"
    "[^/\\x00-\\x1F\\x7F]*)?)*"
    "/(\\.?[^ ./\\x00-\\x1F\\x7F]|"
    "([^./\\x00-\\x1F\\x7F]|\\.[^./\\x00-\\x1F\\x7F]|\\.\\.)[^/\\x00-\\x1F\\x7F]*"
    "[^ /\\x00-\\x1F\\x7F])?)$",
    "an environment's name: no control characters, no blank at either end, and neither \".\" nor "
    "\"..\" alone between slashes"};
inline constexpr NameRule github_organization{39, github_owner.pattern,
                                              "an organisation's login: letters, digits and "
                                              "\"-\""};
inline constexpr NameRule platform_host{253, "^[a-z0-9._:\\[\\]-]+$",
                                        "a lower-case host, with its port where the URL has one"};
/// Also checked by a function, whose texts say which of these it is.
inline constexpr NameRule dotenv_path{
    1'024,
    "^(([^./\\\\\\x00-\\x1F\\x7F]|\\.[^./\\\\\\x00-\\x1F\\x7F]|\\.\\.[^/\\\\\\x00-\\x1F\\x7F])"
    "[^/\\\\\\x00-\\x1F\\x7F]*/)*\\.dev\\.vars[^/\\\\\\x00-\\x1F\\x7F]*$",
    "the path of a file that starts with .dev.vars, such as apps/cms/.dev.vars"};

}  // namespace place_names

}  // namespace lockstep::api
