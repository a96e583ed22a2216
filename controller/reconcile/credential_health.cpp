#include "reconcile/credential_health.hpp"

namespace lockstep::reconcile {

std::optional<Error> CredentialHealth::stopped(const ObjectKey& credential, Mono now) const {
  const auto found = stopped_.find(credential);
  if (found == stopped_.end() || now >= found->second.probe_at) return std::nullopt;
  return found->second.error;
}

void CredentialHealth::heard(const ObjectKey& credential, const Error* error, Mono now) {
  if (credential.name.empty()) return;  // a place without a credential: nothing can be dead
  if (!error) {
    stopped_.erase(credential);
  } else if (error->kind == ErrorKind::unauthorized) {
    stopped_[credential] = {*error, now + probe_interval};
  }
}

}  // namespace lockstep::reconcile
