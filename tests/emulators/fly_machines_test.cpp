#include "asking.hpp"
#include "sandbox/fly.hpp"

namespace lockstep::sandbox {
namespace {

class FlyMachines : public ::testing::Test {
 protected:
  explicit FlyMachines(FlyOptions options = {.start_time = Seconds(4), .secret_actions = {}})
      : fly_(options) {
    fly_.add_app("molecule-cp", "molecule");
    first_ = fly_.add_machine("molecule-cp", {.region = "fra"}, at(0));
    second_ = fly_.add_machine("molecule-cp", {.region = "ams", .fly_launch = false}, at(0));
    fly_.add_token({.id = "t1", .secret = "fm2_org", .organization = "molecule"});
  }
  std::string path(const std::string& rest = "") {
    return "/v1/apps/molecule-cp/machines/" + first_ + rest;
  }
  /// The body of an update: the whole config again, and `more`.
  std::string update(const std::string& more = "") {
    const auto machine = asking_.get(path());
    return R"({"config":)" + json::serialize(machine.body.at("config")) + more + "}";
  }
  FlyEmulator fly_;
  Asking asking_{fly_, "FlyV1 fm2_org"};
  std::string first_;
  std::string second_;
};

TEST_F(FlyMachines, UpdateReplacesTheInstanceAndDeliversSecrets) {
  const auto version = fly_.set_secret("molecule-cp", "KEY", "new", at(1));
  EXPECT_EQ(fly_.live_value("molecule-cp", first_, "KEY"), std::nullopt);
  const auto before = fly_.instance_id("molecule-cp", first_);
  asking_.now = at(2);
  const auto answer =
      asking_.post(path(), update(R"(,"min_secrets_version":)" + std::to_string(version)));
  ASSERT_EQ(answer.status(), 200);
  EXPECT_NE(answer.body.at("instance_id"), json::value(before));
  EXPECT_EQ(answer.body.at("state"), "starting");
  EXPECT_EQ(fly_.live_value("molecule-cp", first_, "KEY"), "new");
  asking_.now = at(6);
  EXPECT_EQ(asking_.get(path()).body.at("state"), "started");
}

TEST_F(FlyMachines, UpdateNeedsTheWholeConfigAndTheCurrentInstance) {
  EXPECT_EQ(asking_.post(path(), R"({"min_secrets_version":1})").status(), 400);
  EXPECT_EQ(asking_.post(path(), update(R"(,"current_version":"01OLD")")).status(), 412);
  asking_.now = at(3);
  EXPECT_EQ(asking_.post(path(), update(R"(,"min_secrets_version":999999)")).status(), 412);
  EXPECT_EQ(asking_.post("/v1/apps/molecule-cp/machines/none", "{}").status(), 404);
}

TEST_F(FlyMachines, SkipLaunchLeavesAMachineStopped) {
  const auto answer = asking_.post(path(), update(R"(,"skip_launch":true)"));
  EXPECT_EQ(answer.body.at("state"), "stopped");
}

TEST_F(FlyMachines, LeaseKeepsOthersOut) {
  const auto lease = asking_.post(path("/lease?ttl=13"), "");
  ASSERT_EQ(lease.body.at("status"), "success");
  const std::string nonce(lease.body.at("data").at("nonce").as_string());
  EXPECT_EQ(asking_.post(path("/lease?ttl=13"), "").status(), 409);
  EXPECT_EQ(asking_.post(path(), update()).status(), 409);
  EXPECT_EQ(asking_.remove(path("/lease")).status(), 409);
  EXPECT_EQ(asking_.get(path("/lease")).body.at("data").at("nonce"), json::value(nonce));

  net::Request mine;
  mine.method = "POST";
  mine.url = path();
  mine.authorization = Secret("FlyV1 fm2_org");
  mine.headers = {{.name = "Fly-Machine-Lease-Nonce", .value = nonce}};
  mine.body = to_bytes(update());
  EXPECT_EQ(fly_.handle(mine, at(2)).response.status, 200);

  asking_.now = at(14);
  EXPECT_EQ(asking_.get(path("/lease")).status(), 404);
  EXPECT_EQ(asking_.post(path(), update()).status(), 200);
}

TEST_F(FlyMachines, WaitAnswersWhenTheStateComesOrTheTimeIsOver) {
  EXPECT_EQ(asking_.post(path(), update()).status(), 200);
  const auto comes = asking_.get(path("/wait?state=started&timeout=10"));
  EXPECT_EQ(comes.status(), 200);
  EXPECT_EQ(comes.outcome.delay, Seconds(4));
  const auto late = asking_.get(path("/wait?state=started&timeout=2"));
  EXPECT_EQ(late.status(), 408);
  EXPECT_EQ(late.outcome.delay, Seconds(2));
  EXPECT_EQ(asking_.get(path("/wait?state=stopped")).status(), 400);
}

TEST_F(FlyMachines, DeploySkipsMachinesThatFlyctlDoesNotManage) {
  fly_.set_secret("molecule-cp", "KEY", "new", at(1));
  fly_.deploy("molecule-cp", at(2));
  EXPECT_EQ(fly_.live_value("molecule-cp", first_, "KEY"), "new");
  EXPECT_EQ(fly_.live_value("molecule-cp", second_, "KEY"), std::nullopt);
  const auto list = asking_.get("/v1/apps/molecule-cp/machines");
  ASSERT_EQ(list.body.as_array().size(), 2U);
  EXPECT_EQ(list.body.at(0).at("config").at("metadata").at("fly_release_version"), "1");
  EXPECT_EQ(list.body.at(0).at("image_ref").at("repository"), "app");
}

TEST_F(FlyMachines, LimitsActionsPerMachine) {
  for (int i = 0; i < 3; ++i) asking_.post(path("/lease"), "");
  EXPECT_EQ(asking_.post(path("/lease"), "").status(), 429);
  const auto other = "/v1/apps/molecule-cp/machines/" + second_;
  EXPECT_EQ(asking_.post(other + "/lease", "").status(), 200);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(asking_.get(path()).status(), 200);
  EXPECT_EQ(asking_.get(path()).status(), 429);
}

/// https://github.com/superfly/flyctl/pull/4535: why updates carry min_secrets_version.
TEST(FlyMachinesLate, UpdateWithoutAVersionMayStartFromOlderSecrets) {
  FlyEmulator fly({.read_lag = Seconds(30), .secret_actions = {}});
  fly.add_app("a", "molecule");
  const auto machine = fly.add_machine("a", {}, at(0));
  fly.add_token({.id = "t", .secret = "fm2_org", .organization = "molecule"});
  const auto version = fly.set_secret("a", "KEY", "new", at(100));
  Asking asking(fly, "FlyV1 fm2_org");
  asking.now = at(101);
  const auto path = "/v1/apps/a/machines/" + machine;
  EXPECT_EQ(asking.post(path, R"({"config":{}})").status(), 200);
  EXPECT_EQ(fly.live_value("a", machine, "KEY"), std::nullopt);
  const auto fenced = R"({"config":{},"min_secrets_version":)" + std::to_string(version) + "}";
  EXPECT_EQ(asking.post(path, fenced).status(), 200);
  EXPECT_EQ(fly.live_value("a", machine, "KEY"), "new");
}

}  // namespace
}  // namespace lockstep::sandbox
