#include "loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace lockstep::net::testing {

namespace {
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
}

RawPeer::RawPeer(Loop& loop, Script script)
    : loop_(loop),
      script_(std::move(script)),
      acceptor_(loop.executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      scope_(loop.executor()) {
  scope_.start(accept(*this));
}

RawPeer::~RawPeer() {
  scope_.cancel();
  loop_.turn_until([&] { return scope_.drained(); });
}

Awaitable<void> RawPeer::accept(RawPeer& self) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    auto [ec, socket] = co_await self.acceptor_.async_accept(as_value);
    if (ec) co_return;
    self.scope_.start(self.script_(std::move(socket), self.connections_++));
  }
}

Awaitable<std::string> read_request(tcp::socket& socket, std::size_t body) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + body) co_return text;
    auto [ec, n] = co_await socket.async_read_some(asio::buffer(buffer), as_value);
    if (ec) co_return text;
    text.append(buffer, n);
  }
}

Awaitable<void> write_text(tcp::socket& socket, std::string text) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::async_write(socket, asio::buffer(text), as_value);
}

Awaitable<std::string> read_to_end(tcp::socket& socket) {
  co_await asio::this_coro::throw_if_cancelled(false);
  std::string text;
  char buffer[4096];
  for (;;) {
    auto [ec, n] = co_await socket.async_read_some(asio::buffer(buffer), as_value);
    text.append(buffer, n);
    if (ec) co_return text;
  }
}

Awaitable<tcp::socket> dial(std::uint16_t port) {
  auto executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
  co_return socket;
}

Result<Response> send(Loop& loop, HttpClient& client, Request request) {
  if (request.deadline == Mono::max()) request.deadline = loop.in(std::chrono::seconds(10));
  return loop.run(client.send(std::move(request)));
}

}  // namespace lockstep::net::testing
