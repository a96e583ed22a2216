#include "app/provider_registry.hpp"

#include <gtest/gtest.h>

#include "support/memory_files.hpp"
#include "support/scripted_http.hpp"
#include "support/sim.hpp"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

class Tokens final : public Source {
 public:
  Awaitable<Result<std::optional<Secret>>> get(SourceKey key) override {
    asked.push_back(key);
    if (!there) co_return std::optional<Secret>();
    co_return std::optional<Secret>(Secret("fly-fake-token-of-" + key.secret));
  }
  std::string why_missing(const SourceKey&) const override {
    return "environment variable FLY_TOKEN is not set (lockstep.local.yaml:4)";
  }
  void refresh() override {}
  std::vector<SourceKey> asked;
  bool there = true;
};

class Fence final : public WriteFence {
 public:
  Status check(Mono) const override {
    if (open) return {};
    return fail(ErrorKind::fenced, "the lock is lost");
  }
  bool open = true;
};

api::Credential fly(std::string name, std::string secret) {
  api::Credential out;
  out.metadata.name = std::move(name);
  out.metadata.ns = "prod";
  out.provider =
      api::FlyAccess{.token = {.secret_key_ref = {.name = std::move(secret), .key = "token"}}};
  return out;
}

struct Registry : ::testing::Test {
  testing::Simulation sim;
  testing::ScriptedHttp http;
  Fence fence;
  Tokens tokens;
  Metrics metrics;
  testing::Power power{1};
  testing::MemoryFiles files{power};
  std::unique_ptr<EventLog> log = make_silent_log();
  std::unique_ptr<Offload> offload = make_offload_inline();
  RestedReader reader{files, sim.clock(), *offload};
  ProviderRegistry registry{http, fence, sim.clock(), sim.random(), tokens, metrics,
                            *log, {},    files,       reader,       {}};
  const Place place{PlaceKind::flyApp, {"molecule-cp"}};

  Provider* find(const api::Credential& credential) {
    return registry.find(PlaceKind::flyApp, &credential).value();
  }
  Result<Observation> observe(const api::Credential& credential) {
    return sim.run(
        find(credential)
            ->observe(place, {}, {.deadline = sim.clock().mono() + 5min, .attempt = "a"}));
  }
  Result<Applied> write(const api::Credential& credential) {
    std::vector<Change> changes;
    changes.push_back({.op = Change::Op::put, .name = "TOKEN", .value = Secret("value")});
    return sim.run(find(credential)
                       ->apply(place, std::move(changes), {}, WriteMode::live,
                               {.deadline = sim.clock().mono() + 5min, .attempt = "a"}));
  }
};

TEST_F(Registry, ACredentialKeepsItsProvider) {
  EXPECT_EQ(find(fly("a", "one")), find(fly("a", "one")));
  EXPECT_NE(find(fly("a", "one")), find(fly("b", "one")));
  EXPECT_NE(find(fly("a", "one")), find(fly("a", "two"))) << "it names another Secret now";
}

TEST_F(Registry, S17_TheTokenOfItsOwnSecretGoesToThePublicHost) {
  http.answer(200, R"({"secrets":[]})");
  ASSERT_TRUE(observe(fly("a", "one")));
  ASSERT_EQ(http.asked().size(), 1U);
  EXPECT_TRUE(http.asked()[0].url.starts_with("https://api.machines.dev/v1/"))
      << http.asked()[0].url;
  EXPECT_EQ(http.asked()[0].authorization, "Bearer fly-fake-token-of-one");
  EXPECT_EQ(tokens.asked, (std::vector<SourceKey>{{"prod", "one", "token"}}));
}

TEST_F(Registry, S10_CredentialsOfOneSecretShareOneBudget) {
  http.answer(429, R"({"error":"rate limit exceeded"})", {{"Retry-After", "60"}});
  http.answer(200, R"({"secrets":[]})");
  http.answer(200, R"({"secrets":[]})");
  EXPECT_EQ(observe(fly("a", "one")).error().kind, ErrorKind::throttled);
  const auto began = sim.clock().mono();
  EXPECT_TRUE(observe(fly("other", "two")));
  EXPECT_LT(sim.clock().mono() - began, 1s) << "another identity";
  EXPECT_TRUE(observe(fly("b", "one")));
  EXPECT_GE(sim.clock().mono() - began, 60s);
}

TEST_F(Registry, S7_TheFenceStopsWritesAndNotReads) {
  fence.open = false;
  http.answer(200, R"({"secrets":[]})");
  EXPECT_TRUE(observe(fly("a", "one")));
  EXPECT_EQ(write(fly("a", "one")).error().kind, ErrorKind::fenced);
  EXPECT_EQ(http.asked().size(), 1U);
}

