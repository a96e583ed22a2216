#include "net/server.hpp"

#include <gtest/gtest.h>

#include "crowd.hpp"
#include "files_limit.hpp"
#include "loop.hpp"
#include "net/one_shot.hpp"
#include "pki.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(HttpServer, AnswersOneAfterAnotherAlsoWhenPipelined) {
  Loop loop;
  Served served(loop,
                handler([](Request request) { return text_response(200, "a/b", request.url); }));
  const auto text = loop.run(talk(served.port(),
                                  "GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\n\r\n"
                                  "GET /three HTTP/1.1\r\nConnection: close\r\n\r\n"));
  const auto one = text.find("/one"), two = text.find("/two"), three = text.find("/three");
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_NE(three, std::string::npos);
}

TEST(HttpServer, RefusesWhatIsTooLargeOrNotHttp_S15) {
  Loop loop;
  bool reached = false;
  Served served(loop, handler([&](Request) {
                  reached = true;
                  return Response{.status = 200};
                }),
                {.max_header = 1024, .max_body = 10});
  const auto status = [&](std::string text) {
    return loop.run(talk(served.port(), std::move(text))).substr(0, 12);
  };
  EXPECT_EQ(status("PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n" + std::string(11, 'x')),
            "HTTP/1.1 413");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nX: " + std::string(50'000, 'x') + "\r\n\r\n"),
            "HTTP/1.1 431");
  EXPECT_EQ(status("hello\r\n\r\n"), "HTTP/1.1 400");
  EXPECT_FALSE(reached);
}

