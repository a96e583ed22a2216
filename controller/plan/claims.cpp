#include "plan/claims.hpp"

#include <algorithm>
#include <set>

#include "plan/states.hpp"

namespace lockstep::plan {

namespace {

bool claims(const DesiredSecret& secret, std::string_view name, std::string_view claim) {
  return secret.name == name && claimant(secret.secret_set.name) == claim;
}

/// Nothing would be written that lockstep has not written there already.
bool same_value(const PlaceRecord& record, const PlannedSecret& row) {
  const auto* known = ours(record, row.name);
  return known && !row.fingerprint.empty() && known->fingerprint == row.fingerprint;
}

const DesiredSecret* entry_of(const DesiredTarget& target, const PlannedSecret& row) {
  const auto found = std::ranges::find_if(target.secrets, [&](const DesiredSecret& secret) {
    return claims(secret, row.name, row.claimant);
  });
  return found == target.secrets.end() ? nullptr : &*found;
}

constexpr std::string_view prefix = "SecretSet/";

/// What there is to say of a SecretSet that does not select the Target. One of another namespace,
/// as `SecretSet/shop/runtime`, cannot.
std::string gone_text(const DesiredTarget& target, std::string_view claim) {
  const auto set = claim.substr(std::min(prefix.size(), claim.size()));
  const bool elsewhere = set.find('/') != std::string_view::npos;
  const bool known = target.known_sets && target.known_sets->contains(std::string(set));
  return elsewhere || known ? "no longer selects this Target" : "is not in the manifests any more";
}

/// The claims of SecretSets that selected the Target before and do not now. Records of releases
/// that did not keep them tell only those that a name was claimed by.
std::vector<std::string> vanished(const DesiredTarget& target, const PlaceRecord& record) {
  std::set<std::string> before;
  if (record.selecting_sets) {
    for (const auto& set : *record.selecting_sets) before.insert(claimant(set));
  } else {
    for (const auto& [name, known] : record.names) {
      if (!known.claimant.empty()) before.insert(known.claimant);
    }
  }
  std::erase_if(before, [&](const auto& claim) { return selects(target, claim); });
  return {before.begin(), before.end()};
}

/// Keeps those that select the Target, and of those that went the ones that `waits` says.
template <class Waits>
void remember_sets(const DesiredTarget& target, PlaceRecord& record, const Waits& waits) {
  if (!target.deletions_blocked.empty()) return;
  auto sets = target.selecting_sets;
  for (const auto& claim : vanished(target, record)) {
    if (waits(claim)) sets.push_back(claim.substr(prefix.size()));
  }
  std::ranges::sort(sets);
  record.selecting_sets = std::move(sets);
}

void hand_over(NameRecord& known, const std::string& claim) {
  known.claimant = claim;
  known.may_be_of.reset();
}

}  // namespace

const std::string& remembered_claim(const PlaceRecord& record, const std::string& name) {
  static const std::string nobody;
  const auto found = record.names.find(name);
  return found == record.names.end() ? nobody : found->second.claimant;
}

bool selects(const DesiredTarget& target, std::string_view claim) {
  return std::ranges::any_of(target.selecting_sets,
                             [&](const auto& set) { return claimant(set) == claim; });
}

bool works_here(const DesiredTarget& target, const PlaceRecord& record,
                const DesiredSecret& secret) {
  const auto mine = claimant(secret.secret_set.name);
  const auto entries = [&](std::string_view claim) {
    return std::ranges::count_if(
        target.secrets, [&](const DesiredSecret& s) { return claims(s, secret.name, claim); });
  };
  const auto& former = remembered_claim(record, secret.name);
  if (former == mine) return entries(mine) == 1;
  if (!secret.rival.empty()) return false;
  return former.empty() || target.deletions_blocked.empty();
}

std::string out_of_sight(const DesiredTarget& target, const PlaceRecord& record,
                         const std::string& name) {
  const auto& claim = remembered_claim(record, name);
  if (claim.empty()) return "";
  if (!selects(target, claim)) return claim + " " + gone_text(target, claim);
  for (const auto& other : record.names.at(name).may_be_of.value_or(std::vector<std::string>{})) {
    if (selects(target, other)) continue;
    return other + ", which may claim it now, " + gone_text(target, other);
  }
  return "";
}

std::string may_be_wanted(const DesiredTarget& target, const PlaceRecord& record,
                          const std::string& name) {
  auto why = out_of_sight(target, record, name);
  if (!why.empty() || !target.idle_names) return why;
  const auto idle = target.idle_names->find(name);
  return idle == target.idle_names->end()
             ? ""
             : claimant(idle->second) + " lists it, and selects no Target";
}

std::string taken_from(const DesiredTarget& target, const PlaceRecord& record,
                       const PlannedSecret& row) {
  if (row.claimant == remembered_claim(record, row.name) || same_value(record, row)) return "";
  return out_of_sight(target, record, row.name);
}

PlaceRecord digest_claims(const DesiredTarget& target, PlaceRecord record) {
  if (!target.deletions_blocked.empty()) return record;
  const auto gone = vanished(target, record);
  for (auto& [name, known] : record.names) {
    const bool in_force = std::ranges::any_of(target.secrets, [&](const DesiredSecret& secret) {
      return claims(secret, name, known.claimant);
    });
    if (known.claimant.empty() || in_force) known.may_be_of.reset();
    if (in_force || !selects(target, known.claimant)) continue;
    auto doubts = known.may_be_of.value_or(std::vector<std::string>{});
    std::erase_if(doubts, [&](const auto& claim) { return selects(target, claim); });
    doubts.insert(doubts.end(), gone.begin(), gone.end());
    std::ranges::sort(doubts);
    const auto twice = std::ranges::unique(doubts);
    doubts.erase(twice.begin(), twice.end());
    known.may_be_of.reset();
    if (!doubts.empty()) known.may_be_of = std::move(doubts);
  }
  return record;
}

PlaceRecord remember_claims(const DesiredTarget& target, const std::vector<PlannedSecret>& rows,
                            const Observation& observation, PlaceRecord record) {
  for (const auto& row : rows) {
    const auto* entry = entry_of(target, row);
    const bool there = observation.find(row.name) || ours(record, row.name);
    if (!entry || !there || !works_here(target, record, *entry)) continue;
    if (remembered_claim(record, row.name) == row.claimant) continue;
    const bool asks =
        entry->kind != ValueKind::external && !taken_from(target, record, row).empty();
    if (!asks) hand_over(record.names[row.name], row.claimant);
  }
  remember_sets(target, record, [&](const std::string& claim) {
    return std::ranges::any_of(rows, [&](const PlannedSecret& row) {
      return row.action == ActionKind::remove && remembered_claim(record, row.name) == claim;
    });
  });
  return record;
}

PlaceRecord learn_claims(const DesiredTarget& target, PlaceRecord record) {
  record = digest_claims(target, std::move(record));
  for (const auto& secret : target.secrets) {
    const auto mine = claimant(secret.secret_set.name);
    const auto& former = remembered_claim(record, secret.name);
    if (former == mine || !works_here(target, record, secret)) continue;
    const bool asks = !out_of_sight(target, record, secret.name).empty();
    if (!asks) hand_over(record.names[secret.name], mine);
  }
  remember_sets(target, record, [&](const std::string& claim) {
    return std::ranges::any_of(record.names,
                               [&](const auto& name) { return name.second.claimant == claim; });
  });
  return record;
}

std::string rival_problem(const Desired& desired, const DesiredTarget& target,
                          const std::vector<ObjectKey>& incumbents) {
  for (const auto& incumbent : incumbents) {
    if (incumbent == target.key) continue;
    const auto has_it = "Target " + to_string(incumbent) + " has this place";
    if (std::ranges::find(target.rivals, incumbent) != target.rivals.end()) {
      return has_it + "; one place has one Target";
    }
    if (auto unclear = desired.unclear_in(incumbent.ns); !unclear.empty()) {
      return has_it + ", as far as can be seen: " + unclear + "; mend that first";
    }
  }
  const bool works = std::ranges::find(incumbents, target.key) != incumbents.end();
  if (works || target.rivals.empty()) return "";
  return "Target " + to_string(target.rivals.front()) +
         " names this place too; one place has one Target";
}

PlaceRecord inherit_claims(PlaceRecord record, const std::string& from, const PlaceRecord& former) {
  for (const auto& [name, known] : former.names) {
    if (!known.claimant.starts_with(prefix)) continue;
    const auto theirs = claimant(from + "/" + known.claimant.substr(prefix.size()));
    auto& mine = record.names[name];
    if (mine.claimant.empty()) {
      mine.claimant = theirs;
    } else {
      mine.may_be_of = {theirs};
    }
  }
  return record;
}

}  // namespace lockstep::plan
