// Result<T>: a value or an expected fault.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace lockstep {

/// A value or an Error; ignoring one does not compile.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;

  /// `f(value)` where there is a value, else the error; `f` returns a Result.
  template <class F>
  auto and_then(F&& f) && -> decltype(f(std::declval<T>())) {
    if (!*this) return std::unexpected(std::move(*this).error());
    return std::forward<F>(f)(std::move(**this));
  }
  /// A Result of `f(value)` where there is a value, else the error.
  template <class F>
  auto transform(F&& f) && -> Result<decltype(f(std::declval<T>()))> {
    if (!*this) return std::unexpected(std::move(*this).error());
    return std::forward<F>(f)(std::move(**this));
  }
};

/// The Result of something that yields nothing.
template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
};
using Status = Result<void>;

/// `return fail(ErrorKind::invalid, "text");` in any function that returns a Result.
inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{.kind = kind, .message = std::move(message)});
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

}  // namespace lockstep

#define LOCKSTEP_CONCAT_(a, b) a##b
#define LOCKSTEP_CONCAT(a, b) LOCKSTEP_CONCAT_(a, b)
#define LOCKSTEP_TRY_(result, keyword, declaration, ...)           \
  auto result = (__VA_ARGS__);                                     \
  if (!result) keyword std::unexpected(std::move(result).error()); \
  declaration = *std::move(result)
#define LOCKSTEP_TRY_OK_(keyword, ...) \
  if (auto result_ = (__VA_ARGS__); !result_) keyword std::unexpected(std::move(result_).error())

/// `TRY(auto x, f());` : x = the value, or return the error. CO_TRY in a coroutine:
/// `CO_TRY(auto x, co_await f());`. TRY_OK and CO_TRY_OK for a Status.
#define TRY(declaration, ...) \
  LOCKSTEP_TRY_(LOCKSTEP_CONCAT(result_, __LINE__), return, declaration, __VA_ARGS__)
#define CO_TRY(declaration, ...) \
  LOCKSTEP_TRY_(LOCKSTEP_CONCAT(result_, __LINE__), co_return, declaration, __VA_ARGS__)
#define TRY_OK(...) LOCKSTEP_TRY_OK_(return, __VA_ARGS__)
#define CO_TRY_OK(...) LOCKSTEP_TRY_OK_(co_return, __VA_ARGS__)
