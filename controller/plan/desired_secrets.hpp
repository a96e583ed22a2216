// The entries of one SecretSet as they stand at one Target.
#pragma once

#include <vector>

#include "model/desired.hpp"
#include "plan/index.hpp"

namespace lockstep::plan {

/// True when the selector means this Target.
bool selects(const api::TargetSelector& selector, const api::Target& target);

/// What `set` asks for at `target`: conditions decided, overrides laid over, names and sources
/// resolved. What is wrong goes to `findings` against the SecretSet.
std::vector<DesiredSecret> resolve_secrets(const Index& index, const api::SecretSet& set,
                                           const api::Target& target, const DesiredTarget& resolved,
                                           Findings& findings);

}  // namespace lockstep::plan
