// Words of the command line, understood; no library in sight.
#pragma once

#include <string_view>

#include "cli/command_line.hpp"

namespace lockstep::cli {

/// What `lockstep` alone and `lockstep --help` print.
extern const std::string_view overview;

/// What an option's checked word stands for.
Output output_of(std::string_view word);
Colour colour_of(std::string_view word);
/// Nothing for the empty word.
std::optional<LogLevel> level_of(std::string_view word);
/// Nothing for the empty word.
std::optional<Path> path_of(const std::string& word);
/// Reads `127.0.0.1:8460` or `[::1]:0`; false when it is neither.
bool read_listen(const std::string& text, ControllerCommand& command);

}  // namespace lockstep::cli
