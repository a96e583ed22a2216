// One pass over one Target: observe, resolve, diff, gates, intent, apply, evidence, status.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "model/status.hpp"
#include "plan/diff.hpp"
#include "plan/memory.hpp"
#include "reconcile/aftermath.hpp"
#include "reconcile/credential_health.hpp"
#include "reconcile/services.hpp"
#include "reconcile/shared_look.hpp"
#include "reconcile/values.hpp"

namespace lockstep::reconcile {

/// What a pass may do.
struct PassOptions {
  bool write = false;            ///< false: observes and diffs only; makes no value, row or key
  bool at_once = false;          ///< a person applies: repairs do not wait
  bool retry_contested = false;  ///< a person named this Target
  /// A person said `lockstep rollout`: what is Staged rolls out, also under `policy.apply: Staged`
  /// and after a machine stopped an earlier one. Grants and gates stand.
  bool roll_out = false;
  std::set<std::string> approved;   ///< digests that a person approved
  Nanos longest_call = call_limit;  ///< one provider call ends by then; 0: nothing is asked
  /// Of Reconciler::once(): how long after the last answer that came with its Credential a Target
  /// is waited for, in place of Options::patience.
  std::optional<Nanos> wait = {};
};

/// What came of it.
struct PassOutcome {
  TargetStatus status;                ///< with the plan as it stands after the pass
  TargetPlan before;                  ///< as it stood before any write: what was found
  std::vector<std::string> machines;  ///< ids of those that the roll-out updated, seen healthy
  std::optional<Error> error;         ///< what ended the pass early
  bool more = false;                  ///< work is left that can go on at once
  std::set<PlaceId> awaited;          ///< a made value waits until these have answered
  std::optional<Wall> wake_at;        ///< the next instant at which a gate opens by itself
};

/// One pass. Used once.
class Pass {
 public:
  Pass(const Services& services, CredentialHealth& health, SharedLooks& looks,
       const Desired& desired, const DesiredTarget& target, PassOptions options);

  /// Before it acts, the pass tells what it found and would do. Not where that was not found out.
  void on_plan(std::function<void(const TargetPlan&)> hears) { hears_plan_ = std::move(hears); }
  /// Runs it. Expected faults are in the outcome.
  Awaitable<PassOutcome> run();

 private:
  Awaitable<Status> run_steps();
  Awaitable<Status> settle_rivals();
  bool remembers() const;
  Awaitable<Status> learn_unseen();
  Awaitable<Status> let_formers_resign();
  Awaitable<Status> observe();
  Awaitable<Result<Protection>> read_protection();
  Awaitable<void> check_expectation();
  void make_plan();
  plan::DiffInput diff_input() const;
  bool would_make(const PlannedSecret& row) const;
  Awaitable<void> ask_places();
  Awaitable<void> refuse(const DesiredSecret& secret, Nowhere answer);
  Awaitable<bool> make_value(PlannedSecret& row, Mono until);
  void tell_missing();
  Awaitable<Status> close_late_gates();
  Awaitable<Result<AccountResources>> existing(ObjectKey credential, AccountResources wanted);
  Awaitable<Status> missing_resources();
  Awaitable<Status> save();
  Awaitable<Status> act();
  void adopt_rows();
  Awaitable<Result<std::vector<Change>>> next_changes();
  Awaitable<Status> write(std::vector<Change> changes);
  Awaitable<Status> roll_out();
  Awaitable<Status> roll_out_step(bool& done);
  void record_step(const RolledOut& step);
  void finish_roll_out();
  Taken taken(const PlannedSecret& row, Wall now) const;
  void record_intent(const Change& change, Wall now);
  void record_batch(const Applied& applied);
  void record_receipt(const Receipt& receipt, const Applied& applied, Wall now);
  void record_removal(const std::string& name, bool staged, Wall now);
  void forget_attempt(const std::string& name);
  void account(const Receipt& receipt, const PlannedSecret& row);
  PlannedSecret* row(std::string_view name);
  const DesiredSecret& desired(const PlannedSecret& row) const;
  CallContext context() const;
  Error with_credential(Error error) const;
  WriteMode mode() const;

  const Services& services_;
  CredentialHealth& health_;
  SharedLooks& looks_;
  const Desired& desired_;
  const DesiredTarget& target_;
  PassOptions options_;
  std::function<void(const TargetPlan&)> hears_plan_;
  std::string attempt_;
  PlaceId place_;
  std::string saved_;  ///< the record as the ledger has it
  PlaceRecord record_;
  std::vector<Hold> holds_;
  bool waits_for_rival_ = false;  ///< another Target works at the place
  std::vector<PlaceId> formers_;  ///< of this place in other namespaces, which work no more
  std::map<std::string, NameRecord> names_before_;  ///< the record's names before this attempt
  std::optional<Observation> seen_;
  std::map<std::string, std::string> tokens_;
  ResolvedValues values_;
  std::map<std::string, plan::ValueSight> sights_;  ///< of values_
  std::map<std::string, std::string> not_made_;     ///< name -> why its value was not generated
  std::set<PlaceId> awaited_;                       ///< before they are
  std::optional<RollOutScope> scope_;               ///< of the machines, read before a write
  std::vector<std::pair<Gate, std::string>> gates_;
  std::vector<std::string> guard_notes_;  ///< what to know of the place's protection
  TargetPlan plan_;
  std::optional<TargetPlan> before_;  ///< nothing until the pass has decided what it would do
  Provider* provider_ = nullptr;
  std::size_t requests_ = 0;
  std::size_t writes_ = 0;
  std::size_t names_written_ = 0;
  std::vector<std::string> machines_;  ///< updated by this pass
  bool more_ = false;
};

}  // namespace lockstep::reconcile
