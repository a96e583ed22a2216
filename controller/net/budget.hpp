// What an answer says about the budget of requests.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace lockstep::net {

/// Read from headers by the provider that knows them.
struct BudgetHint {
  std::optional<std::uint64_t> remaining;  ///< requests left in the window
  std::optional<Nanos> resets_in;          ///< until the window starts anew
  std::optional<Nanos> retry_after;        ///< do not come back before
};

}  // namespace lockstep::net
