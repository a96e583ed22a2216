// `lockstep hold` beside a running controller, and what status says of it.
#include <csignal>

#include "cli/shop.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Shop, AHoldIsPlacedBesideARunningControllerWhichObeysIt) {  // S7
  environment_["USER"] = "jane";
  const auto controller =
      start({"controller", "--listen", "127.0.0.1:0", "--print-address", "address"});
  ASSERT_TRUE(controller->wait_for("controller started"));
  while (at_fly("SEALING_KEY").empty() || at_worker("SESSION_KEY").empty()) {
  }
  const auto held = lockstep({"hold", "api", "DATABASE_URL", "--for", "4h", "--reason", "a sale"});
  EXPECT_EQ(held.code, 0) << held.err;
  EXPECT_THAT(held.out, HasSubstr("shop/api DATABASE_URL: held until "));
  EXPECT_THAT(held.out, HasSubstr("by jane@"));
  EXPECT_THAT(held.out, HasSubstr("lockstep hold shop/api DATABASE_URL --release"));
  // Another value, and another manifest so that the controller looks at once.
  values("DATABASE_URL=postgres://shop-fake.example/two\nSEALING_KEY=" + std::string(64, 'a') +
         "\n");
  write("manifests/more.yaml",
        "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n"
        "metadata: {name: more, namespace: shop}\nspec:\n"
        "  targets: {names: [api]}\n"
        "  secrets: [{name: STAGE, value: {literal: shop}}]\n");
  ASSERT_TRUE(controller->wait_for("DATABASE_URL --release")) << "the log tells the hold";
  while (at_fly("STAGE").empty()) {
  }
  EXPECT_EQ(at_fly("DATABASE_URL"), "postgres://shop-fake.example/one") << "held";
  controller->signal(SIGTERM);
  EXPECT_EQ(controller->finish().code, 0);

  const auto status = lockstep({"status"});
  EXPECT_EQ(status.code, 0) << "what is held only waits: " << status.out;
  EXPECT_THAT(status.out, HasSubstr("HELD BY A PERSON"));
  EXPECT_THAT(status.out, HasSubstr(": a sale"));
  EXPECT_THAT(lockstep({"hold", "--list"}).out, HasSubstr("a sale"));

  const auto released = lockstep({"hold", "shop/api", "DATABASE_URL", "--release"});
  EXPECT_EQ(released.code, 0) << released.err;
  EXPECT_EQ(lockstep({"hold", "shop/api", "DATABASE_URL", "--release"}).code, 2) << "not twice";
  EXPECT_EQ(lockstep({"apply", "--yes"}).code, 0);
  EXPECT_EQ(at_fly("DATABASE_URL"), "postgres://shop-fake.example/two");
  EXPECT_EQ(lockstep({"hold", "--list"}).out, "Nothing is held.\n");
}

