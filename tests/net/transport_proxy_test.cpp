#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "loop.hpp"
#include "net/codec.hpp"
#include "net/connector.hpp"
#include "pki.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;
using std::chrono::seconds;

/// Copies bytes one way until either side ends.
Awaitable<void> pump(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
  co_await asio::this_coro::throw_if_cancelled(false);
  char buffer[4096];
  for (;;) {
    auto [ec, n] =
        co_await from->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (ec) break;
    co_await write_text(*to, std::string(buffer, n));
  }
  boost::system::error_code ignored;
  to->shutdown(tcp::socket::shutdown_send, ignored);
}

/// A proxy that tunnels every CONNECT to one port, whatever name was asked for.
struct TestProxy {
  TestProxy(Loop& loop, std::uint16_t to) : target(to), pumps(loop.executor()), loop_(loop) {}
  ~TestProxy() {
    pumps.cancel();
    loop_.turn_until([&] { return pumps.drained(); });
  }
  static Awaitable<void> serve(TestProxy& self, tcp::socket socket) {
    self.asked = co_await read_request(socket);
    if (self.refuse_with != 0) {
      co_await write_text(socket, "HTTP/1.1 " + std::to_string(self.refuse_with) +
                                      " No\r\nContent-Length: 5\r\n\r\nnever");
      co_return;
    }
    auto client = std::make_shared<tcp::socket>(std::move(socket));
    auto server = std::make_shared<tcp::socket>(co_await dial(self.target));
    co_await write_text(*client, "HTTP/1.1 200 Connection established\r\n\r\n");
    self.pumps.start(pump(client, server));
    self.pumps.start(pump(server, client));
  }

  std::uint16_t target;
  int refuse_with = 0;
  std::string asked;
  Scope pumps;
  Loop& loop_;
};

struct World {
  Loop loop;
  Pki pki;

  Connector connector(std::uint16_t proxy_port) {
    const auto proxy = "http://user:pass@127.0.0.1:" + std::to_string(proxy_port);
    return {loop.executor(),
            loop.clock(),
            *TlsClient::make(pki.ca_file(), false),
            *ProxyRules::make({.https_proxy = Secret(proxy), .no_proxy = {}}),
            seconds(10),
            system_lookup()};
  }
};

Awaitable<std::string> ask(Stream& stream) {
  co_await write_all(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ResponseParser parser({});
  SecretBytes buffer(4096);
  for (;;) {
    const Io io = co_await stream.read_some(buffer);
    const auto fed = parser.feed({buffer.data(), io.bytes});
    if (io.error || !fed) co_return "";
    if (*fed) break;
  }
  const Response response = parser.take();
  co_return std::string(view(response.body));
}

TEST(TransportProxy, TunnelsAndStillVerifiesTheServer_S17) {
  World world;
  const auto leaf = world.pki.issue("DNS:api.provider.example");
  Served served(world.loop, handler([](Request) { return text_response(200, "a/b", "through"); }),
                {.certificate_file = leaf.certificate_file, .key_file = leaf.key_file});
  TestProxy proxy(world.loop, served.port());
  RawPeer peer(world.loop,
               [&](tcp::socket s, int) { return TestProxy::serve(proxy, std::move(s)); });
  auto connector = world.connector(peer.port());
  {
    auto stream = world.loop.run(connector.connect(*parse_url("https://api.provider.example/")));
    ASSERT_TRUE(stream) << stream.error().message;
    EXPECT_EQ(world.loop.run(ask(**stream)), "through");
  }
  EXPECT_TRUE(proxy.asked.starts_with("CONNECT api.provider.example:443 HTTP/1.1\r\n"));
  EXPECT_NE(proxy.asked.find("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"), std::string::npos);
  const auto wrong = world.loop.run(connector.connect(*parse_url("https://other.example/")));
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("does not name other.example"), std::string::npos);
}

TEST(TransportProxy, RefusalIsTransientAndNamesTheProxy) {
  World world;
  TestProxy proxy(world.loop, 1);
  proxy.refuse_with = 407;
  RawPeer peer(world.loop,
               [&](tcp::socket s, int) { return TestProxy::serve(proxy, std::move(s)); });
  auto connector = world.connector(peer.port());
  const auto stream = world.loop.run(connector.connect(*parse_url("https://api.fly.io/")));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::transient);
  EXPECT_NE(stream.error().message.find("407"), std::string::npos) << stream.error().message;
  EXPECT_NE(stream.error().message.find("HTTPS_PROXY"), std::string::npos);
}

TEST(Connector, TimeLimitCoversTheWholeWay_S15) {
  Loop loop;
  // Accepts and says nothing: the TLS greeting never comes.
  RawPeer peer(loop, [](tcp::socket s, int) {
    struct Wait {
      static Awaitable<void> run(tcp::socket s) { co_await read_to_end(s); }
    };
    return Wait::run(std::move(s));
  });
  Connector connector(loop.executor(), loop.clock(), *TlsClient::make("", true),
                      *ProxyRules::make({}), std::chrono::milliseconds(30), system_lookup());
  const auto stream = loop.run(
      connector.connect(*parse_url("https://127.0.0.1:" + std::to_string(peer.port()) + "/")));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind, ErrorKind::transient);
  EXPECT_NE(stream.error().message.find("took longer"), std::string::npos);
}

}  // namespace
}  // namespace lockstep::net
