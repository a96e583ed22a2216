// flyctl's requests for its secrets commands, beside lockstep on one app: what one writes the other
// sees, and who releases what the other staged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "clients/flyctl_replay.hpp"
#include "clients/lockstep_program.hpp"

namespace lockstep::clients {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr auto manifests = R"(apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: molecule}
spec:
  fly: {token: {secretKeyRef: {name: fly, key: token}}}
  grants:
  - {places: ["flyApp/molecule-cp"], actions: [Read, Write, Delete, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: molecule}
spec:
  places: ["flyApp/molecule-cp"]
  sources:
  - {name: values, secretRef: {name: values}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: cp, namespace: molecule}
spec:
  targets: {names: [cp]}
  secrets:
  - name: DATABASE_URL
  - name: SESSION_KEY
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: cp, namespace: molecule}
spec:
  environmentRef: {name: production}
  credentialRef: {name: fly}
  place: {flyApp: {app: molecule-cp}}
  policy: {apply: Staged}
)";

/// The sandbox's clock moves on with every request: flyctl waits between those that Fly limits.
class Flyctl : public ::testing::Test {
 protected:
  Flyctl() { value("one"); }
  void value(const std::string& key) {
    lockstep_.environment = {
        {"FLY", "fm2_sandbox_lockstep_not_a_real_token"},
        {"VALUE_DATABASE_URL", "postgres://molecule:fake-" + key + "@db.example/cp"},
        {"VALUE_SESSION_KEY", "fake-session-key-" + key}};
  }
  std::string state(const std::string& name) const { return lockstep_.state("cp", name); }

  std::unique_ptr<SandboxProcess> sandbox_ = SandboxProcess::quickstart({"--clock-step", "1000"});
  LockstepProgram lockstep_{*sandbox_, manifests,
                            "  molecule/fly: {keys: {token: {env: FLY}}}\n"
                            "  molecule/values: {envPrefix: VALUE_}\n"};
  FlyctlReplay flyctl_{*sandbox_, "molecule-cp", "fm2_sandbox_person_not_a_real_token"};
};

TEST_F(Flyctl, SecretsDeployReleasesWhatLockstepStaged) {
  lockstep_.apply();
  EXPECT_EQ(state("DATABASE_URL"), "Staged digest");
  EXPECT_THAT(flyctl_.list(),
              UnorderedElementsAre(Pair("DATABASE_URL", "Staged"), Pair("DEBUG", "Staged"),
                                   Pair("OLD_SENTRY_DSN", "Staged"), Pair("SESSION_KEY", "Staged")))
      << "no release yet";
  EXPECT_EQ(flyctl_.deploy(), "");
  EXPECT_EQ(state("DATABASE_URL"), "InSync digest");
  EXPECT_THAT(flyctl_.list(), ::testing::Contains(Pair("DATABASE_URL", "Deployed")));
  EXPECT_EQ(state("DEBUG"), "Extra existence");
}

TEST_F(Flyctl, ASetIsSeenByItsDigestAndRepaired) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.write(R"({"DATABASE_URL":"postgres://by-hand.example/cp"})", false), "");
  EXPECT_EQ(state("DATABASE_URL"), "ChangedOutOfBand digest");
  EXPECT_EQ(state("SESSION_KEY"), "InSync digest") << "its deployment released this one";
  lockstep_.apply();
  EXPECT_EQ(state("DATABASE_URL"), "Staged digest");
  EXPECT_THAT(flyctl_.list(), ::testing::Contains(Pair("DATABASE_URL", "Staged")));
}

TEST_F(Flyctl, AStagedSetIsSeenAndReleasesNothing) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.write(R"({"DATABASE_URL":"postgres://by-hand.example/cp"})", true), "");
  EXPECT_EQ(state("DATABASE_URL"), "ChangedOutOfBand digest");
  EXPECT_EQ(state("SESSION_KEY"), "Staged digest");
}

TEST_F(Flyctl, TheSameValueAgainIsNoDrift) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.write(R"({"SESSION_KEY":"fake-session-key-one"})", false), "");
  EXPECT_EQ(state("SESSION_KEY"), "InSync digest");
}

