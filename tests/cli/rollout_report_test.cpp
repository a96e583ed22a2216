// What a roll-out finds, refuses and tells.
#include "cli/rollout_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::cli {
namespace {

using reconcile::PassOutcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

DesiredTarget target_at(Place place) {
  DesiredTarget out;
  out.key = {"cms", "app"};
  out.place = std::move(place);
  out.credential = "main";
  out.permitted = {api::Action::Read, api::Action::Write, api::Action::RollOut};
  return out;
}

PassOutcome outcome_with(State state, ActionKind action = ActionKind::none) {
  PassOutcome out;
  out.status.plan.key = {"cms", "app"};
  out.status.plan.secrets = {{.name = "KEY", .state = state, .action = action, .desired = true}};
  return out;
}

TEST(RolloutReport, AWorkersVersionIsReleasedByWrangler) {
  const auto target = target_at({PlaceKind::cloudflareWorker, {"0123456789abcdef", "shop-web"}});
  const auto staged = release_of(target, outcome_with(State::Staged), "v-17", Wall{});
  EXPECT_EQ(staged.kind, Release::Kind::by_deploy);
  EXPECT_THAT(staged.remedy, HasSubstr("npx wrangler versions deploy v-17@100% --name shop-web"));
  const auto live = release_of(target, outcome_with(State::InSync), "", Wall{});
  EXPECT_EQ(live.kind, Release::Kind::nothing);
  EXPECT_THAT(live.remedy, HasSubstr("live as soon as it is written"));
}

TEST(RolloutReport, WhatCannotBeReadIsNotReleased) {
  auto outcome = outcome_with(State::Unknown);
  outcome.status.plan.unreadable = Error{.kind = ErrorKind::transient, .message = "no answer"};
  const auto release = release_of(target_at({PlaceKind::flyApp, {"app"}}), outcome, "", Wall{});
  EXPECT_EQ(release.kind, Release::Kind::unread);
  EXPECT_THAT(release.remedy, HasSubstr("no answer"));
}

TEST(RolloutReport, WherePlacesRollOutTheGrantAndWrittenChangesDecide) {
  if (!capabilities_of(PlaceKind::flyApp).roll_out) GTEST_SKIP() << "no place rolls out";
  auto target = target_at({PlaceKind::flyApp, {"app"}});
  const auto kind = [&](const PassOutcome& outcome) {
    return release_of(target, outcome, "", Wall{}).kind;
  };
  EXPECT_EQ(kind(outcome_with(State::Staged)), Release::Kind::possible);
  EXPECT_EQ(kind(outcome_with(State::InSync)), Release::Kind::nothing);
  EXPECT_EQ(kind(outcome_with(State::Stale, ActionKind::update)), Release::Kind::unwritten)
      << "it would be released unseen";
  target.permitted = {api::Action::Read, api::Action::Write};
  EXPECT_EQ(kind(outcome_with(State::Staged)), Release::Kind::not_granted);
}

TEST(RolloutReport, TellsWhatIsLiveAndWhatIsLeftAndHowToGoOn) {
  const Release before{.kind = Release::Kind::possible,
                       .target = "cms/app",
                       .names = {"KEY", "OTHER"},
                       .remedy = {},
                       .notes = {}};
  const auto after = outcome_with(State::Staged);
  const auto released = released_of(before, &after);
  EXPECT_THAT(released.left, ElementsAre("KEY"));
  EXPECT_EQ(print_released(std::span(&released, 1), Output::text),
            "TARGET    LIVE NOW   NOT LIVE   WHY\n"
            "cms/app   OTHER      KEY        it goes on with: lockstep rollout cms/app\n");
  EXPECT_THAT(print_released(std::span(&released, 1), Output::json),
              HasSubstr(R"("kind":"possible","live":["OTHER"],"left":["KEY"])"));
}

}  // namespace
}  // namespace lockstep::cli
