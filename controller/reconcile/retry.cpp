#include "reconcile/retry.hpp"

#include <algorithm>

#include "reconcile/credential_health.hpp"

namespace lockstep::reconcile {

namespace {

Nanos backoff(std::size_t failures, Random& random) {
  const auto doublings = std::min<std::size_t>(failures == 0 ? 0 : failures - 1, 9);
  const Nanos full =
      std::min<Nanos>(std::chrono::seconds(1) * (1 << doublings), std::chrono::minutes(5));
  return full / 2 + Nanos(uniform(random, static_cast<std::uint64_t>(full.count() / 2) + 1));
}

}  // namespace

Nanos with_jitter(Nanos interval, Random& random) {
  const auto tenth = interval / 10;
  return interval - tenth +
         Nanos(uniform(random, static_cast<std::uint64_t>(2 * tenth.count()) + 1));
}

Nanos retry_delay(const Error& error, std::size_t failures, Nanos interval, Wall now,
                  Random& random) {
  constexpr Nanos longest = std::chrono::hours(1);
  Nanos wait{};
  switch (error.kind) {
    case ErrorKind::transient:
    case ErrorKind::conflict:
    case ErrorKind::outcome_unknown:
    case ErrorKind::protocol:
    case ErrorKind::throttled:
    case ErrorKind::fenced:
    case ErrorKind::storage:
    case ErrorKind::cancelled:
      wait = backoff(failures, random);
      break;
    case ErrorKind::unauthorized:
      wait = CredentialHealth::probe_interval;
      break;
    case ErrorKind::not_found:
    case ErrorKind::forbidden:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
    case ErrorKind::internal:
      wait = with_jitter(interval, random);
      break;
  }
  if (error.retry_at) wait = std::max<Nanos>(wait, *error.retry_at - now);
  return std::min(wait, longest);
}

bool worth_retrying(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::transient:
    case ErrorKind::throttled:
    case ErrorKind::conflict:
    case ErrorKind::outcome_unknown:
    case ErrorKind::protocol:
      return true;
    case ErrorKind::not_found:
    case ErrorKind::unauthorized:
    case ErrorKind::forbidden:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
    case ErrorKind::storage:
    case ErrorKind::fenced:
    case ErrorKind::cancelled:
    case ErrorKind::internal:
      return false;
  }
  return false;
}

}  // namespace lockstep::reconcile
