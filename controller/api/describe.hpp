// Words and looks of the tables that `explain` and the CRDs share. For api/*.cpp only.
#pragma once

#include <string>

#include "api/schema.hpp"

namespace lockstep::api {

/// `string`, `duration`, `list of strings`, `Object`.
std::string type_words(const Shape& shape);
/// The upper bound in force.
std::int64_t upper_bound(const Options& options, Shape::Type type);
/// The default as JSON; "" where there is none.
std::string default_of(const Field& field, const Object& object);
/// The object that a field leads to through lists and maps; nullptr for a leaf.
const Object* object_behind(const Shape& shape);
/// The shape of an item, through any lists and maps; the shape itself where it is neither.
const Shape& innermost(const Shape& shape);
/// The form of every duration.
inline constexpr std::string_view duration_pattern = "^(0|[1-9][0-9]{0,5})(s|m|h|d)$";

}  // namespace lockstep::api
