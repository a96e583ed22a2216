// GitHub's own command line against the sandbox: what it sends must be served as GitHub serves it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "clients/lockstep_program.hpp"
#include "clients/sandbox_process.hpp"

namespace lockstep::clients {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPerson =
    "github_pat_11SANDBOX00person_not_a_real_token_00000000000000000000002";
constexpr const char* kLockstep =
    "github_pat_11SANDBOX0lockstep_not_a_real_token_00000000000000000000001";

class Gh : public ::testing::Test {
 protected:
  Gh() : Gh(std::vector<std::string>{}) {}
  explicit Gh(const std::vector<std::string>& options)
      : sandbox_(SandboxProcess::quickstart(options)) {}
  void SetUp() override {
    const auto version = run({"gh", "--version"});
    ASSERT_EQ(version.code, 0)
        << "gh is missing: run cmake/install-packages, or apt-get install gh";
  }
  Ended run(const std::vector<std::string>& words, const std::string& input = "",
            const std::string& token = kPerson) {
    return run_program(words, around(input, token));
  }
  Surroundings around(const std::string& input, const std::string& token) const {
    return {.folder = sandbox_->folder(),
            .environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                            {"HOME", sandbox_->folder().string()},
                            {"GH_CONFIG_DIR", sandbox_->folder() / "gh"},
                            {"GH_HOST", sandbox_->host()},
                            {"GH_ENTERPRISE_TOKEN", token},
                            {"GH_NO_UPDATE_NOTIFIER", "1"},
                            {"SSL_CERT_FILE", sandbox_->ca_file().string()}},
            .input = input};
  }
  /// `gh secret ...` for alokai/cms; it must succeed.
  std::string secret(std::vector<std::string> words, const std::string& input = "") {
    const auto ended = try_secret(std::move(words), input);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  Ended try_secret(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), {"gh", "secret"});
    words.insert(words.end(), {"--repo", "alokai/cms"});
    return run(words, input);
  }
  std::string api(const std::string& path, const std::string& jq) {
    const auto ended = run({"gh", "api", "--paginate", path, "--jq", jq}, "", kLockstep);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(sandbox_->folder() / name) << text;
  }

  std::unique_ptr<SandboxProcess> sandbox_;
};

TEST_F(Gh, SetsListsAndDeletesSecretsOfARepository) {
  secret({"set", "npm_token", "--body", "npm_fake_0001"});
  EXPECT_TRUE(secret({"list"}).contains("NPM_TOKEN\t"));
  secret({"set", "NPM_TOKEN"}, "npm_fake_0002\n");
  EXPECT_EQ(api("repos/alokai/cms/actions/secrets", ".total_count"), "2\n");
  secret({"delete", "NPM_TOKEN"});
  EXPECT_FALSE(secret({"list"}).contains("NPM_TOKEN"));
  const auto again = try_secret({"delete", "NPM_TOKEN"});
  EXPECT_EQ(again.code, 1);
  EXPECT_TRUE(again.err.contains("HTTP 404: Not Found")) << again.err;
}

TEST_F(Gh, SealsToTheEnvironmentsOwnKey) {
  secret({"set", "CLOUDFLARE_API_TOKEN", "--env", "production", "--body", "cf-fake-0001"});
  EXPECT_TRUE(secret({"list", "--env", "production"}).contains("CLOUDFLARE_API_TOKEN\t"));
  EXPECT_EQ(secret({"list", "--env", "staging"}), "");
  EXPECT_FALSE(secret({"list"}).contains("CLOUDFLARE_API_TOKEN"));
  secret({"delete", "CLOUDFLARE_API_TOKEN", "--env", "production"});
  EXPECT_EQ(secret({"list", "--env", "production"}), "");
}

TEST_F(Gh, DoesNotReachAnEnvironmentThatIsMissingOrHasASlash) {
  for (const auto* environment : {"nowhere", "team/blue"}) {
    const auto ended = try_secret({"set", "A", "--env", environment, "--body", "fake"});
    EXPECT_EQ(ended.code, 1) << environment;
    EXPECT_TRUE(ended.err.contains("HTTP 404: Not Found")) << ended.err;
  }
}

TEST_F(Gh, SetsManyAtOnceFromAFile) {
  std::string file = "# made up\nexport FIRST=one-fake\nSECOND=\"two fake\"\n";
  for (int i = 0; i < 40; ++i) file += "MANY_" + std::to_string(i) + "=fake\n";
  write("many.env", file);
  secret({"set", "-f", "many.env", "--env", "staging"});
  const auto path = std::string("repos/alokai/cms/environments/staging/secrets?per_page=30");
  EXPECT_EQ(api(path, ".total_count"), "42\n42\n") << "two pages";
  EXPECT_TRUE(secret({"list", "--env", "staging"}).contains("SECOND\t"));
}

