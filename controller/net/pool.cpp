#include "net/pool.hpp"

namespace lockstep::net {

void Pool::drop_old(Mono now) {
  for (auto& [origin, kept] : idle_) {
    std::erase_if(kept, [&](const Idle& idle) { return now - idle.since >= idle_timeout_; });
  }
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

std::unique_ptr<Stream> Pool::take(const std::string& origin, Mono now) {
  drop_old(now);
  const auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  auto& kept = found->second;
  while (!kept.empty()) {
    auto stream = std::move(kept.back().stream);
    kept.pop_back();
    if (stream->quiet()) return stream;
  }
  return nullptr;
}

void Pool::put(const std::string& origin, std::unique_ptr<Stream> stream, Mono now) {
  drop_old(now);
  if (size_ == 0) return;
  auto& kept = idle_[origin];
  if (kept.size() >= size_) kept.erase(kept.begin());
  kept.push_back({.stream = std::move(stream), .since = now});
}

}  // namespace lockstep::net
