#include "sandbox/in_process.hpp"

#include "accounts.hpp"
#include "support/about.hpp"
#include "support/sim.hpp"

namespace lockstep::sandbox {
namespace {

class InProcess : public CloudflareTest {
 protected:
  InProcess() { http_.route("https://api.cloudflare.com", cloudflare_); }

  net::Request request(const std::string& method, const std::string& rest = "/secrets") {
    net::Request out;
    out.method = method;
    out.url = "https://api.cloudflare.com" + script(rest);
    out.authorization = Secret("Bearer cf-writer");
    out.effect = method == "GET" ? net::Effect::Read : net::Effect::Write;
    if (method == "PUT") out.body = to_bytes(body("A", "x"));
    return out;
  }
  Result<net::Response> send(net::Request what) { return sim_.run(http_.send(std::move(what))); }
  ErrorKind kind(net::Request what) {
    const auto answer = send(std::move(what));
    return answer ? ErrorKind::internal : answer.error().kind;
  }
  void fault(Fault::Kind kind, Nanos delay = {}) {
    cloudflare_.set_faults(
        [=](const net::Request&) { return Fault{.kind = kind, .delay = delay}; });
  }

  testing::Simulation sim_;
  InProcessHttp http_{sim_.clock()};
};

TEST_F(InProcess, AnswersWhateverTheStatus) {
  EXPECT_EQ(send(request("PUT"))->status, 200);
  EXPECT_EQ(send(request("GET", "/nothing"))->status, 404);
  EXPECT_EQ(value("A"), "x");
}

TEST_F(InProcess, RefusesHostsWithoutAnEmulator) {
  auto elsewhere = request("GET");
  elsewhere.url = "https://api.cloudflare.com.example.com/client/v4/accounts";
  EXPECT_EQ(kind(std::move(elsewhere)), ErrorKind::invalid);
  auto plain = request("GET");
  plain.url = "http://api.cloudflare.com/client/v4/accounts";
  EXPECT_EQ(kind(std::move(plain)), ErrorKind::invalid);
}

TEST_F(InProcess, ConnectionsThatBreakGiveTheErrorsOfTheContract) {
  fault(Fault::Kind::reset);
  EXPECT_EQ(kind(request("GET")), ErrorKind::transient);
  EXPECT_EQ(kind(request("PUT")), ErrorKind::transient);
  fault(Fault::Kind::lost_answer);
  EXPECT_EQ(kind(request("GET")), ErrorKind::transient);
  EXPECT_EQ(kind(request("PUT")), ErrorKind::outcome_unknown);
  fault(Fault::Kind::cut_body);
  EXPECT_EQ(kind(request("GET")), ErrorKind::protocol);
  EXPECT_EQ(kind(request("PUT")), ErrorKind::outcome_unknown);
}

TEST_F(InProcess, WaitsOnTheClockAndEndsAtTheDeadline) {
  fault(Fault::Kind::delay, Seconds(30));
  const auto start = sim_.clock().mono();
  EXPECT_EQ(send(request("GET"))->status, 200);
  EXPECT_THAT(sim_.clock().mono() - start, testing::JustAfter(Seconds(30)));
  auto late = request("PUT");
  late.deadline = sim_.clock().mono() + Seconds(10);
  EXPECT_EQ(kind(std::move(late)), ErrorKind::outcome_unknown);
  EXPECT_THAT(sim_.clock().mono() - start, testing::JustAfter(Seconds(40)));
  EXPECT_EQ(value("A"), "x");
  auto read = request("GET");
  read.deadline = sim_.clock().mono() + Seconds(10);
  EXPECT_EQ(kind(std::move(read)), ErrorKind::transient);
}

TEST_F(InProcess, BoundsTheAnswer) {
  auto small = request("GET");
  small.max_body = 10;
  EXPECT_EQ(kind(std::move(small)), ErrorKind::protocol);
}

TEST_F(InProcess, LatencyPassesBeforeTheRequestArrives) {
  InProcessHttp slow(sim_.clock(), Seconds(2));
  slow.route("https://api.cloudflare.com", cloudflare_);
  ASSERT_TRUE(sim_.run(slow.send(request("PUT"))));
  EXPECT_THAT(cloudflare_.seen().at(0).at, testing::JustAfter(at(2)));
  auto hasty = request("PUT");
  hasty.deadline = sim_.clock().mono() + Seconds(1);
  const auto answer = sim_.run(slow.send(std::move(hasty)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::outcome_unknown);
  EXPECT_EQ(cloudflare_.seen().size(), 1U);
}

}  // namespace
}  // namespace lockstep::sandbox
