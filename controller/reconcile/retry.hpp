// When a Target is looked at again.
#pragma once

#include <cstddef>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace lockstep::reconcile {

/// The interval with up to a tenth of it added or removed, so that Targets do not march in step.
Nanos with_jitter(Nanos interval, Random& random);

/// How long to wait after the `failures`-th failed pass in a row (1 = the first). Faults that pass
/// by themselves back off from a second to five minutes; what needs a person waits the interval.
/// Never before the time the provider named, and never longer than an hour.
Nanos retry_delay(const Error& error, std::size_t failures, Nanos interval, Wall now,
                  Random& random);

/// True for faults that a command which runs once should try again at once.
bool worth_retrying(ErrorKind kind);

}  // namespace lockstep::reconcile
