#include "net/server.hpp"

#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "base/scope.hpp"
#include "net/codec.hpp"
#include "net/one_shot.hpp"
#include "net/os_error.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "net/turns.hpp"

namespace lockstep::net {

using boost::system::error_code;

namespace {
/// What is read and dropped after a refusal, so that the peer sees the answer before the end.
constexpr std::size_t most_drained = 1 << 20;
constexpr Nanos longest_drain = std::chrono::seconds(1);
constexpr Nanos accept_pause = std::chrono::milliseconds(100);
/// Connections taken in one turn of the loop: those who wait at the door must not wait for the
/// answers to those who came before them.
constexpr std::size_t accept_batch = 32;
/// A client that has done nothing for less is not closed for the sake of others: it may just be
/// about to, or it did and nobody has noticed yet.
constexpr Nanos time_to_act = std::chrono::milliseconds(10);
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);
}  // namespace

/// Shared by the server and its coroutines, so that the order in which a dying world destroys
/// them does not matter.
struct HttpServer::State {
  State(asio::any_io_executor e, Clock& c, ServerOptions o)
      : executor(e),
        clock(c),
        options(std::move(o)),
        acceptor(e),
        scope(e),
        turns(e, options.max_waiting) {}

  /// One open connection; lives in its coroutine.
  class Visit {
   public:
    explicit Visit(std::shared_ptr<State> state) : state_(std::move(state)) {
      place_ = state_->visits.insert(state_->visits.end(), this);
    }
    ~Visit() {
      if (phase_ == Phase::ending) --state_->ending;
      state_->visits.erase(place_);
      state_->announce();
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    enum class Phase : std::uint8_t {
      working,       ///< the handler has the request, or the TLS handshake goes on
      idle,          ///< waits for a request: stop() may close it
      transferring,  ///< waits for its client within a request or an answer
      ending,        ///< closed, and about to see it
    };
    void enter(Phase phase) {
      if (phase_ == Phase::ending) return;
      if (phase == Phase::ending) ++state_->ending;
      phase_ = phase;
      since_ = state_->clock.mono();
      if (waits()) state_->announce();
    }
    bool idle() const { return phase_ == Phase::idle; }
    bool waits() const { return phase_ == Phase::idle || phase_ == Phase::transferring; }
    Mono since() const { return since_; }

    std::unique_ptr<Stream> stream;

   private:
    std::shared_ptr<State> state_;
    std::list<Visit*>::iterator place_;
    Phase phase_ = Phase::working;
    Mono since_;
  };
  using Phase = Visit::Phase;

  Status listen();
  void announce();
  bool full() const;
  bool someone_waits();
  Visit* longest() const;
  bool make_room();
  static error_code take_pending(const std::shared_ptr<State>& state);
  Awaitable<void> wait_for_room();
  static Awaitable<void> accept_loop(std::shared_ptr<State> state);
  static Awaitable<void> serve(std::shared_ptr<State> state, std::unique_ptr<Visit> visit,
                               tcp::socket socket);
  static Awaitable<void> converse(std::shared_ptr<State> state, Visit& visit);
  Awaitable<std::optional<RequestParser>> receive(Visit& visit, SecretBytes& rest);
  Awaitable<Result<void>> receive_whole(Stream& stream, RequestParser& parser);
  Awaitable<bool> answer(Stream& stream, SecretBytes wire);
  Awaitable<void> refuse(Stream& stream, int status, const std::string& why);
  Awaitable<void> linger(Stream& stream);

  asio::any_io_executor executor;
  Clock& clock;
  ServerOptions options;
  Handler handler;
  std::unique_ptr<TlsServer> tls;
  tcp::acceptor acceptor;
  Scope scope;
  Turns turns;
  std::list<Visit*> visits;
  std::size_t ending = 0;  ///< of them: closed, and about to see it
  bool stopping = false;
  std::shared_ptr<OneShot<bool>> changed;  ///< set while someone waits for a visit to end or wait
};

void HttpServer::State::announce() {
  if (changed) changed->set(true);
}

Status HttpServer::State::listen() {
  error_code ec;
  const auto where = options.address + ":" + std::to_string(options.port);
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return fail(ErrorKind::invalid, "cannot listen on " + where + ": not an IP address");
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) acceptor.non_blocking(true, ec);
  if (ec) return fail(ErrorKind::invalid, "cannot listen on " + where + ": " + explain(ec));
  return {};
}

bool HttpServer::State::full() const {
  return visits.size() - ending >= options.max_connections;
}

/// True while a connection waits at the door.
bool HttpServer::State::someone_waits() {
  pollfd door{.fd = acceptor.native_handle(), .events = POLLIN, .revents = 0};
  return ::poll(&door, 1, 0) > 0;
}

