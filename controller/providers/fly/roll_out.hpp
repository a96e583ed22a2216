// One step of a roll-out: a batch of machines gets the new secrets.
#pragma once

#include "model/record.hpp"
#include "providers/common/caller.hpp"
#include "providers/fly/answers.hpp"
#include "providers/fly/trial.hpp"
#include "providers/fly/update.hpp"

namespace lockstep::providers::fly {

/// Runs one step: the calls, in their order. What is decided on their answers is in update.hpp (may
/// this machine be updated, was it) and trial.hpp (is it healthy). Used once; what it refers to
/// outlives it.
class RollOutStep {
 public:
  RollOutStep(const Caller& caller, std::string app, const PlaceRecord& memory, CallContext context)
      : caller_(caller),
        app_(std::move(app)),
        memory_(memory),
        context_(std::move(context)),
        written_(last_write(memory)) {}

  /// An Error: the step ended early and may be repeated; what it updated is found by the next one.
  Awaitable<Result<RolledOut>> run();

 private:
  /// One machine, and the answer that shows it: its body holds the configuration.
  struct Shown {
    Machine machine;
    net::Response answer;
  };
  Awaitable<Status> run_steps();
  Awaitable<Status> prove_whole();
  Awaitable<Status> confirm_earlier();
  Awaitable<Status> update_batch();
  Awaitable<Status> update(std::string id);
  Awaitable<Status> send_update(Machine machine, SecretBytes config);
  Awaitable<Status> look_after(Machine before, Error cause, bool refused);
  Awaitable<void> see_started();
  Awaitable<Status> await_health();
  Awaitable<void> look_for_missing();
  Awaitable<Status> take_lease(std::string id);
  Awaitable<Status> refresh_leases();
  Awaitable<void> release_lease(std::string id);
  Awaitable<void> release_leases();
  Awaitable<Result<json::value>> lease_call(std::string method, Lease lease);
  Awaitable<Result<std::vector<Machine>>> list();
  Awaitable<Result<Shown>> show(std::string id, std::string doing);
  /// Whether Fly.io says of a machine itself that it is no more.
  Awaitable<bool> is_gone(std::string id);
  CallContext call() const;
  const Lease& lease_of(std::string_view machine) const;
  std::vector<std::string> old() const;
  Status judge_trials(const std::vector<Machine>& listed);
  Status give_up(bool whole_time);
  Status heed(const std::string& machine, Hindrance hindrance);
  void take_as_updated(const Machine& before, std::string instance);
  void stop(std::string machine, Error why);
  void finish();

  const Caller& caller_;
  std::string app_;
  const PlaceRecord& memory_;
  CallContext context_;
  std::optional<Wall> written_;
  std::int64_t version_ = 0;
  std::vector<Machine> machines_;  ///< as each was listed last
  std::vector<Lease> leases_;
  std::optional<Mono> refreshed_;
  std::vector<Trial> trials_;
  std::vector<std::string> missing_;  ///< ids on trial that the last list lacked
  std::vector<std::string> touched_;  ///< ids that do not run the old set any more
  RolledOut out_;
};

}  // namespace lockstep::providers::fly
