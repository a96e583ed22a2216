// Plain TCP: the stream below everything, and the name look-up.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"
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

/// The addresses of a host, at most 8, in the resolver's order; an address literal needs no
/// look-up. A look-up cannot be stopped: when the caller is cancelled it goes on by itself and its
/// result is dropped.
Awaitable<Result<std::vector<tcp::endpoint>>> resolve(asio::any_io_executor executor,
                                                      std::string host, std::uint16_t port);

/// A connection to one address.
struct Connected {
  boost::system::error_code error;
  std::unique_ptr<TcpStream> stream;  ///< set when there is no error
};
Awaitable<Connected> connect(asio::any_io_executor executor, tcp::endpoint endpoint);

}  // namespace lockstep::net
