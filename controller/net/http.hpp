// The only way out: requests, responses, and the client that sends them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace lockstep::net {

/// Whether a request can change something; set by whoever makes it. Writes pass the fence.
enum class Effect : std::uint8_t { Read, Write };

struct Header {
  std::string name;
  std::string value;
};

/// One HTTP/1.1 request. Bodies and the Authorization header live in wiped memory.
struct Request {
  std::string method = "GET";
  std::string url;              ///< absolute: `https://host[:port]/path?query`
  std::vector<Header> headers;  ///< without Host, Content-Length and Authorization
  Secret authorization;         ///< the whole header value; empty: none is sent
  SecretBytes body;
  Effect effect = Effect::Read;
  std::string operation;        ///< for metrics and logs: `secrets.list`; never holds a name
  std::string bucket;           ///< what the other side counts it against, where it counts by part
  Mono deadline = Mono::max();  ///< the answer is complete by then, waiting for the budget included
  Nanos time_limit = std::chrono::minutes(1);  ///< and this long after it left
  std::size_t max_body = 4 << 20;  ///< a larger answer is an Error `protocol`
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  SecretBytes body;

  /// The first header of that name, in any case; "" when there is none.
  std::string_view header(std::string_view name) const;
};

/// Sends requests. Redirects come back as they are, never followed.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// The answer, whatever its status. Errors: `transient` (nothing was sent, or a Read failed),
  /// `outcome_unknown` (a Write whose bytes may have left and that got no whole answer),
  /// `protocol` (answer too large or not HTTP; for a Write `outcome_unknown`), `throttled` (budget
  /// used up until after the deadline, with retry_at), `fenced`, `cancelled`, `invalid` (host not
  /// allowed, S17).
  virtual Awaitable<Result<Response>> send(Request request) = 0;
};

/// What answers requests: our own endpoints, and the emulators behind a socket.
using Handler = std::function<Awaitable<Response>(Request)>;

/// A response with a text body.
Response text_response(int status, std::string_view content_type, std::string_view body);

}  // namespace lockstep::net
