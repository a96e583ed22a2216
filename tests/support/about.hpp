// Instants and spans of virtual time: each read of the clock moves it by some microseconds.
#pragma once

#include <gmock/gmock.h>

#include "base/time.hpp"

namespace lockstep::testing {

/// What the steps of one test take at most in virtual time, besides what they wait for.
inline constexpr Nanos work_time = std::chrono::milliseconds(1);

/// Not before `expected`, and less than `work_time` after it.
MATCHER_P(JustAfter, expected, "") {
  return arg >= expected && arg - expected < work_time;
}
/// Less than `work_time` before or after `expected`.
MATCHER_P(About, expected, "") {
  return arg - expected < work_time && expected - arg < work_time;
}

}  // namespace lockstep::testing
