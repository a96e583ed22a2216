#include "net/transport.hpp"

#include <boost/asio/error.hpp>

#include "base/error_codes.hpp"
#include "base/text.hpp"
#include "net/codec.hpp"
#include "net/connector.hpp"
#include "net/pool.hpp"

namespace lockstep::net {

namespace {

/// How far one request came: what an error means depends on it.
struct Progress {
  enum class Phase : std::uint8_t { connecting, sending, waiting, reading };
  Phase phase = Phase::connecting;
  std::size_t sent = 0;      ///< bytes of the request that may have left, on any connection
  std::size_t received = 0;  ///< bytes of an answer on the connection in use
};

std::string_view describe_phase(Progress::Phase phase) {
  switch (phase) {
    case Progress::Phase::connecting:
      return "connecting";
    case Progress::Phase::sending:
      return "sending the request";
    case Progress::Phase::waiting:
      return "waiting for the answer";
    case Progress::Phase::reading:
      return "reading the answer";
  }
  return "";
}

/// The one place that says what a failure means (http.hpp): a Write whose bytes may have left and
/// that got no whole answer has an unknown outcome, whatever went wrong.
Error failure(const Request& request, const Progress& progress, ErrorKind kind, std::string message,
              std::string_view code = {}) {
  if (request.effect == Effect::Write && progress.sent > 0) {
    return {.kind = ErrorKind::outcome_unknown,
            .message = std::move(message) + "; whether the write happened is not known",
            .code = std::string(code)};
  }
  return {.kind = kind, .message = std::move(message), .code = std::string(code)};
}

class Transport final : public HttpClient {
 public:
  Transport(asio::any_io_executor executor, Clock& clock, std::unique_ptr<TlsClient> tls,
            ProxyRules proxy, TransportOptions options)
      : clock_(clock),
        connector_(std::move(executor), clock, std::move(tls), std::move(proxy),
                   options.connect_timeout,
                   options.lookup ? std::move(options.lookup) : system_lookup()),
        pool_(options.pool_size, options.idle_timeout),
        user_agent_(std::move(options.user_agent)) {}

  Awaitable<Result<Response>> send(Request request) override;

 private:
  Awaitable<Result<Response>> exchange(const Request& request, const Url& url,
                                       std::string_view wire, Progress& progress);
  Awaitable<Result<Response>> converse(const Request& request, const Url& url,
                                       std::string_view wire, std::unique_ptr<Stream> stream,
                                       Progress& progress);
  Awaitable<Status> put_wire(const Request& request, const Url& url, std::string_view wire,
                             Stream& stream, Progress& progress);

  Clock& clock_;
  Connector connector_;
  Pool pool_;
  std::string user_agent_;
};

Awaitable<Result<Response>> Transport::send(Request request) {
  if (co_await was_cancelled()) co_return fail(ErrorKind::cancelled, "the request was cancelled");
  CO_TRY(const Url url, parse_url(request.url));
  CO_TRY(const SecretBytes wire, write_request(request, url, user_agent_));
  if (clock_.mono() >= request.deadline) {
    co_return fail(ErrorKind::transient, "no time was left to ask " + url.authority());
  }
  Progress progress;
  auto work = exchange(request, url, view(wire), progress);
  auto done = co_await within(clock_, request.deadline, std::move(work));
  if (done.value) co_return std::move(*done.value);
  const std::string where =
      url.authority() + " (" + std::string(describe_phase(progress.phase)) + ")";
  if (done.how == Ended::cancelled) {
    co_return fail(failure(request, progress, ErrorKind::cancelled,
                           "the request to " + where + " was cancelled"));
  }
  co_return fail(failure(request, progress, ErrorKind::transient,
                         "the time for the request ran out at " + where));
}

Awaitable<Result<Response>> Transport::exchange(const Request& request, const Url& url,
                                                std::string_view wire, Progress& progress) {
  co_await was_cancelled();
  if (auto kept = pool_.take(url.origin(), clock_.mono())) {
    auto answer = co_await converse(request, url, wire, std::move(kept), progress);
    if (answer || co_await was_cancelled()) co_return answer;
    // The server may close an idle connection at any time; that says nothing about the request.
    const bool untouched = request.effect == Effect::Read || progress.sent == 0;
    if (!untouched || progress.received != 0) co_return answer;
    pool_.forget(url.origin());
    progress = {};
  }
  auto fresh = co_await connector_.connect(url);
  if (!fresh) co_return fail(std::move(fresh).error());
  co_return co_await converse(request, url, wire, std::move(*fresh), progress);
}

Awaitable<Status> Transport::put_wire(const Request& request, const Url& url, std::string_view wire,
                                      Stream& stream, Progress& progress) {
  progress.phase = Progress::Phase::sending;
  while (progress.sent < wire.size()) {
    const Io io = co_await stream.write_some(wire.substr(progress.sent));
    progress.sent += io.bytes;
    if (!io.error) continue;
    const auto kind =
        io.error == asio::error::operation_aborted ? ErrorKind::cancelled : ErrorKind::transient;
    co_return fail(
        failure(request, progress, kind,
                url.authority() + ": sending the request failed: " + io.error.message()));
  }
  co_return Status{};
}

Awaitable<Result<Response>> Transport::converse(const Request& request, const Url& url,
                                                std::string_view wire,
                                                std::unique_ptr<Stream> stream,
                                                Progress& progress) {
  progress.sent = 0;
  progress.received = 0;
  CO_TRY_OK(co_await put_wire(request, url, wire, *stream, progress));
  ResponseParser parser({.no_body = request.method == "HEAD",
                         .max_body = request.max_body,
                         .max_header = most_header_bytes});
  SecretBytes buffer(16 * 1024);
  progress.phase = Progress::Phase::waiting;
  for (;;) {
    const Io io = co_await stream->read_some(buffer);
    progress.received += io.bytes;
    if (io.error == asio::error::operation_aborted) {
      co_return fail(failure(request, progress, ErrorKind::cancelled,
                             url.authority() + ": reading the answer was cancelled"));
    }
    if (io.error && progress.received == 0) {
      co_return fail(failure(
          request, progress, ErrorKind::transient,
          url.authority() + ": the connection ended before any answer: " + io.error.message()));
    }
    if (io.error) {
      auto ended =
          io.error == asio::error::eof
              ? parser.end()
              : Status(fail(ErrorKind::protocol, "the answer was cut: " + io.error.message()));
      if (ended) co_return parser.take();
      co_return fail(failure(request, progress, ErrorKind::protocol,
                             url.authority() + ": " + ended.error().message, cut_off));
    }
    progress.phase = Progress::Phase::reading;
    auto fed = parser.feed({buffer.data(), io.bytes});
    if (!fed) {
      co_return fail(failure(request, progress, fed.error().kind,
                             url.authority() + ": " + fed.error().message));
    }
    if (!*fed) continue;
    if (parser.keep_alive() && !parser.overrun()) {
      pool_.put(url.origin(), std::move(stream), clock_.mono());
    }
    co_return parser.take();
  }
}

}  // namespace

Result<std::unique_ptr<HttpClient>> make_transport(asio::any_io_executor executor, Clock& clock,
                                                   TransportOptions options) {
  TRY(auto tls, TlsClient::make(options.ca_file, options.system_store));
  TRY(auto proxy, ProxyRules::make(options.proxy));
  return std::unique_ptr<HttpClient>(std::make_unique<Transport>(
      std::move(executor), clock, std::move(tls), std::move(proxy), std::move(options)));
}

}  // namespace lockstep::net
