// Cloudflare's own command line against the sandbox, beside lockstep on the same Worker: what one
// writes the other sees. An old release and a new one, which use different calls for one command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "clients/sandbox_process.hpp"

namespace lockstep::clients {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto accounts = R"(cloudflare:
  accounts:
  - id: "0123456789abcdef0123456789abcdef"
    name: Example Account
    workers:
    - name: alokai-cms-staging
      bindings:
      - {name: STAGE, type: plain_text, text: staging}
  tokens:
  - id: a0000000000000000000000000000001
    token: sandbox-cloudflare-lockstep-not-a-real-1
    owner: lockstep@example.com
    accounts: ["0123456789abcdef0123456789abcdef"]
    permissions: [Workers Scripts Write]
  - id: a0000000000000000000000000000002
    token: sandbox-cloudflare-person-not-a-real-2
    owner: alice@example.com
    accounts: ["0123456789abcdef0123456789abcdef"]
    permissions: [Workers Scripts Write, Account Settings Read]
)";

constexpr auto manifests = R"(apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: cms}
spec:
  cloudflare: {accountId: "0123456789abcdef0123456789abcdef", token: {secretKeyRef: {name: cloudflare, key: token}}}
  grants:
  - {places: ["cloudflareWorker/*/alokai-cms-*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: staging, namespace: cms}
spec:
  places: ["cloudflareWorker/*/alokai-cms-*"]
  sources:
  - {name: values, secretRef: {name: values}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: cms, namespace: cms}
spec:
  targets: {matchLabels: {app: cms}}
  secrets:
  - name: AUTH_JWT_SECRET
  - name: TOKEN_ENCRYPTION_KEY
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: cms-staging, namespace: cms, labels: {app: cms}}
spec:
  environmentRef: {name: staging}
  credentialRef: {name: cloudflare}
  place: {cloudflareWorker: {script: alokai-cms-staging}}
  policy: {apply: )";

class Wrangler : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(app());
    std::filesystem::create_directories(work() / "manifests");
    write(app() / "wrangler.json",
          R"({"name":"alokai-cms","main":"index.js","compatibility_date":"2026-01-01",)"
          R"("workers_dev":false,"env":{"staging":{"vars":{"STAGE":"staging"}}}})");
    write(app() / "index.js", "export default { fetch() { return new Response('ok') } }\n");
    write(work() / "lockstep.local.yaml",
          "secrets:\n  cms/cloudflare: {keys: {token: {env: CF_TOKEN}}}\n"
          "  cms/values: {envPrefix: VALUE_}\n"
          "endpoints: {cloudflare: \"" +
              sandbox_.url("cloudflare") + "\"}\nhosts: [\"" + sandbox_.url("https") +
              "\"]\ncaFile: " + sandbox_.ca_file().string() + "\n");
    apply_mode("Live");
    ASSERT_EQ(wrangler({"--version"}).code, 0) << "wrangler is missing: run tests/clients/install";
  }

  std::filesystem::path app() const { return sandbox_.folder() / "app"; }
  std::filesystem::path work() const { return sandbox_.folder() / "work"; }
  static void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }
  void apply_mode(const std::string& mode) const {
    write(work() / "manifests/cms.yaml", manifests + mode + ", repairAfter: 1m}\n");
  }
  /// Words and surroundings of wrangler in the application's folder.
  std::vector<std::string> words_of(std::vector<std::string> words) const {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const auto modules = (cache ? std::filesystem::path(cache)
                                : std::filesystem::path(home ? home : "/") / ".cache") /
                         "lockstep-tests" / ("wrangler-" + GetParam()) / "node_modules";
    words.insert(words.begin(), {modules / "node/bin/node", modules / "wrangler/bin/wrangler.js"});
    return words;
  }
  Surroundings around(const std::string& input) const {
    return {.folder = app(),
            .environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                            {"HOME", sandbox_.folder().string()},
                            {"CI", "1"},
                            {"NODE_EXTRA_CA_CERTS", sandbox_.ca_file().string()},
                            {"CLOUDFLARE_API_BASE_URL", sandbox_.url("cloudflare")},
                            {"CLOUDFLARE_API_TOKEN", "sandbox-cloudflare-person-not-a-real-2"},
                            {"CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef"},
                            {"WRANGLER_SEND_METRICS", "false"},
                            {"WRANGLER_SEND_ERROR_REPORTS", "false"},
                            {"WRANGLER_HIDE_BANNER", "true"}},
            .input = input};
  }
  Ended wrangler(const std::vector<std::string>& words, const std::string& input = "") {
    return run_program(words_of(words), around(input));
  }
  /// wrangler for `--env staging`; it must succeed.
  std::string staging(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.end(), {"--env", "staging"});
    const auto ended = wrangler(words, input);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    return ended.out;
  }
  Ended lockstep(const std::vector<std::string>& rest, const std::string& key = "one") {
    std::vector<std::string> words{LOCKSTEP_BINARY_DIR "/lockstep"};
    words.insert(words.end(), rest.begin(), rest.end());
    return run_program(
        words, {.folder = work(),
                .environment = {{"HOME", sandbox_.folder().string()},
                                {"CF_TOKEN", "sandbox-cloudflare-lockstep-not-a-real-1"},
                                {"VALUE_AUTH_JWT_SECRET", "fake-jwt-secret-of-staging-" + key},
                                {"VALUE_TOKEN_ENCRYPTION_KEY", "fake-encryption-key-" + key}},
                .input = ""});
  }
  void apply(const std::string& key = "one") {
    const auto ended = lockstep({"apply", "--yes"}, key);
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  }

  SandboxProcess sandbox_{accounts};
};

