#include "reconcile/shared_look.hpp"

#include <algorithm>

#include "plan/diff.hpp"
#include "plan/memory.hpp"
#include "reconcile/retry.hpp"

namespace lockstep::reconcile {

namespace {

/// One read of a place that only looks for names; a longer wait for its budget is told meanwhile.
constexpr Nanos read_limit = std::chrono::minutes(1);
constexpr std::size_t most_failures = 4;

bool wants(const DesiredTarget& target, const SecretId& secret) {
  return std::ranges::find(target.secrets, secret, &DesiredSecret::id) != target.secrets.end();
}

}  // namespace

bool SharedLooks::Look::complete() const {
  return std::ranges::all_of(places, [](const auto& entry) { return entry.second.has_value(); });
}

SharedLooks::SharedLooks(const Services& services, CredentialHealth& health,
                         asio::any_io_executor executor)
    : services_(services),
      health_(health),
      executor_(executor),
      scope_(std::make_unique<Scope>(executor)),
      event_(executor) {}

Awaitable<std::vector<Nowhere>> SharedLooks::ask(const Desired& desired,
                                                 const DesiredTarget& target,
                                                 std::vector<const DesiredSecret*> secrets,
                                                 Mono until) {
  for (const auto* secret : secrets) begin(desired, secret->id);
  std::vector<Nowhere> out;
  for (const auto* secret : secrets) out.push_back(verdict(desired, target, *secret));
  const auto open = [&](const Nowhere& one) { return may_answer(one.awaited, until); };
  while (std::ranges::any_of(out, open) && services_.clock.mono() < until) {
    auto waiting = event_.wait_until(services_.clock, until);
    if (co_await std::move(waiting) == Ended::cancelled) break;
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      if (!out[i].awaited.empty()) out[i] = verdict(desired, target, *secrets[i]);
    }
  }
  co_return out;
}

/// Joins the look at this secret's places that is under way or just over, or begins one.
void SharedLooks::begin(const Desired& desired, const SecretId& secret) {
  const auto oldest = services_.clock.mono() - kept;
  std::erase_if(sights_, [&](const auto& entry) { return entry.second.at < oldest; });
  std::erase_if(looks_, [&](const auto& entry) {
    return entry.second.complete() && entry.second.changed < oldest;
  });
  auto& look = looks_[secret];
  for (const auto& other : desired.targets) {
    if (!wants(other, secret)) continue;
    const auto place = place_id(other);
    const auto [part, added] = look.places.try_emplace(place);
    if (!added) continue;
    look.changed = services_.clock.mono();
    if (const auto seen = sights_.find(place); seen != sights_.end()) {
      part->second = seen->second;
    } else if (!reading_.contains(place)) {
      start(desired, other);
    }
  }
}

void SharedLooks::start(const Desired& desired, const DesiredTarget& other) {
  const auto place = place_id(other);
  const ObjectKey credential{other.key.ns, other.credential};
  begin_reading(place, credential, services_.clock.mono() + call_limit + read_limit);
  const auto provider = services_.providers.find(other.place.kind, desired.credential_of(other));
  if (!provider) return answer(place, other.place.kind, fail(provider.error()));
  scope_->start(
      read({.id = place, .place = other.place, .credential = credential, .provider = *provider}));
}

/// Reads one place until it answers. Limited by its provider, or after a fault that passes, it
/// waits here, where no pass is held.
Awaitable<void> SharedLooks::read(Errand errand) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto& clock = services_.clock;
  const auto until = clock.mono() + call_limit;
  std::size_t tries = 0, failures = 0;
  for (;;) {
    auto observing = observe(errand);
    auto seen = co_await std::move(observing);
    const bool again = !seen && worth_retrying(seen.error().kind) &&
                       (seen.error().kind == ErrorKind::throttled || ++failures < most_failures);
    if (!again) co_return answer(errand.id, errand.place.kind, seen);
    const auto next =
        clock.mono() + retry_delay(seen.error(), ++tries, {}, clock.wall(), services_.random);
    if (next > until) co_return answer(errand.id, errand.place.kind, seen);
    auto& reading = reading_[errand.id];
    reading.waits = describe(plan::with_limit(seen.error(), errand.credential.name, clock.wall()));
    reading.wakes = next;
    event_.notify();
    services_.log.info("a look waits", {{"place", errand.id.place},
                                        {"credential", to_string(errand.credential)},
                                        {"until", to_rfc3339(clock.wall() + (next - clock.mono()))},
                                        {"why", reading.waits}});
    if (co_await services_.clock.sleep_until(next) == Ended::finished) continue;
    seen = fail(ErrorKind::cancelled, "stopping");
    co_return answer(errand.id, errand.place.kind, seen);
  }
}

