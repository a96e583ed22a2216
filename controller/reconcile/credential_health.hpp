// A dead token stops its Credential, not the places one by one (S10).
#pragma once

#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/desired.hpp"

namespace lockstep::reconcile {

/// Remembers which Credentials the provider called dead, and lets one probe through now and then.
class CredentialHealth {
 public:
  static constexpr Nanos probe_interval = std::chrono::minutes(10);

  /// The error that stopped it while it is not time for a probe; nothing when calls may be made.
  std::optional<Error> stopped(const ObjectKey& credential, Mono now) const;
  /// A call came back: `unauthorized` stops the credential, an answer (nullptr) frees it. Other
  /// faults say nothing about the token. Places without a credential (its name is empty) stop
  /// nobody.
  void heard(const ObjectKey& credential, const Error* error, Mono now);

 private:
  struct Stop {
    Error error;
    Mono probe_at;
  };
  std::map<ObjectKey, Stop> stopped_;
};

}  // namespace lockstep::reconcile
