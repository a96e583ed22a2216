#include "net/transport.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/error_codes.hpp"
#include "loop.hpp"
#include "pki.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

struct World {
  Loop loop;
  Pki pki;  ///< a small CA file: reading the machine's whole store takes a while
  std::unique_ptr<HttpClient> client = *make_transport(
      loop.executor(), loop.clock(), {.ca_file = pki.ca_file(), .system_store = false});

  Result<Response> get(std::string url) { return send(loop, *client, {.url = std::move(url)}); }
  Result<Response> put(std::string url, std::string_view body = "value") {
    return send(
        loop, *client,
        {.method = "PUT", .url = std::move(url), .body = to_bytes(body), .effect = Effect::Write});
  }
};

ErrorKind kind_of(const Result<Response>& answer) {
  if (answer) throw std::runtime_error("an answer came: " + std::to_string(answer->status));
  return answer.error().kind;
}

TEST(Transport, CarriesARequestAndItsAnswer) {
  World world;
  Request seen;
  Served served(world.loop, handler([&](Request request) {
                  seen = std::move(request);
                  auto response = text_response(201, "text/plain", "made");
                  response.headers.push_back({"X-Reply", "yes"});
                  return response;
                }));
  const auto answer = send(world.loop, *world.client,
                           {.method = "PATCH",
                            .url = served.url("/v1/a%20b?c=d"),
                            .headers = {{"X-Test", "1"}},
                            .authorization = Secret("Bearer fo1_not-a-real-token"),
                            .body = to_bytes("{\"a\":1}"),
                            .effect = Effect::Write});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->header("x-reply"), "yes");
  EXPECT_EQ(view(answer->body), "made");
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.url, "/v1/a%20b?c=d");
  EXPECT_EQ(seen.authorization.expose(), "Bearer fo1_not-a-real-token");
  EXPECT_EQ(view(seen.body), "{\"a\":1}");
}

TEST(Transport, CarriesLargeBodiesBothWays) {
  World world;
  Served served(world.loop, handler([](Request request) {
                  return Response{.status = 200, .headers = {}, .body = std::move(request.body)};
                }));
  const std::string big(3'000'000, 'x');
  const auto answer = world.put(served.url(), big);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(view(answer->body), big);
}

TEST(Transport, GivesRedirectsBackAsTheyAre_S17) {
  World world;
  int requests = 0;
  Served served(world.loop, handler([&](Request) {
                  ++requests;
                  return Response{.status = 302,
                                  .headers = {{"Location", "https://evil.example/"}},
                                  .body = {}};
                }));
  const auto answer = world.get(served.url());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->header("Location"), "https://evil.example/");
  EXPECT_EQ(requests, 1);
}

TEST(Transport, HeadHasNoBody) {
  World world;
  Served served(world.loop,
                handler([](Request) { return text_response(200, "text/plain", "body"); }));
  const auto answer = send(world.loop, *world.client, {.method = "HEAD", .url = served.url()});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("Content-Length"), "4");
  EXPECT_TRUE(answer->body.empty());
}

Awaitable<void> answer_all(tcp::socket socket, int) {
  while (!(co_await read_request(socket)).empty()) co_await write_text(socket, ok);
}

TEST(Transport, ReusesTheConnection) {
  World world;
  RawPeer peer(world.loop, answer_all);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.get(peer.url()));
  EXPECT_EQ(peer.connections(), 1);
}

TEST(Transport, DropsConnectionsThatIdleTooLong) {
  Loop loop;
  auto client = *make_transport(loop.executor(), loop.clock(), {.idle_timeout = Nanos(0)});
  RawPeer peer(loop, answer_all);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send(loop, *client, {.url = peer.url()}));
  EXPECT_EQ(peer.connections(), 3);
}

