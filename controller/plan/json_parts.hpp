// What several JSON documents for programs have in common.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <span>

#include "api/kinds.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/hold.hpp"

namespace lockstep::plan {

/// RFC 3339 in UTC, or null.
json::value time_or_null(const std::optional<Wall>& when);
/// `{"kind", "message", "remote"}`, or null.
json::value error_or_null(const std::optional<Error>& error);
/// A list of `{"file", "line", "column", "path", "text"}`.
json::array problems_json(std::span<const api::Problem> problems);
/// A list of `{"name", "since", "until", "by", "reason"}`.
json::array holds_json(std::span<const Hold> holds);

}  // namespace lockstep::plan
