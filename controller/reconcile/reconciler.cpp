#include "reconcile/reconciler.hpp"

#include <algorithm>
#include <numeric>

#include "reconcile/incumbents.hpp"
#include "reconcile/retry.hpp"
#include "reconcile/summary.hpp"

namespace lockstep::reconcile {

std::vector<api::Problem> World::problems() const {
  auto all = snapshot.problems;
  all.insert(all.end(), desired.problems.begin(), desired.problems.end());
  std::ranges::sort(all, {}, [](const auto& p) { return std::tie(p.at, p.path, p.text); });
  return all;
}

World::Documents World::documents() const {
  std::set<Location> starts;
  for (const auto& document : snapshot.documents) starts.insert(api::location(document));
  for (const auto& document : snapshot.broken) starts.insert(document.at);
  std::set<Location> broken;
  for (const auto& problem : problems()) {
    // The document that begins last before it; what stands before all of them is a text of its own.
    const auto after = starts.upper_bound(problem.at);
    const bool within = after != starts.begin() && std::prev(after)->file == problem.at.file;
    broken.insert(within ? *std::prev(after) : Location{.file = problem.at.file});
  }
  Documents out{.all = starts.size(), .broken = broken.size()};
  for (const auto& one : broken) out.all += starts.contains(one) ? 0 : 1;
  return out;
}

namespace {
plan::Manifests manifests_of(const ManifestSnapshot& snapshot) {
  return {.documents = snapshot.documents,
          .broken = snapshot.broken,
          .incomplete = snapshot.incomplete,
          .why_incomplete = snapshot.why_incomplete};
}
Desired desired_of(const ManifestSnapshot& snapshot) {
  return plan::build_desired(manifests_of(snapshot));
}

ObjectKey credential_of(const DesiredTarget& target) {
  return {target.key.ns, target.credential};
}
}  // namespace

Awaitable<Result<World>> load_world(ManifestStore& manifests) {
  auto loading = manifests.load();
  CO_TRY(auto snapshot, co_await std::move(loading));
  World world;
  const auto read = manifests_of(snapshot);
  world.desired = plan::build_desired(read);
  std::ranges::move(plan::idle_sets(read, world.desired), std::back_inserter(snapshot.notes));
  world.snapshot = std::move(snapshot);
  co_return world;
}

Reconciler::Reconciler(Services services, ManifestStore& manifests, asio::any_io_executor executor,
                       Options options)
    : services_(std::move(services)),
      manifests_(manifests),
      options_(options),
      looks_(services_, health_, executor),
      scope_(executor),
      watch_(executor),
      event_(executor) {
  looks_.on_answer([this](const PlaceId& place) { hear(place); });
}

Awaitable<std::vector<PassOutcome>> Reconciler::once(const World& world,
                                                     std::vector<const DesiredTarget*> targets,
                                                     PassOptions options, Listener listener) {
  services_.source.refresh();
  if (options.write) {
    auto learning = learn_others(world, targets);
    co_await std::move(learning);
  }
  Command command{
      .desired = world.desired,
      .options = options,
      .patience = Patience(options.wait.value_or(options_.patience), services_.clock.mono()),
      .listener = std::move(listener),
      .places = {}};
  for (const auto* target : targets) command.places.insert(place_id(*target));
  std::vector<std::optional<PassOutcome>> slots(targets.size());
  std::vector<std::size_t> waiting(targets.size());
  std::iota(waiting.begin(), waiting.end(), std::size_t{0});
  std::size_t ended = 0;
  const auto start = [&](std::size_t i) {
    ++busy_[credential_of(*targets[i])];
    scope_.start([](Reconciler& self, Command& given, const DesiredTarget& target,
                    std::optional<PassOutcome>& slot, std::size_t& count) -> Awaitable<void> {
      auto settling = self.settle(given, target);
      slot = co_await std::move(settling);
      self.services_.status.put(slot->status);
      export_gauges(self.services_.metrics, target, *slot);
      --self.busy_[credential_of(target)];
      ++count;
      if (given.listener.ended) given.listener.ended(*slot);
      self.event_.notify();
    }(*this, command, *targets[i], slots[i], ended));
  };
  for (;;) {
    std::erase_if(waiting, [&](std::size_t i) {
      if (!has_worker(credential_of(*targets[i]))) return false;
      start(i);
      return true;
    });
    // A pass that has nothing to wait for ends while it is started, before anyone waits for it.
    if (ended == targets.size()) break;
    if (co_await event_.wait() == Ended::cancelled) {
      auto draining = drain();
      co_await std::move(draining);
      break;
    }
  }
  auto ending = looks_.end();
  co_await std::move(ending);
  std::vector<PassOutcome> out;
  for (auto& slot : slots) {
    if (slot) out.push_back(std::move(*slot));
  }
  co_return out;
}

/// What the manifests claim at the Targets that were not chosen counts from now on, too (S2).
Awaitable<void> Reconciler::learn_others(const World& world,
                                         const std::vector<const DesiredTarget*>& chosen) {
  const std::set<const DesiredTarget*> passed(chosen.begin(), chosen.end());
  for (const auto& target : world.desired.targets) {
    if (passed.contains(&target)) continue;
    auto learning = learn_claims(services_.ledger, target);
    const auto learnt = co_await std::move(learning);
    if (learnt) continue;
    services_.log.warning("claims not remembered",
                          {{"target", to_string(target.key)}, {"error", describe(learnt.error())}});
  }
}

bool Reconciler::has_worker(const ObjectKey& credential) const {
  const auto busy = busy_.find(credential);
  return busy == busy_.end() || busy->second < options_.workers;
}

Awaitable<Status> Reconciler::run(const WriteFence& fence) {
  const auto free = [this](const ObjectKey& key) {
    const auto known = known_.find(key);
    return known == known_.end() || has_worker(known->second.credential);
  };
  Status held;
  watch_.start(watch_manifests());
  watch_.start(watch_fence(fence, held));
  while (!stopping_) {
    const auto now = services_.clock.mono();
    while (!stopping_) {
      const auto key = queue_.take(now, free);
      if (!key) break;
      const auto credential = known_[*key].credential;
      ++busy_[credential];
      scope_.start(work(world_, *key, credential));
    }
    services_.metrics.queue(queue_.depth(now));
    const auto next = queue_.next(free);
    auto waiting = event_.wait_until(services_.clock, next.value_or(Mono::max()));
    if (co_await std::move(waiting) == Ended::cancelled) break;
  }
  stopping_ = true;
  watch_.cancel();
  auto draining = drain();
  co_await std::move(draining);
  auto ending = looks_.end();
  co_await std::move(ending);
  co_return held;
}

/// Beside the passes: manifests that are being written, or on a disk that hangs, delay none (S14).
Awaitable<void> Reconciler::watch_manifests() {
  do {
    auto loading = reload();
    co_await std::move(loading);
    event_.notify();
  } while (co_await services_.clock.sleep_until(services_.clock.mono() + options_.poll) ==
           Ended::finished);
  event_.notify();
}

Awaitable<void> Reconciler::watch_fence(const WriteFence& fence, Status& held) {
  while (co_await services_.clock.sleep_until(services_.clock.mono() + options_.poll) ==
         Ended::finished) {
    auto now = fence.check(services_.clock.mono());
    if (now || stopping_) continue;
    services_.log.error("stopping: the right to write is lost", {{"error", describe(now.error())}});
    held = std::move(now);
    stop();
    break;
  }
  event_.notify();
}

void Reconciler::stop() {
  stopping_ = true;
  event_.notify();
}

Awaitable<void> Reconciler::drain() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const auto deadline = services_.clock.mono() + options_.shutdown;
  const auto working = [this] { return scope_.size() + watch_.size() != 0; };
  while (working() && services_.clock.mono() < deadline) {
    auto waiting = event_.wait_until(services_.clock, deadline);
    if (co_await std::move(waiting) == Ended::timed_out) break;
  }
  scope_.cancel();
  while (working()) {
    auto waiting =
        event_.wait_until(services_.clock, services_.clock.mono() + std::chrono::seconds(1));
    if (co_await std::move(waiting) == Ended::cancelled) break;
  }
}

