// What a pass works with.
#pragma once

#include <functional>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/desired.hpp"
#include "ports/ledger.hpp"
#include "ports/provider.hpp"
#include "ports/source.hpp"
#include "ports/status.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep::reconcile {

/// One provider call ends by then, waiting for the request budget included; a pass makes few of
/// them. Longer than any window in which a place is read and written at once, and short enough that
/// no write rests on an old read. What a single request may take is net::Request::time_limit.
inline constexpr Nanos call_limit = std::chrono::minutes(10);

/// Long-lived services; they outlive every pass.
struct Services {
  Clock& clock;
  Random& random;
  Ledger& ledger;
  WritableSource& source;
  Providers& providers;
  StatusSink& status;
  EventLog& log;
  Metrics& metrics;
  /// Makes a value for a `generate` entry.
  std::function<Secret(const api::Generate&, Random&)> generate;
  /// Why the value of a key must not reach a developer's file, by what stands in for it on this
  /// machine; "" when it may (S19). Without this function none may.
  std::function<Awaitable<std::string>(SourceKey)> local_file_problem = {};
  /// Whether a key may be the value of some key of another Secret, because one thing on this
  /// machine stands in for both (S19). Empty where Secrets are apart by themselves.
  std::function<Awaitable<Result<bool>>(SourceKey, ObjectKey)> shares = {};
};

/// The ledger's name for the place of a Target.
PlaceId place_id(const DesiredTarget& target);

/// The labels of a Target in metrics and logs.
TargetLabels labels_of(const DesiredTarget& target);

}  // namespace lockstep::reconcile
