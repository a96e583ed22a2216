// One secret value.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace lockstep {

/// A secret value: exact bytes, move-only, wiped when it goes. It has no stream operator, no
/// format and no JSON form on purpose: every place that reads the value says `expose()`.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  explicit Secret(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  /// A second owner of the same value; explicit, because every copy is one more place to leak.
  Secret clone() const { return Secret(expose()); }
  /// The bytes. Valid until this object moves or ends. Never log, print or store what it returns.
  std::string_view expose() const { return view(bytes_); }
  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  SecretBytes bytes_;
};

/// Equality in time that depends on the lengths only.
bool equal(const Secret& a, const Secret& b);

}  // namespace lockstep
