// The program, given what the process was started with.
#pragma once

#include <exception>
#include <span>
#include <string>

#include "cli/exit_code.hpp"
#include "sources/environment.hpp"

namespace lockstep::cli {

/// Runs what the words ask for; the caller leaves with the code, by _exit: threads of abandoned
/// name look-ups may still run.
ExitCode run_program(std::span<const std::string> words, const Environment& environment);

/// What the program says of an exception that ends it: the remedy where the system gives no more
/// files or threads, and that it is a defect otherwise.
std::string last_words(const std::exception& thrown);

}  // namespace lockstep::cli
