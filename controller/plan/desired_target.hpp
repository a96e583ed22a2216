// One Target resolved against its Environment and Credential.
#pragma once

#include <optional>

#include "model/desired.hpp"
#include "plan/index.hpp"

namespace lockstep::plan {

/// The Target without its secrets; nothing (and a finding) when a reference, the place or the
/// policy is wrong.
std::optional<DesiredTarget> resolve_target(const Index& index, const api::Target& target,
                                            Findings& findings);

/// The checks of an Environment by itself against the others: places, naming, sources, requires.
void check_environment(const Index& index, const api::Environment& environment, Findings& findings);

}  // namespace lockstep::plan
