// However many clients there are, and whatever they do: the next one is served.
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>

#include "crowd.hpp"
#include "net/one_shot.hpp"
#include "net/server.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;

TEST(HttpServer, ClientsThatSayNothingOrLittleKeepNobodyOut_S14) {
  for (const auto* text :
       {"", "G", "GET / HTTP/1.1\r\nA: ", "PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"}) {
    Loop loop;
    Served served(loop, echo(), {.max_connections = 4});
    const Crowd crowd(loop, served.port(), text, 40);
    EXPECT_TRUE(loop.run(talk(served.port(), get)).starts_with("HTTP/1.1 200")) << text;
    EXPECT_EQ(crowd.closed(), 37U) << "those that waited longest, and no more than needed";
    EXPECT_EQ(crowd.outs.back(), "none");
  }
}

TEST(HttpServer, ClientsThatDoNotReadTheirAnswersKeepNobodyOut_S14) {
  Loop loop;
  Served served(loop, handler([](Request request) {
                  return text_response(200, "a/b",
                                       std::string(request.url == "/" ? 2 : 1 << 25, 'x'));
                }),
                {.max_connections = 4});
  struct Client {
    static Awaitable<void> run(std::uint16_t port, bool& sent, OneShot<bool>& end) {
      auto socket = co_await dial(port);
      co_await write_text(socket, "GET /large HTTP/1.1\r\n\r\n");
      sent = true;
      co_await end.wait();
    }
  };
  const auto end = std::make_shared<OneShot<bool>>(loop.executor());
  Scope clients(loop.executor());
  for (int i = 0; i < 8; ++i) {
    bool sent = false;
    clients.start(Client::run(served.port(), sent, *end));
    loop.turn_until([&] { return sent; });
  }
  EXPECT_TRUE(loop.run(talk(served.port(), get)).starts_with("HTTP/1.1 200"));
  clients.cancel();
  loop.turn_until([&] { return clients.drained(); });
}

/// What was begun, and which requests go first.
struct Counted {
  explicit Counted(ServerOptions o) : options(std::move(o)) {
    options.served_first = [](const Request& request) { return request.url == "/first"; };
  }
  Handler handler() {
    return net::testing::handler([this](Request request) {
      if (request.url == "/first") return text_response(200, "a/b", "first");
      ++begun;
      return text_response(200, "a/b", "the page");
    });
  }
  ServerOptions options;
  std::size_t begun = 0;
};

std::string repeated(std::string_view text, std::size_t n) {
  std::string out;
  for (; n > 0; --n) out += text;
  return out;
}

const std::string first = "GET /first HTTP/1.1\r\nConnection: close\r\n\r\n";

TEST(HttpServer, PipelinedRequestsThatNobodyReadsKeepNobodyWaiting_S14) {
  Loop loop;
  Counted counted({});
  Served served(loop, counted.handler(), counted.options);
  const Crowd crowd(loop, served.port(), repeated("GET / HTTP/1.1\r\n\r\n", 400), 40);
  const auto before = counted.begun;
  EXPECT_TRUE(loop.run(talk(served.port(), first)).ends_with("first"));
  EXPECT_LT(counted.begun - before, 40U) << "one a turn of the loop, whoever has sent how many";
}

TEST(HttpServer, WithAllPlacesTakenAnAnswerIsTheLastOfItsConnection_S14) {
  Loop loop;
  Counted counted({.max_connections = 2});
  Served served(loop, counted.handler(), counted.options);
  const Crowd crowd(loop, served.port(), repeated("GET / HTTP/1.1\r\n\r\n", 400), 40);
  EXPECT_TRUE(loop.run(talk(served.port(), first)).ends_with("first"));
  loop.turn_until([&] { return crowd.closed() == 40; });
  EXPECT_LE(counted.begun, 42U) << "one each, but before the two places were taken";
  for (const auto& out : crowd.outs) {
    if (out.empty()) continue;  // closed for one who came later
    EXPECT_TRUE(out.contains("Connection: close\r\n")) << out;
    EXPECT_TRUE(out.ends_with("\r\n\r\nthe page")) << "whole, though more was sent: " << out;
  }
}

TEST(HttpServer, OnlySoManyRequestsWaitForTheirTurn_S14) {
  Loop loop;
  Counted counted({.max_waiting = 3});
  Served served(loop, counted.handler(), counted.options);
  // All are there before the server looks.
  boost::asio::io_context other;
  std::vector<tcp::socket> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(other).connect({asio::ip::address_v4::loopback(), served.port()});
    boost::asio::write(clients.back(), boost::asio::buffer(get));
  }
  clients.emplace_back(other).connect({asio::ip::address_v4::loopback(), served.port()});
  boost::asio::write(clients.back(), boost::asio::buffer(first));
  std::size_t answered = 0, refused = 0;
  for (auto& client : clients) {
    client.non_blocking(true);
    std::string text;
    loop.turn_until([&] {
      char bytes[4096];
      boost::system::error_code ec;
      const auto n = client.read_some(boost::asio::buffer(bytes), ec);
      text.append(bytes, n);
      return ec && ec != boost::asio::error::would_block;
    });
    if (&client == &clients.back()) {
      EXPECT_TRUE(text.ends_with("first")) << text;
    } else {
      answered += text.starts_with("HTTP/1.1 200") ? 1 : 0;
      refused += text.starts_with("HTTP/1.1 503") ? 1 : 0;
    }
  }
  EXPECT_EQ(answered + refused, 20U) << "each is told";
  EXPECT_GE(answered, 4U);
  EXPECT_GE(refused, 1U);
  EXPECT_EQ(counted.begun, answered);
}

TEST(HttpServer, ABodyIsLeftOutForHeadAndItsLengthStated) {
  Loop loop;
  Counted counted({});
  Served served(loop, counted.handler(), counted.options);
  const auto whole = loop.run(talk(served.port(), get));
  EXPECT_TRUE(whole.contains("Content-Length: 8\r\n")) << whole;
  EXPECT_TRUE(whole.ends_with("\r\n\r\nthe page")) << whole;
  const auto head = loop.run(talk(served.port(), "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(head.contains("Content-Length: 8\r\n")) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

}  // namespace
}  // namespace lockstep::net
