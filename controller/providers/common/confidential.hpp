// The values that a request carried, kept so that what comes back never shows them.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/change.hpp"

namespace lockstep::providers {

/// Values that one batch of changes sends, shared by all its requests. May be null.
using Values = std::shared_ptr<const std::vector<Secret>>;
/// The values that `changes` put.
Values values_of(const std::vector<Change>& changes);

/// Collects the token and the secret values of one request. Every text from the answer that may
/// reach a person goes through `clean` (S4). What an answer decides is read from the text as it
/// came, never from the cleaned one.
class Confidential {
 public:
  /// Remembers one value, in wiped memory.
  void add(std::string_view value);
  void add(const Values& values);
  /// Remembers a token without the one of `prefixes` that it begins with: they tell its kind, are
  /// public, and may stand in any text. The rest is random, so a text that shares five characters
  /// with it repeats it.
  void add_token(std::string_view token, std::initializer_list<std::string_view> prefixes);
  /// RemoteText::from without these values: left out whole when it repeats a part of one.
  RemoteText clean(std::string_view bytes, std::size_t limit = 200) const;
  /// Whether `text` repeats a part of one of these values (base/repeats.hpp): for words from
  /// outside that are told as they are, or not at all.
  bool repeated_in(std::string_view text) const;

 private:
  std::vector<std::string_view> views() const;

  std::vector<Secret> values_;
};

}  // namespace lockstep::providers
