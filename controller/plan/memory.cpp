#include "plan/memory.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/claims.hpp"
#include "plan/verdict.hpp"

namespace lockstep::plan {

namespace {

using Effect = PlaceEvent::Effect;

std::string token_of(const Sight& sight, const std::string& name) {
  const auto found = sight.tokens.find(name);
  return found == sight.tokens.end() ? std::string() : found->second;
}

/// A new digest scheme of the provider: every digest of ours differs and no time moved. Fly changed
/// its digests once (https://fly.io/docs/apps/secrets/ still shows the older, longer ones).
bool scheme_changed(const PlaceRecord& record, const Sight& sight) {
  std::size_t changed = 0;
  for (const auto& [name, known] : record.names) {
    const auto* seen = sight.observation.find(name);
    if (!seen || !is_ours(known) || known.token.empty()) continue;
    if (token_of(sight, name) == known.token) return false;
    if (!seen->updated_at || seen->updated_at != known.updated_at) return false;
    ++changed;
  }
  return changed >= 2;
}

class Digester {
 public:
  Digester(PlaceKind kind, PlaceRecord record, const Sight& sight, Wall now)
      : capabilities_(capabilities_of(kind)),
        evidence_(capabilities_.certainty),
        always_staged_(capabilities_.staged && evidence_ != Certainty::version),
        record_(std::move(record)),
        sight_(sight),
        now_(now) {
    history_.events = sight.observation.events;
    history_.complete = sight.observation.history_complete;
  }

  PlaceRecord run() {
    resolve_intents();
    follow_staged();
    const bool new_scheme = evidence_ == Certainty::digest && scheme_changed(record_, sight_);
    for (auto& [name, known] : record_.names) {
      if (is_ours(known)) look_at(name, known, new_scheme);
      drop_older(known.repairs, std::chrono::hours(1));
    }
    settle_roll_out();
    if (capabilities_.roll_out) baseline_machines();
    drop_older(record_.repairs, std::chrono::hours(1));
    drop_older(record_.deletions, std::chrono::hours(24));
    if (evidence_ == Certainty::version) move_on();
    return std::move(record_);
  }

 private:
  void drop_older(std::vector<Wall>& times, Nanos age) {
    std::erase_if(times, [&](Wall at) { return now_ - at >= age; });
  }

  /// True for a write that makes a version of its own and no deployment (Workers): its version
  /// tells whether it happened, the history of deployments does not.
  bool makes_version(const Intent& intent) const {
    return evidence_ == Certainty::version && intent.staged.value_or(false);
  }

  /// Whether the write of an interrupted attempt happened. On places with a history that is known
  /// for the attempt as a whole: exactly one change of secrets, and nothing doubtful.
  bool landed(const Intent& intent, const std::string& name) const {
    const auto* seen = sight_.observation.find(name);
    if (makes_version(intent)) {
      return sight_.observation.attempts.contains(intent.attempt) && (intent.remove || seen);
    }
    if (intent.remove) return seen == nullptr;
    if (!seen) return false;
    if (evidence_ == Certainty::version) return attempt_landed_;
    if (!intent.was_there) return true;
    // A list that is behind shows an older time, which is no sign of our write (S9).
    if (evidence_ == Certainty::timestamp) return seen->updated_at > intent.updated_before;
    return seen->updated_at != intent.updated_before ||
           token_of(sight_, name) != intent.token_before;
  }

  /// Whether every name stands as the interrupted attempt meant it to: else the one change of
  /// secrets in the history is someone else's.
  bool names_fit_intents() const {
    return std::ranges::all_of(record_.names, [&](const auto& entry) {
      const auto& [name, known] = entry;
      return !known.intent || makes_version(*known.intent) ||
             known.intent->remove == (sight_.observation.find(name) == nullptr);
    });
  }

  void resolve_intents() {
    const bool deploys = std::ranges::any_of(record_.names, [&](const auto& n) {
      return n.second.intent && !makes_version(*n.second.intent);
    });
    attempt_landed_ = deploys && history_.complete &&
                      history_.count(Effect::changes_secrets) == 1 &&
                      history_.count(Effect::may_change) == 0 && names_fit_intents();
    for (auto it = record_.names.begin(); it != record_.names.end();) {
      const bool keep = !it->second.intent || resolve(it->first, it->second);
      it = keep ? std::next(it) : record_.names.erase(it);
    }
    if (attempt_landed_) {
      std::erase_if(history_.events,
                    [](const auto& e) { return e.effect == Effect::changes_secrets; });
      // It is presumed to be ours; if it was someone else's, it may have changed any name here.
      for (auto& [name, known] : record_.names) known.presumed = known.presumed || is_ours(known);
    }
  }

  /// True when the place's history, where there is one, shows no change of secrets: an attempt that
  /// is not seen may still come to light.
  bool nothing_changed() const {
    return evidence_ != Certainty::version ||
           (history_.complete && history_.count(Effect::changes_secrets) == 0);
  }

