// The environment variables of the process as a seam.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace lockstep {

/// Environment variables as they were when the process started: any of them may be a credential,
/// so the copies are wiped. Nothing else in lockstep calls getenv.
class Environment {
 public:
  Environment() = default;

  /// Copies a block of `NAME=value` texts that ends with a null pointer, as `environ` does. Of two
  /// texts with one name the first counts, as with getenv; texts without a name are skipped.
  static Environment capture(const char* const* block);

  /// Sets a variable here, not in the process.
  void set(std::string name, Secret value) {
    variables_.insert_or_assign(std::move(name), std::move(value));
  }
  /// The value, nullptr when the variable is not set; valid until the next set().
  const Secret* find(std::string_view name) const;

 private:
  std::map<std::string, Secret, std::less<>> variables_;
};

}  // namespace lockstep
