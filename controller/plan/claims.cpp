#include "plan/claims.hpp"

#include <algorithm>

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

bool goes_over(const DesiredTarget& target, const PlaceRecord& record, const DesiredSecret& entry,
               const PlannedSecret& row, const std::string& former) {
  return former.empty() || selects(target, former) || entry.kind == ValueKind::external ||
         same_value(record, row);
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

std::string taken_from(const DesiredTarget& target, const PlaceRecord& record,
                       const PlannedSecret& row) {
  const auto& former = remembered_claim(record, row.name);
  return selects(target, former) || same_value(record, row) ? "" : former;
}

PlaceRecord remember_claims(const DesiredTarget& target, const std::vector<PlannedSecret>& rows,
                            const Observation& observation, PlaceRecord record) {
  for (const auto& row : rows) {
    const auto* entry = entry_of(target, row);
    const bool there = observation.find(row.name) || ours(record, row.name);
    if (!entry || !there || !works_here(target, record, *entry)) continue;
    const auto& former = remembered_claim(record, row.name);
    if (!goes_over(target, record, *entry, row, former)) continue;
    record.names[row.name].claimant = row.claimant;
  }
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
  constexpr std::string_view prefix = "SecretSet/";
  for (const auto& [name, known] : former.names) {
    if (!known.claimant.starts_with(prefix)) continue;
    auto& claim = record.names[name].claimant;
    if (claim.empty()) claim = claimant(from + "/" + known.claimant.substr(prefix.size()));
  }
  return record;
}

}  // namespace lockstep::plan
