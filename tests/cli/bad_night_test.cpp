// Five troubles in one night, as the real program tells them; a stranger read each line.
#include <fstream>
#include <regex>

#include "cli/shop.hpp"

namespace lockstep::cli::testing {
namespace {

constexpr const char* account = "0123456789abcdef0123456789abcdef";

constexpr std::string_view more = R"(apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare-legacy, namespace: shop}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: tokens, key: LEGACY}}
  grants:
  - {places: ["cloudflareWorker/*/production-legacy"]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: legacy, namespace: shop, labels: {app: shop}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: cloudflare-legacy}
  place: {cloudflareWorker: {script: production-legacy}}
  policy: {adopt: Overwrite}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: jobs, namespace: shop, labels: {app: jobs}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: fly}
  place: {flyApp: {app: shop-jobs}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: jobs, namespace: shop}
spec:
  targets: {names: [jobs]}
  secrets: [{name: QUEUE_URL, value: {literal: "queue.example"}}]
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: web, namespace: shop}
spec:
  targets: {names: [web]}
  secrets: [{name: ANALYTICS_KEY}]
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: mail, namespace: shop}
spec:
  targets: {names: [api]}
  secrets: [{name: MAIL_KEY}]
)";

/// Times, ids and spans of time differ from night to night.
std::string timeless(std::string text) {
  const std::pair<const char*, const char*> all[] = {
      {R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", "TIME"},
      {R"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", "ID"},
      {R"(since \d\d:\d\d)", "since HH:MM"},
      {R"(since  \d\d:\d\d UTC)", "since  HH:MM UTC"},
      {R"(   \d\d:\d\d   )", "   HH:MM   "},
      {R"(repaired in (\d+m )?\d+[ms])", "repaired in SPAN"},
      {R"(jane@[^ :]+)", "jane@HOST"}};
  for (const auto& [pattern, word] : all)
    text = std::regex_replace(text, std::regex(pattern), word);
  return text;
}

class BadNight : public Shop {
 protected:
  BadNight() {
    on_loop([&] {
      fly_.add_app("shop-jobs");
      for (const auto* app : {"shop-api", "shop-jobs"}) fly_.add_machine(app, {}, clock_->wall());
      cloudflare_.add_worker(account, "production-legacy", clock_->wall(), {});
      cloudflare_.add_token({.id = "t2",
                             .secret = "not-a-real-cloudflare-token-of-the-legacy-shop",
                             .accounts = {account},
                             .permissions = {"Workers Scripts Write", "Account Settings Read"}});
      return 0;
    });
    environment_["LEGACY"] = "not-a-real-cloudflare-token-of-the-legacy-shop";
    environment_["USER"] = "jane";
    write("manifests/more.yaml", std::string(more));
    auto local = text_of("lockstep.local.yaml");
    local.replace(local.find("FLY: {env: FLY}"), 0, "LEGACY: {env: LEGACY}, ");
    write("lockstep.local.yaml", local);
    auto platform = text_of("manifests/platform.yaml");
    platform.replace(platform.find("\"flyApp/shop-api\""), 17, "\"flyApp/shop-*\"");
    write("manifests/platform.yaml", platform);
    evening("a", "one", true);
  }

  std::string text_of(const std::string& name) const {
    std::ifstream in(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void evening(const std::string& sealing, const std::string& analytics, bool mail) {
    std::string key;
    for (int i = 0; i < 64; ++i) key += sealing;
    values("DATABASE_URL=postgres://shop-fake.example/one\nSEALING_KEY=" + key +
           "\nANALYTICS_KEY=not-a-real-analytics-key-" + analytics + "\n" +
           (mail ? "MAIL_KEY=not-a-real-mail-key\n" : ""));
  }
  /// Everything that goes wrong in one night.
  void night() {
    ASSERT_EQ(lockstep({"apply", "--yes"}).code, 0);
    on_loop([&] {
      for (const auto* app : {"shop-api", "shop-jobs"}) fly_.deploy(app, clock_->wall());
      cloudflare_.set_token_status("t2", sandbox::CloudflareToken::Status::disabled);
      return cloudflare_.upload(account, "production-shop-web", {.email = "bob@example.com"},
                                {.deploy = false}, clock_->wall());
    });
    someone_sets("DATABASE_URL", "postgres://someone-else.example/db");
    evening("b", "two", false);
    ASSERT_EQ(
        lockstep({"hold", "jobs", "--for", "4h", "--reason", "queue migration until the morning"})
            .code,
        0);
  }
  void expect_golden(const std::string& name, const std::string& text) const {
    const auto path = std::string(LOCKSTEP_SOURCE_DIR) + "/tests/cli/bad_night/" + name + ".txt";
    std::ifstream in(path);
    const std::string golden{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(timeless(text), golden) << "when it is meant, in " << path << ":\n" << timeless(text);
  }
};

TEST_F(BadNight, StatusPlanAndDiffAreGolden) {
  night();
  const auto status = lockstep({"status"});
  EXPECT_EQ(status.code, 1) << status.err;
  expect_golden("status", status.out);
  const auto plan = lockstep({"plan"});
  EXPECT_EQ(plan.code, 1) << plan.err;
  expect_golden("plan", plan.out);
  const auto diff = lockstep({"diff"});
  EXPECT_EQ(diff.code, 1) << diff.err;
  expect_golden("diff", diff.out);
}

}  // namespace
}  // namespace lockstep::cli::testing
