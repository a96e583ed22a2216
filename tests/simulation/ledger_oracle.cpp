#include "simulation/ledger_oracle.hpp"

#include <algorithm>
#include <stdexcept>

#include "simulation/world.hpp"

namespace lockstep::simulation {

namespace {

bool is_ours(const NameRecord* known) {
  return known && (known->written || known->origin == Origin::trusted);
}

const NameRecord* find(const PlaceRecord& record, const std::string& name) {
  const auto found = record.names.find(name);
  return found == record.names.end() ? nullptr : &found->second;
}

/// How many of the times are new; several may be equal.
std::size_t added(std::vector<Wall> before, std::vector<Wall> after) {
  std::ranges::sort(before);
  std::ranges::sort(after);
  std::vector<Wall> fresh;
  std::ranges::set_difference(after, before, std::back_inserter(fresh));
  return fresh.size();
}

/// As the world calls a place; "" for a file, which no wire leads to.
std::string world_name(const PlaceId& id) {
  if (id.place.starts_with("flyApp/")) return "fly";
  if (id.place.starts_with("cloudflareWorker/")) return "worker";
  if (id.place.starts_with("githubEnvironment/")) return "environment";
  return id.place.starts_with("githubRepository/") ? "repository" : "";
}

}  // namespace

/// One step from one durable record to the next.
struct LedgerOracle::Commit {
  const PlaceId& id;
  const PlaceRecord& before;
  const PlaceRecord& after;
  std::string place;
  const Sight& seen;
  const Sent& sent;
  /// What was read is what was there: nothing was stale, and nobody acted between two calls.
  bool exact;

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at " + id.place);
  }
};

void LedgerOracle::was_read(const std::string& place) {
  auto& sight = seen_[place];
  sight.values.clear();
  for (const auto& name : world_.names(place)) sight.values[name] = *world_.value(place, name);
  if (place == "worker") sight.deployment = world_.cloudflare.active_deployment(account, worker);
}

std::string LedgerOracle::asked_value(const WriteAsked& write, const std::string& name) const {
  if (const auto put = write.puts.find(name); put != write.puts.end()) return put->second;
  const auto& wanted = world_.wanted.at(write.place);
  const auto found = wanted.find(name);  // it is sealed: the source knows
  return found == wanted.end() ? "" : found->second;
}

void LedgerOracle::was_asked(const WriteAsked& write) {
  auto& sent = sent_[write.place];
  if (!sent.decided_on) sent.decided_on = seen_[write.place];
  auto names = write.sealed;
  for (const auto& [name, value] : write.puts) names.insert(name);
  for (const auto& name : names) sent.puts[name] = asked_value(write, name);
  ever_sent_[write.place].merge(names);
}

void LedgerOracle::saved(const PlaceId& id, const PlaceRecord& record) {
  const auto place = world_name(id);
  const Commit commit{.id = id,
                      .before = durable_[id],
                      .after = record,
                      .place = place,
                      .seen = seen_[place],
                      .sent = sent_[place],
                      .exact = !place.empty() && world_.reads_are_exact(place)};
  try {
    check(commit);
  } catch (const std::exception& error) {
    if (broken_.empty()) broken_ = error.what();
  }
  for (const auto& [name, value] : sent_[place].puts) {
    if (arrived(place, name, value)) ours_[place][name] = value;
  }
  sent_.erase(place);
  durable_[id] = record;
}

void LedgerOracle::check(const Commit& commit) const {
  for (const auto& [name, known] : commit.after.names) check_name(commit, name);
  check_deletions(commit);
  const auto repairs = added(commit.before.repairs, commit.after.repairs);
  if (repairs > 1) commit.fail("S20: one batch counts as " + std::to_string(repairs) + " repairs");
  const bool undone = std::ranges::any_of(
      commit.sent.puts, [&](const auto& put) { return undoes(commit, put.first); });
  if (undone && repairs != 1) commit.fail("S20: a repair is not counted");
}

void LedgerOracle::check_name(const Commit& commit, const std::string& name) const {
  check_origin(commit, name);
  check_rule(commit, name);
  check_repairs(commit, name);
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const bool begins = now.intent && !(old && old->intent);
  if (begins && commit.place == "worker" && commit.exact &&
      now.intent->place_before.event != commit.seen.deployment) {
    commit.fail("S8: the intent of " + name + " does not say what it was decided on");
  }
  if (now.written && !(old && old->written) && !commit.place.empty()) {
    const auto sent = ever_sent_.find(commit.place);
    if (sent == ever_sent_.end() || !sent->second.contains(name))
      commit.fail("S1: " + name + " counts as written and was never sent");
  }
}

