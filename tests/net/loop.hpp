// A real loop with the machine's clock, for tests that need real sockets.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/scope.hpp"
#include "net/http.hpp"
#include "net/server.hpp"

namespace lockstep::net::testing {

using boost::asio::ip::tcp;

/// Everything a socket test runs on. Nothing sleeps; a test that hangs is stopped after 20 s.
class Loop {
 public:
  Loop() : clock_(make_system_clock(io_.get_executor())) {}
  asio::any_io_executor executor() { return io_.get_executor(); }
  Clock& clock() { return *clock_; }
  Mono in(Nanos span) { return clock_->mono() + span; }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> out;
    Scope scope(executor());
    scope.start(keep(std::move(work), out));
    turn_until([&] { return scope.drained(); });
    return std::move(*out);
  }
  void run(Awaitable<void> work) {
    Scope scope(executor());
    scope.start(std::move(work));
    turn_until([&] { return scope.drained(); });
  }
  /// Turns the loop until `done` holds.
  void turn_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io_.restart();
    while (!done()) {
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("the test hangs");
      io_.run_one_for(std::chrono::milliseconds(100));
      if (io_.stopped()) io_.restart();
    }
  }

 private:
  template <class T>
  static Awaitable<void> keep(Awaitable<T> work, std::optional<T>& out) {
    out.emplace(co_await std::move(work));
  }
  asio::io_context io_{1};
  std::unique_ptr<Clock> clock_;
};

/// An HttpServer on a free loopback port.
class Served {
 public:
  Served(Loop& loop, Handler handler, ServerOptions options = {})
      : loop_(loop),
        tls_(!options.key_file.empty()),
        server_(loop.executor(), loop.clock(), options) {
    auto port = server_.start(std::move(handler));
    if (!port) throw std::runtime_error(port.error().message);
    port_ = *port;
  }
  ~Served() { loop_.run(server_.stop(Nanos(0))); }
  HttpServer& server() { return server_; }
  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
  }

 private:
  Loop& loop_;
  bool tls_;
  HttpServer server_;
  std::uint16_t port_ = 0;
};

/// What a raw peer does with one connection; the number counts connections from 0.
using Script = std::function<Awaitable<void>(tcp::socket socket, int connection)>;

/// A peer that speaks bytes, not HTTP: for answers that no proper server gives.
class RawPeer {
 public:
  RawPeer(Loop& loop, Script script);
  ~RawPeer();
  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections() const { return connections_; }

 private:
  static Awaitable<void> accept(RawPeer& self);
  Loop& loop_;
  Script script_;
  tcp::acceptor acceptor_;
  Scope scope_;
  int connections_ = 0;
};

/// Reads until the end of a header section, and `body` more bytes; gives what came.
Awaitable<std::string> read_request(tcp::socket& socket, std::size_t body = 0);
/// Writes all of `text`.
Awaitable<void> write_text(tcp::socket& socket, std::string text);
/// Reads until the peer ends the connection; gives what came.
Awaitable<std::string> read_to_end(tcp::socket& socket);
/// A connection to a loopback port.
Awaitable<tcp::socket> dial(std::uint16_t port);

/// A handler made of a plain function.
template <class F>
Handler handler(F f) {
  struct Call {
    static Awaitable<Response> run(F f, Request request) { co_return f(std::move(request)); }
  };
  return [f](Request request) { return Call::run(f, std::move(request)); };
}

/// Sends with a deadline of 10 s unless the request has one.
Result<Response> send(Loop& loop, HttpClient& client, Request request);

}  // namespace lockstep::net::testing