TEST_F(Gh, RunsIntoTheLimitThatLockstepKeeps) {
  std::string file;
  for (int i = 0; i < 90; ++i) file += "MANY_" + std::to_string(i) + "=fake\n";
  write("many.env", file);
  const auto ended = try_secret({"set", "-f", "many.env", "--env", "staging"});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(ended.err.contains("secondary rate limit")) << ended.err;
  // What it wrote before stays: a list by someone else shows it.
  const auto names = api("repos/alokai/cms/environments/staging/secrets", ".secrets[].name");
  EXPECT_EQ(std::ranges::count(names, '\n'), 80);
}

TEST_F(Gh, RunsTheRunbooksCommand) {
  const auto set = run({"sh", "-c",
                        "echo 'FlyV1 fm2_fake_rotated_token' | gh secret set FLY_API_TOKEN "
                        "--repo Molecule-AI/molecule-monorepo"});
  EXPECT_EQ(set.code, 0) << set.err;
  EXPECT_EQ(api("repos/molecule-ai/molecule-monorepo/actions/secrets", ".secrets[].name"),
            "FLY_API_TOKEN\n");
}

TEST_F(Gh, ShowsWhyAWriteIsRefused) {
  const auto name = try_secret({"set", "GITHUB_THING", "--body", "fake"});
  EXPECT_EQ(name.code, 1);
  EXPECT_TRUE(name.err.contains("HTTP 422")) << name.err;
  const auto large = try_secret({"set", "LARGE"}, std::string(49'152, 'x'));
  EXPECT_EQ(large.code, 1);
  EXPECT_TRUE(large.err.contains("HTTP 422")) << large.err;
  const auto token = run({"gh", "secret", "list", "--repo", "alokai/cms"}, "", "nobody");
  EXPECT_EQ(token.code, 1);
  EXPECT_TRUE(token.err.contains("HTTP 401: Bad credentials")) << token.err;
}

TEST_F(Gh, ReadsWhatGuardsAnEnvironment) {
  EXPECT_EQ(api("repos/alokai/cms/environments/production",
                ".protection_rules[] | select(.type == \"required_reviewers\") | "
                ".reviewers[].reviewer | (.login // .slug)"),
            "alice\nrelease\n");
  EXPECT_EQ(api("repos/alokai/cms/environments/preview", ".deployment_branch_policy == null"),
            "true\n");
  EXPECT_EQ(api("repos/alokai/cms/environments?per_page=2", ".environments[].name"),
            "packages\npreview\nproduction\nstaging\n");
}

constexpr auto manifests = R"(apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: github, namespace: cms}
spec:
  github: {token: {secretKeyRef: {name: github, key: token}}}
  grants:
  - {places: ["githubRepository/*/*/*", "githubEnvironment/*/*/*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: staging, namespace: cms}
spec:
  places: ["githubRepository/*/*/*", "githubEnvironment/*/*/*"]
  sources:
  - {name: values, secretRef: {name: values}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: cms, namespace: cms}
spec:
  targets: {matchLabels: {app: cms}}
  secrets:
  - name: CLOUDFLARE_API_TOKEN
  - name: NPM_TOKEN
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: deploy, namespace: cms}
spec:
  targets: {names: [monorepo]}
  secrets:
  - name: FLY_API_TOKEN
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: repository, namespace: cms, labels: {app: cms}}
spec:
  environmentRef: {name: staging}
  credentialRef: {name: github}
  place: {githubRepository: {repository: alokai/cms, store: Actions}}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: environment, namespace: cms, labels: {app: cms}}
spec:
  environmentRef: {name: staging}
  credentialRef: {name: github}
  place: {githubEnvironment: {repository: alokai/cms, name: staging}}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: monorepo, namespace: cms}
spec:
  environmentRef: {name: staging}
  credentialRef: {name: github}
  place: {githubRepository: {repository: Molecule-AI/molecule-monorepo, store: Actions}}
)";

/// GitHub tells times in whole seconds; the sandbox's clock moves on by one with every request, so
/// that two writes never share one (S9: then nobody could tell) and no test waits.
class GhBesideLockstep : public Gh {
 protected:
  GhBesideLockstep() : Gh({"--clock-step", "1000"}) { value("one"); }
  void value(const std::string& key) {
    lockstep_.environment = {{"GITHUB", kLockstep},
                             {"VALUE_CLOUDFLARE_API_TOKEN", "fake-cloudflare-token-" + key},
                             {"VALUE_NPM_TOKEN", "npm_fake_" + key},
                             {"VALUE_FLY_API_TOKEN", "FlyV1 fm2_fake_deploy_token_" + key}};
  }

  LockstepProgram lockstep_{*sandbox_, manifests,
                            "  cms/github: {keys: {token: {env: GITHUB}}}\n"
                            "  cms/values: {envPrefix: VALUE_}\n"};
};

TEST_F(GhBesideLockstep, ListsWhatLockstepWrites) {
  lockstep_.apply();
  for (const std::vector<std::string>& scope : {std::vector<std::string>{}, {"--env", "staging"}}) {
    std::vector<std::string> words{"list"};
    words.insert(words.end(), scope.begin(), scope.end());
    const auto listed = secret(words);
    EXPECT_THAT(listed, HasSubstr("CLOUDFLARE_API_TOKEN\t"));
    EXPECT_THAT(listed, HasSubstr("NPM_TOKEN\t"));
  }
  EXPECT_EQ(secret({"list", "--env", "production"}), "") << "another environment";
  EXPECT_EQ(lockstep_.state("repository", "NPM_TOKEN"), "InSync timestamp");
}

