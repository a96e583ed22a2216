// What the tests of all providers share: a simulated clock, a scripted server, changes.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/change.hpp"
#include "providers/common/caller.hpp"
#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep::testing {

inline Change put(std::string name, std::string_view value) {
  return {.op = Change::Op::put, .name = std::move(name), .value = Secret(value)};
}
inline Change removal(std::string name) {
  return {.op = Change::Op::remove, .name = std::move(name), .value = {}};
}
template <class... C>
std::vector<Change> changes_of(C... change) {
  std::vector<Change> out;
  (out.push_back(std::move(change)), ...);
  return out;
}

/// A source that always gives `token`.
inline providers::TokenSource token_of(std::string token) {
  return [token = std::move(token)]() -> Awaitable<Result<Secret>> {
    return [](std::string text) -> Awaitable<Result<Secret>> { co_return Secret(text); }(token);
  };
}

/// A source that cannot be read.
inline providers::TokenSource broken_token() {
  return []() -> Awaitable<Result<Secret>> {
    return []() -> Awaitable<Result<Secret>> {
      co_return fail(ErrorKind::transient, "the source cannot be read");
    }();
  };
}

/// Every text that could reach a person from one apply().
inline std::string all_text(const Result<Applied>& applied) {
  if (!applied) return describe(applied.error());
  std::string out = applied->note;
  for (const auto& receipt : applied->receipts) {
    if (receipt.error) out += "\n" + describe(*receipt.error);
  }
  return out;
}

}  // namespace lockstep::testing
