// Whether a text tells a part of a secret value, in whatever form (S4).
#pragma once

#include <span>
#include <string_view>

namespace lockstep {

/// The shortest part of a value that a text must not have in common with it, in characters.
inline constexpr std::size_t telling_run = 5;

/// True when `text` and one of `secrets` have `telling_run` characters in a row in common:
/// - as they are written, or in letters and digits alone; always without regard to case and width
///   (folded(), base/unicode.hpp);
/// - of the text, as it is and with up to four layers of escapes taken off (base/escapes.hpp);
/// - of the value, itself, what it stands for where it is base64 or hexadecimal digits, its base64
///   (both alphabets, also from inside a longer text) and hexadecimal digits, also those of its
///   UTF-16, and its bytes as decimal numbers (there: five whole bytes).
///
/// Of a value with fewer letters and digits the whole counts: three or four anywhere in the text,
/// one or two where they are a word of their own (or each text with an "a" would count), none where
/// the text has the value exactly. Characters beyond ASCII count as their bytes. Also true when the
/// values are too large to compare (512 KiB together). Not found: several layers of base64 or
/// hexadecimal digits, other bases, look-alikes of other alphabets, a value said backwards, with
/// other characters after each four, or in other words.
bool repeats_a_part(std::string_view text, std::span<const std::string_view> secrets);

}  // namespace lockstep
