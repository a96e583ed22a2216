// The ports of a pass in memory: a place with the provider's digest of each value (as Fly.io has
// it), a ledger, a source. Each writes down what it was asked, so that tests can read the order.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "ports/ledger.hpp"
#include "ports/provider.hpp"
#include "ports/source.hpp"
#include "ports/status.hpp"

namespace lockstep::testing {

/// What happened outside, in order: `observe app`, `save app`, `apply app +TOKEN -OLD`.
using Journal = std::vector<std::string>;

inline std::string last_part(const std::string& place) {
  return place.substr(place.rfind('/') + 1);
}

/// HMACs under a key of the tests.
class FakeFingerprinter final : public Fingerprinter {
 public:
  std::string of_value(const PlaceId& place, std::string_view name,
                       const Secret& value) const override {
    return mac("value", place.ns + place.place, name, value);
  }
  std::string of_evidence(const PlaceId& place, std::string_view name,
                          const Secret& token) const override {
    return mac("evidence", place.ns + place.place, name, token);
  }
  std::string of_secret(const SecretId& id, const Secret& value) const override {
    return mac("secret", id.ns, to_string(id), value);
  }

 private:
  static std::string mac(std::string_view tag, const std::string& scope, std::string_view name,
                         const Secret& value) {
    const std::string_view parts[] = {tag, scope, name, value.expose()};
    return "k1:" + hmac_sha256_hex(Secret("key of the tests"), parts).substr(0, 32);
  }
};

class FakeLedger final : public Ledger {
 public:
  explicit FakeLedger(Journal& journal) : journal_(journal) {}

  const Fingerprinter* fingerprinter() const override { return exists ? &fingerprinter_ : nullptr; }
  Awaitable<Result<PlaceRecord>> load(PlaceId id) override {
    if (load_error) co_return fail(*load_error);
    co_return records[id];
  }
  Awaitable<Result<std::uint64_t>> save(PlaceId id, const PlaceRecord& record) override {
    if (saves_left-- <= 0) co_return fail(ErrorKind::storage, "the disk is full");
    if (record.sequence != records[id].sequence) {
      co_return fail(ErrorKind::storage, "someone else wrote the ledger");
    }
    journal_.push_back("save " + last_part(id.place));
    saved.push_back(record);
    records[id] = record;
    co_return ++records[id].sequence;
  }
  Awaitable<Result<std::vector<PlaceId>>> places() override {
    std::vector<PlaceId> out;
    for (const auto& [id, record] : records) out.push_back(id);
    co_return out;
  }
  Awaitable<Result<std::optional<std::string>>> generated(SecretId id) override {
    const auto found = made.find(id);
    if (found == made.end()) co_return std::optional<std::string>();
    co_return found->second;
  }
  Awaitable<Result<void>> remember_generated(SecretId id, std::string fingerprint) override {
    journal_.push_back("remember " + id.key);
    made[id] = std::move(fingerprint);
    co_return Result<void>();
  }
  Awaitable<Result<std::vector<Hold>>> holds(PlaceId id) override {
    if (hold_error) co_return fail(*hold_error);
    co_return held[id];
  }
  Awaitable<Result<std::vector<std::pair<PlaceId, Hold>>>> all_holds() override {
    std::vector<std::pair<PlaceId, Hold>> out;
    for (const auto& [id, list] : held) {
      for (const auto& one : list) out.emplace_back(id, one);
    }
    co_return out;
  }
  Awaitable<Result<void>> hold(PlaceId id, Hold hold) override {
    held[id].push_back(std::move(hold));
    co_return Result<void>();
  }
  Awaitable<Result<bool>> release(PlaceId id, std::string name) override {
    co_return std::erase_if(held[id], [&](const auto& h) { return h.name == name; }) != 0;
  }

  bool exists = true;  ///< false: no apply has made the ledger yet
  std::optional<Error> load_error;
  std::optional<Error> hold_error;
  std::map<PlaceId, std::vector<Hold>> held;
  long saves_left = 1'000'000;
  std::map<PlaceId, PlaceRecord> records;
  std::vector<PlaceRecord> saved;  ///< every record that became durable
  std::map<SecretId, std::string> made;

