#include "local/status_store.hpp"

#include <algorithm>

namespace lockstep {

void StatusStore::put(TargetStatus status) {
  auto key = status.key;
  statuses_.insert_or_assign(std::move(key), std::move(status));
}

std::vector<const TargetStatus*> StatusStore::all() const {
  std::vector<const TargetStatus*> out;
  out.reserve(statuses_.size());
  for (const auto& [key, status] : statuses_) out.push_back(&status);
  return out;
}

bool StatusStore::ready() const {
  return known_ && std::ranges::all_of(
                       *known_, [this](const ObjectKey& key) { return statuses_.contains(key); });
}

void StatusStore::know(std::set<ObjectKey> targets) {
  std::erase_if(statuses_,
                [&targets](const auto& entry) { return !targets.contains(entry.first); });
  known_ = std::move(targets);
}

}  // namespace lockstep
