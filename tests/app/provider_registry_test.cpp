#include "app/provider_registry.hpp"

#include <gtest/gtest.h>

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
  std::unique_ptr<EventLog> log = make_silent_log();
  ProviderRegistry registry{http, fence, sim.clock(), tokens, metrics, *log, {}};
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
  EXPECT_NE(seen.error().message.find("Secret prod/one has no key token"), std::string::npos);
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