Awaitable<Result<Observation>> SharedLooks::observe(Errand errand) {
  const auto& clock = services_.clock;
  if (auto stopped = health_.stopped(errand.credential, clock.mono())) co_return fail(*stopped);
  auto loading = services_.ledger.load(errand.id);
  CO_TRY(const auto memory, co_await std::move(loading));
  auto looking = errand.provider->observe(
      errand.place, memory, {.deadline = clock.mono() + read_limit, .attempt = "generate"});
  auto seen = co_await std::move(looking);
  health_.heard(errand.credential, seen ? nullptr : &seen.error(), clock.mono());
  if (seen && plan::predates_our_write(errand.place.kind, memory, *seen, clock.wall())) {
    co_return fail(ErrorKind::transient, "the answer is from before our last write");
  }
  co_return seen;
}

void SharedLooks::reads(const DesiredTarget& target, Mono ends) {
  begin_reading(place_id(target), {target.key.ns, target.credential}, ends);
}

void SharedLooks::begin_reading(const PlaceId& place, ObjectKey credential, Mono ends) {
  auto& reading = reading_[place];
  if (reading.running++ == 0) reading.since = services_.clock.mono();
  reading.credential = std::move(credential);
  reading.ends = std::max(reading.ends, ends);
}

void SharedLooks::saw(const Desired& desired, const DesiredTarget& target,
                      const Result<Observation>& seen) {
  const auto place = place_id(target);
  auto& reading = reading_[place];
  const bool again = !seen && worth_retrying(seen.error().kind) && is_awaited(place);
  // The pass comes back later; those who wait for this place do not wait for that.
  if (again && reading.running == 1) start(desired, target);
  if (again) {
    --reading.running;
  } else {
    answer(place, target.place.kind, seen);
  }
}

bool SharedLooks::is_awaited(const PlaceId& place) const {
  return std::ranges::any_of(looks_, [&](const auto& entry) {
    const auto part = entry.second.places.find(place);
    return part != entry.second.places.end() && !part->second;
  });
}

/// True when it is worth waiting until then.
bool SharedLooks::may_answer(const std::set<PlaceId>& places, Mono until) const {
  return std::ranges::any_of(places, [&](const auto& place) {
    const auto reading = reading_.find(place);
    return reading != reading_.end() && reading->second.wakes < until;
  });
}

void SharedLooks::answer(const PlaceId& place, PlaceKind kind, const Result<Observation>& seen) {
  const auto reading = reading_.find(place);
  Sight sight{.at = services_.clock.mono(), .names = {}, .problem = {}};
  if (seen) {
    for (const auto& secret : seen->secrets) sight.names.insert(secret.name);
  } else if (kind != PlaceKind::dotenvFile || seen.error().kind != ErrorKind::not_found) {
    // A folder on this machine that is not there holds nothing; elsewhere a read must succeed.
    const auto credential =
        reading == reading_.end() ? std::string() : reading->second.credential.name;
    sight.problem = describe(plan::with_limit(seen.error(), credential, services_.clock.wall()));
  }
  if (seen && reading != reading_.end()) heard_[reading->second.credential] = sight.at;
  if (reading != reading_.end() && --reading->second.running == 0) reading_.erase(reading);
  for (auto& [secret, look] : looks_) {
    const auto part = look.places.find(place);
    if (part == look.places.end() || part->second) continue;
    part->second = sight;
    look.changed = sight.at;
  }
  sights_[place] = std::move(sight);
  event_.notify();
  if (listener_) listener_(place);
}

