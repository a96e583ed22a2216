#include "net/measured.hpp"

#include <gtest/gtest.h>

#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep::net {
namespace {

using lockstep::testing::ScriptedHttp;
using lockstep::testing::Simulation;

struct World {
  Simulation sim;
  ScriptedHttp http;
  Metrics metrics;
  std::string lines;
  std::unique_ptr<EventLog> log = make_recording_log(sim.clock(), lines);
  Measured client{http, sim.clock(), metrics, *log, {.provider = "fly", .credential = "cms/fly"}};

  Result<Response> put() {
    return sim.run(client.send({.method = "PUT",
                                .url = "https://api.machines.dev/v1/apps/molecule-cp/secrets/A",
                                .authorization = Secret("Bearer hunter2hunter2"),
                                .body = to_bytes("value-hunter3hunter3"),
                                .effect = Effect::Write,
                                .operation = "secrets.update"}));
  }
  bool logged(std::string_view text) const { return lines.find(text) != std::string::npos; }
};

TEST(Measured, CountsByOperationAndCode) {
  World world;
  world.http.answer(200, "");
  world.http.fail_with({.kind = ErrorKind::throttled, .message = "used up"});
  ASSERT_TRUE(world.put());
  ASSERT_FALSE(world.put());
  const auto text = world.metrics.text();
  EXPECT_NE(text.find("lockstep_provider_requests_total{"), std::string::npos);
  EXPECT_NE(text.find("operation=\"secrets.update\""), std::string::npos);
  EXPECT_NE(text.find("code=\"200\""), std::string::npos);
  EXPECT_NE(text.find("code=\"throttled\""), std::string::npos);
}

TEST(Measured, LogsNoPathHeaderOrBody_S4) {
  World world;
  world.http.answer(200, "secret-answer-hunter4", {{"fly-request-id", "01JABC-fra"}});
  ASSERT_TRUE(world.put());
  EXPECT_TRUE(world.logged("secrets.update"));
  EXPECT_TRUE(world.logged("01JABC-fra"));
  EXPECT_FALSE(world.logged("hunter"));
  EXPECT_FALSE(world.logged("molecule-cp"));
}

TEST(RequestId, IsShortAndPlainOrAbsent_S4) {
  const auto id = [](std::string name, std::string value) {
    return request_id(
        {.status = 200, .headers = {{std::move(name), std::move(value)}}, .body = {}});
  };
  EXPECT_EQ(id("CF-Ray", "8c1f2a3b4c5d6e7f-FRA"), "8c1f2a3b4c5d6e7f-FRA");
  EXPECT_EQ(id("X-GitHub-Request-Id", "C0DE:1A2B:3C"), "C0DE:1A2B:3C");
  EXPECT_EQ(id("x-request-id", "a b"), "");
  EXPECT_EQ(id("x-request-id", "a\x1b[31m"), "");
  EXPECT_EQ(id("x-request-id", std::string(65, 'a')), "");
  EXPECT_EQ(id("x-other", "abc"), "");
}

}  // namespace
}  // namespace lockstep::net
