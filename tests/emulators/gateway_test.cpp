#include "sandbox/gateway.hpp"

#include "accounts.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/github.hpp"
#include "support/about.hpp"
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

TEST_F(Gateway, LinksInAnswersNameTheSocketThatWasAsked) {
  GitHubEmulator github;
  github.add_repository("alokai/cms", at(0));
  for (const auto* name : {"A", "B"}) {
    github.set_secret({.repository = "alokai/cms"}, name, "fake", at(0));
  }
  github.add_token({.id = "t", .secret = "t", .permissions = {{"secrets", "read"}}});
  net::Request request;
  request.url = "/api/v3/repos/alokai/cms/actions/secrets?per_page=1";
  request.headers = {{.name = "Host", .value = "localhost:8443"},
                     {.name = "User-Agent", .value = "test"}};
  request.authorization = Secret("token t");
  const auto gateway = make_gateway(sim_.clock(), {&fly_, &github}, "https");
  const auto answer = sim_.run(gateway(std::move(request)));
  EXPECT_TRUE(answer.header("link").starts_with("<https://localhost:8443/api/v3/repositories/"))
      << answer.header("link");
}

TEST_F(Gateway, BrokenConnectionsAndCutAnswersReachTheServer) {
  cloudflare_.set_faults([](const net::Request&) { return Fault{.kind = Fault::Kind::reset}; });
  EXPECT_EQ(ask(script("/secrets")).status, 0);
  cloudflare_.set_faults([](const net::Request&) { return Fault{.kind = Fault::Kind::cut_body}; });
  const auto cut = ask(script("/secrets"));
  EXPECT_GT(std::stoul(std::string(cut.header("content-length"))), cut.body.size());
}

TEST_F(Gateway, ItsTimeMovesWithEveryRequestOnAnySocket) {
  const auto time = std::make_shared<SandboxTime>(sim_.clock(), Seconds(1));
  const auto plain = make_gateway(sim_.clock(), {&fly_}, "http", time);
  const auto tls = make_gateway(sim_.clock(), {&fly_}, "https", time);
  for (const auto* gateway : {&plain, &tls, &plain}) {
    net::Request request;
    request.url = "/v1/apps/a/secrets";
    sim_.run((*gateway)(std::move(request)));
  }
  ASSERT_EQ(fly_.seen().size(), 3U);
  EXPECT_THAT(fly_.seen()[1].at - fly_.seen()[0].at, testing::About(Seconds(1)));
  EXPECT_THAT(fly_.seen()[2].at - fly_.seen()[1].at, testing::About(Seconds(1)));
}

TEST_F(Gateway, FlysOtherServicesAreItsToo) {
  EXPECT_EQ(ask("/api/v1/apps/a/releases").status, 401);
  EXPECT_EQ(ask("/graphql").status, 404) << "a read";
  EXPECT_EQ(fly_.seen().size(), 2U);
}

TEST_F(Gateway, AnswersAsLateAsTheEmulatorSays) {
  cloudflare_.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::delay, .delay = Seconds(3)}; });
  const auto start = sim_.clock().mono();
  EXPECT_EQ(ask(script("/secrets")).status, 200);
  EXPECT_THAT(sim_.clock().mono() - start, testing::JustAfter(Seconds(3)));
}

}  // namespace
}  // namespace lockstep::sandbox
