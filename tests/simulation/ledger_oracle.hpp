// What the ledger remembers for later, compared with what happened: it harms only after a change of
// manifests, so that values at the places do not tell.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "ports/ledger.hpp"
#include "simulation/wire.hpp"

namespace lockstep::simulation {

class World;

/// Knows what providers had when they were read, and what was sent to them; shares no code with
/// the program's decisions. Outlives every life.
class LedgerOracle {
 public:
  explicit LedgerOracle(const World& world) : world_(world) {}

  /// A good read of a place ended: what is there now is what the program can know.
  void was_read(const std::string& place);
  /// A write is about to leave.
  void was_asked(const WriteAsked& write);
  /// What the ledger holds, at a start or after a crash.
  void loaded(const PlaceId& id, const PlaceRecord& record) { durable_[id] = record; }
  /// A record became durable. Keeps the first thing that is wrong with it.
  void saved(const PlaceId& id, const PlaceRecord& record);
  /// What was wrong first; "" when nothing.
  const std::string& broken() const { return broken_; }

 private:
  struct Sight {
    std::map<std::string, std::string> values;
    std::string deployment;  ///< of a Worker
  };
  /// What was sent to a place since the record before.
  struct Sent {
    std::optional<Sight> decided_on;          ///< what was read before the first of it
    std::map<std::string, std::string> puts;  ///< name -> value
  };
  struct Commit;

  void check(const Commit& commit) const;
  void check_name(const Commit& commit, const std::string& name) const;
  void check_origin(const Commit& commit, const std::string& name) const;
  void check_rule(const Commit& commit, const std::string& name) const;
  void check_repairs(const Commit& commit, const std::string& name) const;
  void check_deletions(const Commit& commit) const;
  bool arrived(const std::string& place, const std::string& name, const std::string& value) const;
  bool undoes(const Commit& commit, const std::string& name) const;
  std::string asked_value(const WriteAsked& write, const std::string& name) const;

  const World& world_;
  std::map<PlaceId, PlaceRecord> durable_;
  std::map<std::string, Sight> seen_;                       ///< by place
  std::map<std::string, Sent> sent_;                        ///< by place
  std::map<std::string, std::set<std::string>> ever_sent_;  ///< place -> names
  /// place -> name -> the last value of ours that arrived; "" where only the place can read it
  std::map<std::string, std::map<std::string, std::string>> ours_;
  std::string broken_;
};

/// The ledger, with every record that becomes durable shown to the oracle.
std::unique_ptr<Ledger> watched(std::unique_ptr<Ledger> ledger, LedgerOracle& oracle);

/// A ledger that hands everything on, to be changed in parts.
class PassingLedger : public Ledger {
 public:
  explicit PassingLedger(Ledger& next) : next_(next) {}
  const Fingerprinter* fingerprinter() const override { return next_.fingerprinter(); }
  Awaitable<Result<PlaceRecord>> load(PlaceId id) override { return next_.load(std::move(id)); }
  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    return next_.save(std::move(id), record);
  }
  Awaitable<Result<std::vector<PlaceId>>> places() override { return next_.places(); }
  Awaitable<Result<std::optional<std::string>>> generated(SecretId id) override {
    return next_.generated(std::move(id));
  }
  Awaitable<Result<void>> remember_generated(SecretId id, std::string fingerprint) override {
    return next_.remember_generated(std::move(id), std::move(fingerprint));
  }
  Awaitable<Result<std::vector<Hold>>> holds(PlaceId id) override {
    return next_.holds(std::move(id));
  }
  Awaitable<Result<std::vector<std::pair<PlaceId, Hold>>>> all_holds() override {
    return next_.all_holds();
  }
  Awaitable<Result<void>> hold(PlaceId id, Hold hold) override {
    return next_.hold(std::move(id), std::move(hold));
  }
  Awaitable<Result<bool>> release(PlaceId id, std::string name) override {
    return next_.release(std::move(id), std::move(name));
  }

 protected:
  Ledger& next_;
};

}  // namespace lockstep::simulation
