// The text of `lockstep explain`.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace lockstep::api {

/// Explains `KIND[.field[.field]]`: what it is, type, bounds, default, and its fields. The kind is
/// taken in any case, in the plural and by its short name; `spec.` may be left out. `invalid` with
/// the nearest name when there is no such kind or field.
Result<std::string> explain(std::string_view path);

}  // namespace lockstep::api
