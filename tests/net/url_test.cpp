#include "net/url.hpp"

#include <gtest/gtest.h>

namespace lockstep::net {
namespace {

TEST(Url, SplitsIntoItsParts) {
  const auto url = parse_url("https://API.Example.com:8443/client/v4/a%20b?page=2&x=y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "api.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/client/v4/a%20b?page=2&x=y");
  EXPECT_EQ(url->origin(), "https://api.example.com:8443");
  EXPECT_EQ(url->host_header(), "api.example.com:8443");
}

TEST(Url, OneServerHasOneOrigin) {
  for (const char* text : {"https://api.fly.io", "HTTPS://API.fly.io/", "https://api.fly.io:443/v1",
                           "https://api.fly.io:/", "https://api.fly.io:0443?x"}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->origin(), "https://api.fly.io:443") << text;
    EXPECT_EQ(url->host_header(), "api.fly.io") << text;
  }
  EXPECT_EQ(parse_url("https://api.fly.io?x=1")->target, "/?x=1");
}

TEST(Url, NormalisesAddresses) {
  EXPECT_EQ(parse_url("http://[0:0:0:0:0:0:0:1]:8080/")->origin(), "http://[::1]:8080");
  EXPECT_EQ(parse_url("http://127.0.0.1/")->origin(), "http://127.0.0.1:80");
}

TEST(Url, ANameMayBeginWithAnAddress) {
  const auto url = parse_url("https://10.0.0.1.Example.com:8443/a?b");
  ASSERT_TRUE(url) << describe(url.error());
  EXPECT_EQ(url->host, "10.0.0.1.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a?b");
  EXPECT_EQ(parse_url("https://10.0.0.1-b.example.com")->host, "10.0.0.1-b.example.com");
  for (const char* text : {"https://10.0.0.1.example.com:8443a/", "https://10.0.0.1.a:pw@host/",
                           "https://10.0.0.1..a/", "https:/x://10.0.0.1/"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

TEST(Url, RefusesWhatIsNoPlainAbsoluteUrl) {
  for (const char* text :
       {"", "/path", "//host/path", "api.fly.io", "ftp://host/", "file:///etc/passwd", "https:///x",
        "https://", "https://host#top", "https://host:0/", "https://host:65536/",
        "https://host:12x/", "https://ho st/", "https://h%6fst%2f/", "https://host/\r\nX: y",
        "https://-host/", "https://a..b/", "https://h\xc3\xb6st/", "mailto:a@b.example"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::invalid) << text;
  }
  EXPECT_FALSE(parse_url("https://host/" + std::string(9000, 'a')));
}

TEST(Url, EveryPortIsReadAsItIsWritten) {
  for (int port = 1; port <= 65'535; port += 97) {
    const auto url = parse_url("https://host:" + std::to_string(port) + "/");
    ASSERT_TRUE(url) << port;
    EXPECT_EQ(url->port, port);
  }
  for (int port = 65'536; port < 200'000; port += 97) {
    EXPECT_FALSE(parse_url("https://host:" + std::to_string(port) + "/")) << port;
  }
  for (const char* port : {"65537", "99999", "100000", "4294967739", "+443", "-1", " 443"}) {
    EXPECT_FALSE(parse_url("https://host:" + std::string(port) + "/")) << port;
  }
}

TEST(Url, RefusesUserInformationWithoutQuotingIt) {
  const auto url = parse_url("https://admin:hunter2hunter2@host/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
}

TEST(Url, KnowsLoopback) {
  for (const char* host : {"localhost", "127.0.0.1", "127.8.9.10", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"128.0.0.1", "10.0.0.1", "::2", "localhost.example.com", "127.1",
                           "127.0.0.1.example.com", "0.0.0.0"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace lockstep::net
