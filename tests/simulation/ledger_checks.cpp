// What must hold between what happened and what the ledger remembers of it.
#include <algorithm>

#include "simulation/ledger_commit.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {

namespace {

bool is_ours(const NameRecord* known) {
  return known && (known->written || known->origin == Origin::trusted);
}

}  // namespace

void LedgerOracle::check(const Commit& commit) const {
  for (const auto& [name, known] : commit.after.names) check_name(commit, name);
  check_deletions(commit);
  check_repairs_of_place(commit);
}

void LedgerOracle::check_name(const Commit& commit, const std::string& name) const {
  check_intent(commit, name);
  check_origin(commit, name);
  check_rule(commit, name);
  check_repairs(commit, name);
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  if (now.written && !(old && old->written) && !commit.place.empty()) {
    const auto sent = ever_sent_.find(commit.place);
    if (sent == ever_sent_.end() || !sent->second.contains(name))
      commit.fail("S1: " + name + " counts as written and was never sent");
  }
}

/// Whether the name was there, as the program can know it: several answers where it was told both.
std::set<bool> LedgerOracle::presence(const Commit& commit, const std::string& name) const {
  std::set<bool> out;
  for (const auto& look : commit.looks) {
    if (look.names) out.insert(look.names->contains(name));
  }
  if (!out.empty() || commit.place != "worker") return out;
  // The names of a deployment that was seen before are not read again.
  for (const auto& look : commit.looks) {
    const auto names = at_worker_.find(look.deployment);
    if (names != at_worker_.end()) out.insert(names->second.contains(name));
  }
  return out;
}

/// S8, S13: an intent says what it was decided on, and stays as it is until it is settled.
void LedgerOracle::check_intent(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  if (!now.intent || commit.place.empty()) return;
  const auto& intent = *now.intent;
  if (old && old->intent && old->intent->attempt == intent.attempt) {
    const bool same = old->intent->place_before == intent.place_before &&
                      old->intent->was_there == intent.was_there &&
                      old->intent->started == intent.started &&
                      old->intent->fingerprint == intent.fingerprint;
    if (!same) commit.fail("S8: the open intent of " + name + " changed");
    return;
  }
  const auto told = [&](const auto& says) { return std::ranges::any_of(commit.looks, says); };
  if (!presence(commit, name).contains(intent.was_there)) {
    commit.fail("S8: the intent of " + name + " does not say whether it was there");
  }
  if (commit.place == "worker") {
    const auto shows_event = [&](const Sight& look) {
      return !look.deployment.empty() && look.deployment == intent.place_before.event;
    };
    if (told(shows_event)) return;
    commit.fail("S8: the intent of " + name + " does not say what it was decided on");
  }
  const auto shows_time = [&](const Sight& look) {
    if (!look.names) return false;
    const auto found = look.names->find(name);
    return (found == look.names->end() ? std::nullopt : found->second) == intent.updated_before;
  };
  if (!told(shows_time)) commit.fail("S8: the intent of " + name + " has another time before it");
}

/// Ours stays what it became when it came under lockstep's care.
void LedgerOracle::check_origin(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const bool open = old && old->intent && now.intent && old->intent->attempt == now.intent->attempt;
  const bool settled = is_ours(old) || open || (old && old->intent && !now.intent);
  if (settled && now.origin != old->origin) commit.fail("S1: the origin of " + name + " changed");
  if (settled || commit.place.empty()) return;
  if (now.intent) {
    const bool there = now.intent->was_there;  // check_intent holds it against what was shown
    if (now.origin != (there ? Origin::adopted : Origin::created)) {
      commit.fail("S1: " + name + " counts as " + std::string(to_string(now.origin)) + " and was " +
                  (there ? "there before" : "not there before"));
    }
  } else if (is_ours(&now) && (!presence(commit, name).contains(true) || now.written ||
                               now.origin != Origin::trusted)) {
    commit.fail("S1: " + name + " counts as ours and was not written");
  }
}

