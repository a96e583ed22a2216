// Characters of text that others wrote: which of them may reach a terminal, a log or a page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace lockstep {

/// The character at the front of a text; length 0 when the text does not begin with well-formed
/// UTF-8 (or is empty).
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  ///< in bytes
};
CodePoint first_code_point(std::string_view text);

/// False for characters that steer a terminal or hide what a line says: controls (C0, DEL, C1),
/// line and paragraph separators, bidirectional controls, invisible and tag characters
/// (https://www.unicode.org/reports/tr36/, "bidirectional text spoofing").
bool is_harmless(std::uint32_t code_point);

/// The character as people compare it who do not look at case and width: the lower case of Latin,
/// Greek, Cyrillic, Armenian and full-width letters, and full-width forms as the ASCII characters
/// that they show (https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt, the simple
/// foldings of these scripts; combining marks stay).
std::uint32_t folded(std::uint32_t code_point);
/// Appends the UTF-8 of a code point up to U+10FFFF; above that, any four bytes.
void append_utf8(SecretBytes& out, std::uint32_t code_point);
/// `text` in one spelling of upper and lower case, for names that may be one: the same foldings,
/// but no width; all else stays.
std::string fold_case(std::string_view text);

/// `text` with every harmful character and every stray byte replaced.
std::string only_harmless(std::string_view text, std::string_view replacement);

}  // namespace lockstep
