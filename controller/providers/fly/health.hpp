// Whether a machine runs well after an update.
#pragma once

#include <string>

#include "providers/fly/machines.hpp"

namespace lockstep::providers::fly {

/// What a look at a machine says.
struct Health {
  enum class Verdict : std::uint8_t { healthy, waits, failed };
  Verdict verdict = Verdict::waits;
  std::string why;  ///< for people; "" when healthy
};

/// How long a machine without checks must have run. As flyctl's smoke checks
/// (https://github.com/superfly/flyctl, internal/command/deploy).
inline constexpr Nanos smoke_time = std::chrono::seconds(10);

/// How long a machine must have run until results of checks count that may be of the instance
/// before: Fly.io does not say when it drops those. Most checks ask several times a minute
/// (https://fly.io/docs/reference/health-checks/).
inline constexpr Nanos check_settle_time = std::chrono::minutes(1);

/// The verdict of one look. Every configured check must have answered since the start and pass, and
/// no result is no pass; without checks the machine must have run for `smoke_time` (`up_for`). A
/// machine that crashes again and again, or ended with an error, has failed. One that was stopped
/// on purpose is well.
Health judge(const Machine& machine, Nanos up_for);

}  // namespace lockstep::providers::fly