  /// False when the name is to be forgotten.
  bool resolve(const std::string& name, NameRecord& known) {
    const auto intent = *std::exchange(known.intent, std::nullopt);
    const bool done = landed(intent, name);
    const bool apart = makes_version(intent);
    if (!done && unsettled(intent.started, now_) && (apart || nothing_changed())) {
      known.intent = intent;  // what was seen may be from before it: a later look decides
      return true;
    }
    if (intent.remove) {
      if (done) lost_removal(intent.started);
      return !done;
    }
    if (!done && !sight_.observation.find(name)) return is_ours(known);
    if (!done && is_ours(known)) return true;
    if (!done && intent.was_there) return false;  // what was there before us may still stand there
    // Written now, or created in a history that others crowded: ours either way, and the verdict
    // below says what is known of its value.
    if (done) lost_repair(known, intent);
    known.written = true;
    known.written_at = intent.started;
    if (known.fingerprint != intent.fingerprint) known.value_since = intent.started;
    known.fingerprint = intent.fingerprint;
    known.token = token_of(sight_, name);
    known.updated_at = sight_.observation.find(name)->updated_at;
    known.answered_at.reset();
    known.presumed = !apart;
    known.staged = always_staged_ || apart;
    lost_version(intent.started);
    known.drift_state = State::InSync;
    return true;
  }

  /// A removal that is not surely ours counts against maxDeletions like one that is (S1).
  void lost_removal(Wall when) {
    if (record_.deletions.empty()) {
      record_.names_at_window_start = sight_.observation.secrets.size() + 1;
    }
    record_.deletions.push_back(when);
    lost_version(when);
  }

  /// The last value over someone else's change was a repair: of the name, and one of the place for
  /// all names of the attempt, which began at one time (S20).
  void lost_repair(NameRecord& known, const Intent& intent) {
    if (known.drift_state == State::InSync || known.fingerprint != intent.fingerprint) return;
    known.repairs.push_back(intent.started);
    const bool counted = !record_.repairs.empty() && record_.repairs.back() == intent.started;
    if (!counted) record_.repairs.push_back(intent.started);
  }

  /// A write landed whose answer nobody read: which version of the secrets it made, and which
  /// machines ran the old set, is not known. With the older version nothing would be proved.
  void lost_version(Wall when) {
    if (!capabilities_.roll_out) return;
    record_.machines.clear();
    record_.evidence.version.clear();
    if (!record_.roll_out_due) record_.roll_out_due = when;
    record_.roll_out_stopped.reset();
  }

  /// Keeps the staged version in mind until it is live, or out of sight for good.
  void follow_staged() {
    const auto& fate = sight_.observation.staged;
    if (fate && !fate->live) {
      record_.staged_version = fate->version;
    } else if (fate || !history_.complete) {
      record_.staged_version.reset();
    }
  }

  bool is_live(const ObservedSecret& seen) const {
    const auto& fate = sight_.observation.staged;
    return fate ? fate->live : seen.live.value_or(false);
  }

  void look_at(const std::string& name, NameRecord& known, bool new_scheme) {
    const auto* seen = sight_.observation.find(name);
    if (!seen) {
      const auto* event = history_.last(Effect::changes_secrets);
      return drifted(known, State::Removed, event ? tell(*event) : known.drift_by);
    }
    if (evidence_ == Certainty::timestamp) learn_time(known, *seen);
    const auto verdict = judge(name, known, *seen, new_scheme);
    if (verdict.state != State::InSync) return drifted(known, verdict.state, verdict.by);
    known.drift_state = State::InSync;
    known.drift_since.reset();
    known.drift_by.clear();
    known.presumed = verdict.presumed;
    if (const auto token = token_of(sight_, name); !token.empty()) known.token = token;
    const bool awaits_step = record_.roll_out_begun && !record_.roll_out_stopped;
    if (known.staged && is_live(*seen) && !awaits_step) known.staged = false;
  }

  Verdict judge(const std::string& name, const NameRecord& known, const ObservedSecret& seen,
                bool new_scheme) const {
    switch (evidence_) {
      case Certainty::digest:
      case Certainty::content:
        return by_digest(known, token_of(sight_, name), new_scheme);
      case Certainty::version:
        // What waits in a version of its own is not touched by deployments of others.
        if (const auto& fate = sight_.observation.staged; known.staged && fate && !fate->live) {
          return {.presumed = known.presumed || !fate->surely};
        }
        return by_version(known, history_);
      case Certainty::timestamp:
        return by_time(known, seen);
      case Certainty::existence:
      case Certainty::presumed:
      case Certainty::none:
        break;
    }
    return {};
  }

  void drifted(NameRecord& known, State state, const std::string& by) {
    if (known.drift_state == State::InSync || !known.drift_since) known.drift_since = now_;
    known.drift_state = state;
    known.drift_by = by;
  }

  /// Everything written is live, by whoever's hand: nothing is left to roll out. While a roll-out
  /// of ours runs only its own last step says so, because it has seen the machines healthy.
  void settle_roll_out() {
    if (!capabilities_.roll_out) return;
    const bool awaits_step = record_.roll_out_begun && !record_.roll_out_stopped;
    if (!sight_.observation.live.value_or(false) || awaits_step) return;
    record_.roll_out_due.reset();
    record_.roll_out_begun.reset();
    record_.roll_out_stopped.reset();
  }

