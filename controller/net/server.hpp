// A small HTTP/1.1 server: our own endpoints, and the emulators behind a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace lockstep::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;        ///< 0: any free port
  std::string certificate_file;  ///< PEM with the chain; with key_file: TLS 1.2 or newer
  std::string key_file;
  std::size_t max_header = 64 << 10;
  std::size_t max_body = 4 << 20;
  std::size_t max_connections = 256;  ///< at a time
  /// Requests that are whole and wait for their turn; the next one is refused with 503.
  std::size_t max_waiting = std::numeric_limits<std::size_t>::max();
  /// True for a request that waits for nobody's turn; it must be cheap to answer. Empty: none is.
  std::function<bool(const Request&)> served_first = {};
  Nanos idle_timeout = std::chrono::seconds(60);      ///< between requests
  Nanos transfer_timeout = std::chrono::seconds(30);  ///< handshake; one request; one answer
};

/// Serves requests one after another on each connection, connections side by side.
///
/// A request reaches the handler as net::Request: `url` is path and query, `authorization` the
/// header's value, `headers` all others. It is bounded by the options; one that is too large, not
/// HTTP or too slow is answered (413, 431, 400) or its connection closed, never handed on.
///
/// However many clients say nothing, or say it slowly, the next one is served: where all places are
/// taken, or no file can be opened any more, the connection that has waited longest for its client
/// is closed. One whose request the handler has, or whose TLS handshake goes on, keeps its place;
/// while all places are taken, every answer is the last of its connection.
///
/// Requests begin one a turn of the loop, in the order in which they came, but for those that
/// `served_first` names. A connection's next request is read once its answer was taken by the
/// system: one that reads no answers is closed after `transfer_timeout`.
///
/// The handler must heed cancellation. Beyond answering it may
/// - break the connection: `status` 0 resets it without an answer;
/// - cut its answer: a Content-Length header of its own that is larger than the body.
class HttpServer {
 public:
  HttpServer(asio::any_io_executor executor, Clock& clock, ServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Begins to listen; gives the port. `invalid` when address, port or certificate are unusable.
  /// Once.
  Result<std::uint16_t> start(Handler handler);
  /// Ends in order: no new connections, idle ones closed, running requests answered for at most
  /// `grace`, then cancelled. Must be awaited before the server is destroyed while its loop goes
  /// on; destroying server and loop together is a crash and safe.
  Awaitable<void> stop(Nanos grace);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace lockstep::net