TEST(HttpServer, AsksForABodyThatWaits) {
  Loop loop;
  Served served(loop, echo());
  struct Client {
    static Awaitable<std::string> run(std::uint16_t port) {
      auto socket = co_await dial(port);
      co_await write_text(socket,
                          "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n"
                          "Content-Length: 2\r\n\r\n");
      const auto first = co_await read_request(socket);
      co_await write_text(socket, "hi");
      co_return first + co_await read_to_end(socket);
    }
  };
  const auto text = loop.run(Client::run(served.port()));
  EXPECT_TRUE(text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nhi"));
}

TEST(HttpServer, SlowRequestsTimeOut_S15) {
  Loop loop;
  Served served(loop, echo(), {.transfer_timeout = milliseconds(30)});
  EXPECT_EQ(loop.run(talk(served.port(), "GET / HTT")), "");
}

TEST(HttpServer, IdleConnectionsTimeOut_S15) {
  Loop loop;
  Served served(loop, echo(), {.idle_timeout = milliseconds(30)});
  EXPECT_EQ(loop.run(talk(served.port(), "")), "");
}

TEST(HttpServer, SilentTlsClientsTimeOut_S15) {
  Loop loop;
  Pki pki;
  const auto leaf = pki.issue("IP:127.0.0.1");
  Served served(loop, echo(),
                {.certificate_file = leaf.certificate_file,
                 .key_file = leaf.key_file,
                 .transfer_timeout = milliseconds(30)});
  EXPECT_EQ(loop.run(talk(served.port(), "")), "");
}

TEST(HttpServer, StatusZeroBreaksTheConnection) {
  Loop loop;
  Served served(loop, handler([](Request) { return Response{}; }));
  EXPECT_EQ(loop.run(talk(served.port(), "GET / HTTP/1.1\r\n\r\n")), "");
}

TEST(HttpServer, ServesMoreClientsThanItHoldsAtOnce) {
  Loop loop;
  Served served(loop, echo(), {.max_connections = 2});
  std::vector<std::string> texts;
  Scope scope(loop.executor());
  struct Client {
    static Awaitable<void> run(std::uint16_t port, std::vector<std::string>& texts) {
      texts.push_back(co_await talk(port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
    }
  };
  for (int i = 0; i < 8; ++i) scope.start(Client::run(served.port(), texts));
  loop.turn_until([&] { return scope.drained(); });
  ASSERT_EQ(texts.size(), 8U);
  for (const auto& text : texts) EXPECT_TRUE(text.starts_with("HTTP/1.1 200")) << text;
}

/// A handler that answers when told to.
struct Gate {
  std::shared_ptr<OneShot<bool>> open;
  bool entered = false;
  static Awaitable<Response> handle(Gate& gate, Request) {
    gate.entered = true;
    const bool told = (co_await gate.open->wait()).has_value();
    co_return text_response(told ? 200 : 503, "a/b", "done");
  }
};

Awaitable<void> talk_into(std::uint16_t port, std::string text, std::string& out) {
  out = co_await talk(port, std::move(text));
}

TEST(HttpServer, ARequestThatIsWorkedOnKeepsItsPlace) {
  Loop loop;
  Gate gate{.open = std::make_shared<OneShot<bool>>(loop.executor())};
  Served served(loop, [&](Request request) { return Gate::handle(gate, std::move(request)); },
                {.max_connections = 1});
  std::string busy = "none";
  Scope clients(loop.executor());
  clients.start(talk_into(served.port(), "GET / HTTP/1.1\r\n\r\n", busy));
  loop.turn_until([&] { return gate.entered; });
  gate.entered = false;
  const Crowd next(loop, served.port(), get, 1);
  for (int turns = 0; turns < 20; ++turns) {
    bool turned = false;
    asio::post(loop.executor(), [&] { turned = true; });
    loop.turn_until([&] { return turned; });
  }
  EXPECT_EQ(busy, "none");
  gate.open->set(true);
  loop.turn_until([&] { return gate.entered; });
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 200")) << "answered, and then closed to make room";
  gate.open->set(true);
  loop.turn_until([&] { return next.closed() == 1 && clients.drained(); });
  EXPECT_TRUE(next.outs.front().starts_with("HTTP/1.1 200")) << next.outs.front();
}

TEST(HttpServer, WithoutFilesItGoesOnAndMakesRoom_S14) {
  Loop loop;
  Served served(loop, echo());
  const Crowd idle(loop, served.port(), "", 1);
  const NoMoreFiles none(1);  // for the client: the server itself gets none
  EXPECT_TRUE(loop.run(talk(served.port(), get)).starts_with("HTTP/1.1 200"));
  EXPECT_EQ(idle.closed(), 1U);
}

TEST(HttpServer, WithoutFilesItCannotBeginAndNamesTheRemedy) {
  Loop loop;
  HttpServer server(loop.executor(), loop.clock(), {});
  const NoMoreFiles none(0);
  const auto port = server.start(echo());
  ASSERT_FALSE(port);
  EXPECT_NE(port.error().message.find("ulimit -n"), std::string::npos) << port.error().message;
}

TEST(HttpServer, StopLetsARunningRequestEnd) {
  Loop loop;
  Gate gate{.open = std::make_shared<OneShot<bool>>(loop.executor())};
  Served served(loop, [&](Request request) { return Gate::handle(gate, std::move(request)); });
  std::string busy = "none", idle = "none";
  Scope clients(loop.executor()), stopping(loop.executor());
  clients.start(talk_into(served.port(), "GET / HTTP/1.1\r\n\r\n", busy));
  clients.start(talk_into(served.port(), "", idle));
  loop.turn_until([&] { return gate.entered; });
  stopping.start(served.server().stop(seconds(10)));
  loop.turn_until([&] { return idle.empty(); });
  EXPECT_FALSE(stopping.drained());
  gate.open->set(true);
  loop.turn_until([&] { return stopping.drained() && clients.drained(); });
  EXPECT_TRUE(busy.starts_with("HTTP/1.1 200")) << busy;
  EXPECT_NE(busy.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, StopCancelsWhatOutlastsTheGrace) {
  Loop loop;
  Gate gate{.open = std::make_shared<OneShot<bool>>(loop.executor())};
  Served served(loop, [&](Request request) { return Gate::handle(gate, std::move(request)); });
  std::string busy = "none";
  Scope clients(loop.executor());
  clients.start(talk_into(served.port(), "GET / HTTP/1.1\r\n\r\n", busy));
  loop.turn_until([&] { return gate.entered; });
  loop.run(served.server().stop(milliseconds(10)));
  loop.turn_until([&] { return clients.drained(); });
  EXPECT_EQ(busy, "");
}

TEST(HttpServer, DyingWithItsWorldIsSafe_S6) {
  bool entered = false;
  std::string out;
  {
    Loop loop;
    Gate gate{.open = std::make_shared<OneShot<bool>>(loop.executor())};
    HttpServer server(loop.executor(), loop.clock(), {});
    const auto port = server.start([&](Request r) { return Gate::handle(gate, std::move(r)); });
    ASSERT_TRUE(port);
    Scope clients(loop.executor());
    clients.start(talk_into(*port, "GET / HTTP/1.1\r\n\r\n", out));
    loop.turn_until([&] { return gate.entered; });
    entered = gate.entered;
  }
  EXPECT_TRUE(entered);
}

TEST(HttpServer, UnusableOptionsAreInvalid) {
  Loop loop;
  Served taken(loop, echo());
  const auto refused = [&](ServerOptions options) {
    HttpServer server(loop.executor(), loop.clock(), std::move(options));
    const auto port = server.start(echo());
    return !port && port.error().kind == ErrorKind::invalid;
  };
  EXPECT_TRUE(refused({.address = "not an address"}));
  EXPECT_TRUE(refused({.address = "192.0.2.1"}));
  EXPECT_TRUE(refused({.port = taken.port()}));
  EXPECT_TRUE(refused({.key_file = "/nonexistent.key"}));
  EXPECT_TRUE(refused({.certificate_file = "/nonexistent.pem", .key_file = "/nonexistent.key"}));
}

}  // namespace
}  // namespace lockstep::net
