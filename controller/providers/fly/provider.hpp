// The secrets of Fly.io apps.
#pragma once

#include "ports/provider.hpp"
#include "providers/common/caller.hpp"
#include "providers/fly/answers.hpp"
#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {

struct FlyOptions {
  std::string base_url =
      "https://api.machines.dev";  ///< without `/v1` and without a slash at its end
};

/// Reads and writes the secrets of apps through the Machines API
/// (https://fly.io/docs/machines/api/, https://docs.machines.dev). Values can only be written; what
/// comes back is a digest that depends on the value. A write is staged: machines keep the old set
/// until they are updated.
class FlyProvider final : public Provider {
 public:
  /// `http` and `clock` outlive this.
  FlyProvider(net::HttpClient& http, Clock& clock, TokenSource token, FlyOptions options);

  const Capabilities& capabilities() const override;
  /// One read; two while something waits to become live (the machines, for `live`).
  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override;
  /// Always ok: nothing can stand in the way of a write. One read, for what making it live does.
  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory, WriteMode mode,
                                            CallContext context) override;
  /// One call for all changes, then one read of the machines. A list is read in between only when
  /// the answer does not tell what became of every name.
  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext context) override;
  /// Updates a batch of machines and awaits their health; minutes (roll_out.hpp).
  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                        CallContext context) override;
  /// Empty, without a call: Fly.io does not tell who set a secret.
  Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                           CallContext context) override;

 private:
  Awaitable<Result<SecretList>> list(std::string app, std::string version, CallContext context);
  Awaitable<Result<std::vector<Machine>>> machines(std::string app, CallContext context);
  Awaitable<Result<json::value>> read(std::string path, std::string bucket, Purpose purpose,
                                      CallContext context);

  Caller caller_;
};

}  // namespace lockstep::providers::fly
