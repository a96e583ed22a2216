// One Target of once(): pass after pass, until nothing is left that is worth waiting for.
#include <algorithm>

#include "base/error_codes.hpp"
#include "base/text.hpp"
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
    // As it was found first; what a later pass found to do was found, too.
    if (found_ && !found_->unreadable) {
      for (const auto& row : outcome.before.secrets) add_work(row);
      outcome.before = *found_;
    } else {
      found_ = outcome.before;
    }
  }

 private:
  void add_work(const PlannedSecret& row) {
    if (!row.runs()) return;
    const auto same = std::ranges::find_if(found_->secrets, [&](const auto& found) {
      return found.name == row.name && found.claimant == row.claimant;
    });
    if (same == found_->secrets.end()) {
      found_->secrets.push_back(row);
    } else if (!same->runs()) {
      *same = row;
    }
  }

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

/// `flyApp/a (and 2 others) has not answered, and a value is generated only once all have`.
std::string waiting_text(const SharedLooks::Pending& one, std::size_t others) {
  auto out = one.place.place;
  if (others != 0) out += " (and " + count(others, "other") + ")";
  out += one.why.empty() ? " has not answered" : " cannot be read so far (" + one.why + ")";
  return out + ", and a value is generated only once it has";
}

}  // namespace

Awaitable<PassOutcome> Reconciler::settle(Command& command, const DesiredTarget& target) {
  constexpr std::size_t most_passes = 100;
  const auto& clock = services_.clock;
  const ObjectKey credential{target.key.ns, target.credential};
  auto& patience = command.patience;
  auto options = command.options;
  Sum sum;
  bool planned = false;
  std::size_t failures = 0, limited = 0;
  for (std::size_t i = 1;; ++i) {
    if (!options.write) {
      // Who waited for the end of a limit may ask once more then, also at the end of its patience.
      const Nanos least = limited == 0 ? Nanos{} : last_call;
      options.longest_call =
          std::clamp<Nanos>(patience.ends(credential) - clock.mono(), least, call_limit);
    }
    Pass pass(services_, health_, looks_, command.desired, target, options);
    pass.on_plan([&](const TargetPlan& plan) {
      if (!std::exchange(planned, true) && command.listener.planned) command.listener.planned(plan);
    });
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
      auto waiting = wait_for(command, outcome.awaited);
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
    if (is_limit) {
      tell(command.listener, {.place = target.place.key(),
                              .credential = credential,
                              .why = describe(*outcome.error),
                              .until = clock.wall() + wait});
    }
    if (co_await services_.clock.sleep_until(wake) != Ended::finished) co_return outcome;
  }
}

Awaitable<Ended> Reconciler::wait_for(const Command& command, std::set<PlaceId> places) {
  const auto& clock = services_.clock;
  // A Target of the command is waited for anyway; nobody asked for any other place.
  const SharedLooks::Until until = [&command](const SharedLooks::Pending& one) {
    const auto enough = command.patience.ends(one.credential);
    if (command.places.contains(one.place)) return enough;
    return std::min(enough, std::max(one.heard, one.wakes) + SharedLooks::patience);
  };
  std::map<ObjectKey, std::vector<SharedLooks::Pending>> open;
  for (auto& one : looks_.pending(places)) open[one.credential].push_back(std::move(one));
  for (const auto& [credential, waited] : open) {
    const auto& one = *std::ranges::max_element(waited, {}, &SharedLooks::Pending::wakes);
    const auto end = std::min(until(one), std::max(one.ends, one.wakes));
    if (end <= clock.mono() || one.wakes > end) continue;
    tell(command.listener, {.place = one.place.place,
                            .credential = credential,
                            .why = waiting_text(one, waited.size() - 1),
                            .until = clock.wall() + (end - clock.mono())});
  }
  auto waiting = looks_.answered(std::move(places), until);
  co_return co_await std::move(waiting);
}

void Reconciler::tell(const Listener& listener, const Wait& wait) {
  services_.log.info("waiting", {{"place", wait.place},
                                 {"credential", to_string(wait.credential)},
                                 {"until", wait.until ? to_rfc3339(*wait.until) : ""},
                                 {"why", wait.why}});
  if (listener.waits) listener.waits(wait);
}

}  // namespace lockstep::reconcile