Awaitable<void> Reconciler::reload() {
  auto loading = load_world(manifests_);
  auto loaded = co_await std::move(loading);
  if (stopping_) co_return;
  if (!loaded) {
    hold_deletions(loaded.error());
    co_return;
  }
  unreadable_ = false;
  if (world_ && world_->snapshot.revision == loaded->snapshot.revision) co_return;
  world_ = std::make_shared<const World>(std::move(*loaded));
  for (const auto& problem : world_->problems()) {
    services_.log.warning("invalid manifest", {{"problem", api::to_string(problem)}});
  }
  for (const auto& note : world_->snapshot.notes) {
    services_.log.warning("manifests", {{"note", api::to_string(note)}});
  }
  services_.log.info("manifests loaded", {{"targets", world_->desired.targets.size()}});
  know_targets();
}

/// While the manifests cannot be read they may hold any claim: what was loaded stays in force, but
/// nothing is deleted for it (S2). Without a revision, the next look that succeeds replaces it.
void Reconciler::hold_deletions(const Error& error) {
  if (unreadable_) return;
  unreadable_ = true;
  services_.log.error("manifests cannot be read", {{"error", describe(error)}});
  if (!world_) return;
  World held{.snapshot = world_->snapshot, .desired = {}};
  held.snapshot.incomplete = true;
  held.snapshot.why_incomplete = "the manifests cannot be read (" + describe(error) + ")";
  held.snapshot.revision.clear();
  held.desired = desired_of(held.snapshot);
  world_ = std::make_shared<const World>(std::move(held));
}