 private:
  Journal& journal_;
  FakeFingerprinter fingerprinter_;
};

class FakeSource final : public WritableSource {
 public:
  explicit FakeSource(Journal& journal) : journal_(journal) {}

  Awaitable<Result<std::optional<Secret>>> get(SourceKey key) override {
    if (unreadable.contains(key.secret)) {
      co_return fail(ErrorKind::transient, "Secret " + key.secret + " cannot be read");
    }
    const auto found = values.find(key);
    if (found == values.end()) co_return std::optional<Secret>();
    co_return std::optional<Secret>(Secret(found->second));
  }
  std::string why_missing(const SourceKey& key) const override {
    return unset.contains(key.key) ? "environment variable " + key.key + " is not set" : "";
  }
  void refresh() override { ++refreshed; }
  Awaitable<Result<Secret>> put_if_absent(SourceKey key, Secret value) override {
    if (keeping_fails) co_return fail(ErrorKind::storage, "the keyring cannot be written");
    const auto [it, fresh] = values.emplace(key, std::string(value.expose()));
    if (fresh) journal_.push_back("keep " + key.key);
    co_return Secret(it->second);
  }
  bool writable(const std::string&, const std::string& secret) const override {
    return writables.contains(secret);
  }

  std::map<SourceKey, std::string> values;
  std::set<std::string> unreadable;
  std::set<std::string> unset;  ///< keys whose environment variable is not set
  std::set<std::string> writables{"generated"};
  bool keeping_fails = false;
  int refreshed = 0;

 private:
  Journal& journal_;
};

/// Places with digests. What each call comes to can be bent.
class FakeProvider final : public Provider {
 public:
  FakeProvider(Journal& journal, Clock& clock) : journal_(journal), clock_(clock) {}

  struct Held {
    std::string value;
    Wall updated_at{};
  };

