#include "simulation/ledger_oracle.hpp"

#include <algorithm>
#include <stdexcept>

#include "simulation/ledger_commit.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {

namespace {

/// As the world calls a place; "" for a file, which no wire leads to.
std::string world_name(const PlaceId& id) {
  if (id.place.starts_with("flyApp/")) return "fly";
  if (id.place.starts_with("cloudflareWorker/")) return "worker";
  if (id.place.starts_with("githubEnvironment/")) return "environment";
  return id.place.starts_with("githubRepository/") ? "repository" : "";
}

/// All of it but its number in the ledger, which a crash may hide.
std::string content_of(PlaceRecord record) {
  record.sequence = 0;
  return encode(record);
}

}  // namespace

void LedgerOracle::fail(const std::string& what) {
  if (broken_.empty()) broken_ = what;
}

// ---- what happens at the places ----------------------------------------------------------------

LedgerOracle::Values LedgerOracle::there(const std::string& place) const {
  Values out;
  for (const auto& name : world_.names(place)) out[name] = *world_.value(place, name);
  return out;
}

void LedgerOracle::before_request() {
  after_request({});
}

/// Whatever changed and is not what our write asked for was done by someone else.
void LedgerOracle::after_request(const WriteAsked& write) {
  for (const auto& [place, wanted] : world_.wanted) {
    auto now = there(place);
    const auto [known, first] = there_.try_emplace(place, now);
    std::set<std::string> changed;
    for (const auto& [name, value] : now) {
      const auto old = known->second.find(name);
      if (old == known->second.end() || old->second != value) changed.insert(name);
    }
    for (const auto& [name, value] : known->second) {
      if (!now.contains(name)) changed.insert(name);
    }
    for (const auto& name : changed) {
      const auto found = now.find(name);
      const bool put = write.puts.contains(name) || write.sealed.contains(name);
      const auto asked = put ? asked_value(write, name) : "";
      const bool ours = place == write.place &&
                        (found == now.end() ? write.removes.contains(name)
                                            : put && (asked.empty() || found->second == asked));
      if (!ours) ++others_[place];
    }
    known->second = std::move(now);
  }
  // A rollback may have changed secrets, and nobody can tell: it is a change of others, too.
  const auto deployments = world_.cloudflare.deployment_count(account, worker);
  const std::size_t ours = write.place == "worker" && deployments_ != deployments ? 1 : 0;
  if (deployments_ != 0 && deployments > deployments_ + ours) ++others_["worker"];
  deployments_ = deployments;
}

std::size_t LedgerOracle::shows(Sight sight) {
  sight.values = there(sight.place);
  if (sight.place == "worker") {
    auto& names = at_worker_[world_.cloudflare.active_deployment(account, worker)];
    names.clear();
    for (const auto& [name, value] : sight.values) names.insert(name);
  }
  shown_.push_back(std::move(sight));
  return shown_.size() - 1;
}

void LedgerOracle::was_answered(std::size_t number) {
  const auto& sight = shown_.at(number);
  looks_[sight.place].push_back(sight);
}

std::string LedgerOracle::asked_value(const WriteAsked& write, const std::string& name) const {
  if (const auto put = write.puts.find(name); put != write.puts.end()) return put->second;
  const auto& wanted = world_.wanted.at(write.place);
  const auto found = wanted.find(name);  // it is sealed: the source knows
  return found == wanted.end() ? "" : found->second;
}

void LedgerOracle::was_asked(const WriteAsked& write) {
  auto names = write.sealed;
  for (const auto& [name, value] : write.puts) names.insert(name);
  const auto& ours = ours_[write.place];
  for (const auto& name : names) {
    const auto last = ours.find(name);
    sent_[write.place][name] = {
        .decided_on = looks_[write.place],
        .value = asked_value(write, name),
        .before = last == ours.end() ? std::nullopt : std::optional(last->second),
        .others = others_[write.place],
        .undone = undone_[write.place][name]};
  }
  ever_sent_[write.place].merge(names);
}

// ---- what the ledger remembers of it -----------------------------------------------------------

void LedgerOracle::loaded(const PlaceId& id, const PlaceRecord& record) {
  const auto text = content_of(record);
  const auto doubt = in_doubt_.find(id);
  const auto known = durable_.find(id);
  const bool kept = known == durable_.end() || text == content_of(known->second);
  if (!kept && (doubt == in_doubt_.end() || text != doubt->second)) {
    fail("S6: the ledger lost what was durable at " + id.place);
  }
  durable_[id] = record;
  in_doubt_.erase(id);
  looks_[world_name(id)].clear();
}

void LedgerOracle::saving(const PlaceId& id, const PlaceRecord& record) {
  in_doubt_[id] = content_of(record);
}

void LedgerOracle::saved(const PlaceId& id, const PlaceRecord& record) {
  const auto place = world_name(id);
  const Commit commit{.id = id,
                      .before = durable_[id],
                      .after = record,
                      .place = place,
                      .looks = looks_[place],
                      .sent = sent_[place]};
  try {
    check(commit);
  } catch (const std::exception& error) {
    fail(error.what());
  }
  settle(commit);
  durable_[id] = record;
  in_doubt_.erase(id);
}

void LedgerOracle::settle(const Commit& commit) {
  const auto& place = commit.place;
  for (const auto& [name, sent] : sent_[place]) {
    const auto* now = find(commit.after, name);
    const auto* old = find(commit.before, name);
    if (now && added(old ? old->repairs : std::vector<Wall>(), now->repairs) > 0) {
      undone_[place][name] = sent.others;
    }
    const bool written = now && now->written && !(old && now->written_at == old->written_at);
    if (written && commit.settled(name)) ours_[place][name] = sent.value;
  }
  std::erase_if(sent_[place], [&](const auto& entry) {
    const auto* now = find(commit.after, entry.first);
    return !now || !now->intent;
  });
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
    oracle_.saving(id, record);
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