/// The connection that has waited longest for its client.
HttpServer::State::Visit* HttpServer::State::longest() const {
  Visit* out = nullptr;
  for (auto* visit : visits) {
    if (visit->waits() && (!out || visit->since() < out->since())) out = visit;
  }
  return out;
}

/// Closes the connection that has waited longest for its client; false when none waits for long
/// enough.
bool HttpServer::State::make_room() {
  auto* visit = longest();
  if (!visit || clock.mono() < visit->since() + time_to_act) return false;
  // An answer that is sent still reaches an idle client; one that is not read must hold nothing.
  const auto how = visit->idle() ? Closing::orderly : Closing::reset;
  visit->enter(Phase::ending);
  visit->stream->close(how);
  return true;
}

/// Takes the connections that wait at the door, as far as there is room for them. `try_again`:
/// there is none yet.
error_code HttpServer::State::take_pending(const std::shared_ptr<State>& state) {
  for (std::size_t taken = 0; taken < accept_batch && state->someone_waits(); ++taken) {
    // Those that are closed hold memory until they have seen it.
    if (state->ending >= state->options.max_connections) return asio::error::try_again;
    if (state->full() && !state->make_room()) return asio::error::try_again;
    tcp::socket socket(state->executor);
    error_code ec;
    state->acceptor.accept(socket, ec);
    if (ec == asio::error::would_block) return {};
    if (ec) return ec;
    state->scope.start(serve(state, std::make_unique<Visit>(state), std::move(socket)));
  }
  return {};
}

/// Until a connection has ended, or has waited long enough for its client to be closed.
Awaitable<void> HttpServer::State::wait_for_room() {
  changed = std::make_shared<OneShot<bool>>(executor);
  const auto* visit = longest();
  const auto until = visit ? visit->since() + time_to_act : Mono::max();
  (void)co_await within(clock, until, changed->wait());
}

Awaitable<void> HttpServer::State::accept_loop(std::shared_ptr<State> state) {
  while (!co_await was_cancelled() && !state->stopping) {
    // Looked at before it is taken: until there is room, it costs no file.
    auto [ec] = co_await state->acceptor.async_wait(tcp::acceptor::wait_read, as_value);
    if (!ec) ec = take_pending(state);
    if (!ec || state->stopping) continue;
    if (ec == asio::error::try_again) {
      auto waiting = state->wait_for_room();
      co_await std::move(waiting);
      continue;
    }
    // Out of files, or a client that left at once: neither ends the service.
    if (is_out_of_files(ec) && state->make_room()) continue;
    (void)co_await state->clock.sleep_until(state->clock.mono() + accept_pause);
  }
}

Awaitable<void> HttpServer::State::serve(std::shared_ptr<State> state, std::unique_ptr<Visit> owned,
                                         tcp::socket socket) {
  co_await was_cancelled();
  auto& visit = *owned;
  auto below = std::make_unique<TcpStream>(std::move(socket));
  if (state->tls) {
    auto shake = state->tls->handshake(std::move(below));
    auto done = co_await within(state->clock, state->clock.mono() + state->options.transfer_timeout,
                                std::move(shake));
    if (!done.value || !*done.value) co_return;
    visit.stream = std::move(*done.value);
  } else {
    visit.stream = std::move(below);
  }
  co_await converse(state, visit);
}

Awaitable<void> HttpServer::State::converse(std::shared_ptr<State> state, Visit& visit) {
  SecretBytes rest;
  while (!co_await was_cancelled() && !state->stopping) {
    auto parser = co_await state->receive(visit, rest);
    if (!parser) co_return;
    rest = parser->take_rest();
    const bool head = parser->head();
    const bool asked_to_keep = parser->keep_alive();
    visit.enter(Phase::working);
    auto request = parser->take();
    const auto& first = state->options.served_first;
    const auto turn = first && first(request) ? Turn::taken : co_await state->turns.take();
    if (turn == Turn::cancelled) co_return;
    if (turn == Turn::refused) {
      visit.enter(Phase::transferring);
      co_await state->refuse(*visit.stream, 503, "busy with other requests; try again later");
      co_return;
    }
    Response response = co_await state->handler(std::move(request));
    visit.enter(Phase::transferring);
    if (response.status == 0) {
      visit.stream->close(Closing::reset);
      co_return;
    }
    const auto stated = response.header("Content-Length");
    const bool cut = !head && !stated.empty() && stated != std::to_string(response.body.size());
    const bool keep = asked_to_keep && !cut && !state->stopping && !state->full();
    auto wire = write_response(response, head, keep);
    if (!wire) {
      wire = write_response(text_response(500, "text/plain", "internal error\n"), head, false);
    }
    response = {};  // what waits for the client is there once
    const bool answered = co_await state->answer(*visit.stream, std::move(*wire));
    if (answered && keep) continue;
    if (answered && !cut && !rest.empty()) co_await state->linger(*visit.stream);
    co_return;
  }
}

