// One step of a roll-out: a batch of machines gets the new secrets.
#pragma once

#include "model/record.hpp"
#include "providers/common/caller.hpp"
#include "providers/fly/answers.hpp"
#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {

/// Which machines the next step updates, by their ids. `old`: PlaceRecord::machines. One process
/// group after the other; running machines first; one alone until one that runs the new set is
/// there, then at most a third of all that are managed, and never more than `largest_batch`. Empty
/// when none runs the old set. Pure.
std::vector<std::string> next_batch(const std::vector<Machine>& machines,
                                    const std::vector<std::string>& old);
/// So many leases can be kept alive beside the reads within Fly.io's limits.
inline constexpr std::size_t largest_batch = 8;

/// The body of an update: the machine's configuration exactly as it came, what flyctl sends with
/// it, the version of the secrets it must start from, and the instance that it replaces, so that a
/// late or repeated update is refused.
SecretBytes update_body(const Machine& machine, std::string_view config, std::int64_t version);

/// Runs one step. Used once; what it refers to outlives it.
class RollOutStep {
 public:
  RollOutStep(const Caller& caller, std::string app, const PlaceRecord& memory, CallContext context)
      : caller_(caller), app_(std::move(app)), memory_(memory), context_(std::move(context)) {}

  /// An Error: the step ended early and may be repeated; what it updated is found by the next one.
  Awaitable<Result<RolledOut>> run();

 private:
  struct Lease {
    std::string machine;
    std::string nonce;
  };
  /// A machine that runs the new set, or will, and has not been seen healthy.
  struct Awaited {
    std::string id;
    std::string replaced;              ///< the instance before the update
    std::optional<Mono> started_seen;  ///< since when it was seen running
    std::string why;
  };

  Awaitable<Status> run_steps();
  Awaitable<Status> confirm_earlier();
  Awaitable<Status> update_batch();
  Awaitable<Status> update(std::string id);
  Awaitable<Status> send_update(Machine machine, SecretBytes config);
  Awaitable<Status> look_after(Machine before, Error cause, bool refused);
  Awaitable<void> see_started();
  Mono next_look(Mono now) const;
  Awaitable<Status> await_health();
  void judge_awaited(const std::vector<Machine>& machines);
  Awaitable<Status> take_lease(std::string id);
  Awaitable<Status> refresh_leases();
  Awaitable<void> release_leases();
  Awaitable<Result<json::value>> lease_call(std::string method, Lease lease);
  Awaitable<Result<std::vector<Machine>>> list();
  /// The answer that shows one machine; its body holds the configuration.
  Awaitable<Result<net::Response>> show(std::string id, std::string doing);
  CallContext call() const;
  Lease* lease_of(std::string_view machine);
  Nanos up_for(const Machine& machine, Awaited& awaited) const;
  /// `why` may hold names from outside: of checks, states of machines.
  void stop(std::string machine, Error why);
  void finish();

  const Caller& caller_;
  std::string app_;
  const PlaceRecord& memory_;
  CallContext context_;
  std::int64_t version_ = 0;
  std::vector<Machine> machines_;  ///< as they were when the step began
  std::vector<Lease> leases_;
  std::optional<Mono> refreshed_;
  std::vector<Awaited> awaited_;
  std::vector<std::string> touched_;  ///< ids that do not run the old set any more
  Confidential heard_;  ///< what the request carried that the last list of machines answered
  RolledOut out_;
};

}  // namespace lockstep::providers::fly
