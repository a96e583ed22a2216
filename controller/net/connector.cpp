#include "net/connector.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/codec.hpp"
#include "net/os_error.hpp"

namespace lockstep::net {

Connector::Connector(asio::any_io_executor executor, Clock& clock, std::unique_ptr<TlsClient> tls,
                     ProxyRules proxy, Nanos timeout, Lookup lookup)
    : executor_(std::move(executor)),
      clock_(clock),
      tls_(std::move(tls)),
      proxy_(std::move(proxy)),
      timeout_(timeout),
      resolver_(executor_, clock, std::move(lookup), {}) {}

Awaitable<Result<std::unique_ptr<Stream>>> Connector::connect(Url url) {
  const Mono deadline = clock_.mono() + timeout_;
  const std::string where = url.authority();
  std::string doing = "connecting to " + where;
  auto work = connect_untimed(std::move(url), deadline, doing);
  auto done = co_await within(clock_, deadline, std::move(work));
  if (done.value) co_return std::move(*done.value);
  if (done.how == Ended::cancelled) {
    co_return fail(ErrorKind::cancelled, "connecting to " + where + " was cancelled");
  }
  co_return fail(ErrorKind::transient, doing + " took longer than " + to_human(timeout_));
}

Awaitable<Result<std::unique_ptr<Stream>>> Connector::connect_untimed(Url url, Mono deadline,
                                                                      std::string& doing) {
  co_await was_cancelled();
  const bool through_proxy = proxy_.covers(url);
  const Reach reach_of = through_proxy || url.encrypted() ? Reach::anywhere : Reach::loopback;
  const Url next_hop = through_proxy ? proxy_.proxy() : url;
  CO_TRY(auto tcp_stream, co_await reach(next_hop, reach_of, deadline, doing));
  if (through_proxy) {
    CO_TRY_OK(co_await tunnel(*tcp_stream, url));
  }
  if (!url.encrypted()) co_return std::unique_ptr<Stream>(std::move(tcp_stream));
  auto encrypted = co_await tls_->handshake(std::move(tcp_stream), url.host);
  if (encrypted) co_return std::move(*encrypted);
  co_return fail(encrypted.error().kind,
                 "TLS handshake with " + url.authority() + " failed: " + encrypted.error().message);
}

Awaitable<Result<std::unique_ptr<TcpStream>>> Connector::reach(Url url, Reach reach_of,
                                                               Mono deadline, std::string& doing) {
  doing = "looking up the name " + url.host;
  auto looking_up = resolver_.addresses(url.host);
  CO_TRY(const auto addresses, co_await std::move(looking_up));
  doing = "connecting to " + url.authority();
  if (reach_of == Reach::loopback) {
    const bool local =
        std::ranges::all_of(addresses, [](const auto& at) { return at.is_loopback(); });
    if (!local) {
      co_return fail(ErrorKind::invalid, "plain HTTP goes only to loopback addresses, and " +
                                             url.host + " is not one; use https://");
    }
  }
  boost::system::error_code last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // Each address gets an even share of the time left, so that one dead address (often IPv6)
    // does not use up the time of the others.
    const Mono now = clock_.mono();
    const Mono until = now + (deadline - now) / static_cast<Nanos::rep>(addresses.size() - i);
    auto attempt =
        co_await within(clock_, until, net::connect(executor_, {addresses[i], url.port}));
    if (attempt.how == Ended::cancelled) {
      co_return fail(ErrorKind::cancelled, "connecting to " + url.authority() + " was cancelled");
    }
    if (attempt.value && attempt.value->stream) co_return std::move(attempt.value->stream);
    last = attempt.value ? attempt.value->error : asio::error::timed_out;
  }
  resolver_.forget(url.host);
  co_return fail(ErrorKind::transient,
                 "cannot connect to " + url.authority() + ": " + explain(last));
}

Awaitable<Status> Connector::tunnel(Stream& stream, Url url) {
  const std::string proxy = "the proxy " + proxy_.proxy().authority();
  SecretBytes request =
      to_bytes("CONNECT " + url.authority() + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n");
  if (!proxy_.authorization().empty()) {
    append(request, "Proxy-Authorization: ");
    append(request, proxy_.authorization().expose());
    append(request, "\r\n");
  }
  append(request, "\r\n");
  const Io written = co_await write_all(stream, view(request));
  if (written.error) {
    co_return fail(ErrorKind::transient, proxy + " failed: " + written.error.message());
  }
  ResponseParser parser({.no_body = true, .max_body = 0, .max_header = most_header_bytes});
  SecretBytes buffer(4096);
  for (bool whole = false; !whole;) {
    const Io io = co_await stream.read_some(buffer);
    if (io.error) co_return fail(ErrorKind::transient, proxy + " failed: " + io.error.message());
    auto fed = parser.feed({buffer.data(), io.bytes});
    if (!fed) co_return fail(ErrorKind::transient, proxy + " failed: " + fed.error().message);
    whole = *fed;
  }
  // A server speaks first only after our TLS greeting, so bytes here are not the server's.
  const bool overrun = parser.overrun();
  const int status = parser.take().status;
  if (status / 100 == 2 && !overrun) co_return Status{};
  std::string message = proxy + " refused the tunnel to " + url.authority() + " with status " +
                        std::to_string(status);
  if (status == 407) message += "; check the user and password in HTTPS_PROXY";
  co_return fail(ErrorKind::transient, std::move(message));
}

}  // namespace lockstep::net
