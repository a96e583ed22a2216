#include "net/host_guard.hpp"

#include <gtest/gtest.h>

#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using lockstep::testing::ScriptedHttp;
using lockstep::testing::Simulation;

TEST(HostGuard, LetsAllowedHostsPass_S17) {
  Simulation sim;
  ScriptedHttp http;
  const std::vector<std::string> allowed{"https://api.cloudflare.com/client/v4",
                                         "http://127.0.0.1:8080"};
  auto guard = HostGuard::make(http, allowed);
  ASSERT_TRUE(guard);
  for (const char* url : {"https://api.cloudflare.com/client/v4/user",
                          "https://API.cloudflare.com:443/other", "http://127.0.0.1:8080/x"}) {
    http.answer(200, "");
    EXPECT_TRUE(sim.run((*guard)->send({.url = url}))) << url;
  }
}

TEST(HostGuard, RefusesOthersBeforeAnythingIsSent_S17) {
  Simulation sim;
  ScriptedHttp http;
  const std::vector<std::string> allowed{"https://api.cloudflare.com"};
  auto guard = HostGuard::make(http, allowed);
  ASSERT_TRUE(guard);
  for (const char* url :
       {"https://api.cloudflare.com.evil.example/", "https://evil.example/",
        "https://api.cloudflare.com:8443/", "http://api.cloudflare.com/",
        "https://api.cloudflare.com@evil.example/", "https://127.0.0.1/", "nonsense"}) {
    const auto answer = sim.run((*guard)->send({.url = url, .authorization = Secret("Bearer x")}));
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
  }
  EXPECT_TRUE(http.asked().empty());
}

TEST(HostGuard, SaysWhichHostAndHowToAllowIt) {
  Simulation sim;
  ScriptedHttp http;
  auto guard = HostGuard::make(http, {});
  ASSERT_TRUE(guard);
  const auto answer = sim.run((*guard)->send({.url = "https://ghe.corp.example:8443/api"}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "credentials and values may not go to https://ghe.corp.example:8443: no admin allowed "
            "that host. To allow it, add \"https://ghe.corp.example:8443\" to `hosts` in "
            "lockstep.local.yaml (in a cluster: start the controller with --allow-host "
            "https://ghe.corp.example:8443)");
}

TEST(HostGuard, RefusesAnUnusableList) {
  ScriptedHttp http;
  for (const char* url : {"api.fly.io", "http://api.fly.io", "https://u:p@api.fly.io"}) {
    const std::vector<std::string> allowed{"https://api.cloudflare.com", url};
    const auto guard = HostGuard::make(http, allowed);
    ASSERT_FALSE(guard) << url;
    EXPECT_EQ(guard.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(guard.error().message.starts_with("allowed host 2: ")) << guard.error().message;
  }
}

}  // namespace
}  // namespace lockstep::net