/// What the look at `secret` has come to. A place that has the name decides, then one that could
/// not be read; only then the ones that have not answered count.
Nowhere SharedLooks::verdict(const Desired& desired, const DesiredTarget& target,
                             const DesiredSecret& secret) const {
  const auto& look = looks_.at(secret.id);
  Nowhere out;
  std::string unread, unread_place;
  for (const auto& other : desired.targets) {
    for (const auto& claim : other.secrets) {
      const bool itself = other.key == target.key && claim.name == secret.name;
      if (claim.id != secret.id || itself) continue;
      const auto place = place_id(other);
      const auto& seen = look.places.at(place);
      if (!seen) {
        out.awaited.insert(place);
      } else if (!seen->problem.empty()) {
        unread_place = place.place;
        unread = "not generated while " + place.place + " cannot be read: it may hold " +
                 claim.name + " (" + seen->problem + ")";
      } else if (seen->names.contains(claim.name)) {
        return {.problem = "not generated: " + place.place + " has " + claim.name +
                           " already; put its value into source \"" + secret.source_name +
                           "\" as " + secret.source_key,
                .place = {},
                .awaited = {}};
      }
    }
  }
  if (!unread.empty()) {
    return {.problem = std::move(unread), .place = std::move(unread_place), .awaited = {}};
  }
  if (out.awaited.empty()) return out;
  out.problem = waiting_text(out.awaited);
  out.place = out.awaited.begin()->place;
  return out;
}

std::string SharedLooks::waiting_text(const std::set<PlaceId>& places) const {
  std::string which = places.begin()->place;
  if (places.size() > 1) {
    const auto more = places.size() - 1;
    which += " (and " + std::to_string(more) + (more == 1 ? " other" : " others") + ")";
  }
  for (const auto& place : places) {
    const auto reading = reading_.find(place);
    if (reading == reading_.end() || reading->second.waits.empty()) continue;
    return "not generated yet: it may be at " + which + ", which cannot be read so far (" +
           reading->second.waits + ")";
  }
  return "not generated yet: it may be at " + which + ", which has not answered so far";
}

std::set<PlaceId> SharedLooks::unanswered(const std::set<PlaceId>& places) const {
  std::set<PlaceId> out;
  std::ranges::copy_if(places, std::inserter(out, out.end()),
                       [&](const auto& place) { return reading_.contains(place); });
  return out;
}

std::vector<SharedLooks::Pending> SharedLooks::pending(const std::set<PlaceId>& places) const {
  std::vector<Pending> out;
  for (const auto& place : unanswered(places)) {
    const auto& reading = reading_.at(place);
    const auto heard = heard_.find(reading.credential);
    out.push_back(
        {.place = place,
         .credential = reading.credential,
         .why = reading.waits,
         .heard = heard == heard_.end() ? reading.since : std::max(reading.since, heard->second),
         .wakes = reading.wakes,
         .ends = reading.ends});
  }
  return out;
}

Awaitable<Ended> SharedLooks::answered(std::set<PlaceId> places, Until until) {
  for (;;) {
    const auto open = pending(places);
    if (open.empty()) co_return Ended::finished;
    Mono end = Mono::max();
    for (const auto& one : open) {
      const Mono enough = until(one);
      end = std::min(end, one.wakes > enough ? Mono{} : enough);
    }
    if (services_.clock.mono() >= end) co_return Ended::timed_out;
    auto waiting = event_.wait_until(services_.clock, end);
    if (co_await std::move(waiting) == Ended::cancelled) co_return Ended::cancelled;
  }
}

Awaitable<void> SharedLooks::end() {
  if (scope_->size() == 0) co_return;
  scope_->cancel();
  while (!scope_->drained()) {
    auto waiting =
        event_.wait_until(services_.clock, services_.clock.mono() + std::chrono::milliseconds(10));
    if (co_await std::move(waiting) == Ended::cancelled) {
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
  }
  scope_ = std::make_unique<Scope>(executor_);
}

}  // namespace lockstep::reconcile
