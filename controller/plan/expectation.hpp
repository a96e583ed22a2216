// How a place is guarded, against how its Target expects it.
#pragma once

#include <string>
#include <vector>

#include "api/kinds.hpp"
#include "model/observation.hpp"

namespace lockstep::plan {

/// What is not as expected, a sentence each; empty when all that is expected holds. What is listed
/// (reviewers, patterns) and the timer must be exactly so; names without regard to case.
std::vector<std::string> mismatches(const api::Expectation& expect, const Protection& found);

/// What a person should know although it is no mismatch.
std::vector<std::string> notes(const api::Expectation& expect, const Protection& found);

}  // namespace lockstep::plan
