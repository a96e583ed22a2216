// Whether a Worker's name fits its Environment's naming rule.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep::plan {

/// `pattern` is text with placeholders: `{environment}` is the Environment's name, any other one or
/// more of `[a-z0-9-]`.
bool fits_naming(std::string_view pattern, std::string_view environment, std::string_view name);

/// What is wrong with a pattern, and the remedy; nothing when it is well formed.
std::optional<std::string> naming_problem(std::string_view pattern);

}  // namespace lockstep::plan
