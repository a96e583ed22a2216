// The program, given what the process was started with.
#pragma once

#include <span>
#include <string>

#include "cli/exit_code.hpp"
#include "sources/environment.hpp"

namespace lockstep::cli {

/// Runs what the words ask for; the caller leaves with the code, by _exit: threads of abandoned
/// name look-ups may still run.
ExitCode run_program(std::span<const std::string> words, const Environment& environment);

}  // namespace lockstep::cli