TEST_F(Flyctl, AnUnsetIsRemovedAndPutBack) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.write(R"({"SESSION_KEY":null,"NEVER_WAS":null})", true), "");
  EXPECT_EQ(state("SESSION_KEY"), "Removed digest");
  lockstep_.apply();
  EXPECT_THAT(flyctl_.list(), ::testing::Contains(Pair("SESSION_KEY", "Staged")));
}

// S1
TEST_F(Flyctl, AnImportOfOtherNamesIsExtraAndStays) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.write(R"({"SMTP_HOST":"mail.example","SMTP_USER":"fake"})", true), "");
  EXPECT_EQ(state("SMTP_HOST"), "Extra existence");
  value("two");
  lockstep_.apply();
  EXPECT_THAT(flyctl_.list(), ::testing::Contains(Pair("SMTP_USER", "Staged")));
  EXPECT_EQ(state("SESSION_KEY"), "Staged digest");
}

TEST_F(Flyctl, SyncLearnsTheVersionAndChangesNothing) {
  lockstep_.apply();
  EXPECT_EQ(flyctl_.version(), "");
  EXPECT_EQ(flyctl_.sync(), "");
  EXPECT_NE(flyctl_.version(), "");
  EXPECT_EQ(state("SESSION_KEY"), "Staged digest");
  EXPECT_EQ(flyctl_.deploy(), "") << "fenced by that version";
  EXPECT_EQ(state("SESSION_KEY"), "InSync digest");
}

TEST_F(Flyctl, BothAtOnceLoseNothing) {
  lockstep_.apply();
  value("two");
  const auto apply = lockstep_.start({"apply", "--yes"});
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(flyctl_.write("{\"OTHER_" + std::to_string(i) + "\":\"fake\"}", true), "");
  }
  const auto ended = apply->finish();
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(flyctl_.list().size(), 12U);
  EXPECT_EQ(state("DATABASE_URL"), "Staged digest");
  EXPECT_EQ(flyctl_.deploy(), "");
  EXPECT_EQ(state("DATABASE_URL"), "InSync digest");
}

TEST_F(Flyctl, ATokenOfNobodyReachesNothing) {
  FlyctlReplay nobody(*sandbox_, "molecule-cp", "fm2_nobody");
  EXPECT_THAT(nobody.write(R"({"A":"fake"})", true), HasSubstr("UNAUTHORIZED"));
}

/// fly-admin, a client by a third party, which writes secrets through GraphQL and cannot list them.
class FlyAdmin : public Flyctl {
 protected:
  Ended fly_admin(const std::vector<std::string>& rest) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const auto modules = (cache ? std::filesystem::path(cache)
                                : std::filesystem::path(home ? home : "/") / ".cache") /
                         "lockstep-tests/fly-admin-1.6.1/node_modules";
    std::vector<std::string> words{modules / "node/bin/node",
                                   LOCKSTEP_SOURCE_DIR "/tests/clients/fly_admin.js", modules,
                                   sandbox_->url("fly_api"), "molecule-cp"};
    words.insert(words.end(), rest.begin(), rest.end());
    auto ended = run_program(
        words, {.folder = sandbox_->folder(),
                .environment = {{"NODE_EXTRA_CA_CERTS", sandbox_->ca_file().string()},
                                {"FLY_API_TOKEN", "fm2_sandbox_person_not_a_real_token"}},
                .input = ""});
    EXPECT_EQ(ended.code, 0) << ended.err << (ended.code == 127 ? "run tests/clients/install" : "");
    return ended;
  }
};

TEST_F(FlyAdmin, SetAndUnsetAreSeenByLockstep) {
  lockstep_.apply();
  EXPECT_THAT(fly_admin({"status"}).out,
              HasSubstr(R"({"app":"deployed","machines":["started","started"]})"));
  fly_admin({"set", "DATABASE_URL", "postgres://by-hand.example/cp"});
  EXPECT_EQ(state("DATABASE_URL"), "ChangedOutOfBand digest");
  fly_admin({"set", "SMTP_HOST", "mail.example"});
  EXPECT_EQ(state("SMTP_HOST"), "Extra existence");
  fly_admin({"unset", "SESSION_KEY"});
  EXPECT_EQ(state("SESSION_KEY"), "Removed digest");
  lockstep_.apply();
  EXPECT_EQ(state("DATABASE_URL"), "Staged digest");
  EXPECT_EQ(flyctl_.list().size(), 5U);
}

}  // namespace
}  // namespace lockstep::clients
