// Public text that looks like a credential by mistake.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::api {

/// Why `text` looks like a credential, without any part of it (`it starts like a Stripe key`);
/// nothing when it does not. A net for mistakes, not a proof: what it looks for stands in the
/// README.
std::optional<std::string> looks_like_credential(std::string_view text);

}  // namespace lockstep::api
