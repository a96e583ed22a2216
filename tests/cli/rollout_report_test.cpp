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

/// The same, with two machines that run the old set.
PassOutcome with_machines(PassOutcome out) {
  out.status.plan.roll_out = RollOutPlan{
      .scope = {.restarts = 2}, .gate = {}, .gate_reason = "waits for: lockstep rollout cms/app"};
  return out;
}

TEST(RolloutReport, AWorkersVersionIsReleasedByWrangler) {
  const auto target = target_at({PlaceKind::cloudflareWorker, {"0123456789abcdef", "shop-web"}});
  auto waiting = outcome_with(State::Staged);
  waiting.status.plan.staged_version = "v-17";
  const auto staged = release_of(target, waiting, Wall{});
  EXPECT_EQ(staged.kind, Release::Kind::by_deploy);
  EXPECT_THAT(staged.remedy, HasSubstr("npx wrangler versions deploy v-17@100% --name shop-web"));
  const auto live = release_of(target, outcome_with(State::InSync), Wall{});
  EXPECT_EQ(live.kind, Release::Kind::nothing);
  EXPECT_THAT(live.remedy, HasSubstr("live as soon as it is written"));
}

TEST(RolloutReport, WhatCannotBeReadIsNotReleased) {
  auto outcome = outcome_with(State::Unknown);
  outcome.status.plan.unreadable = Error{.kind = ErrorKind::transient, .message = "no answer"};
  const auto release = release_of(target_at({PlaceKind::flyApp, {"app"}}), outcome, Wall{});
  EXPECT_EQ(release.kind, Release::Kind::unread);
  EXPECT_THAT(release.remedy, HasSubstr("no answer"));
}

TEST(RolloutReport, WherePlacesRollOutTheGrantAndWrittenChangesDecide) {
  auto target = target_at({PlaceKind::flyApp, {"app"}});
  const auto kind = [&](const PassOutcome& outcome) {
    return release_of(target, outcome, Wall{}).kind;
  };
  const auto due = with_machines(outcome_with(State::Staged));
  EXPECT_EQ(kind(due), Release::Kind::possible);
  EXPECT_EQ(release_of(target, due, Wall{}).restarts, "2 machines restart, one group at a time");
  EXPECT_EQ(kind(with_machines(outcome_with(State::InSync))), Release::Kind::possible)
      << "a deletion leaves no name that waits";
  EXPECT_EQ(kind(outcome_with(State::Staged)), Release::Kind::by_deploy) << "no machine is known";
  EXPECT_EQ(kind(outcome_with(State::InSync)), Release::Kind::nothing);
  EXPECT_EQ(kind(outcome_with(State::Stale, ActionKind::update)), Release::Kind::unwritten)
      << "it would be released unseen";
  auto held = due;
  held.status.plan.roll_out->gate = Gate::Hold;
  EXPECT_EQ(kind(held), Release::Kind::gated);
  target.permitted = {api::Action::Read, api::Action::Write};
  EXPECT_EQ(kind(due), Release::Kind::not_granted);
}

TEST(RolloutReport, TellsWhatIsLiveAndWhatIsLeftAndHowToGoOn) {
  const Release before{.kind = Release::Kind::possible,
                       .target = "cms/app",
                       .names = {"KEY", "OTHER"},
                       .restarts = {},
                       .remedy = {},
                       .notes = {}};
  auto after = outcome_with(State::Staged);
  after.machines = {"e286", "d891"};
  const auto released = released_of(before, &after);
  EXPECT_THAT(released.left, ElementsAre("KEY"));
  EXPECT_EQ(print_released(std::span(&released, 1), Output::text),
            "TARGET    LIVE NOW   NOT LIVE   MACHINES UPDATED   WHY\n"
            "cms/app   OTHER      KEY        e286, d891         it goes on with: lockstep rollout "
            "cms/app\n");
  EXPECT_THAT(print_released(std::span(&released, 1), Output::json),
              HasSubstr(R"("kind":"possible","live":["OTHER"],"left":["KEY"])"));
}

}  // namespace
}  // namespace lockstep::cli
