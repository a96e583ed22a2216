#include <gtest/gtest.h>

#include "files_limit.hpp"
#include "loop.hpp"
#include "net/transport.hpp"
#include "pki.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Names that lead to this machine, and names that no look-up ever answers.
struct Names {
  static Lookup lookup(std::shared_ptr<Names> names) {
    return [names](std::string host, std::function<void(Result<Addresses>)> done) -> Status {
      ++names->asked;
      if (host.starts_with("hanging")) {
        names->hanging.push_back(std::move(done));
      } else {
        done(Addresses{asio::ip::address_v4::loopback()});
      }
      return {};
    };
  }
  int asked = 0;
  std::vector<std::function<void(Result<Addresses>)>> hanging;
};

struct World {
  explicit World(Nanos timeout = seconds(10))
      : client(*make_transport(loop.executor(), loop.clock(),
                               {.ca_file = pki.ca_file(),
                                .system_store = false,
                                .connect_timeout = timeout,
                                .lookup = Names::lookup(names)})) {}
  Result<Response> get(std::string url) { return send(loop, *client, {.url = std::move(url)}); }

  Loop loop;
  Pki pki;
  std::shared_ptr<Names> names = std::make_shared<Names>();
  std::unique_ptr<HttpClient> client;
};

Awaitable<void> answer_once(tcp::socket socket, int) {
  co_await read_request(socket);
  co_await write_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
}

Awaitable<void> send_into(HttpClient& client, std::string url, std::optional<ErrorKind>& out) {
  const auto answer = co_await client.send({.url = std::move(url)});
  if (!answer) out = answer.error().kind;
}

TEST(TransportNames, OneThatHangsLeavesTheOthersReachable_S14) {
  World world;
  RawPeer peer(world.loop, answer_once);
  const auto port = ":" + std::to_string(peer.port()) + "/";
  std::vector<std::optional<ErrorKind>> ends(20);
  Scope waiting(world.loop.executor());
  for (auto& end : ends) waiting.start(send_into(*world.client, "http://hanging.test" + port, end));
  world.loop.turn_until([&] { return !world.names->hanging.empty(); });
  const auto healthy = world.get("http://healthy.test" + port);
  ASSERT_TRUE(healthy) << healthy.error().message;
  waiting.cancel();
  world.loop.turn_until([&] { return waiting.drained(); });
  for (const auto& end : ends) EXPECT_EQ(end, ErrorKind::cancelled);
}

TEST(TransportNames, OneThatTakesTooLongIsTold) {
  World world(milliseconds(30));
  const auto answer = world.get("http://hanging.test/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::transient);
  EXPECT_TRUE(answer.error().message.starts_with("looking up the name hanging.test took longer"))
      << answer.error().message;
}

TEST(TransportNames, AnAnswerIsUsedAgainUntilItLeadsNowhere) {
  World world;
  std::string url;
  {
    RawPeer peer(world.loop, answer_once);
    url = "http://healthy.test:" + std::to_string(peer.port()) + "/";
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(world.get(url));
    EXPECT_EQ(world.names->asked, 1);
  }
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(world.get(url));
  EXPECT_EQ(world.names->asked, 2);
}

TEST(TransportNames, WithoutFilesTheRemedyIsTold) {
  World world;
  World system;
  system.client = *make_transport(system.loop.executor(), system.loop.clock(),
                                  {.ca_file = system.pki.ca_file(), .system_store = false});
  // A loop opens files of its own at its first use.
  const RawPeer first(world.loop, answer_once), second(system.loop, answer_once);
  const NoMoreFiles none(0);
  for (auto* each : {&world, &system}) {
    const auto answer = each->get("https://name.invalid/");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::transient);
    EXPECT_NE(answer.error().message.find("ulimit -n"), std::string::npos)
        << answer.error().message;
  }
}

}  // namespace
}  // namespace lockstep::net
