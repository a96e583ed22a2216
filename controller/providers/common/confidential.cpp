#include "providers/common/confidential.hpp"

#include "base/repeats.hpp"

namespace lockstep::providers {

Values values_of(const std::vector<Change>& changes) {
  auto out = std::make_shared<std::vector<Secret>>();
  for (const auto& change : changes) {
    if (change.op == Change::Op::put) out->push_back(change.value.clone());
  }
  return out;
}

void Confidential::add(std::string_view value) {
  if (!value.empty()) values_.emplace_back(value);
}

void Confidential::add(const Values& values) {
  if (!values) return;
  for (const auto& value : *values) add(value.expose());
}

void Confidential::add_token(std::string_view token,
                             std::initializer_list<std::string_view> prefixes) {
  for (const auto prefix : prefixes) {
    if (token.starts_with(prefix)) return add(token.substr(prefix.size()));
  }
  add(token);
}

std::vector<std::string_view> Confidential::views() const {
  std::vector<std::string_view> out;
  for (const auto& value : values_) out.push_back(value.expose());
  return out;
}

RemoteText Confidential::clean(std::string_view bytes, std::size_t limit) const {
  return RemoteText::from(bytes, views(), limit);
}

bool Confidential::repeated_in(std::string_view text) const {
  return repeats_a_part(text, views());
}

}  // namespace lockstep::providers
