// Whether a value looks as its entry says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/kinds.hpp"

namespace lockstep::api {

/// Why `value` fails `format`, in words that never hold any part of the value (S4); nothing when
/// all that the format says holds. Lengths are bytes. Linear in the value's length.
std::optional<std::string> format_problem(const Format& format, std::string_view value);

/// Why no value at all can have this format, and the remedy. What one look at two fields shows is
/// a rule of the schema and not asked here.
std::optional<std::string> impossible_format(const Format& format);
/// Why what `generate` makes can never have this format, and the remedy.
std::optional<std::string> impossible_generated(const Generate& generate, const Format& format);

/// How many characters `generate` makes: as many as `bytes` random bytes need in that encoding.
std::int64_t generated_length(const Generate& generate);

}  // namespace lockstep::api
