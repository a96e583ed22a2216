// What an emulated provider is: a pure handler over an in-memory account, with a fault plan.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "net/http.hpp"

namespace lockstep::sandbox {

/// What goes wrong with one request.
struct Fault {
  enum class Kind {
    none,
    status,       ///< answer `status` with `body` instead; no effect
    error_body,   ///< as `status`, with the provider's usual body for it
    late_error,   ///< the effect happens, and the answer is as for `error_body`
    cut_body,     ///< the effect happens, the body ends in the middle
    reset,        ///< the connection ends before the request is read: no effect
    lost_answer,  ///< the effect happens, the connection ends before the answer
    stale_read,   ///< a read answers from the state before the last write
    delay,        ///< the answer comes after `delay`
  };
  Kind kind = Kind::none;
  int status = 500;
  std::string body;
  std::vector<net::Header> headers;
  Nanos delay{};
};

/// Says, for each request in turn, what goes wrong with it. Empty: nothing.
using FaultPlan = std::function<Fault(const net::Request&)>;

/// Called before each request is looked at, with its number (from 0): lets another actor act
/// between two calls of a client. It may use the emulator's admin functions.
using BeforeRequest = std::function<void(std::size_t index, const net::Request&)>;

/// The outcome of handling: a response, or a broken connection.
struct Outcome {
  enum class Kind { answer, reset_before, lost_after };
  Kind kind = Kind::answer;
  net::Response response;
  Nanos delay{};
  bool cut = false;  ///< the connection ends inside the body; `response` holds what was sent
};

/// One request as the emulator saw it, for oracles. Never holds a body.
struct Seen {
  std::string method;
  std::string path;
  bool write = false;
  bool stale = false;  ///< a read that was answered from the state before the last write
  int status = 0;
  Wall at{};
};

/// One emulated provider. Deterministic: time and ids come from what is passed in.
class Emulator {
 public:
  virtual ~Emulator() = default;
  /// Handles one request at the time `now`. No I/O, no waiting.
  virtual Outcome handle(const net::Request& request, Wall now) = 0;
  /// True when this emulator serves the path prefix.
  virtual bool serves(std::string_view path) const = 0;
  virtual void set_faults(FaultPlan plan) = 0;
  /// Replaces the hook; an empty one removes it.
  virtual void before_request(BeforeRequest hook) = 0;
  virtual const std::vector<Seen>& seen() const = 0;
};

}  // namespace lockstep::sandbox
