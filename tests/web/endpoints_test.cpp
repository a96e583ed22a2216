#include "web/endpoints.hpp"

#include "support/sim.hpp"

namespace lockstep::web {
namespace {

class FakeStatus final : public StatusReader {
 public:
  std::vector<const TargetStatus*> all() const override {
    std::vector<const TargetStatus*> out;
    for (const auto& each : statuses) out.push_back(&each);
    return out;
  }
  bool ready() const override { return is_ready; }

  std::vector<TargetStatus> statuses;
  bool is_ready = false;
};

std::string body_of(const net::Response& response) {
  return std::string(view(response.body));
}

class Endpoints : public ::testing::Test {
 protected:
  net::Response ask(std::string method, std::string url) {
    net::Request request;
    request.method = std::move(method);
    request.url = std::move(url);
    request.headers = headers;
    return sim_.run(handler_(std::move(request)));
  }
  testing::Simulation sim_;
  Metrics metrics_;
  FakeStatus status_;
  std::vector<net::Header> headers = {{"Host", "127.0.0.1:8460"}};
  const std::vector<std::string> allowed_ = {"lockstep.example.com"};
  std::string trouble_;
  net::Handler handler_ = make_endpoints(
      metrics_, status_, sim_.clock(), [this] { return trouble_; },
      HostNames("127.0.0.1", allowed_));
};

TEST_F(Endpoints, MetricsIsThePrometheusPage) {
  metrics_.queue(3);
  const auto response = ask("GET", "/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body_of(response), metrics_.text());
  EXPECT_TRUE(response.header("content-type").starts_with("text/plain; version=0.0.4"));
}

// A large page takes the loop for some time, so that whoever asks often must not get it made.
TEST_F(Endpoints, MetricsIsMadeOnceASecondHoweverManyAsk_S14) {
  std::set<std::string> pages;
  std::size_t asked = 0;
  const auto until = sim_.clock().mono() + std::chrono::milliseconds(2'500);
  while (sim_.clock().mono() < until) {
    metrics_.queue(++asked);  // every page that is made now differs
    pages.insert(body_of(ask(asked % 2 == 0 ? "GET" : "HEAD", "/metrics")));
    pages.insert(body_of(ask("GET", "/metrics")));
    (void)sim_.run(sim_.clock().sleep_until(sim_.clock().mono() + std::chrono::milliseconds(10)));
  }
  EXPECT_GT(asked, 200U);
  EXPECT_EQ(pages.size(), 3U);
}

TEST_F(Endpoints, HealthDoesNotWaitForReadiness) {
  const auto response = ask("GET", "/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(view(response.body), "ok\n");
}

TEST_F(Endpoints, HealthTellsWhatKeepsItFromWork) {
  trouble_ = "5 calls to the disk hang";
  const auto response = ask("GET", "/healthz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(view(response.body), "not healthy: 5 calls to the disk hang\n");
  trouble_ = "";
  EXPECT_EQ(ask("GET", "/healthz").status, 200);
}

TEST_F(Endpoints, ReadinessSaysWhyNotAndThenYes) {
  status_.statuses.resize(2);
  const auto before = ask("GET", "/readyz");
  EXPECT_EQ(before.status, 503);
  EXPECT_EQ(view(before.body),
            "not ready: not every Target has had its first pass yet (2 Targets so far)\n");
  status_.is_ready = true;
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
}

TEST_F(Endpoints, TakesBarePathsAndAbsoluteUrlsAndIgnoresQueries) {
  for (const auto* url : {"/healthz", "/healthz?verbose=1", "http://127.0.0.1:9090/healthz",
                          "http://localhost/healthz?x=/metrics#y"}) {
    EXPECT_EQ(ask("GET", url).status, 200) << url;
  }
  for (const auto* url : {"", "/", "/healthz/", "/HEALTHZ", "//healthz", "/metrics/../healthz",
                          "/secrets", "http://127.0.0.1", "?/healthz", "/x?u=http://a/healthz"}) {
    EXPECT_EQ(ask("GET", url).status, 404) << url;
  }
}

TEST_F(Endpoints, OtherMethodsAreRefusedByName) {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""}) {
    const auto response = ask(method, "/metrics");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.header("Allow"), "GET, HEAD");
  }
  EXPECT_EQ(ask("POST", "/nowhere").status, 404);
}

// The server leaves the body out, and states its length.
TEST_F(Endpoints, HeadIsAnsweredLikeGet) {
  for (const auto* url : {"/metrics", "/healthz", "/readyz", "/nowhere"}) {
    const auto get = ask("GET", url);
    const auto head = ask("HEAD", url);
    EXPECT_EQ(head.status, get.status);
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type"));
    EXPECT_EQ(body_of(head), body_of(get));
  }
}

TEST_F(Endpoints, EveryAnswerIsHarmlessToABrowserAndKeptByNobody) {
  for (const auto& response : {ask("GET", "/metrics"), ask("GET", "/nowhere"),
                               ask("POST", "/metrics"), ask("GET", "/readyz")}) {
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(response.header("Cache-Control"), "no-store");
    EXPECT_EQ(response.header("Content-Security-Policy"),
              "default-src 'none'; frame-ancestors 'none'");
    EXPECT_TRUE(response.header("Content-Type").starts_with("text/plain;"));
  }
}

// A page that had its own name made to lead here (DNS rebinding) reads nothing.
TEST_F(Endpoints, OtherHostNamesReadNothing_S4) {
  for (const auto* host : {"evil.example", "evil.example:8460", "127.0.0.1.evil.example", "", " ",
                           "localhost@evil.example", "evil.example/localhost", "192.0.2.1"}) {
    headers = {{"Host", host}};
    for (const auto* path : {"/metrics", "/readyz", "/", "/nowhere"}) {
      const auto response = ask("GET", path);
      EXPECT_EQ(response.status, 421) << host << path;
      EXPECT_TRUE(view(response.body).contains("--allowed-host NAME\n"));
    }
  }
}

TEST_F(Endpoints, OwnAndAllowedHostNamesAreAnswered) {
  for (const auto* host : {"127.0.0.1", "127.0.0.1:9", "localhost", "LocalHost:8460", "[::1]:8460",
                           "lockstep.example.com", "Lockstep.Example.com:443"}) {
    headers = {{"host", host}};
    EXPECT_EQ(ask("GET", "/metrics").status, 200) << host;
  }
}

TEST_F(Endpoints, EverythingThatStatesAHostMustMeanUs) {
  EXPECT_EQ(ask("GET", "http://evil.example/metrics").status, 421);
  EXPECT_EQ(ask("GET", "http:///metrics").status, 421);
  headers = {{"Host", "evil.example"}};
  EXPECT_EQ(ask("GET", "http://localhost/metrics").status, 421);
  headers = {{"Host", "localhost"}, {"Host", "evil.example"}};
  EXPECT_EQ(ask("GET", "/metrics").status, 421);
  headers = {};
  EXPECT_EQ(ask("GET", "/metrics").status, 421) << "no browser leaves it out";
  EXPECT_EQ(ask("GET", "http://localhost/metrics").status, 200);
}

// Probes come under any name, or with none (HTTP/1.0): it tells nothing but that the loop answers.
TEST_F(Endpoints, HealthIsAnsweredUnderAnyHostName) {
  for (const auto* host : {"10.1.2.3:8460", "load-balancer.example", ""}) {
    headers = {{"Host", host}};
    EXPECT_EQ(ask("GET", "/healthz").status, 200) << host;
  }
  headers = {};
  EXPECT_EQ(view(ask("GET", "/healthz").body), "ok\n");
}

TEST_F(Endpoints, OnlyTheHealthCheckIsServedFirst) {
  const auto first = [](std::string url) {
    net::Request request;
    request.url = std::move(url);
    return is_health_check(request);
  };
  for (const auto* url : {"/healthz", "/healthz?x=1", "http://127.0.0.1:8460/healthz"}) {
    EXPECT_TRUE(first(url)) << url;
  }
  for (const auto* url : {"/metrics", "/readyz", "/", "/healthz/", "/metrics?/healthz"}) {
    EXPECT_FALSE(first(url)) << url;
  }
}

// S4: nothing of a request, hostile or secret, comes back.
TEST_F(Endpoints, S4NoAnswerRepeatsTheRequest) {
  const std::string canary = "canary-3f9c1e";
  for (const auto* method : {"GET", "POST"}) {
    net::Request request;
    request.method = method;
    request.url = "/" + canary + "?token=" + canary;
    request.headers = {{"Host", canary}, {"X-Forwarded-Host", canary}};
    request.authorization = Secret("Bearer " + canary);
    request.body = to_bytes(canary);
    const auto response = sim_.run(handler_(std::move(request)));
    EXPECT_FALSE(view(response.body).contains(canary));
    for (const auto& header : response.headers) EXPECT_FALSE(header.value.contains(canary));
  }
}

}  // namespace
}  // namespace lockstep::web
