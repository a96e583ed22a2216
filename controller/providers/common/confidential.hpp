// The values that a request carried, kept so that what comes back never shows them.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace lockstep::providers {

/// Collects the token and the secret values of one request. Every text from the answer that may
/// reach a person goes through `clean` (S4).
class Confidential {
 public:
  /// Remembers one value, in wiped memory.
  void add(std::string_view value);
  /// RemoteText::from without these values. A text that still repeats a run of 12 bytes of one of
  /// them (a server that quotes the beginning of a value) is left out whole.
  RemoteText clean(std::string_view bytes, std::size_t limit = 200) const;

 private:
  std::vector<Secret> values_;
};

}  // namespace lockstep::providers