TEST_P(Wrangler, ListsWhatLockstepWrites) {
  apply();
  const auto listed = staging({"secret", "list"});
  EXPECT_THAT(listed, HasSubstr("AUTH_JWT_SECRET"));
  EXPECT_THAT(listed, HasSubstr("TOKEN_ENCRYPTION_KEY"));
  EXPECT_THAT(lockstep({"status"}).out, HasSubstr("2 of 2 secrets in sync"));
}

TEST_P(Wrangler, ARunbooksPutIsSeenWithItsAuthorAndRepaired) {
  apply();
  staging({"secret", "put", "AUTH_JWT_SECRET"}, "fake-jwt-by-hand\n");
  const auto plan = lockstep({"plan"});
  EXPECT_THAT(plan.out, HasSubstr("changed by someone else · version"));
  EXPECT_THAT(plan.out, HasSubstr("alice@example.com (secret)"));
  apply();
  EXPECT_THAT(lockstep({"status"}).out, HasSubstr("2 of 2 secrets in sync"));
}

TEST_P(Wrangler, ADeleteIsSeenAsRemoved) {
  apply();
  staging({"secret", "delete", "TOKEN_ENCRYPTION_KEY"});
  EXPECT_THAT(lockstep({"plan"}).out, HasSubstr("removed by someone else"));
  apply();
  EXPECT_THAT(staging({"secret", "list"}), HasSubstr("TOKEN_ENCRYPTION_KEY"));
}

TEST_P(Wrangler, ABulkWriteIsSeenAndForeignNamesStay) {
  apply();
  write(app() / "bulk.json",
        R"({"SENTRY_DSN":"https://fake.example/1","AUTH_JWT_SECRET":"by-hand"})");
  staging({"secret", "bulk", "bulk.json"});
  const auto plan = lockstep({"plan"});
  EXPECT_THAT(plan.out, HasSubstr("changed by someone else"));
  EXPECT_THAT(plan.out, HasSubstr("SENTRY_DSN"));
  apply();
  EXPECT_THAT(staging({"secret", "list"}), HasSubstr("SENTRY_DSN"));
}

TEST_P(Wrangler, AnOrdinaryDeployKeepsSecretsAndIsPresumed) {
  apply();
  staging({"deploy"});
  EXPECT_THAT(lockstep({"plan"}).out, HasSubstr("in sync"));
  EXPECT_THAT(lockstep({"plan", "--output", "json"}).out, HasSubstr("presumed"));
  EXPECT_THAT(staging({"secret", "list"}), HasSubstr("AUTH_JWT_SECRET"));
}

// S8
TEST_P(Wrangler, AVersionOfSomeoneElseHoldsALiveWriteBack) {
  apply();
  staging({"versions", "secret", "put", "SENTRY_DSN"}, "https://fake.example/1\n");
  const auto held = lockstep({"apply", "--yes"}, "two");
  EXPECT_EQ(held.code, 1);
  EXPECT_THAT(held.out + held.err, HasSubstr("NewerVersion"));
  EXPECT_THAT(staging({"versions", "secret", "list"}), Not(HasSubstr("SENTRY_DSN")));
}

// S8
TEST_P(Wrangler, DeploysWhatLockstepStaged) {
  apply();
  apply_mode("Staged");
  const auto staged = lockstep({"apply", "--yes"}, "two");
  EXPECT_EQ(staged.code, 0) << staged.out << staged.err;
  const auto text = lockstep({"status"}, "two").out;
  constexpr std::string_view command = "npx wrangler versions deploy ";
  const auto at = text.find(command);
  ASSERT_NE(at, std::string::npos) << text;
  const auto share = text.substr(at + command.size(), 36 + 5);
  EXPECT_THAT(share, HasSubstr("@100%"));

  const auto refused = wrangler({"secret", "put", "SENTRY_DSN", "--env", "staging"}, "fake\n");
  EXPECT_NE(refused.code, 0) << "while it waits";
  EXPECT_THAT(refused.out + refused.err, HasSubstr("latest version"));

  const auto deployed =
      wrangler({"versions", "deploy", share, "--name", "alokai-cms-staging", "-y"});
  EXPECT_EQ(deployed.code, 0) << deployed.out << deployed.err;
  EXPECT_THAT(lockstep({"plan"}, "two").out, Not(HasSubstr("presumed")));
  EXPECT_THAT(lockstep({"status"}, "two").out, HasSubstr("2 of 2 secrets in sync"));
}

TEST_P(Wrangler, BothAtOnceLoseNothing) {
  apply();
  Child put(words_of({"secret", "put", "SENTRY_DSN", "--env", "staging"}), around("fake-dsn\n"));
  (void)lockstep({"apply", "--yes"}, "two");
  const auto ended = put.finish();
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  apply("two");
  const auto listed = staging({"secret", "list"});
  for (const auto* name : {"SENTRY_DSN", "AUTH_JWT_SECRET", "TOKEN_ENCRYPTION_KEY"}) {
    EXPECT_THAT(listed, HasSubstr(name));
  }
  EXPECT_THAT(lockstep({"status"}, "two").out, HasSubstr("2 of 2 secrets in sync"));
}

INSTANTIATE_TEST_SUITE_P(Releases, Wrangler, ::testing::Values("4.86.0", "4.164.0"),
                         [](const auto& release) {
                           auto name = "v" + release.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace lockstep::clients
