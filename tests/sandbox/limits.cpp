#include "sandbox/limits.hpp"

#include <algorithm>

namespace lockstep::sandbox {

bool Pacer::take(const std::string& key, const Pace& pace, Wall now) {
  if (pace.every == Nanos{}) return true;
  auto& next = next_[key];
  if (next < now) next = now;
  if (next - now > pace.every * (pace.burst - 1)) return false;
  next += pace.every;
  return true;
}

bool Usage::take(const Quota& quota, Wall now) {
  if (quota.requests == 0) return true;
  if (blocked(now)) return false;
  if (count_ == 0 || now - since_ >= quota.window) {
    since_ = now;
    count_ = 0;
  }
  if (++count_ <= quota.requests) return true;
  blocked_until_ = now + quota.block;
  count_ = 0;
  return false;
}

std::uint64_t Usage::left(const Quota& quota, Wall now) const {
  return blocked(now) ? 0 : quota.requests - std::min(count_, quota.requests);
}

Nanos Usage::ends_in(const Quota& quota, Wall now) const {
  return std::max(std::max(blocked_until_, since_ + quota.window) - now, Nanos{});
}

}  // namespace lockstep::sandbox
