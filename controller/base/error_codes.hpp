// Values of Error::code that are ours, for who has to tell one cause of a kind from the others.
#pragma once

#include <string_view>

namespace lockstep {

/// Of `throttled` where this process itself asked as much as the provider's documented limits let
/// it: nobody refused anything, and it ends by itself at Error::retry_at.
inline constexpr std::string_view own_budget = "own_budget";

/// Where the connection ended in the middle of an answer: of a read `protocol`, of a write
/// `outcome_unknown`. Nothing of such an answer counts.
inline constexpr std::string_view cut_off = "cut_off";

}  // namespace lockstep
