// Whether writes are allowed at this hour.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"
#include "base/time.hpp"

namespace lockstep::plan {

/// True when there are no windows, or `now` is inside one of them.
bool window_open(const std::vector<api::WriteWindow>& windows, Wall now);
/// The next instant within 8 days at which a window opens, to the minute.
std::optional<Wall> next_opening(const std::vector<api::WriteWindow>& windows, Wall now);
/// True when the machine's time zone data knows the name (`Europe/Berlin`).
bool known_time_zone(std::string_view name);

}  // namespace lockstep::plan
