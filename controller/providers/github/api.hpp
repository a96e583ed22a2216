// The calls to GitHub's REST API that the parts of this folder share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "providers/common/caller.hpp"
#include "providers/github/answers.hpp"
#include "providers/github/etag_cache.hpp"
#include "providers/github/scope.hpp"

namespace lockstep::providers::github {

/// `Bearer` and the token, stored with or without `Bearer` or `token` before it. The prefixes that
/// tell a token's kind are not hidden
/// (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/).
Secret bearer(const Secret& token, Confidential& hidden);

/// The headers that every request carries. GitHub refuses requests without a User-Agent.
/// https://docs.github.com/en/rest/about-the-rest-api/api-versions
void add_headers(net::Request& request);

/// One credential's way to the API. Redirects are told, never followed.
class Api {
 public:
  /// `http` and `clock` outlive this. `base_url` has no slash at its end.
  Api(net::HttpClient& http, Clock& clock, TokenSource token, std::string base_url);

  /// What a read gave: one document a page.
  struct Got {
    std::vector<json::value> pages;
    std::size_t requests = 0;
    Confidential hidden = {};  ///< what the requests carried
  };
  /// One document; `path` may carry a query.
  Awaitable<Result<Got>> get(std::string path, Purpose purpose, CallContext context);
  /// A whole list, page after page; `protocol` when it is longer than most_pages. A list of one
  /// page is asked for with its ETag.
  Awaitable<Result<Got>> list(std::string path, Purpose purpose, CallContext context);

  /// What came of a write.
  struct Sent {
    bool left = false;           ///< bytes may have left
    int status = 0;              ///< of a yes: 201 or 204
    std::optional<Wall> date;    ///< GitHub's clock when it answered
    std::optional<Error> error;  ///< set unless GitHub said yes
  };
  /// Sends a PUT or DELETE whose url is a path; its texts repeat none of `values`, those that left
  /// in this batch or are about to: a server may say in one answer what it was sent before (S4).
  Awaitable<Sent> write(net::Request request, Purpose purpose, Values values, CallContext context);

  Clock& clock() const { return caller_.clock(); }

 private:
  struct Page {
    json::value document;
    std::string next;  ///< query of the next page, "" after the last
    Confidential hidden = {};
  };
  /// One page of a list (`query` begins with `?`), or one document (no query).
  Awaitable<Result<Page>> page(std::string path, std::string query, Purpose purpose,
                               CallContext context);
  Awaitable<Error> moved(net::Response response, Error error, Purpose purpose, CallContext context);

  Caller caller_;
  std::string base_url_;
  EtagCache cache_;
};

/// The error to tell in place of `cause`, a failed read in an environment's scope: `not_found` when
/// the same token may read the repository and the whole list of its environments, and this one is
/// not in it. A bare 404 alone proves nothing, and a repository is never proved missing.
Awaitable<Error> proved_or(Api& api, Scope scope, Error cause, CallContext context);

}  // namespace lockstep::providers::github
