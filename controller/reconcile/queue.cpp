#include "reconcile/queue.hpp"

#include <algorithm>

namespace lockstep::reconcile {

void WorkQueue::add(const ObjectKey& key, Mono when) {
  if (const auto busy = running_.find(key); busy != running_.end()) {
    busy->second = busy->second ? std::min(*busy->second, when) : when;
    return;
  }
  const auto [it, fresh] = waiting_.emplace(key, when);
  if (!fresh) it->second = std::min(it->second, when);
}

void WorkQueue::remove(const ObjectKey& key) {
  waiting_.erase(key);
  if (const auto busy = running_.find(key); busy != running_.end()) busy->second.reset();
}

std::optional<ObjectKey> WorkQueue::take(Mono now) {
  const auto first = std::ranges::min_element(waiting_, {}, [](const auto& e) { return e.second; });
  if (first == waiting_.end() || first->second > now) return std::nullopt;
  const auto key = first->first;
  waiting_.erase(first);
  running_.emplace(key, std::nullopt);
  return key;
}

void WorkQueue::done(const ObjectKey& key) {
  const auto node = running_.extract(key);
  if (!node.empty() && node.mapped()) add(key, *node.mapped());
}

std::optional<Mono> WorkQueue::next() const {
  const auto first = std::ranges::min_element(waiting_, {}, [](const auto& e) { return e.second; });
  if (first == waiting_.end()) return std::nullopt;
  return first->second;
}

std::size_t WorkQueue::depth(Mono now) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(waiting_, [&](const auto& e) { return e.second <= now; }));
}

bool WorkQueue::knows(const ObjectKey& key) const {
  return waiting_.contains(key) || running_.contains(key);
}

}  // namespace lockstep::reconcile
