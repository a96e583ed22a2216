#include "net/tcp.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lockstep::net {

using boost::system::error_code;

namespace {
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
}  // namespace

Awaitable<bool> was_cancelled() {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Awaitable<Io> write_all(Stream& stream, std::string_view bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const Io io = co_await stream.write_some(bytes.substr(written));
    written += io.bytes;
    if (io.error) co_return Io{io.error, written};
  }
  co_return Io{{}, written};
}

TcpStream::TcpStream(tcp::socket socket) : socket_(std::move(socket)) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

Awaitable<Io> TcpStream::read_some(std::span<char> into) {
  if (co_await was_cancelled()) co_return Io{asio::error::operation_aborted, 0};
  auto [ec, n] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), as_value);
  co_return Io{ec, n};
}

Awaitable<Io> TcpStream::write_some(std::string_view bytes) {
  if (co_await was_cancelled()) co_return Io{asio::error::operation_aborted, 0};
  auto [ec, n] =
      co_await socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()), as_value);
  co_return Io{ec, n};
}

bool TcpStream::quiet() const {
  char byte = 0;
  const auto got =
      ::recv(const_cast<tcp::socket&>(socket_).native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void TcpStream::finish_sending() noexcept {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void TcpStream::close(Closing how) noexcept {
  error_code ignored;
  if (how == Closing::reset) socket_.set_option(tcp::socket::linger(true, 0), ignored);
  socket_.close(ignored);
}

Awaitable<Connected> connect(asio::any_io_executor executor, tcp::endpoint endpoint) {
  if (co_await was_cancelled()) co_return Connected{asio::error::operation_aborted, nullptr};
  tcp::socket socket(executor);
  auto [ec] = co_await socket.async_connect(endpoint, as_value);
  if (ec) co_return Connected{ec, nullptr};
  co_return Connected{{}, std::make_unique<TcpStream>(std::move(socket))};
}

}  // namespace lockstep::net
