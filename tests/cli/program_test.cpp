// The program from outside: over real HTTP, as a child process.
#include <csignal>
#include <fstream>

#include "cli/program.hpp"
#include "cli/shop.hpp"
#include "support/git_index.hpp"

namespace lockstep::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The key of the ledger that a world in this folder has.
std::filesystem::path only_key(const std::filesystem::path& home) {
  for (const auto& file : std::filesystem::directory_iterator(home / ".local/state/lockstep")) {
    if (file.path().extension() == ".key") return file.path();
  }
  throw std::runtime_error("there is no ledger key");
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Shop, ValidateCountsAndIsSilentAboutWhatIsRight) {
  const auto done = lockstep({"validate"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "7 documents, 0 problems\n");
  EXPECT_EQ(done.err, "");
}

TEST_F(Shop, EveryHeadlineCountsBrokenDocuments) {
  write("manifests/typo.yaml",
        "apiVersion: lockstep.dev/v1alpha1\nkind: SecretSet\n"
        "metadata: {name: typo, namespace: shop}\nspec: {}\n");
  EXPECT_THAT(lockstep({"validate"}).out, HasSubstr("8 documents, 1 of them broken, "));
  for (const auto* command : {"plan", "status", "diff"}) {
    EXPECT_THAT(lockstep({command}).out, HasSubstr("1 document is broken")) << command;
  }
}

TEST_F(Shop, ValidateTellsEveryProblemWithItsPlace) {
  write("manifests/more.yaml",
        "apiVersion: lockstep.dev/v1alpha1\nkind: Target\nmetadata: {name: x, namespace: shop}\n"
        "spec:\n  environmentRef: {name: productoin}\n  credentialRef: {name: fly}\n"
        "  place: {flyApp: {app: other}}\n  intervall: 5m\n");
  write("manifests/torn.yaml", "kind: [\n");
  const auto done = lockstep({"validate", "manifests"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("manifests/more.yaml:8:"));
  EXPECT_THAT(done.err, HasSubstr("did you mean \"interval\"?"));
  EXPECT_THAT(done.err, HasSubstr("manifests/torn.yaml:"));
  EXPECT_THAT(done.out, HasSubstr("problems\n"));
  const auto json = lockstep({"validate", "--output", "json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_THAT(json.out, HasSubstr(R"("file":"manifests/more.yaml","line":8)"));
}

TEST_F(Shop, PlanShowsWhatApplyWouldDoAndMakesNothing) {
  const auto done = lockstep({"plan"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("5 to change (5 create)"));
  EXPECT_EQ(lockstep({"plan", "--detailed-exit-code"}).code, 3);
  EXPECT_EQ(writes(), 0u);
  EXPECT_FALSE(exists(".lockstep"));
  EXPECT_FALSE(exists(".local"));
  EXPECT_FALSE(exists("keyring"));
}

TEST_F(Shop, WhatIsValidIsStillPlannedBesideWhatIsNot) {
  write("manifests/more.yaml",
        "apiVersion: lockstep.dev/v1alpha1\nkind: Target\nmetadata: {name: x}\n");
  const auto done = lockstep({"plan"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("manifests/more.yaml:"));
  EXPECT_THAT(done.out, HasSubstr("5 to change"));
}

TEST_F(Shop, ApplyWithoutAYesWritesNothing) {
  const auto done = lockstep({"apply"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("nothing was written"));
  EXPECT_EQ(writes(), 0u);
  EXPECT_FALSE(exists(".lockstep"));
}

TEST_F(Shop, ApplyConvergesAndThenIsSilent) {
  const auto first = lockstep({"apply", "--yes"});
  EXPECT_EQ(first.code, 0) << first.out << first.err;
  EXPECT_THAT(first.out, HasSubstr("5 created."));
  EXPECT_EQ(at_fly("DATABASE_URL"), "postgres://shop-fake.example/one");
  EXPECT_EQ(at_worker("DATABASE_URL"), "postgres://shop-fake.example/one");
  EXPECT_EQ(at_worker("SESSION_KEY").size(), 64u);
  EXPECT_EQ(at_worker("SESSION_KEY"), at_fly("SESSION_KEY")) << "one secret, in lockstep";
  EXPECT_EQ(std::filesystem::status(folder_ / ".local/state/lockstep").permissions(),
            std::filesystem::perms::owner_all);

  const auto written = writes();
  const auto second = lockstep({"apply"});
  EXPECT_EQ(second.code, 0) << "nothing to ask: " << second.err;
  EXPECT_EQ(lockstep({"plan", "--detailed-exit-code"}).code, 0);
  EXPECT_EQ(writes(), written);
}

TEST_F(Shop, NoValueIsInAnyOutputOrFileOfOurs) {  // S4
  std::string all;
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"apply", "--yes", "--log-level", "debug"},
                                             {"plan", "--all", "--output", "json"},
                                             {"status", "--verbose"},
                                             {"keyring", "list"}}) {
    const auto done = lockstep(words);
    all += done.out + done.err;
  }
  for (const auto* name : {".lockstep/ledger.db", ".lockstep/ledger.db-wal", "keyring"}) {
    all += text_of(folder_ / name);
  }
  for (const auto& value : {at_fly("DATABASE_URL"), at_fly("SESSION_KEY"), at_fly("SEALING_KEY"),
                            environment_.at("FLY"), environment_.at("CLOUDFLARE")}) {
    ASSERT_FALSE(value.empty());
    EXPECT_THAT(all, Not(HasSubstr(value)));
  }
}

TEST_F(Shop, TypedYesIsAYesAndAnythingElseIsNot) {
  const auto no = lockstep({"apply"}, "y\n");
  EXPECT_EQ(no.code, 1);
  EXPECT_THAT(no.err, HasSubstr("Only `yes` is a yes"));
  EXPECT_EQ(writes(), 0u);
  const auto yes = lockstep({"apply"}, "yes\n");
  EXPECT_EQ(yes.code, 0) << yes.out << yes.err;
  EXPECT_THAT(yes.out, HasSubstr("5 created."));
}

TEST_F(Shop, ApplyYesWritesOnePlaceWhileTheFirstReadOfAnotherHangs_S14) {
  std::string apart = text_of(folder_ / "manifests/shop.yaml");
  apart.erase(apart.find("  - name: SESSION_KEY"));  // what both share would be asked for first
  write("manifests/shop.yaml", apart);
  on_loop([&] {
    cloudflare_.set_faults([](const net::Request&) {
      return sandbox::Fault{.kind = sandbox::Fault::Kind::delay, .delay = std::chrono::hours(1)};
    });
    return 0;
  });
  const auto running = start({"apply", "--yes"});
  while (at_fly("DATABASE_URL").empty()) {
  }
  EXPECT_LE(on_loop([&] { return cloudflare_.seen().size(); }), 1u);
}

TEST_F(Shop, CompromisedOnlyTakesAnApprovalOfTheExactPlan) {  // S13, S16
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  const auto old = at_fly("SEALING_KEY");
  values("DATABASE_URL=postgres://shop-fake.example/one\nSEALING_KEY=" + std::string(64, 'b') +
         "\n");
  const auto waits = lockstep({"apply", "--yes"});
  EXPECT_EQ(waits.code, 0) << "only work left that waits for approval";
  EXPECT_THAT(waits.out, HasSubstr("Every stored order becomes unreadable"));
  EXPECT_EQ(at_fly("SEALING_KEY"), old) << "--yes covers only what needs no approval";

  const auto shown = lockstep({"plan"});
  const auto at = shown.out.find("--approve ");
  ASSERT_NE(at, std::string::npos) << shown.out;
  const auto digest = shown.out.substr(at + 10, 64);
  const auto wrong = lockstep({"apply", "--approve", std::string(64, '0')});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("fits no Target"));
  EXPECT_EQ(at_fly("SEALING_KEY"), old);
  const auto done = lockstep({"apply", "--target", "shop/api", "--approve", digest});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_EQ(at_fly("SEALING_KEY"), std::string(64, 'b'));
  EXPECT_EQ(lockstep({"apply", "--approve", digest}).code, 1) << "single use";
}

TEST_F(Shop, StatusTellsDriftWithItsCertaintyAndWhatToDo) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  const auto quiet = lockstep({"status", "--verbose"});
  EXPECT_THAT(quiet.out, HasSubstr("READS   WRITES"));
  EXPECT_THAT(quiet.out, HasSubstr("IN SYNC: shop/"));
  someone_sets("DATABASE_URL", "postgres://someone-else.example/db");
  const auto done = lockstep({"status"});
  EXPECT_THAT(done.out, HasSubstr("DATABASE_URL"));
  EXPECT_THAT(done.out, HasSubstr("shop/api  DATABASE_URL: ChangedOutOfBand"));
  EXPECT_THAT(done.out, HasSubstr("by whom the provider does not tell, sure: "));
  EXPECT_THAT(done.out, HasSubstr("lockstep apply --target shop/api"));
  const auto json = lockstep({"status", "--output", "json"});
  EXPECT_THAT(json.out, HasSubstr(R"("drifted":1)"));
  ASSERT_EQ(lockstep({"apply", "--yes", "--target", "api"}).code, 0);
  EXPECT_EQ(at_fly("DATABASE_URL"), "postgres://shop-fake.example/one");
}

TEST_F(Shop, UnreadablePlaceIsAFailureThatSaysWhatToDo) {
  environment_["FLY"] = "fm2_wrong";
  const auto done = lockstep({"plan"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.out, HasSubstr("could not be read"));
  EXPECT_THAT(done.out, HasSubstr("cloudflareWorker/"));
}

TEST_F(Shop, UnknownTargetNamesTheNearest) {
  const auto done = lockstep({"plan", "--target", "shop/apo"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("did you mean shop/api?"));
  EXPECT_EQ(lockstep({"plan", "--environment", "staging"}).code, 2);
}

TEST_F(Shop, WrongLedgerKeyStopsBeforeAnythingElse) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  const auto written = writes();
  environment_["HOME"] = (folder_ / "manifests").string();
  for (const auto* command : {"plan", "apply", "status"}) {
    const auto done = lockstep({command});
    EXPECT_EQ(done.code, 1) << command;
    EXPECT_THAT(done.err, HasSubstr("has lost its key"));
    EXPECT_THAT(done.err, HasSubstr("--ledger-key-file"));
  }
  EXPECT_EQ(writes(), written);
}

TEST_F(Shop, ControllerServesKeepsTheLockHealsAndEndsOnSigterm) {  // S7
  const auto controller = start({"controller", "--listen", "127.0.0.1:0", "--print-address",
                                 "address", "--allowed-host", "lockstep.example.com"});
  ASSERT_TRUE(controller->wait_for("controller started"));
  const auto url = text_of(folder_ / "address");
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  while (at_fly("SEALING_KEY").empty() || at_worker("SESSION_KEY").empty()) {
  }
  std::string ready;
  while (!ready.starts_with("HTTP/1.1 200")) ready = http_get(port, "/readyz");
  EXPECT_THAT(http_get(port, "/metrics"), HasSubstr("lockstep_target_secrets{"));
  EXPECT_THAT(http_get(port, "/metrics", "lockstep.example.com"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(http_get(port, "/metrics", "evil.example"), StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(http_get(port, "/healthz"), HasSubstr("ok"));

  const auto second = lockstep({"apply", "--yes"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr("(lockstep controller) writes to this ledger"));
  EXPECT_THAT(lockstep({"status"}).out, HasSubstr("shop/api")) << "a reader needs no lock";

  controller->signal(SIGTERM);
  const auto ended = controller->finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("controller stopped"));
  EXPECT_EQ(lockstep({"apply"}).code, 0) << "the lock is free again, and nothing is left to do";
}

TEST_F(Shop, KeyringIsListedExportedAndRekeyed) {
  EXPECT_EQ(lockstep({"keyring", "list"}).code, 2) << "there is none before the first apply";
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  EXPECT_THAT(lockstep({"keyring", "list"}).out, HasSubstr("shop/generated/shop.SESSION_KEY"));
  const auto give = lockstep({"keyring", "export", "shop.SESSION_KEY", "--to", "given"});
  EXPECT_EQ(give.code, 0) << give.err;
  EXPECT_EQ(text_of(folder_ / "given"), at_fly("SESSION_KEY"));
  EXPECT_EQ(lockstep({"keyring", "export", "shop.SESSION_KEY", "--to", "given"}).code, 2)
      << "a file that is there stays";

  write("new.key", std::string(32, 'n'), 0600);
  EXPECT_EQ(lockstep({"keyring", "rekey", "--key-file", "new.key"}).code, 0);
  EXPECT_THAT(lockstep({"keyring", "list"}).err, HasSubstr("this key does not open the keyring"));
  write("keyring.key", std::string(32, 'n'), 0600);
  EXPECT_EQ(lockstep({"keyring", "forget-previous"}).code, 0);
}

TEST_F(Shop, ALedgerKeyThatGitTracksIsRefused_S4) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  std::filesystem::create_directories(folder_ / ".git");
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/config", "[core]\n\trepositoryformatversion = 0\n");
  const auto key = std::filesystem::relative(only_key(folder_), folder_).string();
  write(".git/index", ::lockstep::testing::Index::layouts().front().with({key}).bytes());
  const auto refused = lockstep({"plan"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("git tracks the ledger's key"));
  EXPECT_THAT(refused.err, HasSubstr("git rm --cached"));
}

TEST_F(Shop, AMoveOpensNoValueToDevelopersFiles_S19) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  auto local = text_of(folder_ / "lockstep.local.yaml");
  const std::string generated = "  shop/generated: {keyring: main}\n";
  ASSERT_THAT(local, HasSubstr(generated));
  local.insert(local.find(generated), "  shop/dev: {keyring: main, localFiles: true}\n");
  write("lockstep.local.yaml", local, 0600);
  const auto moved = lockstep({"keyring", "move", "shop.SESSION_KEY", "shop/dev/dev.SESSION_KEY"});
  EXPECT_EQ(moved.code, 2);
  EXPECT_THAT(moved.err, HasSubstr("secrets.shop/dev may reach a developer's file"));
  EXPECT_THAT(lockstep({"keyring", "list"}).out, HasSubstr("shop/generated/shop.SESSION_KEY"));
}

TEST_F(Shop, ARenamedSecretSetGetsItsOldValueByAMove) {
  ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
  const auto live = at_fly("SESSION_KEY");
  auto shop = text_of(folder_ / "manifests/shop.yaml");
  const std::string old_name = "kind: SecretSet\nmetadata: {name: shop,";
  ASSERT_THAT(shop, HasSubstr(old_name));
  shop.replace(shop.find(old_name), old_name.size(), "kind: SecretSet\nmetadata: {name: store,");
  write("manifests/shop.yaml", shop);
  const auto moved = lockstep({"keyring", "move", "shop.SESSION_KEY", "store.SESSION_KEY"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_THAT(moved.out, HasSubstr("shop/generated/store.SESSION_KEY now"));
  EXPECT_THAT(moved.out, Not(HasSubstr(live))) << "S4";
  EXPECT_THAT(lockstep({"plan"}).out, HasSubstr("Nothing to change"));
  EXPECT_EQ(at_fly("SESSION_KEY"), live);
  EXPECT_EQ(lockstep({"keyring", "move", "shop.SESSION_KEY", "x.SESSION_KEY"}).code, 2);
  EXPECT_EQ(lockstep({"keyring", "move", "store.SESSION_KEY", "a/b"}).code, 2);
}

TEST_F(Shop, ClosedStandardOutputIsAnErrorAndNeverAFileOfOurs) {
  auto how = options();
  how.closed_out = true;
  const auto done = Process({"plan"}, how).finish();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("cannot write to standard output"));
}

TEST(LastWords, AUsedUpLimitIsNoDefectAndNamesItsRemedy) {
  EXPECT_THAT(last_words(std::system_error(EAGAIN, std::generic_category())),
              HasSubstr("ulimit -u"));
  EXPECT_THAT(last_words(std::system_error(EMFILE, std::system_category())),
              HasSubstr("ulimit -n"));
  EXPECT_THAT(last_words(std::runtime_error("odd")), HasSubstr("defect"));
}

TEST_F(Shop, AUsedUpLimitOfFilesIsNoDefectAndNamesItsRemedy) {
  auto how = options();
  how.most_files = 5;
  const auto done = Process({"plan"}, how).finish();
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.err, HasSubstr("ulimit -n"));
  EXPECT_THAT(done.err, Not(HasSubstr("defect")));
}

TEST_F(Shop, ManifestsThatAreNotThereAreAWrongCall) {
  for (const auto* command : {"validate", "plan", "apply", "status", "controller"}) {
    const auto done = lockstep({command, "--manifests", "nowhere"});
    EXPECT_EQ(done.code, 2) << command;
    EXPECT_THAT(done.err, HasSubstr("there is no folder nowhere")) << command;
  }
  EXPECT_FALSE(exists(".lockstep"));
}

TEST_F(Shop, ApplyAsJsonIsOneDocument) {
  const auto done = lockstep({"apply", "--yes", "--output", "json"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(std::ranges::count(done.out, '\n'), 1);
  EXPECT_THAT(done.out,
              HasSubstr(R"("done":[{"target":"shop/api","name":"DATABASE_URL","action":"create")"));
  EXPECT_THAT(done.out, HasSubstr(R"("failed":[],"rolledOut":[],"left":{"version":1)"));
}

TEST_F(Shop, FilesThatMayHaveBeenMeantToBeReadAreNamed) {
  write("manifests/shop.yaml~", "");
  for (const auto* command : {"validate", "plan"}) {
    const auto done = lockstep({command});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.err, HasSubstr("note: manifests/shop.yaml~: it is not read")) << command;
  }
  EXPECT_THAT(lockstep({"validate", "--output", "json"}).out,
              HasSubstr(R"("notes":[{"file":"manifests/shop.yaml~")"));
}

TEST_F(Shop, AFolderThatWasOpenToOthersIsClosedAndThatIsTold) {  // S4
  std::filesystem::create_directory(folder_ / ".lockstep");
  std::filesystem::permissions(folder_ / ".lockstep", std::filesystem::perms(0755));
  EXPECT_THAT(lockstep({"apply", "--yes"}).err,
              HasSubstr(".lockstep was open to others and is closed now"));
  EXPECT_EQ(lockstep({"apply", "--yes"}).err, "");
}

TEST_F(Shop, ControllerEndsWhenItsLockIsGone) {  // S7
  const auto controller = start({"controller", "--listen", "127.0.0.1:0"});
  ASSERT_TRUE(controller->wait_for("controller started"));
  std::filesystem::remove(folder_ / ".lockstep" / "lock");
  const auto ended = controller->finish();
  EXPECT_EQ(ended.code, 1) << "whoever supervises it starts it again";
  EXPECT_THAT(ended.err, HasSubstr("the right to write is lost"));
}

TEST_F(Shop, TooFewFilesAreNoDefectOfOurs) {
  for (const std::size_t most : {6, 8, 10, 13}) {
    auto how = options();
    how.most_files = most;
    const auto done = Process({"apply", "--yes"}, how).finish();
    EXPECT_EQ(done.code, 1) << done.err;
    EXPECT_THAT(done.err, HasSubstr("ulimit -n")) << most;
  }
}

}  // namespace
}  // namespace lockstep::cli::testing
