// The secrets of Cloudflare Workers.
#pragma once

#include "ports/provider.hpp"
#include "providers/cloudflare/staging.hpp"
#include "providers/common/tally.hpp"

namespace lockstep::providers::cloudflare {

struct CloudflareOptions {
  std::string base_url = std::string(public_url);  ///< without a slash at its end
  std::string account_id;                          ///< the account that the credential is for
};

/// Reads and writes the secrets of Workers
/// (https://developers.cloudflare.com/api/resources/workers/). Values can only be written and have
/// no digest; evidence is the active deployment, because every change of secrets makes a new one.
/// No call here creates a Worker (S5).
class CloudflareWorkerProvider final : public Provider {
 public:
  /// `http` and `clock` outlive this.
  CloudflareWorkerProvider(net::HttpClient& http, Clock& clock, TokenSource token,
                           CloudflareOptions options);

  const Capabilities& capabilities() const override;
  /// One read while the deployment of the last complete read stands; else three, and five when
  /// someone deploys meanwhile (`conflict` when they do it again). One more while something is
  /// staged: the versions.
  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override;
  /// S8, two reads.
  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory, WriteMode mode,
                                            CallContext context) override;
  /// check_write again, then one call: live, the bulk call that deploys what it makes, and a look
  /// at the deployments; staged, a version that is not deployed, and a look at the names and
  /// versions. Error `conflict`, and nothing sent, when someone changed secrets since the read that
  /// the changes' intents in `memory` rest on.
  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext context) override;
  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                        CallContext context) override;
  /// Who made the newest deployment that changed secrets, or may have. Cloudflare does not say
  /// which names it changed, so this holds for all of them.
  Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                           CallContext context) override;

 private:
  /// The deployments right before a write, and what stands in its way.
  struct Standing {
    std::vector<Deployment> deployments;
    WriteCheck check;
  };
  /// What a staged write left behind.
  struct Staged {
    std::string version;
    Result<Bindings> names;
    std::string note;
  };

  Result<std::string> script_of(const Place& place) const;
  std::string script_path(const std::string& script, std::string_view rest) const;
  Awaitable<Result<std::vector<Deployment>>> deployments(std::string script, CallContext context);
  /// After a write the texts of both repeat none of the values that it `sent` (S4).
  Awaitable<Result<std::vector<Version>>> versions(std::string script, CallContext context,
                                                   Values sent = {});
  Awaitable<Result<Bindings>> bindings(std::string script, CallContext context, Values sent = {});
  Awaitable<Result<Standing>> standing(std::string script, const PlaceRecord& memory,
                                       WriteMode mode, CallContext context);
  Awaitable<Result<Prepared>> prepare_write(std::string script, WriteMode mode, SecretBytes body,
                                            CallContext context);
  /// Two reads after a staged write that succeeded.
  Awaitable<Staged> staged_after(std::string script, std::string version,
                                 std::vector<Deployment> deployments, CallContext context,
                                 Values sent);
  /// The evidence of a write that succeeded; two reads at most.
  Awaitable<Applied> evidence_after(std::string script, PlaceEvidence before, CallContext context);

  Caller caller_;
  std::string account_;
};

}  // namespace lockstep::providers::cloudflare
