// What guards a GitHub environment.
#pragma once

#include "ports/provider.hpp"
#include "providers/github/provider.hpp"

namespace lockstep::providers::github {

/// The protection rules in a document of `GET .../environments/{name}`; branch patterns are not in
/// it. https://docs.github.com/en/rest/deployments/environments
Result<Protection> read_protection(const json::value& document, const Purpose& purpose);

/// The patterns of a custom branch policy, sorted; one for tags as `tag:v*`, which no branch's name
/// can be. https://docs.github.com/en/rest/deployments/branch-policies
Result<std::vector<std::string>> read_patterns(const std::vector<json::value>& pages,
                                               const Purpose& purpose);

/// Reads environments' protections: one read, two where branches are restricted.
class GitHubProtections final : public ProtectionReader {
 public:
  /// `http` and `clock` outlive this.
  GitHubProtections(net::HttpClient& http, Clock& clock, TokenSource token, GitHubOptions options);

  Awaitable<Result<Protection>> protection(Place place, CallContext context) override;

 private:
  Awaitable<Result<Protection>> with_branches(Scope scope, Protection read, CallContext context);

  Api api_;
};

}  // namespace lockstep::providers::github