  /// Where it is not known who ran the old set at our write, whoever runs now counts as old.
  void baseline_machines() {
    const bool staged =
        std::ranges::any_of(record_.names, [](const auto& n) { return n.second.staged; });
    const bool due = staged || record_.roll_out_due;
    if (due && !record_.roll_out_due) record_.roll_out_due = now_;
    if (due && record_.machines.empty()) record_.machines = sight_.observation.machines;
  }

  void move_on() {
    record_.evidence = sight_.observation.evidence;
    record_.seen = sight_.observation.evidence;
    record_.seen_names.clear();
    for (const auto& secret : sight_.observation.secrets) record_.seen_names.push_back(secret.name);
    record_.seen_taken = sight_.observation.taken;
  }

  const Capabilities& capabilities_;
  Certainty evidence_;
  /// Fly: a write is never live by itself. On Workers the intent says how far it was to go.
  bool always_staged_;
  PlaceRecord record_;
  const Sight& sight_;
  Wall now_;
  History history_;
  bool attempt_landed_ = false;
};

}  // namespace

bool is_ours(const NameRecord& known) {
  return known.written || known.origin == Origin::trusted;
}

Certainty certainty_of(PlaceKind kind, const NameRecord& known) {
  return known.presumed ? Certainty::presumed : capabilities_of(kind).certainty;
}

PlaceRecord digest_observation(PlaceKind kind, PlaceRecord record, const Sight& sight, Wall now) {
  return Digester(kind, std::move(record), sight, now).run();
}

namespace {

/// Starts the age of names that others write and that are watched; a change that cannot be pinned
/// to a name starts all of them anew, so that an age is never told too high.
std::set<std::string_view> watch(const DesiredTarget& target, PlaceRecord& record,
                                 const Observation& observation, Wall now) {
  const bool may_be_new = std::ranges::any_of(
      observation.events, [](const auto& e) { return e.effect != Effect::keeps_secrets; });
  std::set<std::string_view> watched;
  for (const auto& secret : target.secrets) {
    if (!secret.external_max_age || !observation.find(secret.name)) continue;
    watched.insert(secret.name);
    auto& known = record.names[secret.name];
    if (!known.first_seen || may_be_new) known.first_seen = now;
  }
  return watched;
}

/// S16: a rule that comes after the write holds, too, when the manifests drop it again.
void remember_rules(const DesiredTarget& target, PlaceRecord& record) {
  for (const auto& secret : target.secrets) {
    const bool guarded = secret.rotation.policy == api::RotationPolicy::CompromisedOnly;
    const auto known = record.names.find(secret.name);
    if (!guarded || known == record.names.end() || !is_ours(known->second)) continue;
    if (works_here(target, record, secret)) known->second.compromised_only = true;
  }
}

}  // namespace

PlaceRecord digest_desires(const DesiredTarget& target, PlaceRecord record,
                           const Observation& observation, Wall now) {
  std::set<std::string_view> wanted, unwanted;
  for (const auto& secret : target.secrets) {
    (secret.kind == ValueKind::absent ? unwanted : wanted).insert(secret.name);
  }
  for (auto& [name, known] : record.names) {
    if (wanted.contains(name)) known.undesired_since.reset();
    const bool gone = !observation.find(name) && !is_ours(known) && !known.intent;
    if (gone) known = NameRecord{.claimant = known.claimant};  // what comes back is new
  }
  remember_rules(target, record);
  const bool all = target.policy.prune == api::Prune::All;
  for (const auto& secret : observation.secrets) {
    if (wanted.contains(secret.name)) continue;
    const auto found = record.names.find(secret.name);
    const bool ours = found != record.names.end() && is_ours(found->second);
    if (!ours && !all && !unwanted.contains(secret.name)) continue;
    auto& known = record.names[secret.name];
    if (!known.first_seen) known.first_seen = now;
    // Undesired at every pass: a pass that cannot tell starts the clock anew.
    if (!target.deletions_blocked.empty()) {
      known.undesired_since.reset();
    } else if (!known.undesired_since) {
      known.undesired_since = now;
    }
  }
  // Where lockstep may not roll out any more, what runs decides what is live.
  const bool rolls_out =
      target.policy.apply == api::Apply::Live && target.permitted.contains(api::Action::RollOut);
  if (!rolls_out) record.roll_out_begun.reset();
  const auto watched = watch(target, record, observation, now);
  std::erase_if(record.names, [&](const auto& entry) {
    const auto& [name, known] = entry;
    if (watched.contains(name)) return false;
    const bool there = observation.find(name) != nullptr;
    const bool remembered = is_ours(known) || !known.claimant.empty();
    const bool waits = remembered || known.undesired_since;
    // While manifests cannot be trusted, a name that nothing claims may be claimed tomorrow.
    const bool claimed = wanted.contains(name) || !target.deletions_blocked.empty();
    return !(there && waits) && !(claimed && remembered) && !known.intent;
  });
  return digest_claims(target, std::move(record));
}

}  // namespace lockstep::plan
