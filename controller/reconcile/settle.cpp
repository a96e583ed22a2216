// One Target of once(): pass after pass, until nothing is left that is worth waiting for.
#include <algorithm>

#include "base/throttled.hpp"
#include "reconcile/reconciler.hpp"
#include "reconcile/retry.hpp"

namespace lockstep::reconcile {

namespace {

constexpr Nanos last_call = std::chrono::minutes(1);

/// What all passes over one Target come to.
class Sum {
 public:
  void add(PassOutcome& outcome) {
    auto& status = outcome.status;
    status.reads = reads_ += status.reads;
    status.writes = writes_ += status.writes;
    status.names_written = names_ += status.names_written;
    machines_.insert(machines_.end(), outcome.machines.begin(), outcome.machines.end());
    outcome.machines = machines_;
    // As it was found first.
    if (found_ && !found_->unreadable)
      outcome.before = *found_;
    else
      found_ = outcome.before;
  }

 private:
  std::size_t reads_ = 0, writes_ = 0, names_ = 0;
  std::vector<std::string> machines_;
  std::optional<TargetPlan> found_;
};

/// True when the pass ended with something that its provider said.
bool was_answered(const PassOutcome& outcome) {
  if (!outcome.error) return true;
  switch (outcome.error->kind) {
    case ErrorKind::conflict:
    case ErrorKind::not_found:
    case ErrorKind::unauthorized:
    case ErrorKind::forbidden:
    case ErrorKind::invalid:
    case ErrorKind::protocol:
      return true;
    case ErrorKind::transient:
    case ErrorKind::throttled:
    case ErrorKind::unsupported:
    case ErrorKind::outcome_unknown:
    case ErrorKind::storage:
    case ErrorKind::fenced:
    case ErrorKind::cancelled:
    case ErrorKind::internal:
      return false;
  }
  return false;
}

/// True when the next pass has something to do at once.
bool goes_on(const PassOptions& options, const PassOutcome& outcome, bool wrote) {
  return options.write && !outcome.error &&
         (outcome.more || (wrote && outcome.status.plan.waits_for_approval()));
}

std::string waiting_text(const std::set<PlaceId>& places) {
  return places.begin()->place + " has not answered, and a value is generated only once it has";
}

}  // namespace

Awaitable<PassOutcome> Reconciler::settle(const World& world, const DesiredTarget& target,
                                          PassOptions options, Patience& patience,
                                          const Listener& listener) {
  constexpr std::size_t most_passes = 100;
  const auto& clock = services_.clock;
  const ObjectKey credential{target.key.ns, target.credential};
  Sum sum;
  std::size_t failures = 0, limited = 0;
  for (std::size_t i = 1;; ++i) {
    if (!options.write) {
      // Who waited for the end of a limit may ask once more then, also at the end of its patience.
      const Nanos least = limited == 0 ? Nanos{} : last_call;
      options.longest_call =
          std::clamp<Nanos>(patience.ends(credential) - clock.mono(), least, call_limit);
    }
    Pass pass(services_, health_, looks_, world.desired, target, options);
    auto running = pass.run();
    auto outcome = co_await std::move(running);
    if (was_answered(outcome)) patience.heard(credential, clock.mono());
    const bool wrote = outcome.status.names_written > 0;
    sum.add(outcome);
    // A person's yes to a roll-out ends where a machine stops it.
    const auto& rolling = outcome.status.plan.roll_out;
    options.roll_out = options.roll_out && !(rolling && rolling->stopped);

    if (i == most_passes) co_return outcome;
    if (goes_on(options, outcome, wrote)) continue;
    if (!outcome.error && !outcome.awaited.empty()) {
      tell(listener, {credential, waiting_text(outcome.awaited), std::nullopt});
      auto waiting = looks_.answered(outcome.awaited, patience.ends(credential));
      if (co_await std::move(waiting) != Ended::finished) co_return outcome;
      continue;
    }
    if (!outcome.error || !worth_retrying(outcome.error->kind)) co_return outcome;
    const bool is_limit = outcome.error->kind == ErrorKind::throttled;
    if (!is_limit && ++failures >= options_.attempts) co_return outcome;
    const auto wait = retry_delay(*outcome.error, is_limit ? ++limited : failures, target.interval,
                                  clock.wall(), services_.random);
    const auto wake = clock.mono() + wait;
    if (outcome.error->code == own_budget) patience.heard(credential, wake);
    if (wake > patience.ends(credential)) co_return outcome;
    if (!is_limit && wait > std::chrono::minutes(1)) co_return outcome;
    if (is_limit) tell(listener, {credential, describe(*outcome.error), clock.wall() + wait});
    if (co_await services_.clock.sleep_until(wake) != Ended::finished) co_return outcome;
  }
}

void Reconciler::tell(const Listener& listener, const Wait& wait) {
  services_.log.info("waiting", {{"credential", to_string(wait.credential)},
                                 {"until", wait.until ? to_rfc3339(*wait.until) : ""},
                                 {"why", wait.why}});
  if (listener.waits) listener.waits(wait);
}

}  // namespace lockstep::reconcile
