// What the process tells its caller, as one of four numbers.
#pragma once

#include <cstdint>
#include <span>

#include "base/error.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::cli {

/// Scripts depend on these numbers.
enum class ExitCode : std::uint8_t {
  done = 0,  ///< done, in sync, or only work left that waits for approval, time, a hold or a choice
  failed = 1,   ///< something failed, is Unknown, or is stopped by any other gate
  invalid = 2,  ///< invalid input; what was valid was still worked on
  pending = 3,  ///< changes are pending (`plan --detailed-exit-code`)
};

/// Of a command that could not start: `invalid` for what the user gave, also for a file that is not
/// there.
ExitCode exit_of(const Error& error);

/// Of `apply`. `invalid_input`: some document had a problem; it counts before any failure, because
/// what else failed may come from it.
ExitCode exit_of_apply(std::span<const reconcile::PassOutcome> outcomes, bool invalid_input);

/// Of `plan` and `status`: a change that would be made is no failure; with `detailed` it is
/// `pending`.
ExitCode exit_of_plan(std::span<const reconcile::PassOutcome> outcomes, bool invalid_input,
                      bool detailed);

}  // namespace lockstep::cli
