// Small text work that several rooms need.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// ASCII lower case; other bytes unchanged.
std::string to_lower(std::string_view text);
/// The parts between separators; an empty text has one empty part.
std::vector<std::string> split(std::string_view text, char separator);
/// The parts with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);
/// Text without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);
/// `1 secret`, `2 secrets`.
std::string count(std::size_t n, std::string_view noun);
/// Percent-encodes every byte outside `A-Za-z0-9-._~`: one path segment or query value.
std::string percent_encode(std::string_view text);
/// True when the glob `pattern` matches all of `text`; `*` matches any run without `separator`.
bool glob_match(std::string_view pattern, std::string_view text, char separator = '/');
/// The candidate nearest to `word` by edits, when at most two edits away (swaps count one); else
/// "".
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace lockstep
