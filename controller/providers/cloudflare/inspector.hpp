// Which resources of a Cloudflare account exist.
#pragma once

#include <functional>

#include "ports/provider.hpp"
#include "providers/cloudflare/worker.hpp"

namespace lockstep::providers::cloudflare {

/// Reads the account's lists of AI Gateways (wanted by id), D1 databases (by name or uuid), KV
/// namespaces (by title or id) and R2 buckets (by name); only lists of which something is wanted,
/// page after page until all that is wanted is found or the list ends. A list whose pages do not
/// add up to its total proves no absence: Error `protocol`. Buckets under a jurisdiction are in
/// lists of their own that are not read.
/// https://developers.cloudflare.com/api/
class CloudflareInspector final : public CredentialInspector {
 public:
  /// `http` and `clock` outlive this.
  CloudflareInspector(net::HttpClient& http, Clock& clock, TokenSource token,
                      CloudflareOptions options);

  Awaitable<Result<AccountResources>> existing(AccountResources wanted,
                                               CallContext context) override;

 private:
  /// One of the account's lists.
  struct List {
    std::string path;  ///< below the account
    Purpose purpose;
    std::string entries;             ///< member of `result`; "" when `result` is the list
    std::vector<std::string> names;  ///< members by which an entry may be wanted
    bool by_cursor = false;          ///< pages by cursor, not by number
  };
  Awaitable<Result<std::vector<std::string>>> find(List list, std::vector<std::string> wanted,
                                                   CallContext context);

  Caller caller_;
  std::string account_;
};

}  // namespace lockstep::providers::cloudflare
