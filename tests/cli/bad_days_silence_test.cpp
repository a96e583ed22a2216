// A place that does not answer, beside others that do: S14, counted at the providers.
#include "cli/bad_days.hpp"

namespace lockstep::cli::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Every request to it hangs until its own bound.
sandbox::FaultPlan silent() {
  return [](const net::Request&) {
    return sandbox::Fault{.kind = sandbox::Fault::Kind::delay, .delay = 24h};
  };
}

/// The requests that arrived by then, and all.
std::pair<std::size_t, std::size_t> by(const sandbox::Emulator& emulator, Wall when) {
  const auto& seen = emulator.seen();
  return {static_cast<std::size_t>(
              std::ranges::count_if(seen, [&](const auto& one) { return one.at <= when; })),
          seen.size()};
}

class Silence : public BadDays {
 protected:
  Silence() {
    target("api", "fly", "{flyApp: {app: shop-api}}");
    target("store", "github", "{githubRepository: {repository: shop/store}}");
    target("web", "cloudflare", "{cloudflareWorker: {script: shop-web}}");
  }
};

TEST_F(Silence, APlaceThatHangsHoldsNoWriteOfAnotherUp_S14) {
  cloudflare_.set_faults(silent());
  const auto began = now();
  const auto told = apply();
  for (const sandbox::Emulator* healthy :
       std::initializer_list<const sandbox::Emulator*>{&fly_, &github_}) {
    const auto [early, all] = by(*healthy, began + 10s);
    EXPECT_EQ(early, all) << "long before the minute that one request may hang";
    EXPECT_GT(all, 1U);
  }
  EXPECT_EQ(at_github("API_KEY"), "not-a-real-api-key-one");
  EXPECT_EQ(fly_.value("shop-api", "API_KEY"), "not-a-real-api-key-one");
  EXPECT_EQ(told.code, ExitCode::failed);
  expect_neighbour_served(told);
}

TEST_F(Silence, ThePlanIsShownOnceWithThePlaceThatHangsAsUnknown_S14) {
  cloudflare_.set_faults(silent());
  const auto began = now();
  const auto told = apply();
  EXPECT_LE(told.shown_at - began, 61s + 1s);
  EXPECT_FALSE(told.shown_whole);
  EXPECT_THAT(told.shown,
              AllOf(HasSubstr("+ NEIGHBOUR_KEY   create"), HasSubstr("1 secret, Unknown"),
                    HasSubstr("it has not answered so far; this apply goes on asking")));
  EXPECT_EQ(told.shown.find("NEIGHBOUR_KEY"), told.shown.rfind("NEIGHBOUR_KEY")) << "once";
  EXPECT_THAT(told.deeds, AllOf(HasSubstr("shop/api  API_KEY  created"), Not(HasSubstr("web"))));
}

TEST_F(Silence, WhatAnswersAfterThePlanWasShownIsWrittenAndTold_S14) {
  const auto until = now() + 90s;
  cloudflare_.set_faults([until, this](const net::Request&) {
    const auto late = until > now();
    return late ? sandbox::Fault{.kind = sandbox::Fault::Kind::delay, .delay = until - now()}
                : sandbox::Fault{};
  });
  const auto told = apply();
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  EXPECT_THAT(told.shown, HasSubstr("it has not answered so far"));
  EXPECT_THAT(told.deeds, HasSubstr("shop/web  API_KEY  created"));
}

TEST_F(Silence, WhereAllAnswerThePlanIsWholeBeforeAnythingIsLeft) {
  const auto told = apply();
  EXPECT_TRUE(told.shown_whole);
  EXPECT_EQ(told.code, ExitCode::done) << told.all();
  EXPECT_THAT(told.shown, HasSubstr("4 to change (4 create)."));
  EXPECT_THAT(told.plan, HasSubstr("Nothing to change"));
}

}  // namespace
}  // namespace lockstep::cli::testing
