// The port to a kind of place.
#pragma once

#include <string>
#include <vector>

#include "api/kinds.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/change.hpp"
#include "model/observation.hpp"
#include "model/place.hpp"
#include "model/record.hpp"

namespace lockstep {

/// What every call carries.
struct CallContext {
  Mono deadline{};      ///< the call ends by then
  std::string attempt;  ///< id of the pass, in logs and request ids
};

/// Reads and writes the secrets of places of one kind with one credential. No retry inside; every
/// expected fault is an Error of the kind that tells the reaction. Unsupported fails loudly.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual const Capabilities& capabilities() const = 0;

  /// One complete read; changes nothing. `memory` is what the ledger holds: it lets a provider
  /// skip what cannot have changed (Workers: names while the deployment stands) and ask more
  /// while something is staged (Fly: machines).
  virtual Awaitable<Result<Observation>> observe(Place place, const PlaceRecord& memory,
                                                 CallContext context) = 0;
  /// What must hold before a write of that mode and can be read only now (Workers: no newer version
  /// but one that `memory` knows as staged, no split traffic). apply() checks it again itself.
  virtual Awaitable<Result<WriteCheck>> check_write(Place place, const PlaceRecord& memory,
                                                    WriteMode mode, CallContext context) = 0;
  /// Writes and deletes names, in as few calls as the place takes (at most max_changes changes).
  /// One receipt a change, also when all fail. Idempotent. An Error: nothing was sent.
  virtual Awaitable<Result<Applied>> apply(Place place, std::vector<Change> changes,
                                           const PlaceRecord& memory, WriteMode mode,
                                           CallContext context) = 0;
  /// One step towards live of what is written, where that is a step of its own; `unsupported`
  /// elsewhere. Safe to repeat: what runs the new set is left alone.
  virtual Awaitable<Result<RolledOut>> roll_out(Place place, const PlaceRecord& memory,
                                                CallContext context) = 0;
  /// Who changed `name` last, as far as the provider tells.
  virtual Awaitable<Result<Attribution>> attribute(Place place, std::string name,
                                                   CallContext context) = 0;
};

/// Resources of the account behind a credential that an Environment requires.
struct AccountResources {
  std::vector<std::string> ai_gateways;
  std::vector<std::string> d1_databases;
  std::vector<std::string> kv_namespaces;
  std::vector<std::string> r2_buckets;
};

/// Looks at the account behind a credential.
class CredentialInspector {
 public:
  virtual ~CredentialInspector() = default;
  /// Which of the wanted resources exist. `forbidden` or `unsupported` when they cannot be read:
  /// the caller warns and does not gate.
  virtual Awaitable<Result<AccountResources>> existing(AccountResources wanted,
                                                       CallContext context) = 0;
};

/// Looks at what guards a place that can be guarded (a GitHub environment).
class ProtectionReader {
 public:
  virtual ~ProtectionReader() = default;
  /// The protection as it stands. `forbidden` or `protocol` when it cannot be read, which is never
  /// taken for "unprotected"; `not_found` with the provider's proof that the place is not there.
  virtual Awaitable<Result<Protection>> protection(Place place, CallContext context) = 0;
};

/// The provider behind each credential. Made once a credential; lives as long as the program.
class Providers {
 public:
  virtual ~Providers() = default;
  /// The provider for places of a kind with this credential; `unsupported` when there is none.
  /// `credential` is nullptr for kinds that need none (dotenvFile).
  virtual Result<Provider*> find(PlaceKind kind, const api::Credential* credential) = 0;
  /// The inspector of a credential's account; `unsupported` where the provider has none.
  virtual Result<CredentialInspector*> inspector(const api::Credential& credential) = 0;
  /// The reader of protections; `unsupported` where the provider has none.
  virtual Result<ProtectionReader*> protections(const api::Credential& credential) = 0;
};

}  // namespace lockstep