TEST_F(GhBesideLockstep, ASetIsSeenByItsTimeAndRepaired) {
  lockstep_.apply();
  secret({"set", "NPM_TOKEN"}, "npm_fake_by_hand");
  EXPECT_EQ(lockstep_.state("repository", "NPM_TOKEN"), "ChangedOutOfBand timestamp");
  EXPECT_EQ(lockstep_.state("environment", "NPM_TOKEN"), "InSync timestamp") << "another scope";
  EXPECT_THAT(lockstep_.run({"status"}).out, HasSubstr("NPM_TOKEN: ChangedOutOfBand"));
  secret({"set", "CLOUDFLARE_API_TOKEN", "--env", "staging", "--body", "fake-by-hand"});
  EXPECT_EQ(lockstep_.state("environment", "CLOUDFLARE_API_TOKEN"), "ChangedOutOfBand timestamp");
  lockstep_.apply();
  EXPECT_EQ(lockstep_.state("repository", "NPM_TOKEN"), "InSync timestamp");
  EXPECT_EQ(lockstep_.state("environment", "CLOUDFLARE_API_TOKEN"), "InSync timestamp");
}

// S1
TEST_F(GhBesideLockstep, AnAddedNameIsExtraAndStays) {
  lockstep_.apply();
  secret({"set", "SENTRY_DSN", "--env", "staging", "--body", "https://fake.example/1"});
  EXPECT_EQ(lockstep_.state("environment", "SENTRY_DSN"), "Extra existence");
  lockstep_.apply();
  EXPECT_THAT(secret({"list", "--env", "staging"}), HasSubstr("SENTRY_DSN\t"));
}

// A name that is missing right after lockstep wrote it may be a late list; it is Removed once the
// list shows anything as late as that write, here NPM_TOKEN, which is written after it.
TEST_F(GhBesideLockstep, ADeletedNameIsRemovedAndPutBack) {
  lockstep_.apply();
  secret({"delete", "CLOUDFLARE_API_TOKEN"});
  secret({"delete", "CLOUDFLARE_API_TOKEN", "--env", "staging"});
  for (const auto* target : {"repository", "environment"}) {
    EXPECT_EQ(lockstep_.state(target, "CLOUDFLARE_API_TOKEN"), "Removed timestamp") << target;
  }
  lockstep_.apply();
  EXPECT_THAT(secret({"list"}), HasSubstr("CLOUDFLARE_API_TOKEN\t"));
  EXPECT_THAT(secret({"list", "--env", "staging"}), HasSubstr("CLOUDFLARE_API_TOKEN\t"));
}

TEST_F(GhBesideLockstep, ANameThatGhSetFirstIsNotTakenOver) {
  secret({"set", "NPM_TOKEN"}, "npm_fake_by_hand");
  EXPECT_EQ(lockstep_.state("repository", "NPM_TOKEN"), "Unadopted none");
  (void)lockstep_.run({"apply", "--yes"});
  EXPECT_EQ(lockstep_.state("repository", "NPM_TOKEN"), "Unadopted none");
}

TEST_F(GhBesideLockstep, TheRunbooksLineIsSeenUntilTheSourceHasTheNewTokenToo) {
  lockstep_.apply();
  const auto set = run({"sh", "-c",
                        "echo 'FlyV1 fm2_fake_by_hand' | gh secret set FLY_API_TOKEN "
                        "--repo Molecule-AI/molecule-monorepo"});
  EXPECT_EQ(set.code, 0) << set.err;
  EXPECT_EQ(lockstep_.state("monorepo", "FLY_API_TOKEN"), "ChangedOutOfBand timestamp");
  value("two");
  lockstep_.apply();
  EXPECT_EQ(lockstep_.state("monorepo", "FLY_API_TOKEN"), "InSync timestamp");
}

TEST_F(GhBesideLockstep, BothAtOnceLoseNothing) {
  lockstep_.apply();
  std::string file;
  for (int i = 0; i < 20; ++i) file += "MANY_" + std::to_string(i) + "=fake\n";
  write("many.env", file);
  Child many({"gh", "secret", "set", "-f", "many.env", "--env", "staging", "--repo", "alokai/cms"},
             around("", kPerson));
  value("two");
  lockstep_.apply();
  const auto ended = many.finish();
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto names = api("repos/alokai/cms/environments/staging/secrets", ".secrets[].name");
  EXPECT_EQ(std::ranges::count(names, '\n'), 22) << names;
  for (const auto* name : {"CLOUDFLARE_API_TOKEN", "NPM_TOKEN"}) {
    EXPECT_EQ(lockstep_.state("environment", name), "InSync timestamp") << name;
  }
  EXPECT_EQ(lockstep_.state("environment", "MANY_19"), "Extra existence");
}

}  // namespace
}  // namespace lockstep::clients