/// Queues every Target of a new world and forgets those that are gone.
void Reconciler::know_targets() {
  const auto now = services_.clock.mono();
  std::set<ObjectKey> there;
  for (const auto& target : world_->desired.targets) {
    there.insert(target.key);
    auto& known = known_[target.key];
    auto labels = labels_of(target);
    if (known.labels != labels) services_.metrics.target_gone(known.labels);
    known.labels = std::move(labels);
    known.credential = credential_of(target);
    queue_.add(target.key, now);
    services_.metrics.queue_added(false);
  }
  for (auto it = known_.begin(); it != known_.end();) {
    if (there.contains(it->first)) {
      ++it;
      continue;
    }
    queue_.remove(it->first);
    services_.metrics.target_gone(it->second.labels);
    it = known_.erase(it);
  }
  services_.status.know(std::move(there));
}

Awaitable<void> Reconciler::work(std::shared_ptr<const World> world, ObjectKey key,
                                 ObjectKey credential) {
  const auto& targets = world->desired.targets;
  const auto target = std::ranges::find(targets, key, &DesiredTarget::key);
  if (target != targets.end()) {
    const auto began = services_.clock.mono();
    services_.source.refresh();
    Pass pass(services_, health_, looks_, world->desired, *target, {.write = true});
    auto running = pass.run();
    auto outcome = co_await std::move(running);
    services_.metrics.reconciled(outcome.error  ? "error"
                                 : outcome.more ? "requeue"
                                                : "requeue_after",
                                 services_.clock.mono() - began);
    // Of a Target that went while its pass ran nothing is told any more.
    const auto found = known_.find(key);
    if (found != known_.end()) {
      auto& last = found->second.last_observed;
      if (outcome.status.last_observed) last = outcome.status.last_observed;
      outcome.status.last_observed = last;
      tell_holds(found->second, *target, outcome);
      outcome.status.next_pass = services_.clock.wall() + schedule(found->second, *target, outcome);
      if (found->second.labels == labels_of(*target)) {
        export_gauges(services_.metrics, *target, outcome);
      }
      services_.status.put(std::move(outcome.status));
    }
  }
  --busy_[credential];
  queue_.done(key);
  event_.notify();
}

void Reconciler::tell_holds(Known& known, const DesiredTarget& target, const PassOutcome& outcome) {
  const auto& now = outcome.status.plan.holds;
  // Without the holds nothing was decided, and nothing is known of them.
  if (outcome.error && outcome.error->kind == ErrorKind::storage) return;
  const auto key = to_string(target.key);
  const auto of = [&](const Hold& hold) {
    return "lockstep hold " + key + (hold.name.empty() ? "" : " " + hold.name) + " --release";
  };
  for (const auto& hold : now) {
    if (std::ranges::find(known.holds, hold) != known.holds.end()) continue;
    services_.log.info("held", {{"target", key},
                                {"name", hold.name},
                                {"until", to_rfc3339(hold.until)},
                                {"by", hold.by},
                                {"reason", hold.reason},
                                {"release", of(hold)}});
  }
  for (const auto& hold : known.holds) {
    if (std::ranges::find(now, hold) != now.end()) continue;
    services_.log.info("hold ended", {{"target", key}, {"name", hold.name}, {"by", hold.by}});
  }
  known.holds = now;
}

void Reconciler::hear(const PlaceId& place) {
  for (auto& [key, known] : known_) {
    if (known.awaited.erase(place) == 0 || !known.awaited.empty()) continue;
    queue_.add(key, services_.clock.mono());
    event_.notify();
  }
}

Nanos Reconciler::schedule(Known& known, const DesiredTarget& target, const PassOutcome& outcome) {
  const auto wall = services_.clock.wall();
  Nanos wait = with_jitter(target.interval, services_.random);
  if (outcome.error) {
    wait = retry_delay(*outcome.error, ++known.failures, target.interval, wall, services_.random);
    services_.metrics.queue_added(true);
    services_.log.warning("pass failed", {{"target", to_string(target.key)},
                                          {"kind", to_string(outcome.error->kind)},
                                          {"error", describe(*outcome.error)}});
  } else {
    known.failures = 0;
    if (outcome.more) wait = Nanos{};
    if (outcome.wake_at) wait = std::min(wait, std::max<Nanos>(*outcome.wake_at - wall, Nanos{}));
    // What answered since the pass asked is heard no more.
    known.awaited = looks_.unanswered(outcome.awaited);
    if (known.awaited.empty() && !outcome.awaited.empty()) wait = Nanos{};
  }
  queue_.add(target.key, services_.clock.mono() + wait);
  return wait;
}

}  // namespace lockstep::reconcile
