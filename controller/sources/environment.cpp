#include "sources/environment.hpp"

namespace lockstep {

Environment Environment::capture(const char* const* block) {
  Environment out;
  for (; block && *block; ++block) {
    const std::string_view text = *block;
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    out.variables_.try_emplace(std::string(text.substr(0, equals)),
                               Secret(text.substr(equals + 1)));
  }
  return out;
}

const Secret* Environment::find(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

}  // namespace lockstep
