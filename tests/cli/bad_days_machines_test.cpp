// Bad days with Fly machines and with versions of Workers.
#include "cli/bad_days.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* app = "shop-api";

TEST_F(BadDays, FlyAppWithoutMachinesIsWrittenAndLiveWithItsFirstDeployment) {
  target("api", "fly", "{flyApp: {app: shop-api}}");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  EXPECT_EQ(fly_.value(app, "API_KEY"), "not-a-real-api-key-one");
  EXPECT_THAT(told.plan, HasSubstr("live with the first deployment"));
  EXPECT_EQ(apply().writes, 0U);
}

TEST_F(BadDays, SuspendedMachinesAreUpdatedAndStayAsleep) {
  const auto one = fly_.add_machine(app, {.started = false, .suspended = true}, now());
  const auto two = fly_.add_machine(app, {.started = false}, now());
  target("api", "fly", "{flyApp: {app: shop-api}}");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  for (const auto& machine : {one, two}) {
    EXPECT_EQ(fly_.live_value(app, machine, "API_KEY"), "not-a-real-api-key-one") << told.plan;
    EXPECT_FALSE(fly_.runs(app, machine));
  }
}

TEST_F(BadDays, MachineThatFailsItsCheckStopsTheRollOutUntilAPersonGoesOn) {
  std::vector<std::string> machines;
  for (int i = 0; i < 4; ++i) machines.push_back(fly_.add_machine(app, {.checked = true}, now()));
  std::ranges::sort(machines);
  fly_.set_start(app, machines[1], sandbox::FlyStart::critical);
  target("api", "fly", "{flyApp: {app: shop-api}}");
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::failed) << told.all();
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("machine " + machines[1]), HasSubstr("http"),
                            HasSubstr("lockstep rollout shop/api")));
  }
  EXPECT_THAT(told.plan, HasSubstr("2 machines run the old set"));
  EXPECT_THAT(told.status, AllOf(HasSubstr("BROKEN: stays so until a person acts\n  shop/api"),
                                 HasSubstr("mend it, then: lockstep rollout shop/api")));
  EXPECT_EQ(fly_.live_value(app, machines[0], "API_KEY"), "not-a-real-api-key-one");
  for (const auto& one : {machines[2], machines[3]}) {
    EXPECT_FALSE(fly_.live_value(app, one, "API_KEY")) << told.all();
  }
  for (int i = 0; i < 2; ++i) {
    pass_time(std::chrono::minutes(10));
    EXPECT_EQ(apply().writes, 0U) << "a later pass goes on by itself";
  }
  fly_.set_start(app, machines[1], sandbox::FlyStart::well);
  fly_.deploy(app, now());
  pass_time(std::chrono::minutes(1));
  const auto mended = roll_out();
  EXPECT_EQ(mended.code, ExitCode::done) << mended.all();
  for (const auto& one : machines) {
    EXPECT_EQ(fly_.live_value(app, one, "API_KEY"), "not-a-real-api-key-one");
  }
  EXPECT_EQ(apply().writes, 0U);
  expect_neighbour_served(mended);
}

TEST_F(BadDays, MachineThatFlyLaunchDoesNotManageIsNamedAndLeft) {
  fly_.add_machine(app, {}, now());
  const auto foreign = fly_.add_machine(app, {.fly_launch = false}, now());
  target("api", "fly", "{flyApp: {app: shop-api}}");
  const auto instance = fly_.instance_id(app, foreign);
  const auto before = look();
  EXPECT_THAT(before.plan, HasSubstr(foreign));
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  EXPECT_EQ(fly_.instance_id(app, foreign), instance);
}

TEST_F(BadDays, SplitTrafficIsToldAndNothingIsWritten_S8) {
  cloudflare_.upload(account, "shop-web", {}, {.deploy = false}, now());
  cloudflare_.split_traffic(account, "shop-web", 10, {}, now());
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  for (const auto& text : {told.plan, told.status}) {
    EXPECT_THAT(text, AllOf(HasSubstr("NewerVersion"), HasSubstr("traffic")));
  }
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_EQ(told.of("web").status.writes, 0U);
  cloudflare_.deploy_latest(account, "shop-web", {}, now());
  EXPECT_EQ(apply().code, ExitCode::done);
  EXPECT_EQ(cloudflare_.value(account, "shop-web", "API_KEY"), "not-a-real-api-key-one");
}

TEST_F(BadDays, NewerVersionIsToldWithItsAuthorAndNothingIsWritten_S8) {
  cloudflare_.upload(account, "shop-web", {.email = "bob@example.com"}, {.deploy = false}, now());
  target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}");
  const auto told = apply();
  EXPECT_THAT(told.plan, AllOf(HasSubstr("NewerVersion"), HasSubstr("bob@example.com"),
                               HasSubstr("wrangler versions deploy --name shop-web")));
  EXPECT_EQ(told.code, ExitCode::failed);
  EXPECT_EQ(told.of("web").status.writes, 0U);
  EXPECT_EQ(cloudflare_.deployment_count(account, "shop-web"), 1U);
  expect_neighbour_served(told);
}

}  // namespace
}  // namespace lockstep::cli::testing
