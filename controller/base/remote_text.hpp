// What stands where a text from outside is not shown.
#pragma once

#include <string_view>

namespace lockstep {

/// The text of a RemoteText that would have repeated a part of a secret value (S4).
inline constexpr std::string_view left_out_text =
    "(the provider's text repeats a part of what was sent and is left out)";

}  // namespace lockstep