TEST_F(Registry, ATokenThatIsNotThereIsADeadOne) {
  tokens.there = false;
  const auto seen = observe(fly("a", "one"));
  EXPECT_EQ(seen.error().kind, ErrorKind::unauthorized);
  EXPECT_NE(seen.error().message.find(
                "Secret prod/one has no key token: environment variable FLY_TOKEN is not set "
                "(lockstep.local.yaml:4)"),
            std::string::npos);
  EXPECT_TRUE(http.asked().empty());
}

api::Credential github(const std::string& base_url = "") {
  auto out = fly("g", "gh");
  out.provider =
      api::GitHubAccess{.token = api::TokenSource{.secret_key_ref = {.name = "gh", .key = "token"}},
                        .app = {},
                        .base_url = base_url};
  return out;
}

TEST_F(Registry, AGitHubTokenServesBothKindsAndTheirProtections) {
  const auto credential = github();
  const CallContext context{.deadline = sim.clock().mono() + 5min, .attempt = "a"};
  http.answer(200, R"({"total_count":0,"secrets":[]})");
  auto* repository = registry.find(PlaceKind::githubRepository, &credential).value();
  const Place actions{PlaceKind::githubRepository, {"alokai", "cms", "Actions"}};
  EXPECT_TRUE(sim.run(repository->observe(actions, {}, context)));
  EXPECT_EQ(http.asked()[0].url,
            "https://api.github.com/repos/alokai/cms/actions/secrets?per_page=100");
  EXPECT_EQ(http.asked()[0].authorization, "Bearer fly-fake-token-of-gh");
  const Place environment{PlaceKind::githubEnvironment, {"alokai", "cms", "production"}};
  http.answer(200, R"({"protection_rules":[],"deployment_branch_policy":null})");
  auto* guard = registry.protections(credential).value();
  EXPECT_TRUE(sim.run(guard->protection(environment, context)));
  EXPECT_TRUE(registry.find(PlaceKind::githubEnvironment, &credential));
  EXPECT_FALSE(registry.protections(fly("a", "one")));
}

TEST_F(Registry, S17_AnEnterpriseServersHostMustBeAllowedToo) {
  const auto credential = github("https://ghes.example.com/api/v3/");
  const Place place{PlaceKind::githubRepository, {"alokai", "cms", "Actions"}};
  const CallContext context{.deadline = sim.clock().mono() + 5min, .attempt = "a"};
  const auto observe = [&](ProviderRegistry& which) {
    return sim.run(
        which.find(PlaceKind::githubRepository, &credential).value()->observe(place, {}, context));
  };
  EXPECT_EQ(observe(registry).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(http.asked().empty());
  ProviderRegistry allowed(http, fence, sim.clock(), sim.random(), tokens, metrics, *log,
                           {.hosts = {"https://ghes.example.com"}}, files, reader, {});
  http.answer(200, R"({"total_count":0,"secrets":[]})");
  EXPECT_TRUE(observe(allowed));
  EXPECT_EQ(http.asked()[0].url,
            "https://ghes.example.com/api/v3/repos/alokai/cms/actions/secrets?per_page=100");
}

TEST_F(Registry, AGitHubAppActsWithItsInstallationsToken) {
  auto credential = github();
  credential.provider = api::GitHubAccess{
      .token = {},
      .app = api::GitHubApp{.app_id = "1",
                            .installation_id = "2",
                            .private_key = {.secret_key_ref = {.name = "gh", .key = "pem"}}},
      .base_url = ""};
  const Place place{PlaceKind::githubRepository, {"alokai", "cms", "Actions"}};
  const auto seen = sim.run(registry.find(PlaceKind::githubRepository, &credential)
                                .value()
                                ->observe(place, {}, {.deadline = sim.clock().mono() + 5min}));
  EXPECT_EQ(seen.error().kind, ErrorKind::unauthorized) << "what is stored there is no key";
  EXPECT_NE(seen.error().message.find("private key"), std::string::npos);
  EXPECT_EQ(tokens.asked.back(), (SourceKey{"prod", "gh", "pem"}));
  EXPECT_TRUE(http.asked().empty());
}

TEST_F(Registry, WhatIsNotBuiltIsUnsupported) {
  const auto other = fly("a", "one");
  EXPECT_EQ(registry.find(PlaceKind::githubRepository, &other).error().kind,
            ErrorKind::unsupported);
  api::Credential github = fly("g", "one");
  github.provider = api::GitHubAccess{};
  EXPECT_EQ(registry.find(PlaceKind::flyApp, &github).error().kind, ErrorKind::unsupported);
  EXPECT_EQ(registry.inspector(fly("a", "one")).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace lockstep
