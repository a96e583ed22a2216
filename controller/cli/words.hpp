// Words of the command line, understood; no library in sight.
#pragma once

#include <span>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/command_table.hpp"

namespace lockstep::cli {

/// What `lockstep` alone and `lockstep --help` print.
extern const std::string_view overview;

/// What the words ask for. `command` is its path: `keyring`, `list`. `invalid` with the remedy when
/// they do not go together or a word is not what it must be.
Result<Invocation> understand(std::span<const std::string> command, const Words& words);

/// Reads `127.0.0.1:8460` or `[::1]:0`; false when it is neither.
bool read_listen(const std::string& text, ControllerCommand& command);
/// Reads `4h`: digits and one of s, m, h, d, as in manifests; nothing when it is something else.
std::optional<Seconds> read_duration(std::string_view text);

}  // namespace lockstep::cli