  const Capabilities& capabilities() const override { return abilities; }

  Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                         CallContext context) override {
    const auto name = place.parts.back();
    journal_.push_back("observe " + name);
    if (before_observe) before_observe(name);
    if (slow.contains(name)) {
      const auto answers = clock_.mono() + slow.at(name);
      if (co_await clock_.sleep_until(std::min(answers, context.deadline)) == Ended::cancelled) {
        co_return fail(ErrorKind::cancelled, "stopping");
      }
      if (answers > context.deadline) co_return fail(ErrorKind::transient, "no answer in time");
    }
    if (const auto error = observe_errors.find(name); error != observe_errors.end()) {
      co_return fail(error->second);
    }
    Observation seen;
    seen.at = clock_.wall();
    seen.requests = 1;
    seen.taken = taken;
    seen.evidence = evidence;
    const bool waits = memory.roll_out_due.has_value();
    if (waits && old_machines) {
      seen.roll_out = old_machines;
      seen.live = old_machines->machines() == 0;
      seen.machines = memory.machines;
    }
    for (const auto& [secret, held] : places[name]) {
      seen.secrets.push_back({.name = secret,
                              .token = Secret("digest of " + held.value),
                              .updated_at = held.updated_at,
                              .live = !waits || seen.live.value_or(true)});
    }
    co_return seen;
  }

  Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord&, WriteMode,
                                            CallContext) override {
    journal_.push_back("check " + place.parts.back());
    if (check_error) co_return fail(*check_error);
    co_return check;
  }

  Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                   const PlaceRecord& memory, WriteMode mode,
                                   CallContext) override {
    const auto name = place.parts.back();
    std::string line = "apply " + name;
    for (const auto& change : changes) {
      line += (change.op == Change::Op::put ? " +" : " -") + change.name;
    }
    journal_.push_back(line);
    memory_at_apply = memory;
    mode_at_apply = mode;
    if (apply_error) co_return fail(*apply_error);
    Applied out;
    out.evidence_is_ours = evidence_is_ours;
    out.staged = staged;
    out.machines = machines;
    out.evidence.version = version;
    out.writes = 1;
    out.reads = reads_of_apply;
    out.note = note;
    for (auto& change : changes) out.receipts.push_back(settle(places[name], change));
    co_return out;
  }

  Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord&, CallContext) override {
    journal_.push_back("roll-out " + place.parts.back());
    if (steps.empty()) co_return fail(ErrorKind::unsupported, "not here");
    auto next = std::move(steps.front());
    steps.pop_front();
    co_return next;
  }

  Awaitable<Result<Attribution>> attribute(Place, std::string, CallContext) override {
    co_return Attribution{};
  }

  std::map<std::string, std::map<std::string, Held>> places;  ///< app -> name -> value
  std::map<std::string, std::string> taken;
  std::map<std::string, Error> observe_errors;  ///< by app
  std::map<std::string, Nanos> slow;            ///< by app
  std::function<void(const std::string&)> before_observe;
  WriteCheck check;
  std::optional<Error> check_error;
  std::optional<Error> apply_error;
  std::map<std::string, Receipt::Outcome> outcomes;  ///< by name; done unless told
  bool effect_of_unknown = true;  ///< whether a change with an unknown outcome happened
  ErrorKind refusal = ErrorKind::invalid;
  bool evidence_is_ours = true;
  bool staged = false;
  bool lists_are_behind = false;             ///< the time of a write is not seen right after it
  std::vector<std::string> machines;         ///< `machine/instance` that ran at a write
  std::string version = "42";                ///< of the secrets, as a write tells it
  std::optional<RollOutScope> old_machines;  ///< what a look shows while something is staged
  std::deque<Result<RolledOut>> steps;       ///< what the next roll_out() calls give
  Capabilities abilities = capabilities_of(PlaceKind::flyApp);
  std::size_t reads_of_apply = 0;
  std::string note;        ///< of a write, for people
  PlaceEvidence evidence;  ///< what a look shows of the place as a whole
  PlaceRecord memory_at_apply;
  WriteMode mode_at_apply = WriteMode::live;

 private:
  Receipt settle(std::map<std::string, Held>& place, const Change& change) {
    Receipt receipt{.name = change.name, .outcome = Receipt::Outcome::done};
    const auto told = outcomes.find(change.name);
    if (told != outcomes.end()) receipt.outcome = told->second;
    const bool unknown = receipt.outcome == Receipt::Outcome::unknown;
    if (receipt.outcome == Receipt::Outcome::failed) {
      receipt.error = Error{.kind = refusal, .message = "the provider refuses " + change.name};
      return receipt;
    }
    if (unknown) receipt.error = Error{.kind = ErrorKind::outcome_unknown, .message = "lost"};
    if (unknown && !effect_of_unknown) return receipt;
    if (change.op == Change::Op::remove) {
      place.erase(change.name);
      return receipt;
    }
    const auto now = clock_.wall();
    place[change.name] = {std::string(change.value.expose()), now};
    if (unknown) return receipt;
    receipt.token = Secret("digest of " + place[change.name].value);
    (lists_are_behind ? receipt.answered_at : receipt.updated_at) = now;
    return receipt;
  }

  Journal& journal_;
  Clock& clock_;
};

class FakeInspector final : public CredentialInspector {
 public:
  Awaitable<Result<AccountResources>> existing(AccountResources, CallContext context) override {
    last_deadline = context.deadline;
    if (error) co_return fail(*error);
    co_return there;
  }
  AccountResources there;
  std::optional<Error> error;
  Mono last_deadline{};  ///< until when it was given time
};

class FakeProviders final : public Providers {
 public:
  FakeProviders(Provider& provider, CredentialInspector& inspector)
      : provider_(provider), inspector_(inspector) {}
  Result<Provider*> find(PlaceKind, const api::Credential*) override { return &provider_; }
  Result<CredentialInspector*> inspector(const api::Credential&) override { return &inspector_; }
  Result<ProtectionReader*> protections(const api::Credential&) override { return protections_; }
  void guard(ProtectionReader& reader) { protections_ = &reader; }

 private:
  Provider& provider_;
  CredentialInspector& inspector_;
  ProtectionReader* protections_ = nullptr;
};

class FakeStatus final : public StatusSink {
 public:
  void put(TargetStatus status) override {
    const auto key = status.key;
    latest.insert_or_assign(key, std::move(status));
  }
  void know(std::set<ObjectKey> targets) override { known = std::move(targets); }

  std::map<ObjectKey, TargetStatus> latest;
  std::set<ObjectKey> known;
};

}  // namespace lockstep::testing
