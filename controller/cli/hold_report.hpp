// `lockstep hold` as text, JSON and Markdown.
#pragma once

#include <span>
#include <string>

#include "base/time.hpp"
#include "cli/command_line.hpp"
#include "model/hold.hpp"
#include "model/record.hpp"

namespace lockstep::cli {

/// One hold as it is told.
struct ToldHold {
  std::string target;  ///< `cms/cms-production`; "" when no manifest names the place any more
  PlaceId place;
  Hold hold;
};

/// The command that takes a hold back; "" without a Target.
std::string release_command(const ToldHold& told);

/// A list of holds. For programs one line, stable within `version` 1:
///
///     {"version": 1, "holds": [{"target": NAME or null, "namespace", "place", "name", "since":
///     TIME,
///       "until": TIME, "by", "reason", "release": COMMAND or null}]}
///
/// A hold of a whole place has the name "". Members may be added; none is renamed or removed.
std::string print_holds(std::span<const ToldHold> holds, Output output);

}  // namespace lockstep::cli
