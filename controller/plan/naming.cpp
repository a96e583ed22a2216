#include "plan/naming.hpp"

#include <vector>

namespace lockstep::plan {

namespace {
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// The lengths of the name's beginnings that a pattern's beginning can match; index = length. All
/// ways are followed at once, so no pattern is slow (S15).
using Reached = std::vector<bool>;

Reached after_text(const Reached& reached, std::string_view text, std::string_view name) {
  Reached out(reached.size());
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] && name.substr(i).starts_with(text)) out[i + text.size()] = true;
  }
  return out;
}

Reached after_placeholder(const Reached& reached, std::string_view name) {
  Reached out(reached.size());
  bool inside = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    inside = (inside || reached[i]) && is_name_char(name[i]);
    out[i + 1] = inside;
  }
  return out;
}
}  // namespace

bool fits_naming(std::string_view pattern, std::string_view environment, std::string_view name) {
  Reached reached(name.size() + 1);
  reached[0] = true;
  while (!pattern.empty()) {
    const bool placeholder = pattern.front() == '{';
    const auto end = placeholder ? pattern.find('}') : std::size_t{0};
    if (end == std::string_view::npos) return false;
    const auto word = placeholder ? pattern.substr(1, end - 1) : std::string_view();
    if (!placeholder) {
      reached = after_text(reached, pattern.substr(0, 1), name);
    } else if (word == "environment") {
      reached = after_text(reached, environment, name);
    } else {
      reached = after_placeholder(reached, name);
    }
    pattern.remove_prefix(end + 1);
  }
  return reached[name.size()];
}

std::optional<std::string> naming_problem(std::string_view pattern) {
  bool open = false;
  for (const char c : pattern) {
    if (c == '{' && open) return "has a placeholder inside another; write {environment}-{project}";
    if (c == '}' && !open) return "has a } without a {; write {environment}-{project}";
    if (c == '{' || c == '}') {
      open = c == '{';
    } else if (!is_name_char(c)) {
      return "may hold only placeholders and a-z, 0-9 and -; write "
             "{environment}-{project}-{service}";
    }
  }
  if (open) return "has a { without a }; write {environment}-{project}";
  return std::nullopt;
}

}  // namespace lockstep::plan
