#include "web/host_names.hpp"

#include <gtest/gtest.h>

namespace lockstep::web {
namespace {

HostNames listening_on(std::string_view address, std::vector<std::string> allowed = {}) {
  return HostNames(address, allowed);
}

TEST(HostNames, LoopbackAndTheAddressItListensOnMeanUs) {
  const auto names = listening_on("10.1.2.3");
  for (const auto* host : {"10.1.2.3", "10.1.2.3:8460", "localhost", "localhost.", "LOCALHOST:1",
                           "127.0.0.1", "127.0.0.2:8460", "[::1]", "[::1]:8460", "[0:0::1]"}) {
    EXPECT_TRUE(names.mean_us(host)) << host;
  }
  for (const auto* host : {"10.1.2.4", "evil.example", "[fd00::1]", "::1", "0.0.0.0", "localhost:x",
                           "localhost:0", "a@localhost", "http://localhost", "localhost/", "",
                           ":8460", "localhost.evil.example", "evil.example#localhost"}) {
    EXPECT_FALSE(names.mean_us(host)) << host;
  }
  EXPECT_TRUE(listening_on("fd00::1").mean_us("[FD00:0::1]:8460"));
}

// What a kubelet sends: the address of the pod, which nobody knows beforehand.
TEST(HostNames, ListeningOnAllAddressesEveryAddressMeansUsAndNoName) {
  for (const auto* listen : {"0.0.0.0", "::"}) {
    const auto names = listening_on(listen);
    for (const auto* host : {"10.244.0.17:8460", "192.0.2.1", "[fd00::1]:8460", "localhost"}) {
      EXPECT_TRUE(names.mean_us(host)) << host;
    }
    for (const auto* host : {"evil.example", "10.244.0.17.evil.example:8460", "lockstep"}) {
      EXPECT_FALSE(names.mean_us(host)) << host;
    }
  }
}

TEST(HostNames, AllowedNamesMeanUsAndNotTheNamesBelowThem) {
  const auto names = listening_on("127.0.0.1", {"lockstep.example.com"});
  EXPECT_TRUE(names.mean_us("lockstep.example.com"));
  EXPECT_TRUE(names.mean_us("LOCKSTEP.example.com.:443"));
  EXPECT_FALSE(names.mean_us("a.lockstep.example.com"));
  EXPECT_FALSE(names.mean_us("example.com"));
}

TEST(HostNames, ANameStandsAlone) {
  EXPECT_EQ(*read_host_name("Lockstep.Example.com."), "lockstep.example.com");
  EXPECT_EQ(*read_host_name("lockstep"), "lockstep");
  EXPECT_EQ(*read_host_name("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(*read_host_name("fd00::1"), "fd00::1");
  for (const auto* text : {"", ".", "*", "*.example.com", "https://a.example", "a.example:443",
                           "a.example/", "u@a.example", "a b", "[::1]:80", "[::1]"}) {
    const auto name = read_host_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().kind, ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace lockstep::web
