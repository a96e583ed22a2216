#include "net/backoff.hpp"

#include <algorithm>
#include <limits>

namespace lockstep::net {

Backoff::Backoff(Options options) : options_(options) {
  options_.shortest = std::max(options_.shortest, Nanos(0));
  options_.longest = std::max(options_.longest, options_.shortest);
  options_.first = std::clamp(options_.first, options_.shortest, options_.longest);
}

Nanos Backoff::ceiling() const {
  Nanos most = std::max(options_.first, Nanos(1));
  for (unsigned i = 0; i < failures_ && most < options_.longest; ++i) {
    if (most > options_.longest / 2) return options_.longest;
    most *= 2;
  }
  return std::min(most, options_.longest);
}

Nanos Backoff::next(Random& random) {
  const Nanos most = ceiling();
  if (failures_ < std::numeric_limits<unsigned>::max()) ++failures_;
  const auto range = static_cast<std::uint64_t>((most - options_.shortest).count()) + 1;
  return options_.shortest + Nanos(static_cast<Nanos::rep>(uniform(random, range)));
}

}  // namespace lockstep::net
