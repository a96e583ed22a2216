// One step from one durable record to the next, as the ledger oracle judges it.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "simulation/ledger_oracle.hpp"

namespace lockstep::simulation {

inline const NameRecord* find(const PlaceRecord& record, const std::string& name) {
  const auto found = record.names.find(name);
  return found == record.names.end() ? nullptr : &found->second;
}

/// How many of the times are new; several may be equal.
inline std::size_t added(std::vector<Wall> before, std::vector<Wall> after) {
  std::ranges::sort(before);
  std::ranges::sort(after);
  std::vector<Wall> fresh;
  std::ranges::set_difference(after, before, std::back_inserter(fresh));
  return fresh.size();
}

struct LedgerOracle::Commit {
  const PlaceId& id;
  const PlaceRecord& before;
  const PlaceRecord& after;
  std::string place;
  const std::vector<Sight>& looks;
  const std::map<std::string, Sent>& sent;

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at " + id.place);
  }
  /// Of a name whose intent this commit settles.
  const Intent* settled(const std::string& name) const {
    const auto* old = find(before, name);
    const auto* now = find(after, name);
    if (!old || !old->intent) return nullptr;
    return now && now->intent && now->intent->attempt == old->intent->attempt ? nullptr
                                                                              : &*old->intent;
  }
};

}  // namespace lockstep::simulation
