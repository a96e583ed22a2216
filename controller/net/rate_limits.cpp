#include "net/rate_limits.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep::net {

namespace {

/// How soon to ask again when those ahead may leave right now but have not asked yet.
constexpr Nanos moment = std::chrono::milliseconds(1);
/// The same when those ahead wait for something else: they may give up any time.
constexpr Nanos while_others_wait = std::chrono::seconds(1);
/// How often counters that nobody needs any more are dropped.
constexpr Nanos sweep_interval = std::chrono::minutes(1);

RateRules sane(RateRules rules) {
  for (auto& rule : rules.rules) {
    rule.window = std::max(rule.window, Nanos(1));
    rule.spacing = std::max(rule.spacing, Nanos(0));
    // What costs more than there ever is would wait for ever.
    if (rule.units != 0) {
      rule.read_cost = std::min(rule.read_cost, rule.units);
      rule.write_cost = std::min(rule.write_cost, rule.units);
    }
  }
  rules.longest_wait = std::max(rules.longest_wait, Nanos(0));
  return rules;
}

bool concerns(const RateRule& rule, Effect effect, const std::string& operation) {
  if (rule.of == RateRule::Of::writes && effect != Effect::Write) return false;
  if (!rule.only.empty() && rule.only != operation) return false;
  return rule.except.empty() || rule.except != operation;
}

std::string key_of(std::size_t number, const RateRule& rule, const std::string& operation,
                   const std::string& bucket) {
  const auto key = std::to_string(number);
  switch (rule.per) {
    case RateRule::Per::credential:
      return key;
    case RateRule::Per::bucket:
      return key + " " + bucket;
    case RateRule::Per::action:
      return key + " " + operation + " " + bucket;
  }
  return key;
}

}  // namespace

void RateLimits::Meter::forget(Mono now) {
  while (!log.empty() && now - log.front().at > rule->window) {
    used -= log.front().cost;
    log.pop_front();
  }
}

/// When there is room for `cost`, if nobody else comes. Both ends of a window count, because the
/// other side's clock is not ours.
Mono RateLimits::Meter::ready(Mono now, std::uint64_t cost) const {
  Mono at = now;
  if (last) at = std::max(at, *last + rule->spacing);
  if (rule->units == 0 || used + cost <= rule->units) return at;
  std::uint64_t freed = 0;
  for (const auto& charge : log) {
    freed += charge.cost;
    if (used + cost - freed <= rule->units) {
      return std::max(at, charge.at + rule->window + Nanos(1));
    }
  }
  return at;
}

bool RateLimits::Meter::fits(Mono now, std::uint64_t cost) const {
  return shut_until <= now && ready(now, cost) <= now;
}

Mono RateLimits::Word::ready(Mono now) const {
  Mono at = std::max(now, away_until);
  if (left == 0) at = std::max(at, left_until);
  return at;
}

RateLimits::RateLimits(RateRules rules) : rules_(sane(std::move(rules))) {}

RateLimits::Ticket RateLimits::join(Effect effect, const std::string& operation,
                                    const std::string& bucket) {
  Waiting one{.word = &words_[rules_.hints_per_bucket ? bucket : ""], .uses = {}};
  ++one.word->users;
  for (std::size_t i = 0; i < rules_.rules.size(); ++i) {
    const auto& rule = rules_.rules[i];
    if (!concerns(rule, effect, operation)) continue;
    auto& meter = meters_[key_of(i, rule, operation, bucket)];
    meter.rule = &rule;
    ++meter.users;
    one.uses.push_back(
        {.meter = &meter, .cost = effect == Effect::Write ? rule.write_cost : rule.read_cost});
  }
  line_.emplace(next_, std::move(one));
  return next_++;
}

/// Clears what an earlier look noted, and gives the time at which this request has room if those
/// ahead of it did not exist.
Mono RateLimits::begin_look(const Waiting& one, Mono now) {
  Mono at = one.word->ready(now);
  for (const auto& use : one.uses) {
    if (std::exchange(use.meter->look, look_) != look_) {
      use.meter->forget(now);
      use.meter->shut_until = {};
    }
    at = std::max(at, use.meter->ready(now, use.cost));
  }
  return at;
}

/// When the rules that those ahead have shut may open.
Mono RateLimits::shut_until(const Waiting& one) {
  Mono at{};
  for (const auto& use : one.uses) at = std::max(at, use.meter->shut_until);
  return at;
}

bool RateLimits::has_room(const Waiting& one, Mono now) const {
  if (one.word->ready(now) > now) return false;
  return std::ranges::all_of(one.uses,
                             [&](const Use& use) { return use.meter->fits(now, use.cost); });
}

/// Keeps the way of a request ahead free. If it may leave now and has not asked yet, nobody passes
/// it. Else every rule that has no room for it is shut for those behind, or cheap requests would
/// keep a dear one waiting.
void RateLimits::claim(const Waiting& one, Mono now, Mono ready, bool fits) {
  if (one.word->ready(now) > now) return;
  for (const auto& use : one.uses) {
    if (fits || !use.meter->fits(now, use.cost)) {
      use.meter->shut_until = std::max({use.meter->shut_until, ready, now + moment});
    }
  }
}