/// Ours stays what it became when it came under lockstep's care.
void LedgerOracle::check_origin(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const bool settled = is_ours(old) || (old && old->intent && !now.intent);
  if (settled && now.origin != old->origin) commit.fail("S1: the origin of " + name + " changed");
  if (settled || !commit.exact) return;
  const bool there = commit.seen.values.contains(name);
  if (now.intent) {
    const auto origin = there ? Origin::adopted : Origin::created;
    if (now.origin != origin) {
      commit.fail("S1: " + name + " counts as " + std::string(to_string(now.origin)) + " and was " +
                  (there ? "there before" : "not there before"));
    }
  } else if (is_ours(&now) && (!there || now.written || now.origin != Origin::trusted)) {
    commit.fail("S1: " + name + " counts as ours and was not written");
  }
}

void LedgerOracle::check_rule(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const bool ruled = world_.compromised_only.contains(name);
  if (ruled && is_ours(&now) && !now.compromised_only) {
    commit.fail("S16: that " + name + " is CompromisedOnly is not remembered");
  }
  if (!old || old->compromised_only == now.compromised_only) return;
  if (now.compromised_only && !ruled) commit.fail("S16: " + name + " has a rule that nobody gave");
  const bool written = !now.intent && now.written_at != old->written_at;
  if (!now.compromised_only && !written) {
    commit.fail("S16: the rule of " + name + " is forgotten without a write");
  }
}

/// Not what was asked just before the power went.
bool LedgerOracle::arrived(const std::string& place, const std::string& name,
                           const std::string& value) const {
  const auto there = world_.value(place, name);
  return there && (value.empty() || *there == value);
}

/// A write that is proved, of the value that stood there before somebody else changed it.
bool LedgerOracle::undoes(const Commit& commit, const std::string& name) const {
  const auto put = commit.sent.puts.find(name);
  const auto* now = find(commit.after, name);
  const auto* old = find(commit.before, name);
  if (!commit.exact || put == commit.sent.puts.end() || !now || !old) return false;
  // What is presumed to be ours may be wrong, and the ledger says so.
  if (!old->written || old->presumed || !old->intent || now->intent) return false;
  if (world_.now() - old->intent->started >= std::chrono::hours(1)) return false;  // forgotten
  if (!arrived(commit.place, name, put->second)) return false;
  const auto ours = ours_.find(commit.place);
  if (ours == ours_.end() || !ours->second.contains(name)) return false;
  const auto& last = ours->second.at(name);
  const auto& there = commit.sent.decided_on->values;
  const auto seen = there.find(name);
  const bool changed = seen == there.end() || (!last.empty() && seen->second != last);
  return changed && put->second == last;
}

void LedgerOracle::check_repairs(const Commit& commit, const std::string& name) const {
  const auto& now = commit.after.names.at(name);
  const auto* old = find(commit.before, name);
  const auto repairs = added(old ? old->repairs : std::vector<Wall>(), now.repairs);
  if (repairs > 1) commit.fail("S20: one write of " + name + " counts as several repairs");
  if (repairs == 1 && !(old && old->intent)) {
    commit.fail("S20: a repair of " + name + " that nobody made");
  }
  if (repairs == 0 && undoes(commit, name)) {
    commit.fail("S20: a repair of " + name + " is not counted");
  }
}

/// Every removal that is settled counts against maxDeletions, and nothing else does.
void LedgerOracle::check_deletions(const Commit& commit) const {
  std::size_t gone = 0;
  for (const auto& [name, old] : commit.before.names) {
    if (old.intent && old.intent->remove && !commit.after.names.contains(name)) ++gone;
  }
  if (added(commit.before.deletions, commit.after.deletions) != gone) {
    commit.fail("S1: the deletions of the day are miscounted");
  }
}

namespace {

class WatchedLedger final : public PassingLedger {
 public:
  WatchedLedger(std::unique_ptr<Ledger> ledger, LedgerOracle& oracle)
      : PassingLedger(*ledger), ledger_(std::move(ledger)), oracle_(oracle) {}
  Awaitable<Result<PlaceRecord>> load(PlaceId id) override {
    auto loading = next_.load(id);
    auto record = co_await std::move(loading);
    if (record) oracle_.loaded(id, *record);
    co_return record;
  }
  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    auto saving = next_.save(id, record);
    auto sequence = co_await std::move(saving);
    if (sequence) oracle_.saved(id, record);
    co_return sequence;
  }

 private:
  std::unique_ptr<Ledger> ledger_;
  LedgerOracle& oracle_;
};

}  // namespace

std::unique_ptr<Ledger> watched(std::unique_ptr<Ledger> ledger, LedgerOracle& oracle) {
  return std::make_unique<WatchedLedger>(std::move(ledger), oracle);
}

}  // namespace lockstep::simulation
