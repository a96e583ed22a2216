// The Actions secrets of GitHub repositories and of their environments.
#pragma once

#include <map>
#include <optional>

#include "base/random.hpp"
#include "ports/provider.hpp"
#include "providers/common/tally.hpp"
#include "providers/github/api.hpp"

namespace lockstep::providers::github {

struct GitHubOptions {
  std::string base_url = std::string(public_url);  ///< without a slash at its end
};

/// Reads and writes secrets of repositories and environments
/// (https://docs.github.com/en/rest/actions/secrets). Values go out sealed with the scope's own
/// key and never come back; evidence is the time of the last change, in whole seconds and sometimes
/// late. No call here creates a repository or an environment (S5).
class GitHubSecretsProvider final : public Provider {
 public:
  /// `http`, `clock` and `random` outlive this.
  GitHubSecretsProvider(net::HttpClient& http, Clock& clock, Random& random, TokenSource token,
                        GitHubOptions options);

  /// The same for repositories and environments.
  const Capabilities& capabilities() const override;
  /// One read a hundred names; once more when the list changed meanwhile, then `conflict`. A 404
  /// costs two reads more where it may be an environment that is not there.
  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override;
  /// Always ok, without a call.
  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory, WriteMode mode,
                                            CallContext context) override;
  /// The scope's key, one call a change, one after the other, then the list for the times. Ends at
  /// the first change whose failure the others would share; those are failed and were not sent.
  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext context) override;
  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                        CallContext context) override;
  /// Empty, without a call: GitHub tells who in an organisation's audit log only.
  Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                           CallContext context) override;

 private:
  struct PublicKey {
    std::string id;  ///< opaque
    SecretBytes bytes;
  };
  struct Names {
    std::map<std::string, ObservedSecret> secrets;
    std::size_t requests = 0;
  };
  Awaitable<Result<Names>> list(Scope scope, CallContext context);
  Awaitable<Result<PublicKey>> public_key(Scope scope, CallContext context);
  Result<net::Request> put_request(const Scope& scope, const Change& change, const PublicKey& key);
  /// Sends one change of a batch with these values; `key` is set for a put.
  Awaitable<Api::Sent> send(Scope scope, Change change, std::optional<PublicKey> key, Values values,
                            CallContext context);

  Api api_;
  Random& random_;
};

}  // namespace lockstep::providers::github
