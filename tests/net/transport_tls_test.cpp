#include <gtest/gtest.h>

#include "loop.hpp"
#include "net/transport.hpp"
#include "pki.hpp"

namespace lockstep::net {
namespace {

using namespace lockstep::net::testing;

struct World {
  Loop loop;
  Pki pki;

  std::unique_ptr<HttpClient> client(std::string ca_file, ProxySettings proxy = {}) {
    return *make_transport(loop.executor(), loop.clock(),
                           {.ca_file = std::move(ca_file), .proxy = std::move(proxy)});
  }
  ServerOptions with(const Pki::Leaf& leaf) {
    return {.certificate_file = leaf.certificate_file, .key_file = leaf.key_file};
  }
};

Handler hello() {
  return handler([](Request request) {
    return Response{.status = 200, .headers = {}, .body = std::move(request.body)};
  });
}

TEST(TransportTls, CarriesRequestsAndReusesTheConnection) {
  World world;
  Served served(world.loop, hello(), world.with(world.pki.issue("IP:127.0.0.1,DNS:localhost")));
  const auto client = world.client(world.pki.ca_file());
  const std::string body(200'000, 'v');
  for (const char* host : {"127.0.0.1", "localhost", "127.0.0.1"}) {
    const auto answer =
        send(world.loop, *client,
             {.method = "POST", .url = served.url("/", host), .body = to_bytes(body)});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(view(answer->body), body);
  }
}

TEST(TransportTls, UnknownCaIsRefusedAndTheRemedyNamed_S17) {
  World world;
  Pki other;
  bool reached = false;
  Served served(world.loop, handler([&](Request) {
                  reached = true;
                  return Response{.status = 200};
                }),
                world.with(other.issue("IP:127.0.0.1")));
  for (const auto& ca : {std::string(), world.pki.ca_file()}) {
    const auto client = world.client(ca);
    const auto answer =
        send(world.loop, *client, {.method = "PUT", .url = served.url(), .effect = Effect::Write});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::transient) << "nothing was sent";
    EXPECT_TRUE(answer.error().message.starts_with("TLS handshake with 127.0.0.1:"));
    EXPECT_NE(answer.error().message.find("caFile"), std::string::npos) << answer.error().message;
  }
  EXPECT_FALSE(reached);
}

TEST(TransportTls, WrongNameIsRefused_S17) {
  World world;
  Served served(world.loop, hello(),
                world.with(world.pki.issue("DNS:elsewhere.example,IP:127.0.0.2")));
  const auto client = world.client(world.pki.ca_file());
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto answer = send(world.loop, *client, {.url = served.url("/", host)});
    ASSERT_FALSE(answer) << host;
    EXPECT_NE(answer.error().message.find("does not name " + std::string(host)), std::string::npos)
        << answer.error().message;
  }
}

TEST(TransportTls, ExpiredCertificateIsRefused_S17) {
  World world;
  Served served(world.loop, hello(), world.with(world.pki.issue("IP:127.0.0.1", -1)));
  const auto client = world.client(world.pki.ca_file());
  const auto answer = send(world.loop, *client, {.url = served.url()});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("clock"), std::string::npos) << answer.error().message;
}

Awaitable<void> speak_plain(tcp::socket socket, int) {
  co_await write_text(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  co_await read_to_end(socket);
}

TEST(TransportTls, ServerWithoutTlsIsTransientAlsoForAWrite) {
  World world;
  RawPeer peer(world.loop, speak_plain);
  const auto client = world.client("");
  const auto answer = send(world.loop, *client,
                           {.method = "PUT",
                            .url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/",
                            .effect = Effect::Write});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::transient);
}

TEST(TransportTls, CutAnswerIsSeen_S3) {
  World world;
  Served served(world.loop, handler([](Request) {
                  return Response{.status = 200,
                                  .headers = {{"Content-Length", "100"}},
                                  .body = to_bytes("[1,")};
                }),
                world.with(world.pki.issue("IP:127.0.0.1")));
  const auto client = world.client(world.pki.ca_file());
  const auto read = send(world.loop, *client, {.url = served.url()});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::protocol);
  const auto write =
      send(world.loop, *client, {.method = "PUT", .url = served.url(), .effect = Effect::Write});
  ASSERT_FALSE(write);
  EXPECT_EQ(write.error().kind, ErrorKind::outcome_unknown);
}

}  // namespace
}  // namespace lockstep::net
