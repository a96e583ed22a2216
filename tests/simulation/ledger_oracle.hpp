// What the ledger remembers for later, compared with what happened: it harms only after a change of
// manifests, so that values at the places do not tell.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ports/ledger.hpp"
#include "simulation/wire.hpp"
#include "simulation/witness.hpp"

namespace lockstep::simulation {

class World;

/// Knows what providers had and showed when they were read, and what was sent to them; shares no
/// code with the program's decisions. Outlives every life.
///
/// It asks no more than the truth allows. What the program was shown is what it can know, also when
/// that was stale; an answer that was lost leaves open whether the write happened.
class LedgerOracle {
 public:
  explicit LedgerOracle(const World& world) : world_(world) {}

  /// A request reaches a provider; and its effect is there, before the answer goes back.
  void before_request();
  void after_request(const WriteAsked& write);
  /// A provider shows this; gives the number that the answer bears.
  std::size_t shows(Sight sight);
  /// The answer of that number reached the program whole.
  void was_answered(std::size_t number);
  /// A write is about to leave.
  void was_asked(const WriteAsked& write);
  /// What the ledger holds, at the start of a pass or of a look.
  void loaded(const PlaceId& id, const PlaceRecord& record);
  /// A record is about to be saved: a crash from here on may keep it or not.
  void saving(const PlaceId& id, const PlaceRecord& record);
  /// A record became durable. Keeps the first thing that is wrong with it.
  void saved(const PlaceId& id, const PlaceRecord& record);
  /// What was wrong first; "" when nothing.
  const std::string& broken() const { return broken_; }

 private:
  /// What was sent to a place under one name and is not settled in the ledger.
  struct Sent {
    std::vector<Sight> decided_on;      ///< what was shown to the pass before it
    std::string value;                  ///< "" where only the place can read it
    std::optional<std::string> before;  ///< what the ledger had as written then
    long others = 0;                    ///< changes by others until then
    long undone = 0;  ///< of them, until the last repair of the name that was counted
  };
  struct Commit;
  using Values = std::map<std::string, std::string>;

  void check(const Commit& commit) const;
  void check_name(const Commit& commit, const std::string& name) const;
  void check_intent(const Commit& commit, const std::string& name) const;
  void check_origin(const Commit& commit, const std::string& name) const;
  void check_rule(const Commit& commit, const std::string& name) const;
  void check_repairs(const Commit& commit, const std::string& name) const;
  void check_repairs_of_place(const Commit& commit) const;
  void check_deletions(const Commit& commit) const;
  bool arrived(const std::string& place, const std::string& name, const std::string& value) const;
  bool undoes(const Commit& commit, const std::string& name) const;
  std::set<bool> presence(const Commit& commit, const std::string& name) const;
  std::string asked_value(const WriteAsked& write, const std::string& name) const;
  Values there(const std::string& place) const;
  void settle(const Commit& commit);
  void fail(const std::string& what);

  const World& world_;
  std::map<PlaceId, PlaceRecord> durable_;
  std::map<PlaceId, std::string> in_doubt_;                  ///< records that a crash may have kept
  std::vector<Sight> shown_;                                 ///< by number
  std::map<std::string, std::vector<Sight>> looks_;          ///< place -> since a pass began there
  std::map<std::string, std::set<std::string>> at_worker_;   ///< deployment -> names
  std::map<std::string, std::map<std::string, Sent>> sent_;  ///< place -> name
  std::map<std::string, std::set<std::string>> ever_sent_;   ///< place -> names
  /// place -> name -> the value that the ledger has as written; "" where only the place can read it
  std::map<std::string, Values> ours_;
  std::map<std::string, Values> there_;  ///< place -> what was there at the last request
  std::size_t deployments_ = 0;          ///< of the Worker, at the last request
  std::map<std::string, long> others_;   ///< place -> how often others changed something there
  /// place -> name -> of `others_`, how many are counted as repaired
  std::map<std::string, std::map<std::string, long>> undone_;
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
