// Changing a dotenv text without touching what is not meant.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/dotenv.hpp"

namespace lockstep {

/// One name to set or to take away.
struct DotenvEdit {
  std::string_view name;
  const Secret* value = nullptr;  ///< nullptr takes the name away
};

/// The value as it stands after `NAME=`, so that the npm package `dotenv` and Compose's rules give
/// exactly these bytes back; nothing when no way of writing it does (a NUL, bytes that are not
/// UTF-8, or quotes, backslashes and line ends that no kind of quotes carries).
std::optional<SecretBytes> write_dotenv_value(std::string_view value);

/// The text with the edits made. A set name keeps its line: its last assignment, the one that
/// counts, gets the value, or a new line is added at the end. A name that is taken away loses all
/// its lines. Every other byte stays: comments, blank lines, other names, kinds of line ends, a
/// missing one at the end. A name that has its value already is not touched. `invalid` when the
/// text is not understood (as read_dotenv() by npm's rules), a value cannot be written, or the text
/// becomes too large to be read. Names are the caller's to check.
Result<SecretBytes> edit_dotenv(std::string_view text, std::string_view file,
                                std::span<const DotenvEdit> edits);

}  // namespace lockstep
