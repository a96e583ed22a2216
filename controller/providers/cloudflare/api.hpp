// Cloudflare's API v4: envelope, error codes, budget.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.hpp"
#include "net/rate_limits.hpp"
#include "providers/common/caller.hpp"
#include "providers/common/fields.hpp"

namespace lockstep::providers::cloudflare {

inline constexpr std::string_view public_url = "https://api.cloudflare.com/client/v4";

/// What a request was for, in words for people and errors.
struct Purpose {
  std::string operation;  ///< `deployments.list`
  std::string doing;      ///< `reading the deployments of production-alokai-cms`
  net::Effect effect = net::Effect::Read;
  /// What a token needs for it, without Read or Write
  /// (https://developers.cloudflare.com/fundamentals/api/reference/permissions/).
  std::string permission = "Workers Scripts";

  /// How an Error about a field names this answer.
  std::string answer() const { return "Cloudflare's answer to " + operation; }
};

/// The codes that lockstep tells apart. Workers:
/// https://github.com/cloudflare/workers-sdk (packages/wrangler, packages/deploy-helpers); general:
/// https://developers.cloudflare.com/fundamentals/api/troubleshooting/.
namespace code {
inline constexpr std::int64_t throttled = 971;
inline constexpr std::int64_t malformed_authorization = 6003;
inline constexpr std::int64_t no_route = 7003;  ///< also a wrong account id
inline constexpr std::int64_t authentication_failed = 9106;
inline constexpr std::int64_t not_authorized = 9109;
inline constexpr std::int64_t authentication_error = 10000;  ///< expired, revoked or wrong scope
inline constexpr std::int64_t no_such_worker = 10007;
inline constexpr std::int64_t no_such_worker_before = 10090;  ///< the same from older endpoints
inline constexpr std::int64_t internal_error = 10013;
inline constexpr std::int64_t name_in_use = 10053;
inline constexpr std::int64_t no_such_secret = 10056;
inline constexpr std::int64_t newer_version_settings = 10214;
inline constexpr std::int64_t newer_version_secret = 10215;
}  // namespace code

/// The document of an answer that says success; `result` is a member of it. The Error of any other
/// answer: codes decide before statuses, and for a Write whatever leaves its effect open is
/// `outcome_unknown`. Error::code is the provider's code where there is one.
Result<json::value> read_envelope(const net::Response& response, const Purpose& purpose,
                                  const Confidential& hidden, Wall now);

/// What an answer says about the request budget (headers `Ratelimit` and `Retry-After`,
/// https://developers.cloudflare.com/fundamentals/api/reference/limits/).
net::BudgetHint cloudflare_budget(const net::Response& response, Wall now);
/// 1,200 requests in five minutes per user or account token, shared with the dashboard; whoever
/// exceeds it is shut out for five minutes. 100 of them are left for people. Of the 200 requests a
/// second that one address may make, one credential takes half.
net::RateRules cloudflare_rate_rules();

/// `Bearer` and the token, stored with or without `Bearer` before it. The prefixes of newer tokens
/// are not hidden (https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/).
Secret bearer(const Secret& token, Confidential& hidden);

/// An answer taken apart: the document, and what was hidden in the request.
struct Answer {
  json::value document;
  Confidential hidden;
  /// The envelope's `result`; read_envelope made sure that it is there.
  const json::value& result() const { return *member(document, "result"); }
};

/// A GET of `path` (below the base URL), as a value or an Error. Hidden are the token and `sent`.
Awaitable<Result<Answer>> get(const Caller& caller, std::string path, Purpose purpose,
                              CallContext context, Values sent = {});

}  // namespace lockstep::providers::cloudflare