TEST_F(Shop, AHoldMakesTheLedgerWhereThereIsNone) {
  const auto held = lockstep({"hold", "web", "--for", "2d", "--reason", "migration", "--by", "ci"});
  EXPECT_EQ(held.code, 0) << held.err;
  const auto done = lockstep({"apply", "--yes"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(at_worker("DATABASE_URL"), "");
  EXPECT_EQ(at_fly("DATABASE_URL"), "postgres://shop-fake.example/one");
}

TEST_F(Shop, AHoldOfSomethingUnknownNamesTheNearest) {
  const auto place = lockstep({"hold", "shop/apo", "--for", "1h", "--reason", "x"});
  EXPECT_EQ(place.code, 2);
  EXPECT_THAT(place.err, HasSubstr("did you mean shop/api?"));
  const auto name = lockstep({"hold", "api", "DATABSE_URL", "--for", "1h", "--reason", "x"});
  EXPECT_EQ(name.code, 2);
  EXPECT_THAT(name.err, HasSubstr("did you mean DATABASE_URL?"));
  EXPECT_EQ(lockstep({"hold", "api", "--release"}).code, 2);
  const auto steering = lockstep({"hold", "api", "--for", "1h", "--reason", "\x1b[31m"});
  EXPECT_EQ(steering.code, 2);
  EXPECT_THAT(steering.err, HasSubstr("--reason takes one line"));
}

TEST_F(Shop, DiffTellsWhatDiffersWithItsExitCode) {
  on_loop([&] { return fly_.add_machine("shop-api", {}, clock_->wall()); });
  EXPECT_EQ(lockstep({"diff"}).code, 3) << "nothing is written yet";
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  on_loop([&] {
    fly_.deploy("shop-api", clock_->wall());
    return 0;
  });
  const auto same = lockstep({"diff"});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(same.out, "Nothing differs in 2 Targets.\n");
  someone_sets("DATABASE_URL", "postgres://someone-else.example/db");
  const auto drift = lockstep({"diff"});
  EXPECT_EQ(drift.code, 3);
  EXPECT_THAT(drift.out, HasSubstr("ChangedOutOfBand (digest)   written by someone else"));
  EXPECT_THAT(drift.out, HasSubstr("the value of source values"));
  EXPECT_THAT(drift.out, Not(HasSubstr("SEALING_KEY")));
  EXPECT_EQ(lockstep({"diff", "web"}).code, 0);
  EXPECT_THAT(lockstep({"diff", "--output", "markdown"}).out, HasSubstr("| Secret | State |"));
  environment_["FLY"] = "fm2_wrong";
  EXPECT_EQ(lockstep({"diff"}).code, 1) << "unknown is no difference";
  EXPECT_EQ(lockstep({"diff", "apo"}).code, 2);
}

TEST_F(Shop, RolloutSaysWhatThereIsToReleaseAndHow) {
  const auto early = lockstep({"rollout", "api", "web", "--yes"});
  EXPECT_THAT(early.out, HasSubstr("live as soon as it is written")) << early.err;
  EXPECT_EQ(lockstep({"rollout"}).code, 2);
  EXPECT_EQ(lockstep({"rollout", "nowhere"}).code, 2);
}

TEST_F(Shop, OfflinePlansNeedNoCredentialLedgerOrNetwork) {
  std::filesystem::copy(folder_ / "manifests", folder_ / "before");
  std::filesystem::remove(folder_ / "lockstep.local.yaml");
  environment_ = {};
  const auto same = lockstep({"plan", "--offline", "--base", "before", "--detailed-exit-code"});
  EXPECT_EQ(same.code, 0) << same.err;
  write("manifests/more.yaml",
        "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n"
        "metadata: {name: more, namespace: shop}\nspec:\n"
        "  targets: {names: [api]}\n"
        "  secrets: [{name: MAIL_KEY}]\n");
  const auto more = lockstep({"plan", "--offline", "--base", "before", "--detailed-exit-code"});
  EXPECT_EQ(more.code, 3);
  EXPECT_THAT(more.out, HasSubstr("+ MAIL_KEY   source values, key MAIL_KEY"));
  EXPECT_THAT(lockstep({"plan", "--offline", "--output", "markdown"}).out, HasSubstr("MAIL"));
  write("manifests/torn.yaml", "kind: [\n");
  const auto torn = lockstep({"plan", "--offline", "--output", "json"});
  EXPECT_EQ(torn.code, 2);
  EXPECT_THAT(torn.out, HasSubstr(R"("file":"manifests/torn.yaml","line":)"));
  EXPECT_FALSE(exists(".lockstep"));
  EXPECT_EQ(lockstep({"plan", "--base", "before"}).code, 2) << "--base needs --offline";
}

TEST_F(Shop, ANewLedgerBesideNamesThatAreThereIsSaidPlainly) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  const auto written = writes();
  const std::vector<std::string> elsewhere = {"--ledger-dir", "new/.lockstep", "--ledger-key-file",
                                              "new/key"};
  std::vector<std::string> words = {"apply", "--yes"};
  words.insert(words.end(), elsewhere.begin(), elsewhere.end());
  const auto done = lockstep(words);
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("the ledger is new"));
  EXPECT_THAT(done.err, HasSubstr("count as Unadopted and are not overwritten"));
  EXPECT_EQ(writes(), written);
}

}  // namespace
}  // namespace lockstep::cli::testing
