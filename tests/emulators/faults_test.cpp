#include "accounts.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::sandbox {
namespace {

class Faults : public CloudflareTest {
 protected:
  /// The next request meets `fault`, those after it none.
  void once(Fault fault) {
    cloudflare_.set_faults([fault, used = false](const net::Request&) mutable {
      return std::exchange(used, true) ? Fault{} : fault;
    });
  }
};

TEST_F(Faults, StatusAnswersInsteadAndHasNoEffect) {
  once({.kind = Fault::Kind::status,
        .status = 503,
        .body = "busy",
        .headers = {{.name = "Retry-After", .value = "7"}}});
  const auto answer = put_secret("A", "x");
  EXPECT_EQ(answer.status(), 503);
  EXPECT_EQ(answer.text(), "busy");
  EXPECT_EQ(answer.header("retry-after"), "7");
  EXPECT_EQ(versions(), 1U);
}

TEST_F(Faults, ErrorBodyIsTheProvidersOwn) {
  const std::pair<int, int> codes[] = {{401, 10000}, {403, 9109},  {404, 7003},
                                       {429, 971},   {500, 10013}, {502, 0}};
  for (const auto& [status, code] : codes) {
    once({.kind = Fault::Kind::error_body, .status = status});
    const auto answer = put_secret("A", "x");
    EXPECT_EQ(answer.status(), status);
    EXPECT_EQ(answer.code(), code) << status;
  }
  EXPECT_EQ(versions(), 1U);

  FlyEmulator fly;
  Asking asking(fly, "FlyV1 fm2_x");
  fly.set_faults(
      [](const net::Request&) { return Fault{.kind = Fault::Kind::error_body, .status = 401}; });
  EXPECT_EQ(asking.get("/v1/apps/a/secrets").body.at("error"),
            "Authenticate: token validation error");
  EXPECT_EQ(asking.get("/v1/apps/a").body.at("message"), "Unauthorized");
}

TEST_F(Faults, CutBodyHappensAfterTheEffect) {
  once({.kind = Fault::Kind::cut_body});
  const auto answer = put_secret("A", "x");
  EXPECT_TRUE(answer.outcome.cut);
  EXPECT_TRUE(answer.body.is_null());
  EXPECT_EQ(value("A"), "x");
}

TEST_F(Faults, ResetHasNoEffectAndALostAnswerHas) {
  once({.kind = Fault::Kind::reset});
  EXPECT_EQ(put_secret("A", "x").outcome.kind, Outcome::Kind::reset_before);
  EXPECT_EQ(value("A"), std::nullopt);
  once({.kind = Fault::Kind::lost_answer});
  EXPECT_EQ(put_secret("A", "x").outcome.kind, Outcome::Kind::lost_after);
  EXPECT_EQ(value("A"), "x");
}

TEST_F(Faults, DelayIsAddedToTheAnswer) {
  once({.kind = Fault::Kind::delay, .delay = Seconds(7)});
  EXPECT_EQ(put_secret("A", "x").outcome.delay, Seconds(7));
  EXPECT_EQ(value("A"), "x");
}

TEST_F(Faults, StaleReadAnswersFromBeforeTheLastWrite) {
  put_secret("A", "x");
  put_secret("B", "x");
  once({.kind = Fault::Kind::stale_read});
  EXPECT_EQ(asking_.get(script("/secrets")).result().as_array().size(), 1U);
  EXPECT_EQ(asking_.get(script("/secrets")).result().as_array().size(), 2U);
}

class LateReads : public CloudflareTest {
 protected:
  LateReads() : CloudflareTest({.read_lag = Seconds(5)}) {}
};

TEST_F(LateReads, ReadsSeeAWriteAfterTheLag) {
  put_secret("A", "x");
  asking_.now = at(3);
  put_secret("B", "x");
  const auto seen = [&](double when) {
    asking_.now = at(when);
    return asking_.get(script("/secrets")).result().as_array().size();
  };
  EXPECT_EQ(seen(4.9), 0U);
  EXPECT_EQ(seen(5), 1U);
  EXPECT_EQ(seen(7.9), 1U);
  EXPECT_EQ(seen(8), 2U);
}

TEST_F(Faults, HookLetsAnotherActorActBeforeTheNthRequest) {
  cloudflare_.before_request([&](std::size_t index, const net::Request& request) {
    if (index != 1) return;
    EXPECT_EQ(request.method, "PUT");
    cloudflare_.upload(kAccount, kWorker, alice_, {.deploy = false}, at(1));
  });
  EXPECT_EQ(asking_.get(script("/secrets")).status(), 200);
  EXPECT_EQ(put_secret("A", "x").code(), 10215);
}

TEST_F(Faults, RequestsMadeByTheHookMeetNeitherFaultsNorTheHook) {
  cloudflare_.set_faults([](const net::Request&) { return Fault{.kind = Fault::Kind::reset}; });
  int called = 0;
  cloudflare_.before_request([&](std::size_t, const net::Request&) {
    ++called;
    EXPECT_EQ(put_secret("A", "by hand").status(), 200);
  });
  EXPECT_EQ(asking_.get(script("/secrets")).outcome.kind, Outcome::Kind::reset_before);
  EXPECT_EQ(called, 1);
  EXPECT_EQ(value("A"), "by hand");
}

TEST_F(Faults, SeenTellsEveryRequestInOrder) {
  put_secret("A", "x");
  once({.kind = Fault::Kind::lost_answer});
  asking_.get(script("/secrets?page=1"));
  ASSERT_EQ(cloudflare_.seen().size(), 2U);
  EXPECT_TRUE(cloudflare_.seen()[0].write);
  EXPECT_EQ(cloudflare_.seen()[0].status, 200);
  EXPECT_EQ(cloudflare_.seen()[1].path, script("/secrets"));
  EXPECT_EQ(cloudflare_.seen()[1].status, 0);
}

/// Everything an answer says, for comparing two runs.
std::string flat(const Answer& answer) {
  std::string out = std::to_string(answer.status());
  for (const auto& header : answer.outcome.response.headers) {
    out += header.name + ": " + header.value + "\n";
  }
  return out + answer.text();
}

std::string run(std::uint64_t seed) {
  std::string out;
  CloudflareEmulator cloudflare({.seed = seed});
  cloudflare.add_account(kAccount, "Example");
  cloudflare.add_worker(kAccount, kWorker, at(0));
  cloudflare.add_token({.id = "t",
                        .secret = "cf",
                        .accounts = {kAccount},
                        .permissions = {"Workers Scripts Write"}});
  Asking cf(cloudflare, "Bearer cf");
  const auto script = "/client/v4/accounts/" + kAccount + "/workers/scripts/" + kWorker;
  FlyEmulator fly({.seed = seed});
  fly.add_app("a");
  fly.add_machine("a", {}, at(0));
  fly.add_token({.id = "t", .secret = "fm2_t"});
  Asking org(fly, "FlyV1 fm2_t");
  for (int i = 0; i < 5; ++i) {
    cf.now = org.now = at(i);
    out += flat(cf.put(script + "/secrets", R"({"name":"A","text":"x","type":"secret_text"})"));
    out += flat(cf.get(script + "/versions"));
    out += flat(cf.get(script + "/deployments"));
    out += flat(org.post("/v1/apps/a/secrets", R"({"values":{"A":"x"}})"));
    out += flat(org.get("/v1/apps/a/machines"));
  }
  return out;
}

TEST(Determinism, TwoRunsOfOneSeedGiveTheSameBytes) {
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace lockstep::sandbox
