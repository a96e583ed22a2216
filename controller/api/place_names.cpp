#include "api/place_names.hpp"

#include "base/text.hpp"
#include "base/unicode.hpp"

namespace lockstep::api {

namespace {

/// Blanks beyond ASCII: nobody sees them at an end (https://www.unicode.org/Public/UCD/latest/ucd/,
/// White_Space).
bool is_wide_blank(std::uint32_t c) {
  return c == 0xA0 || c == 0x1680 || (0x2000 <= c && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

}  // namespace

std::optional<std::string> hidden_name_problem(std::string_view name) {
  CodePoint last;
  for (auto rest = name; !rest.empty(); rest.remove_prefix(last.length)) {
    last = first_code_point(rest);
    if (last.length == 0 || !is_harmless(last.value)) {
      return "holds a character that cannot be seen or hides others; type the name again";
    }
    if (is_wide_blank(last.value) && (rest.size() == name.size() || rest.size() == last.length)) {
      return "has a blank at an end that cannot be seen; type the name again";
    }
  }
  return std::nullopt;
}

std::optional<std::string> repository_problem(std::string_view repository) {
  if (!to_lower(repository).ends_with(".git")) return std::nullopt;
  return "must be the repository's name, which never ends in \".git\"; leave that out";
}

}  // namespace lockstep::api
