#include "net/proxy.hpp"

#include <gtest/gtest.h>

namespace lockstep::net {
namespace {

Result<ProxyRules> rules(std::string_view proxy, std::string no_proxy = "") {
  return ProxyRules::make({.https_proxy = Secret(proxy), .no_proxy = std::move(no_proxy)});
}

TEST(ProxyRules, CoverEncryptedRequestsElsewhereOnly) {
  const auto proxy = rules("http://proxy.corp.example:3128");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->proxy().authority(), "proxy.corp.example:3128");
  EXPECT_TRUE(proxy->authorization().empty());
  EXPECT_TRUE(proxy->covers(*parse_url("https://api.fly.io/")));
  EXPECT_FALSE(proxy->covers(*parse_url("https://127.0.0.1:8443/")));
  EXPECT_FALSE(proxy->covers(*parse_url("http://localhost/")));
  EXPECT_FALSE(rules("")->covers(*parse_url("https://api.fly.io/")));
}

TEST(ProxyRules, ReadUserAndPassword) {
  const auto proxy = rules("user:p%40ss@proxy.corp.example:3128");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->authorization().expose(), "Basic dXNlcjpwQHNz");
  EXPECT_EQ(proxy->proxy().host, "proxy.corp.example");
}

TEST(ProxyRules, RefuseOddProxiesWithoutQuotingThem_S4) {
  for (const char* text : {"https://user:hunter2hunter2@proxy:443", "socks5://hunter2hunter2@p:1",
                           "http://user:hunter2hunter2@", "http://hunter2hunter2@pro xy"}) {
    const auto proxy = rules(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().kind, ErrorKind::invalid);
    EXPECT_EQ(proxy.error().message.find("hunter2"), std::string::npos) << proxy.error().message;
  }
}

TEST(ProxyRules, HonourExceptions) {
  const auto proxy = rules("http://proxy:3128", " .internal.example , 10.0.0.0/8,api.fly.io:443 ");
  ASSERT_TRUE(proxy);
  EXPECT_FALSE(proxy->covers(*parse_url("https://git.internal.example/")));
  EXPECT_FALSE(proxy->covers(*parse_url("https://10.1.2.3:6443/")));
  EXPECT_FALSE(proxy->covers(*parse_url("https://api.fly.io/")));
  EXPECT_TRUE(proxy->covers(*parse_url("https://api.fly.io:8443/")));
  EXPECT_TRUE(proxy->covers(*parse_url("https://api.cloudflare.com/")));
}

TEST(NoProxy, MatchesNamesAddressesAndNetworks) {
  EXPECT_TRUE(no_proxy_matches("*", "anything.example", 443));
  EXPECT_TRUE(no_proxy_matches("example.com", "example.com", 443));
  EXPECT_TRUE(no_proxy_matches("Example.com", "a.example.com", 443));
  EXPECT_FALSE(no_proxy_matches("example.com", "notexample.com", 443));
  EXPECT_FALSE(no_proxy_matches(".example.com", "example.com", 443));
  EXPECT_TRUE(no_proxy_matches("*.example.com", "a.example.com", 443));
  EXPECT_FALSE(no_proxy_matches("", "example.com", 443));
  EXPECT_FALSE(no_proxy_matches(".", "example.com", 443));
  EXPECT_TRUE(no_proxy_matches("10.0.0.1", "10.0.0.1", 443));
  EXPECT_FALSE(no_proxy_matches("10.0.0.1:80", "10.0.0.1", 443));
  EXPECT_TRUE(no_proxy_matches("192.168.0.0/16", "192.168.4.5", 443));
  EXPECT_FALSE(no_proxy_matches("192.168.0.0/16", "192.169.4.5", 443));
  EXPECT_TRUE(no_proxy_matches("fd00::/8", "fd12::1", 443));
  EXPECT_TRUE(no_proxy_matches("[fd12::1]:443", "fd12::1", 443));
  EXPECT_TRUE(no_proxy_matches("fd12::1", "fd12::1", 443));
  EXPECT_FALSE(no_proxy_matches("10.0.0.0/99", "10.0.0.1", 443));
  EXPECT_FALSE(no_proxy_matches(":443", "example.com", 443));
}

}  // namespace
}  // namespace lockstep::net
