#include "net/budget.hpp"

#include <algorithm>

namespace lockstep::net {

namespace {

RateBudget::Options sane(RateBudget::Options options) {
  options.requests = std::max<std::uint64_t>(options.requests, 1);
  options.burst = std::clamp<std::uint64_t>(options.burst, 1, options.requests);
  options.window = std::max(options.window, Nanos(1));
  options.longest_wait = std::max(options.longest_wait, Nanos(0));
  return options;
}

}  // namespace

// In any closed window of length w at most burst + floor(w / spacing) requests leave, which is at
// most `requests` exactly when spacing > w / (requests - burst + 1).
RateBudget::RateBudget(Options options)
    : options_(sane(options)),
      spacing_(options_.window / static_cast<Nanos::rep>(options_.requests - options_.burst + 1) +
               Nanos(1)) {}

Nanos RateBudget::slack() const {
  return spacing_ * static_cast<Nanos::rep>(options_.burst - 1);
}

Mono RateBudget::advance(Mono now) const {
  return std::max(now, latest_);
}

Mono RateBudget::next(Mono now) const {
  now = advance(now);
  Mono slot = std::max({now, planned_ - slack(), blocked_until_});
  if (left_ == 0 && slot < left_until_) slot = left_until_;
  return slot;
}

Mono RateBudget::reserve(Mono now) {
  latest_ = advance(now);
  const Mono slot = next(latest_);
  if (slot < left_until_ && left_ > 0) --left_;
  planned_ = std::max(planned_, slot) + spacing_;
  return slot;
}

void RateBudget::learn(Mono now, const BudgetHint& hint) {
  latest_ = now = advance(now);
  const auto bounded = [&](Nanos wait) {
    return now + std::clamp(wait, Nanos(0), options_.longest_wait);
  };
  if (hint.retry_after) blocked_until_ = std::max(blocked_until_, bounded(*hint.retry_after));
  if (!hint.remaining) return;
  if (now < left_until_) {
    // The same window: both sides only count down, so the smaller number is the newer one.
    left_ = std::min(left_, *hint.remaining);
  } else {
    left_ = *hint.remaining;
    left_until_ = bounded(hint.resets_in.value_or(options_.window));
  }
}

std::uint64_t RateBudget::remaining(Mono now) const {
  now = advance(now);
  if (blocked_until(now)) return 0;
  const Nanos ahead = std::max(planned_ - now, Nanos(0));
  std::uint64_t free = 0;
  if (ahead <= slack()) free = static_cast<std::uint64_t>((slack() - ahead) / spacing_) + 1;
  return now < left_until_ ? std::min(free, left_) : free;
}

std::optional<Mono> RateBudget::blocked_until(Mono now) const {
  now = advance(now);
  Mono until = blocked_until_;
  if (left_ == 0) until = std::max(until, left_until_);
  if (until > now) return until;
  return std::nullopt;
}

}  // namespace lockstep::net
