// Expected faults are values of this type.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace lockstep {

/// What went wrong, by what to do about it: exactly one reaction a kind.
enum class ErrorKind : std::uint8_t {
  transient,        ///< network, 5xx: try again with backoff
  throttled,        ///< the other side's limit: not before Error::retry_at
  conflict,         ///< someone else was faster: read again, decide again
  not_found,        ///< proved absent (a provider's own code, or a local file); never a bare 404
  unauthorized,     ///< the credential is dead: stop the whole Credential
  forbidden,        ///< the credential may not do this: stop that Target
  invalid,          ///< our input was refused and would be again: stop, say why
  unsupported,      ///< not possible at this place
  outcome_unknown,  ///< a write may or may not have happened: observe before any retry
  protocol,         ///< an answer not understood, cut, too large, bare 404: a failed read
  storage,          ///< ledger or disk: stop all writes
  fenced,           ///< we may not write now: lease or lock lost, shutting down, deadline too near
  cancelled,        ///< asked to stop
  internal,         ///< a defect of lockstep
};
std::string_view to_string(ErrorKind kind);

/// Text that came from outside, made harmless. Only `from` makes one.
class RemoteText {
 public:
  RemoteText() = default;
  /// Cuts `bytes` to `limit` bytes at a character boundary (then `...` follows) and replaces
  /// control and bidirectional characters and invalid UTF-8. A text that repeats a part of a value
  /// in `secrets` (those that the request carried) in any form that repeats_a_part() knows is left
  /// out whole, never with a hole that would tell the rest: the result is left_out_text (S4).
  static RemoteText from(std::string_view bytes, std::span<const std::string_view> secrets,
                         std::size_t limit = 200);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

/// Where in our user's input: a file and a place in it, 1-based; line 0 = the whole file.
struct Location {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Location&) const = default;
};
/// `file:line:column`, without the parts that are unknown.
std::string to_string(const Location& at);

/// One expected fault. `message` is our own text and never holds a value; what the other side
/// said is in `remote` only.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  RemoteText remote = {};
  std::optional<Wall> retry_at = {};
  Location location = {};
  std::string code =
      {};  ///< the provider's code (`10007`) or HTTP status (`http_502`), for metrics
};
/// Of an error number (errno) that says that the system gives no more files, threads, processes or
/// bytes of a file: `storage`, code `exhausted`, with what to raise. Nothing of any other number.
std::optional<Error> exhausted(int system_error);
/// One line for people: location, message, and what the other side said in quotes.
std::string describe(const Error& error);

}  // namespace lockstep
