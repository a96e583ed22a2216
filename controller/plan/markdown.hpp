// What others wrote, as Markdown that can neither format a page nor mention anybody.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::plan {

/// Text that GitHub shows as it is.
std::string escaped(std::string_view text);
/// The same as code.
std::string code(std::string_view text);
/// Our own sentence with commands in backticks.
std::string with_code(std::string_view text);

}  // namespace lockstep::plan
