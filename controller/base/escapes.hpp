// How others write characters that they do not write as they are.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace lockstep {

/// `text` with one layer of escapes taken off, whoever wrote them: JSON's and C's (`\n`, `\u000A`,
/// `\x0a`, `\012`, `\U0000000A`, `\u{a}`, `\x{a}`), percent (`%0A`, `%u000A`), HTML entities
/// (`&#10;`, `&#x0a;`, `&amp;`), quoted-printable (`=0A`) and characters as numbers (`0x0a`,
/// `0x000a`, `U+000A`). What is no escape stays. A named entity that stands for no ASCII character
/// becomes a blank. Where two escapes overlap, both are taken.
SecretBytes without_escapes(std::string_view text);

}  // namespace lockstep