void LedgerOracle::check_rule(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const bool ruled = world_.compromised_only.contains(name);
  if (ruled && is_ours(&now) && !now.compromised_only) {
    commit.fail("S16: that " + name + " is CompromisedOnly is not remembered");
  }
  if (!old || old->compromised_only == now.compromised_only) return;
  if (now.compromised_only && !ruled) commit.fail("S16: " + name + " has a rule that nobody gave");
  const bool written = !now.intent && now.written_at != old->written_at;
  if (!now.compromised_only && !written) {
    commit.fail("S16: the rule of " + name + " is forgotten without a write");
  }
}

/// Not what was asked just before the power went.
bool LedgerOracle::arrived(const std::string& place, const std::string& name,
                           const std::string& value) const {
  const auto there = world_.value(place, name);
  return there && (value.empty() || *there == value);
}

/// A write that is proved, of the value that stood there before somebody else changed it.
bool LedgerOracle::undoes(const Commit& commit, const std::string& name) const {
  const auto put = commit.sent.find(name);
  const auto* now = find(commit.after, name);
  const auto* old = find(commit.before, name);
  const auto* intent = commit.settled(name);
  if (put == commit.sent.end() || !now || !old || !intent || now->intent) return false;
  // What is presumed to be ours may be wrong, and the ledger says so.
  if (!old->written || old->presumed || now->written_at == old->written_at) return false;
  if (world_.now() - intent->started >= std::chrono::hours(1)) return false;  // forgotten
  const auto& decided_on = put->second.decided_on;
  const auto& value = put->second.value;
  if (!arrived(commit.place, name, value) || decided_on.empty()) return false;
  if (put->second.before != value) return false;
  return std::ranges::all_of(decided_on, [&](const Sight& look) {
    const auto seen = look.values.find(name);
    const bool changed = seen == look.values.end() || (!value.empty() && seen->second != value);
    return !look.stale && changed;
  });
}

void LedgerOracle::check_repairs(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const auto repairs = added(old ? old->repairs : std::vector<Wall>(), now.repairs);
  if (repairs > 1) commit.fail("S20: one write of " + name + " counts as several repairs");
  if (repairs == 1 && !commit.settled(name)) {
    commit.fail("S20: a repair of " + name + " that nobody made");
  }
  if (repairs == 0 && undoes(commit, name)) {
    commit.fail("S20: a repair of " + name + " is not counted");
  }
  const auto sent = commit.sent.find(name);
  if (repairs == 0 || sent == commit.sent.end()) return;
  if (sent->second.others <= sent->second.undone) {
    commit.fail("S20: a repair of " + name + " is counted, and nobody changed anything");
  }
}

/// A batch is one repair of the place, whatever names it has.
void LedgerOracle::check_repairs_of_place(const Commit& commit) const {
  std::set<std::string> attempts;
  bool repaired = false, undone = false;
  for (const auto& [name, old] : commit.before.names) {
    if (const auto* intent = commit.settled(name)) attempts.insert(intent->attempt);
    const auto* now = find(commit.after, name);
    repaired = repaired || (now && added(old.repairs, now->repairs) > 0);
    undone = undone || undoes(commit, name);
  }
  const auto repairs = added(commit.before.repairs, commit.after.repairs);
  if (repairs > attempts.size()) {
    commit.fail("S20: " + std::to_string(attempts.size()) + " batches count as " +
                std::to_string(repairs) + " repairs");
  }
  if (repaired != (repairs > 0)) commit.fail("S20: a repair is of a name or of the place alone");
  if (undone && repairs == 0) commit.fail("S20: a repair is not counted");
}

/// Every removal that is settled counts against maxDeletions, and nothing else does.
void LedgerOracle::check_deletions(const Commit& commit) const {
  std::size_t gone = 0;
  for (const auto& [name, old] : commit.before.names) {
    if (old.intent && old.intent->remove && !commit.after.names.contains(name)) ++gone;
  }
  if (added(commit.before.deletions, commit.after.deletions) != gone) {
    commit.fail("S1: the deletions of the day are miscounted");
  }
}

}  // namespace lockstep::simulation
