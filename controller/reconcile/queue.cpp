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

WorkQueue::Waiting::const_iterator WorkQueue::first(const Free& free) const {
  auto best = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if ((best == waiting_.end() || it->second < best->second) && free(it->first)) best = it;
  }
  return best;
}

std::optional<ObjectKey> WorkQueue::take(Mono now, const Free& free) {
  const auto it = first(free);
  if (it == waiting_.end() || it->second > now) return std::nullopt;
  const auto key = it->first;
  waiting_.erase(it);
  running_.emplace(key, std::nullopt);
  return key;
}

void WorkQueue::done(const ObjectKey& key) {
  const auto node = running_.extract(key);
  if (!node.empty() && node.mapped()) add(key, *node.mapped());
}

std::optional<Mono> WorkQueue::next(const Free& free) const {
  const auto it = first(free);
  if (it == waiting_.end()) return std::nullopt;
  return it->second;
}

std::size_t WorkQueue::depth(Mono now) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(waiting_, [&](const auto& e) { return e.second <= now; }));
}

bool WorkQueue::knows(const ObjectKey& key) const {
  return waiting_.contains(key) || running_.contains(key);
}

}  // namespace lockstep::reconcile
