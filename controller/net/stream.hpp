// A connection as bytes, plain or encrypted.
#pragma once

#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace lockstep::net {

/// What one step yielded. `bytes` were transferred also when `error` is set.
struct Io {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

/// How a connection is given up: `reset` makes the peer see an error at once.
enum class Closing : std::uint8_t { orderly, reset };

/// One connection. A cancelled step ends with operation_aborted; after that, or after any other
/// error, the connection is only good for close().
class Stream {
 public:
  virtual ~Stream() = default;
  /// At least one byte, or an error; the end of the stream is asio::error::eof.
  virtual Awaitable<Io> read_some(std::span<char> into) = 0;
  /// Writes a first part of `bytes`. An error with `bytes` 0 means that the peer got nothing it
  /// could act on: over TLS a record goes out whole or cannot be read.
  virtual Awaitable<Io> write_some(std::string_view bytes) = 0;
  /// True while the peer has neither sent anything nor closed: fit for one more request.
  virtual bool quiet() const = 0;
  /// Says that nothing more will be sent; the peer may still send.
  virtual void finish_sending() noexcept = 0;
  /// Ends the connection; a pending step ends with operation_aborted.
  virtual void close(Closing how) noexcept = 0;
};

/// Writes all of `bytes`; Io::bytes says how many were written when it fails.
Awaitable<Io> write_all(Stream& stream, std::string_view bytes);

/// True when the calling coroutine was asked to end. Also keeps cancellation from being thrown in
/// it from here on. Asked before every step: a cancellation that arrived between two steps would
/// otherwise be missed by the next one.
Awaitable<bool> was_cancelled();

}  // namespace lockstep::net
