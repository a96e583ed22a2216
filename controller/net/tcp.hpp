// Plain TCP: the stream below everything.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/stream.hpp"

namespace lockstep::net {

using boost::asio::ip::tcp;

class TcpStream final : public Stream {
 public:
  explicit TcpStream(tcp::socket socket);
  Awaitable<Io> read_some(std::span<char> into) override;
  Awaitable<Io> write_some(std::string_view bytes) override;
  bool quiet() const override;
  void finish_sending() noexcept override;
  void close(Closing how) noexcept override;
  /// For the encrypted stream on top.
  tcp::socket& socket() { return socket_; }

 private:
  tcp::socket socket_;
};

/// A connection to one address.
struct Connected {
  boost::system::error_code error;
  std::unique_ptr<TcpStream> stream;  ///< set when there is no error
};
Awaitable<Connected> connect(asio::any_io_executor executor, tcp::endpoint endpoint);

}  // namespace lockstep::net
