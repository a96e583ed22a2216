#include "base/system_error.hpp"

namespace lockstep {

std::optional<Error> exhausted(const std::error_code& error) {
  const auto condition = error.default_error_condition();
  if (condition.category() != std::generic_category()) return std::nullopt;
  return exhausted(condition.value());
}

}  // namespace lockstep
