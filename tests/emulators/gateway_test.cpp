#include "sandbox/gateway.hpp"

#include "accounts.hpp"
#include "sandbox/fly.hpp"
#include "support/sim.hpp"

namespace lockstep::sandbox {
namespace {

class Gateway : public CloudflareTest {
 protected:
  net::Response ask(const std::string& path) {
    net::Request request;
    request.url = path;
    request.authorization = Secret("Bearer cf-writer");
    return sim_.run(gateway_(std::move(request)));
  }
  testing::Simulation sim_;
  FlyEmulator fly_;
  net::Handler gateway_ = make_gateway(sim_.clock(), {&fly_, &cloudflare_});
};

TEST_F(Gateway, ThePathDecidesWhoAnswers) {
  EXPECT_EQ(ask("/sandbox/healthz").status, 200);
  EXPECT_EQ(ask(script("/secrets")).status, 200);
  EXPECT_EQ(ask("/v1/apps/a/secrets").status, 401);
  EXPECT_EQ(ask("/elsewhere").status, 404);
  EXPECT_EQ(fly_.seen().size(), 1U);
}

TEST_F(Gateway, BrokenConnectionsAndCutAnswersReachTheServer) {
  cloudflare_.set_faults([](const net::Request&) { return Fault{.kind = Fault::Kind::reset}; });
  EXPECT_EQ(ask(script("/secrets")).status, 0);
  cloudflare_.set_faults([](const net::Request&) { return Fault{.kind = Fault::Kind::cut_body}; });
  const auto cut = ask(script("/secrets"));
  EXPECT_GT(std::stoul(std::string(cut.header("content-length"))), cut.body.size());
}

TEST_F(Gateway, AnswersAsLateAsTheEmulatorSays) {
  cloudflare_.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = Seconds(3)}; });
  const auto start = sim_.clock().mono();
  EXPECT_EQ(ask(script("/secrets")).status, 200);
  EXPECT_EQ(sim_.clock().mono() - start, Seconds(3));
}

}  // namespace
}  // namespace lockstep::sandbox