void RateLimits::charge(const Waiting& one, Mono now) {
  auto& word = *one.word;
  ++word.out;
  if (word.left_until > now && word.left > 0) --word.left;
  for (const auto& use : one.uses) {
    use.meter->last = now;
    --use.meter->users;
    if (use.meter->rule->units == 0) continue;
    use.meter->log.push_back({.at = now, .cost = use.cost});
    use.meter->used += use.cost;
  }
}

std::optional<Mono> RateLimits::leave(Ticket ticket, Mono now) {
  latest_ = now = std::max(now, latest_);
  sweep(now);
  const auto mine = line_.find(ticket);
  if (mine == line_.end()) return std::nullopt;
  ++look_;
  // What it would wait for alone it waits for anyway, so it sleeps through it.
  if (const Mono ready = begin_look(mine->second, now); ready > now) return ready;
  for (auto it = line_.begin(); it != mine; ++it) {
    const Mono ready = begin_look(it->second, now);
    const Mono shut = shut_until(it->second);
    claim(it->second, now, std::max(ready, shut), has_room(it->second, now));
    // One who is in the way is enough: the rest of a long line need not be looked at.
    if (const Mono until = shut_until(mine->second); until > now) {
      return std::min(until, now + while_others_wait);
    }
  }
  charge(mine->second, now);
  out_.emplace(ticket, mine->second.word);
  line_.erase(mine);
  return std::nullopt;
}

Mono RateLimits::ready_by_rules(Ticket ticket, Mono now) const {
  Mono at = now;
  const auto mine = line_.find(ticket);
  if (mine == line_.end()) return at;
  for (const auto& use : mine->second.uses) at = std::max(at, use.meter->ready(now, use.cost));
  return at;
}

void RateLimits::give_up(Ticket ticket) {
  const auto node = line_.extract(ticket);
  if (node.empty()) return;
  --node.mapped().word->users;
  for (const auto& use : node.mapped().uses) --use.meter->users;
}

void RateLimits::answered(Ticket ticket, Mono now, const BudgetHint& hint) {
  latest_ = now = std::max(now, latest_);
  const auto node = out_.extract(ticket);
  if (node.empty()) return;
  auto& word = *node.mapped();
  --word.out;
  --word.users;
  const auto bounded = [&](Nanos wait) {
    return now + std::clamp(wait, Nanos(0), rules_.longest_wait);
  };
  if (hint.retry_after) word.away_until = std::max(word.away_until, bounded(*hint.retry_after));
  if (!hint.remaining) return;
  // What is still on its way may not be counted in the answer yet.
  const auto left = *hint.remaining - std::min<std::uint64_t>(*hint.remaining, word.out);
  if (now < word.left_until) {
    // The same window: both sides only count down, so the smaller number is the newer one.
    word.left = std::min(word.left, left);
  } else {
    word.left = left;
    word.left_until = bounded(hint.resets_in.value_or(longest_window()));
  }
}

Nanos RateLimits::longest_window() const {
  Nanos longest{};
  for (const auto& rule : rules_.rules) {
    if (rule.units != 0) longest = std::max(longest, rule.window);
  }
  return longest == Nanos{} ? rules_.longest_wait : longest;
}

std::uint64_t RateLimits::remaining(Mono now) const {
  now = std::max(now, latest_);
  constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t least = no_limit;
  const auto counts = [](const RateRule& rule) {
    return rule.of == RateRule::Of::requests && rule.units != 0 && rule.read_cost != 0;
  };
  for (const auto& rule : rules_.rules) {
    if (counts(rule)) least = std::min(least, rule.units / rule.read_cost);
  }
  for (const auto& [key, meter] : meters_) {
    if (!counts(*meter.rule)) continue;
    auto used = meter.used;
    for (const auto& charge : meter.log) {
      if (now - charge.at > meter.rule->window) used -= charge.cost;
    }
    least = std::min(least, (meter.rule->units - used) / meter.rule->read_cost);
  }
  for (const auto& [bucket, word] : words_) {
    if (word.ready(now) > now) return 0;
    if (word.left_until > now) least = std::min(least, word.left);
  }
  return least;
}

/// Drops what says nothing any more (S15).
void RateLimits::sweep(Mono now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + sweep_interval;
  std::erase_if(meters_, [&](const auto& entry) {
    const auto& meter = entry.second;
    return meter.users == 0 && (!meter.last || (now - *meter.last > meter.rule->window &&
                                                now - *meter.last >= meter.rule->spacing));
  });
  std::erase_if(words_, [&](const auto& entry) {
    const auto& word = entry.second;
    return word.users == 0 && word.away_until <= now && word.left_until <= now;
  });
}

}  // namespace lockstep::net
