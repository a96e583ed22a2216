// HTTP/1.1 as bytes: messages to wire text, wire text to messages. No sockets, no time; all
// buffers are wiped memory. Used by the transport and by the server.
#pragma once

#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace lockstep::net {

/// A header section larger than this is refused, whatever the options allow.
inline constexpr std::size_t most_header_bytes = 64 * 1024;

/// The whole request as it goes over the wire. `invalid` when a part holds what HTTP cannot carry
/// (a line end in a credential), `internal` when `headers` names what the transport itself sets.
Result<SecretBytes> write_request(const Request& request, const Url& url,
                                  std::string_view user_agent);

/// The whole response. Its Content-Length is the body's size, unless the response states one of
/// its own (an emulator that cuts a body). `head`: no body is sent. `keep_alive` false tells the
/// peer that the connection ends here.
Result<SecretBytes> write_response(const Response& response, bool head, bool keep_alive);

/// Reads one response, piece by piece.
class ResponseParser {
 public:
  struct Options {
    bool no_body = false;  ///< the answer to HEAD, or to CONNECT
    std::size_t max_body = 4 << 20;
    std::size_t max_header = most_header_bytes;
  };
  explicit ResponseParser(Options options);
  ~ResponseParser();
  ResponseParser(ResponseParser&&) noexcept;

  /// Takes the next bytes; true once the response is whole. How the stream is cut makes no
  /// difference. Interim (1xx) answers and trailers are dropped.
  /// `protocol`: not HTTP, a status that is not 100 to 599, a transfer coding other than chunked,
  /// or larger than the bounds. Nothing may be fed after that.
  Result<bool> feed(std::string_view bytes);
  /// The stream ended in order; ok when that completes the response, else `protocol`: it was cut.
  Status end();
  /// True when bytes followed the response: the connection is out of step.
  bool overrun() const;
  /// True when the peer keeps the connection open.
  bool keep_alive() const;
  /// The response; once, after it is whole.
  Response take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads one request, piece by piece.
class RequestParser {
 public:
  struct Options {
    std::size_t max_body = 4 << 20;
    std::size_t max_header = most_header_bytes;
  };
  explicit RequestParser(Options options);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;

  /// Takes the next bytes; true once the request is whole. How the stream is cut makes no
  /// difference; trailers are dropped. `invalid`: the status to answer with stands in Error::code
  /// (`400`, `413`, `431`). Nothing may be fed after that.
  Result<bool> feed(std::string_view bytes);
  /// True once, when the client waits for `100 Continue` before it sends the body.
  bool wants_continue();
  bool keep_alive() const;
  /// The request was HEAD: the answer has no body.
  bool head() const;
  /// What came after the request.
  SecretBytes take_rest();
  /// The request; once, after it is whole. Its url is path and query, its headers are all but
  /// Authorization.
  Request take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::net