Awaitable<void> answer_and_say_close(tcp::socket socket, int) {
  co_await read_request(socket);
  co_await write_text(socket,
                      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
  co_await read_to_end(socket);
}

TEST(Transport, DoesNotReuseWhatThePeerEnds) {
  World world;
  RawPeer peer(world.loop, answer_and_say_close);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(world.get(peer.url()));
  EXPECT_EQ(peer.connections(), 2);
}

/// The first connection answers once and dies on its second request without a byte of an answer;
/// later ones work.
Awaitable<void> die_when_reused(tcp::socket socket, int connection) {
  co_await read_request(socket);
  co_await write_text(socket, ok);
  const auto second = co_await read_request(socket);
  if (connection > 0 && !second.empty()) co_await write_text(socket, ok);
}

TEST(Transport, RepeatsAReadOnceWhenTheReusedConnectionDied) {
  World world;
  RawPeer peer(world.loop, die_when_reused);
  ASSERT_TRUE(world.get(peer.url()));
  const auto second = world.get(peer.url());
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(peer.connections(), 2);
}

TEST(Transport, DoesNotRepeatAWriteThatMayHaveArrived_S6) {
  World world;
  RawPeer peer(world.loop, die_when_reused);
  ASSERT_TRUE(world.get(peer.url()));
  const auto second = world.put(peer.url());
  EXPECT_EQ(kind_of(second), ErrorKind::outcome_unknown);
  EXPECT_EQ(peer.connections(), 1);
}

Awaitable<void> answer_once(tcp::socket socket, int) {
  co_await read_request(socket);
  co_await write_text(socket, ok);
}

TEST(Transport, WritesOnAFreshConnectionWhenTheIdleOneIsClosed) {
  World world;
  RawPeer peer(world.loop, answer_once);
  ASSERT_TRUE(world.get(peer.url()));
  // The peer's end of the first connection is seen before the write is put on it.
  bool turned = false;
  asio::post(world.loop.executor(), [&] { turned = true; });
  world.loop.turn_until([&] { return turned; });
  const auto write = world.put(peer.url());
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_EQ(peer.connections(), 2);
}

Awaitable<void> hang_up(tcp::socket socket, int) {
  co_await read_request(socket);
}

TEST(Transport, NoAnswerIsTransientForAReadAndUnknownForAWrite_S6) {
  World world;
  RawPeer peer(world.loop, hang_up);
  const auto read = world.get(peer.url());
  EXPECT_EQ(kind_of(read), ErrorKind::transient);
  EXPECT_EQ(peer.connections(), 1) << "a fresh connection that dies is not tried again";
  EXPECT_EQ(kind_of(world.put(peer.url())), ErrorKind::outcome_unknown);
}

TEST(Transport, ResetIsTransientForAReadAndUnknownForAWrite_S6) {
  World world;
  Served served(world.loop, handler([](Request) { return Response{}; }));
  EXPECT_EQ(kind_of(world.get(served.url())), ErrorKind::transient);
  EXPECT_EQ(kind_of(world.put(served.url())), ErrorKind::outcome_unknown);
}

TEST(Transport, CutBodyIsProtocolForAReadAndUnknownForAWrite_S3) {
  World world;
  Served served(world.loop, handler([](Request) {
                  return Response{.status = 200,
                                  .headers = {{"Content-Length", "100"}},
                                  .body = to_bytes("[1,")};
                }));
  const auto read = world.get(served.url());
  EXPECT_EQ(kind_of(read), ErrorKind::protocol);
  EXPECT_NE(read.error().message.find("cut"), std::string::npos);
  EXPECT_EQ(read.error().code, cut_off) << "told apart from an answer that is not understood";
  const auto written = world.put(served.url());
  EXPECT_EQ(kind_of(written), ErrorKind::outcome_unknown);
  EXPECT_EQ(written.error().code, cut_off);
}

TEST(Transport, TooLargeIsProtocolForAReadAndUnknownForAWrite_S15) {
  World world;
  Served served(world.loop,
                handler([](Request) { return text_response(200, "a/b", std::string(2000, 'x')); }));
  const auto read = send(world.loop, *world.client, {.url = served.url(), .max_body = 1000});
  EXPECT_EQ(kind_of(read), ErrorKind::protocol);
  EXPECT_NE(read.error().message.find("larger than 1000 bytes"), std::string::npos);
  const auto write =
      send(world.loop, *world.client,
           {.method = "PUT", .url = served.url(), .effect = Effect::Write, .max_body = 1000});
  EXPECT_EQ(kind_of(write), ErrorKind::outcome_unknown);
}

Awaitable<void> speak_ssh(tcp::socket socket, int) {
  co_await write_text(socket, "SSH-2.0-hunter2hunter2\r\n");
  co_await read_to_end(socket);
}

TEST(Transport, NotHttpIsProtocolAndNotQuoted_S4) {
  World world;
  RawPeer peer(world.loop, speak_ssh);
  const auto answer = world.get(peer.url());
  EXPECT_EQ(kind_of(answer), ErrorKind::protocol);
  EXPECT_EQ(describe(answer.error()).find("hunter2"), std::string::npos);
}

Awaitable<void> never_answer(tcp::socket socket, int) {
  co_await read_to_end(socket);
}

TEST(Transport, DeadlineEndsASlowAnswer_S15) {
  World world;
  RawPeer peer(world.loop, never_answer);
  const auto read = send(world.loop, *world.client,
                         {.url = peer.url(), .deadline = world.loop.in(milliseconds(30))});
  EXPECT_EQ(kind_of(read), ErrorKind::transient);
  EXPECT_NE(read.error().message.find("waiting for the answer"), std::string::npos);
  const auto write = send(world.loop, *world.client,
                          {.method = "PUT",
                           .url = peer.url(),
                           .effect = Effect::Write,
                           .deadline = world.loop.in(milliseconds(30))});
  EXPECT_EQ(kind_of(write), ErrorKind::outcome_unknown);
  EXPECT_EQ(peer.connections(), 2) << "the first connection is not used again";
}

TEST(Transport, PastDeadlineSendsNothing_S7) {
  World world;
  RawPeer peer(world.loop, never_answer);
  const auto write = send(world.loop, *world.client,
                          {.method = "PUT",
                           .url = peer.url(),
                           .effect = Effect::Write,
                           .deadline = world.loop.clock().mono()});
  EXPECT_EQ(kind_of(write), ErrorKind::transient);
  EXPECT_EQ(peer.connections(), 0);
}

Awaitable<void> send_into(HttpClient& client, Request request, std::optional<ErrorKind>& out) {
  const auto answer = co_await client.send(std::move(request));
  if (!answer) out = answer.error().kind;
}

TEST(Transport, CancellationClosesTheConnection) {
  World world;
  bool asked = false, closed = false;
  RawPeer peer(world.loop, [&](tcp::socket socket, int) -> Awaitable<void> {
    struct Watch {
      static Awaitable<void> run(tcp::socket s, bool& asked, bool& closed) {
        asked = !(co_await read_request(s)).empty();
        co_await read_to_end(s);
        closed = true;
      }
    };
    return Watch::run(std::move(socket), asked, closed);
  });
  for (const Effect effect : {Effect::Read, Effect::Write}) {
    asked = closed = false;
    std::optional<ErrorKind> kind;
    Scope scope(world.loop.executor());
    scope.start(send_into(*world.client, {.url = peer.url(), .effect = effect}, kind));
    world.loop.turn_until([&] { return asked; });
    scope.cancel();
    world.loop.turn_until([&] { return scope.drained() && closed; });
    EXPECT_EQ(kind, effect == Effect::Read ? ErrorKind::cancelled : ErrorKind::outcome_unknown);
  }
}

TEST(Transport, NothingListensIsTransientAlsoForAWrite) {
  World world;
  std::string url;
  {
    RawPeer gone(world.loop, never_answer);
    url = gone.url();
  }
  const auto write = world.put(url);
  EXPECT_EQ(kind_of(write), ErrorKind::transient);
  EXPECT_TRUE(write.error().message.starts_with("cannot connect to 127.0.0.1:"))
      << write.error().message;
}

TEST(Transport, PlainHttpStaysOnLoopback_S17) {
  World world;
  const auto answer = world.get("http://192.0.2.1/");
  EXPECT_EQ(kind_of(answer), ErrorKind::invalid);
}

TEST(Transport, UnknownNameNamesThePhase) {
  World world;
  // A label of more than 63 characters: the resolver refuses it without asking anyone.
  const std::string host = std::string(64, 'a') + ".invalid";
  const auto answer = world.put("https://" + host + "/");
  EXPECT_EQ(kind_of(answer), ErrorKind::transient);
  EXPECT_TRUE(answer.error().message.starts_with("cannot resolve " + host))
      << answer.error().message;
}

// The test ends only when opening does not wait for a writer.
TEST(Transport, ACaFileThatIsAFifoIsRefusedAtOnce_S15) {
  Loop loop;
  std::string folder = ::testing::TempDir() + "lockstep-ca-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto fifo = folder + "/ca.pem";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto client = make_transport(loop.executor(), loop.clock(), {.ca_file = fifo});
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message, "caFile " + fifo + " is not a regular file");
  std::filesystem::remove_all(folder);
}

TEST(Transport, UnusableOptionsAreInvalid) {
  Loop loop;
  for (const auto& options : {TransportOptions{.ca_file = "/nonexistent/ca.pem"},
                              TransportOptions{.system_store = false}}) {
    const auto client =
        make_transport(loop.executor(), loop.clock(),
                       {.ca_file = options.ca_file, .system_store = options.system_store});
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().kind, ErrorKind::invalid);
    EXPECT_NE(client.error().message.find("caFile"), std::string::npos);
  }
}

}  // namespace
}  // namespace lockstep::net
