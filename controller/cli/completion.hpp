// Scripts that make shells complete lockstep's words.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::cli {

/// The script of `bash`, `zsh` or `fish`, made of the command table: commands, options, the words
/// that an option takes; names of Targets are asked from `lockstep completion targets`.
std::string completion_script(std::string_view shell);

}  // namespace lockstep::cli
