// Where the body of a message ends, without sockets.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace lockstep::net {

/// How the end of a body is told (RFC 9112, 6.3).
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, to_end };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

/// Bytes that are no message we take. `code` is the status a server answers with: 400, 413 or 431.
/// `predicate` goes on after "the request" or "the answer" and never quotes what came.
std::unexpected<Error> refuse_message(std::string code, std::string predicate);

/// Takes one body out of a stream of bytes. How the stream is cut into pieces makes no difference:
/// everything but plain body bytes is judged in whole lines.
class BodyReader {
 public:
  /// A body of more than `most_body` bytes is refused (413), and so is a line of a chunked body, or
  /// all its trailers together, of more than `most_line` (431).
  BodyReader(Framing framing, std::size_t most_body, std::size_t most_line);

  /// Takes from the front of `bytes` and says how many; what is left must come again, with more
  /// behind it, unless the body is whole.
  Result<std::size_t> take(std::string_view bytes);
  bool whole() const { return step_ == Step::whole; }
  /// The stream ended in order; true when that makes the body whole.
  bool end();
  /// The body; once.
  SecretBytes release() { return std::move(body_); }

 private:
  enum class Step : std::uint8_t {
    data,
    to_end,
    chunk_line,
    chunk_data,
    chunk_end,
    trailers,
    whole,
  };

  Result<std::size_t> advance(std::string_view bytes);
  Result<std::size_t> take_data(std::string_view bytes);
  Result<std::size_t> take_line(std::string_view bytes);
  Status begin_chunk(std::string_view line);
  Status skip_trailer(std::string_view line);
  std::unexpected<Error> too_large() const;

  std::size_t most_body_;
  std::size_t most_line_;
  Step step_ = Step::whole;
  std::uint64_t left_ = 0;    ///< of a body of known length, or of the chunk
  std::size_t trailers_ = 0;  ///< bytes of trailers so far
  SecretBytes body_;
};

}  // namespace lockstep::net
