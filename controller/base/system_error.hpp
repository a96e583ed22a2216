// What the operating system refused, as an error code.
#pragma once

#include <system_error>

#include "base/error.hpp"

namespace lockstep {

/// exhausted() of an error code, Asio's too. Codes of other categories (a name that is not found)
/// have numbers that mean something else, and are nothing.
std::optional<Error> exhausted(const std::error_code& error);

}  // namespace lockstep