/// The next request, whole; nothing when the connection is to end.
Awaitable<std::optional<RequestParser>> HttpServer::State::receive(Visit& visit,
                                                                   SecretBytes& rest) {
  RequestParser parser({.max_body = options.max_body, .max_header = options.max_header});
  SecretBytes buffer = std::exchange(rest, {});
  if (buffer.empty()) {
    buffer.resize(16 * 1024);
    visit.enter(Phase::idle);
    auto first = visit.stream->read_some(buffer);
    auto came = co_await within(clock, clock.mono() + options.idle_timeout, std::move(first));
    if (!came.value || came.value->error) co_return std::nullopt;
    buffer.resize(came.value->bytes);
  }
  visit.enter(Phase::transferring);
  Status outcome;
  auto fed = parser.feed(view(buffer));
  if (!fed) {
    outcome = fail(fed.error());
  } else if (!*fed) {
    auto whole = receive_whole(*visit.stream, parser);
    auto done = co_await within(clock, clock.mono() + options.transfer_timeout, std::move(whole));
    if (!done.value) co_return std::nullopt;
    outcome = std::move(*done.value);
  }
  if (outcome) co_return std::move(parser);
  const auto& why = outcome.error();
  if (!why.code.empty()) co_await refuse(*visit.stream, std::stoi(why.code), why.message);
  co_return std::nullopt;
}

Awaitable<Result<void>> HttpServer::State::receive_whole(Stream& stream, RequestParser& parser) {
  co_await was_cancelled();
  SecretBytes buffer(16 * 1024);
  for (;;) {
    if (parser.wants_continue()) {
      const Io io = co_await write_all(stream, "HTTP/1.1 100 Continue\r\n\r\n");
      if (io.error) co_return fail(ErrorKind::transient, "the client is gone");
    }
    const Io io = co_await stream.read_some(buffer);
    if (io.error) co_return fail(ErrorKind::transient, "the client is gone");
    CO_TRY(const bool whole, parser.feed({buffer.data(), io.bytes}));
    if (whole) co_return Status{};
  }
}

Awaitable<bool> HttpServer::State::answer(Stream& stream, SecretBytes wire) {
  auto writing = write_all(stream, view(wire));
  auto done = co_await within(clock, clock.mono() + options.transfer_timeout, std::move(writing));
  co_return done.value && !done.value->error;
}

namespace {

Awaitable<bool> drain(Stream& stream) {
  SecretBytes buffer(16 * 1024);
  std::size_t dropped = 0;
  while (dropped < most_drained) {
    const Io io = co_await stream.read_some(buffer);
    if (io.error) break;
    dropped += io.bytes;
  }
  co_return true;
}

}  // namespace

Awaitable<void> HttpServer::State::refuse(Stream& stream, int status, const std::string& why) {
  auto wire = write_response(text_response(status, "text/plain", why + "\n"), false, false);
  if (!wire || !co_await answer(stream, std::move(*wire))) co_return;
  co_await linger(stream);
}

/// Closing while bytes are unread would reset the connection and destroy the answer.
Awaitable<void> HttpServer::State::linger(Stream& stream) {
  stream.finish_sending();
  auto draining = drain(stream);
  co_await within(clock, clock.mono() + longest_drain, std::move(draining));
}

HttpServer::HttpServer(asio::any_io_executor executor, Clock& clock, ServerOptions options)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(options))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::start(Handler handler) {
  const auto& options = state_->options;
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return fail(ErrorKind::invalid, "TLS needs a certificate file and a key file");
  }
  if (!options.certificate_file.empty()) {
    TRY(state_->tls, TlsServer::make(options.certificate_file, options.key_file));
  }
  TRY_OK(state_->listen());
  state_->handler = std::move(handler);
  state_->scope.start(State::accept_loop(state_));
  return state_->acceptor.local_endpoint().port();
}

Awaitable<void> HttpServer::stop(Nanos grace) {
  auto state = state_;
  co_await was_cancelled();
  state->stopping = true;
  error_code ignored;
  state->acceptor.close(ignored);
  for (auto* visit : state->visits) {
    if (visit->idle()) visit->stream->close(Closing::orderly);
  }
  state->announce();
  const Mono deadline = state->clock.mono() + grace;
  while (!state->visits.empty() && !co_await was_cancelled()) {
    state->changed = std::make_shared<OneShot<bool>>(state->executor);
    auto ended = co_await within(state->clock, deadline, state->changed->wait());
    if (ended.how != Ended::finished) break;
  }
  state->scope.cancel();
  // Every coroutine was told to end; they need a few turns of the loop for it.
  while (!state->scope.drained()) co_await asio::post(state->executor, asio::use_awaitable);
}

}  // namespace lockstep::net
