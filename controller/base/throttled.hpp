// What a wait is for that an Error `throttled` names.
#pragma once

#include <string_view>

namespace lockstep {

/// Error::code of `throttled` where this process itself asked as much as the provider's documented
/// limits let it: nobody refused anything, and it ends by itself at Error::retry_at.
inline constexpr std::string_view own_budget = "own_budget";

}  // namespace lockstep
