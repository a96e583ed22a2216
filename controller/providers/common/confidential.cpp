#include "providers/common/confidential.hpp"

#include <set>

namespace lockstep::providers {

namespace {

/// Long enough that ordinary words and URL beginnings rarely match, short enough that what could
/// slip through is worth nothing.
constexpr std::size_t telling_run = 12;

std::set<std::string_view> runs_of(std::string_view text) {
  std::set<std::string_view> runs;
  for (std::size_t at = 0; at + telling_run <= text.size(); ++at) {
    runs.insert(text.substr(at, telling_run));
  }
  return runs;
}

}  // namespace

void Confidential::add(std::string_view value) {
  if (!value.empty()) values_.emplace_back(value);
}

RemoteText Confidential::clean(std::string_view bytes, std::size_t limit) const {
  std::vector<std::string_view> whole;
  for (const auto& value : values_) whole.push_back(value.expose());
  auto text = RemoteText::from(bytes, whole, limit);
  const auto runs = runs_of(text.text());
  for (const auto value : whole) {
    for (std::size_t at = 0; at + telling_run <= value.size(); ++at) {
      if (runs.contains(value.substr(at, telling_run))) {
        return RemoteText::from("left out: it repeats a part of a secret value", {}, limit);
      }
    }
  }
  return text;
}

}  // namespace lockstep::providers
