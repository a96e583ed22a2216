// What apply and status tell.
#include <gtest/gtest.h>

#include "cli/advice.hpp"
#include "cli/apply_report.hpp"
#include "cli/selection.hpp"
#include "cli/status_report.hpp"
#include "cli/trouble.hpp"

namespace lockstep::cli {
namespace {

using reconcile::PassOutcome;
using ::testing::HasSubstr;
using ::testing::Not;

PlannedSecret row(std::string name, State state, ActionKind action) {
  return {.name = std::move(name), .state = state, .action = action, .desired = true};
}

PassOutcome outcome(std::vector<PlannedSecret> before, std::vector<PlannedSecret> after) {
  PassOutcome out;
  out.before.key = out.status.key = out.status.plan.key = {"ns", "target"};
  out.before.secrets = std::move(before);
  out.status.plan.secrets = std::move(after);
  out.status.conditions = {{.type = "Ready", .status = false, .reason = "Pending", .message = ""}};
  out.status.place = "flyApp/x";
  out.status.environment = "production";
  return out;
}

TEST(ApplyReport, TellsEachDeedByWhatIsThereAfterwards) {
  const auto one = outcome(
      {row("A", State::Missing, ActionKind::create), row("B", State::Stale, ActionKind::update),
       row("C", State::Extra, ActionKind::remove), row("D", State::InSync, ActionKind::none)},
      {row("A", State::InSync, ActionKind::none),
       {.name = "B",
        .state = State::Stale,
        .action = ActionKind::update,
        .reason = "the provider refused it"}});
  const auto deeds = deeds_of(std::span(&one, 1));
  ASSERT_EQ(deeds.size(), 3u);
  EXPECT_EQ(to_text(deeds),
            "  + ns/target  A  created\n"
            "  ! ns/target  B  not updated: the provider refused it\n"
            "  - ns/target  C  deleted\n"
            "1 created, 1 deleted, 1 not done.\n");
}

TEST(ApplyReport, WhatMayHaveBeenDoneIsNeitherDoneNorNot_S8) {
  auto one = outcome(
      {row("A", State::Missing, ActionKind::create), row("B", State::Stale, ActionKind::update),
       row("C", State::Missing, ActionKind::create)},
      {row("A", State::InSync, ActionKind::none), row("B", State::Stale, ActionKind::update),
       row("C", State::Missing, ActionKind::create)});
  const OpenWrites open = {{{"ns", "target"}, {"B"}}};
  one.error = Error{.kind = ErrorKind::cancelled, .message = "it was not begun"};
  const auto deeds = deeds_of(std::span(&one, 1), open);
  EXPECT_EQ(to_text(deeds),
            "  + ns/target  A  created\n"
            "  ? ns/target  B  not known whether updated: it was sent, and its answer was lost; "
            "the next plan or apply looks\n"
            "  ! ns/target  C  not created: it was not begun\n"
            "1 created, 1 not done, 1 not known.\n");
  EXPECT_EQ(interrupted(deeds, 0),
            "interrupted: of 3 changes 1 done, 1 not done, 1 not known (ns/target B): sent, but "
            "the answer was lost; the next plan or apply finds out; run it again to go on");
  EXPECT_EQ(interrupted({}, 0), "interrupted; run it again to go on");
  EXPECT_EQ(interrupted({}, 1), "interrupted: 1 Target was not looked at; run it again to go on");
  EXPECT_EQ(interrupted(std::span(deeds).first(1), 2),
            "interrupted: of 1 change 1 done, 0 not done; 2 Targets were not looked at; run it "
            "again to go on");
  one.status.plan.unreadable = one.error;
  EXPECT_TRUE(deeds_of(std::span(&one, 1), open).at(1).unknown) << "also where nothing can be read";
}

TEST(ApplyReport, MachinesThatWereUpdatedAndOneThatStoppedTheRollOutAreTold) {
  auto one = outcome({row("A", State::Missing, ActionKind::create)},
                     {row("A", State::Staged, ActionKind::none)});
  one.machines = {"e286", "d891"};
  one.status.plan.roll_out = RollOutPlan{
      .scope = {.restarts = 1},
      .gate = {},
      .gate_reason = "stopped: machine f00d: not healthy; then: lockstep rollout ns/target",
      .stopped = true};
  const auto rolled = roll_outs_of(std::span(&one, 1));
  EXPECT_EQ(to_text(deeds_of(std::span(&one, 1)), rolled),
            "  + ns/target  A  created\n"
            "  ! ns/target  roll-out  2 machines run the new set (e286, d891); stopped: machine "
            "f00d: not healthy\n"
            "1 created, 2 machines updated, 1 not done.\n");
  EXPECT_THAT(to_json("", {}, rolled, ""),
              HasSubstr(R"("rolledOut":[{"target":"ns/target","machines":["e286","d891"],)"
                        R"("stopped":"stopped: machine f00d: not healthy"}])"));
  one.before.roll_out = one.status.plan.roll_out;
  one.machines.clear();
  EXPECT_TRUE(roll_outs_of(std::span(&one, 1)).empty()) << "it had stopped before this apply";
}

TEST(ApplyReport, APlaceThatCannotBeReadAfterwardsProvesNothing) {
  auto one = outcome({row("C", State::Extra, ActionKind::remove)}, {});
  one.status.plan.unreadable = Error{.kind = ErrorKind::transient, .message = "no answer"};
  const auto deeds = deeds_of(std::span(&one, 1));
  ASSERT_EQ(deeds.size(), 1u);
  EXPECT_FALSE(deeds[0].done);
  EXPECT_THAT(deeds[0].why, HasSubstr("no answer"));
}

TEST(ApplyReport, WhatWasApprovedIsNotAskedAgain) {
  TargetPlan plan;
  plan.secrets = {row("A", State::Missing, ActionKind::create)};
  plan.secrets.push_back(row("B", State::Stale, ActionKind::update));
  plan.secrets.back().needs_approval = "CompromisedOnly";
  EXPECT_EQ(changes_to_make(std::span(&plan, 1), false), 1u);
  EXPECT_EQ(changes_to_make(std::span(&plan, 1), true), 2u);
}

TEST(Apply, S14_ItsLookIsAsPatientAsTheOthersAndItsWritesWait) {
  const ApplyCommand command{.choice = {}, .yes = true, .approved = {"digest"}};
  EXPECT_EQ(apply_options(command, false).wait, default_wait);
  EXPECT_FALSE(apply_options(command, false).write);
  EXPECT_FALSE(apply_options(command, true).wait);
  EXPECT_TRUE(apply_options(command, true).write);
  EXPECT_EQ(apply_options(command, true).approved, command.approved);
}

TEST(Apply, S13_ATypedYesDoesNotCoverWhatWasNotShown) {
  TargetPlan shown, unread;
  unread.unreadable = Error{.kind = ErrorKind::transient, .message = "no answer"};
  EXPECT_TRUE(covered_by_yes(shown));
  EXPECT_FALSE(covered_by_yes(unread));
}

TEST(StatusReport, TellsEachThingWithSinceWhomHowSurelyNextAndWhatToDo) {
  auto drifted = row("A", State::ChangedOutOfBand, ActionKind::update);
  drifted.certainty = Certainty::digest;
  drifted.gate = Gate::WaitingRepair;
  drifted.gate_reason = "repaired at 14:12";
  drifted.who = "alice@example.com";
  drifted.since = Wall(std::chrono::hours(14));
  auto one = outcome({}, {drifted, row("B", State::InSync, ActionKind::none)});
  one.status.last_observed = Wall(std::chrono::hours(15));
  one.status.reads = 2;
  const Wall now(std::chrono::hours(15) + std::chrono::seconds(5));
  const auto text = status_text(std::span(&one, 1), true, now);
  EXPECT_THAT(text, HasSubstr("1 Target, 1 of 2 secrets in sync: 1 changed by someone else.\n\n"
                              "CHANGED BY SOMEONE ELSE\n"
                              "  ns/target  A: ChangedOutOfBand, WaitingRepair\n"
                              "    since  14:00 UTC, by alice@example.com, sure: by the provider's "
                              "digest of the value\n"
                              "    next   the controller acts: repaired at 14:12\n"
                              "    do     the controller repairs it then; at once: lockstep apply "
                              "--target ns/target\n"));
  EXPECT_THAT(status_text(std::span(&one, 1), true, now, 2),
              HasSubstr("1 of 2 secrets in sync: 2 documents are broken, 1 changed by"));
  EXPECT_EQ(status_text({}, false, now, 1), "There are no Targets, but 1 document is broken.\n");
  EXPECT_THAT(text, HasSubstr("READS"));
  EXPECT_THAT(status_text(std::span(&one, 1), false, now), Not(HasSubstr("READS")));
  EXPECT_THAT(status_json(std::span(&one, 1), now),
              HasSubstr(R"("gate":"WaitingRepair","since":"1970-01-01T14:00:00Z")"));
}

// S13: what will need a yes is not told as what the controller does by itself.
TEST(StatusReport, WhatWillNeedAYesIsNotToldAsDoneByItself) {
  auto going = row("A", State::Extra, ActionKind::remove);
  going.gate = Gate::WaitingPrune;
  going.gate_reason = "deleted in 59m 59s";
  going.needs_approval = "SecretSet/shop no longer selects this Target";
  auto repaired = row("B", State::Removed, ActionKind::create);
  repaired.gate = Gate::WaitingRepair;
  repaired.gate_reason = "repaired in 9m";
  repaired.needs_approval = "Environment production says approval: Always";
  const auto one = outcome({}, {going, repaired});
  const auto text = status_text(std::span(&one, 1), false, Wall{});
  EXPECT_THAT(text,
              HasSubstr("nothing without a person's yes (SecretSet/shop no longer selects this "
                        "Target); asked for later: deleted in 59m 59s"));
  EXPECT_THAT(text, HasSubstr("asks for that yes at once"));
  EXPECT_THAT(text, Not(HasSubstr("the controller acts")));
}

TEST(StatusReport, AForecastIsNeverAState) {
  auto one = outcome({}, {row("A", State::Missing, ActionKind::create)});
  one.status.plan.roll_out = RollOutPlan{.scope = {.restarts = 3}, .forecast = true};
  const auto text = status_text(std::span(&one, 1), false, Wall{});
  EXPECT_THAT(text, HasSubstr("  ns/target  the roll-out: planned\n"));
  EXPECT_THAT(text, Not(HasSubstr("Staged")));
  EXPECT_THAT(status_json(std::span(&one, 1), Wall{}), Not(HasSubstr("Staged")));
}

TEST(StatusReport, UnreadableIsOneLineAndNoCountIsMadeUp) {
  auto one = outcome({}, {row("A", State::Unknown, ActionKind::none)});
  one.status.plan.unreadable =
      Error{.kind = ErrorKind::unauthorized, .message = "the token is dead"};
  const auto text = status_text(std::span(&one, 1), false, Wall{});
  EXPECT_THAT(text, HasSubstr("0 of 1 secret in sync: 1 broken."));
  EXPECT_THAT(text, HasSubstr("ns/target  all of it: Unknown\n    what   could not be read"));
  EXPECT_THAT(text, HasSubstr("the token is dead"));
  EXPECT_THAT(text, HasSubstr("what is live stays"));
}

TEST(StatusReport, AStepThatFailedAfterTheReadMakesNoNameUnknown) {
  auto one = outcome({}, {row("A", State::Missing, ActionKind::create)});
  one.error = Error{.kind = ErrorKind::forbidden, .message = "writing A: the token may not"};
  const auto told = troubles_of(one, Wall{});
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].part, "the step after the read");
  EXPECT_EQ(told[0].state, "");
  EXPECT_EQ(told[0].why, "writing A: the token may not");
  EXPECT_EQ(told[1].state, "Missing");
}

TEST(StatusReport, APlaceThatIsProvedMissingIsToldOnce) {
  auto one = outcome({}, {row("A", State::Unknown, ActionKind::none)});
  one.status.plan.unreadable = Error{.kind = ErrorKind::not_found, .message = "no such app"};
  one.status.plan.gates = {{Gate::PlaceMissing, "the provider says that it does not exist"}};
  const auto told = troubles_of(one, Wall{});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].gate, "PlaceMissing");
}

TEST(StatusReport, TheMostUrgentComesFirstAndWhatIsInSyncTakesOneLine) {
  auto broken = row("Z", State::Stale, ActionKind::update);
  broken.gate = Gate::NewerVersion;
  auto waits = row("A", State::Missing, ActionKind::create);
  waits.gate = Gate::Window;
  const std::vector<PassOutcome> both = {outcome({}, {waits, broken}), [] {
                                           auto fine = outcome(
                                               {}, {row("B", State::InSync, ActionKind::none)});
                                           fine.status.key = {"ns", "fine"};
                                           return fine;
                                         }()};
  const auto text = status_text(both, false, Wall{});
  EXPECT_LT(text.find("  Z: "), text.find("  A: "));
  EXPECT_THAT(text, HasSubstr("IN SYNC: ns/fine (1)\n"));
}

TEST(StatusReport, WhatEndsByItselfIsNotBroken_S10) {
  const auto page = [](Error error, bool read = false) {
    auto one = outcome({}, {row("A", State::Unknown, ActionKind::none)});
    one.error = error;
    if (!read) one.status.plan.unreadable = std::move(error);
    return status_text(std::span(&one, 1), false, Wall(std::chrono::hours(17)));
  };
  const Error limited{.kind = ErrorKind::throttled,
                      .message = "rate limited until 17:12Z, Credential fly: limited",
                      .retry_at = Wall(std::chrono::hours(17) + Seconds(683))};
  EXPECT_EQ(page(limited),
            "1 Target, 0 of 1 secret in sync: 1 waiting for an answer.\n\n"
            "WAITS FOR AN ANSWER: lockstep asks again by itself\n"
            "  ns/target  all of it: Unknown\n"
            "    what   could not be read: rate limited until 17:12Z, Credential fly: limited\n"
            "    since  one look does not tell; the controller's log and metrics do\n"
            "    next   nothing is changed, what is live stays; the controller asks again after "
            "17:12Z\n"
            "    do     try again after 17:12Z; plan, status and diff wait for it with --wait "
            "12m\n");
  const Error silent{.kind = ErrorKind::transient, .message = "no answer"};
  EXPECT_THAT(page(silent), HasSubstr("WAITS FOR AN ANSWER: lockstep asks again by itself\n"));
  const Error cut{.kind = ErrorKind::outcome_unknown, .message = "the answer was cut"};
  EXPECT_THAT(page(cut, true),
              HasSubstr("the step after the read: failed\n"
                        "    what   the answer was cut\n"
                        "    next   whether the change was made is unknown; the controller's next "
                        "look finds out\n"));
  const Error dead{.kind = ErrorKind::unauthorized, .message = "dead"};
  EXPECT_THAT(page(dead), HasSubstr("BROKEN: stays so until a person acts\n"));
}

TEST(StatusReport, AMadeValueThatWaitsForAnotherPlaceSaysForWhich) {
  auto waits = row("A", State::SourceUnavailable, ActionKind::none);
  waits.reason = "not generated yet: it may be at flyApp/b, which has not answered so far";
  waits.needs_answer_of = "flyApp/b";
  const auto one = outcome({}, {waits});
  EXPECT_EQ(status_text(std::span(&one, 1), false, Wall{}),
            "1 Target, 0 of 1 secret in sync: 1 waiting for an answer.\n\n"
            "WAITS FOR AN ANSWER: lockstep asks again by itself\n"
            "  ns/target  A: SourceUnavailable\n"
            "    what   not generated yet: it may be at flyApp/b, which has not answered so far\n"
            "    next   made and written by itself once flyApp/b has answered\n"
            "    do     see what keeps flyApp/b from answering: lockstep status\n");
}

PassOutcome rolling(RollOutPlan roll_out) {
  auto out = outcome({}, {row("A", State::Staged, ActionKind::none)});
  out.status.plan.roll_out = std::move(roll_out);
  return out;
}

TEST(StatusReport, ARollOutIsOnePartWithItsNamesItsMachinesAndItsCommand) {
  const auto stopped = rolling(
      {.scope = {.restarts = 2},
       .gate = {},
       .gate_reason = "stopped: machine f00d: not healthy; then: lockstep rollout ns/target",
       .stopped = true});
  EXPECT_EQ(status_text(std::span(&stopped, 1), false, Wall{}),
            "1 Target, 0 of 1 secret in sync: 1 broken.\n\n"
            "BROKEN: stays so until a person acts\n"
            "  ns/target  the roll-out: Staged\n"
            "    what   2 machines run the old set; stopped: machine f00d: not healthy\n"
            "    names  A\n"
            "    next   nothing, until a person rolls it out or a new value is written\n"
            "    do     see why it is not healthy (`fly logs`, `fly machine status`), mend it, "
            "then: lockstep rollout ns/target\n");
  const auto waits = rolling({.scope = {.restarts = 1},
                              .gate = {},
                              .gate_reason = "waits for: lockstep rollout ns/target"});
  EXPECT_THAT(status_text(std::span(&waits, 1), false, Wall{}),
              HasSubstr("WAITS: for a time, or as you said\n"
                        "  ns/target  the roll-out: Staged\n"
                        "    what   1 machine runs the old set (policy.apply: Staged)\n"
                        "    names  A\n"
                        "    next   nothing, until a person rolls it out\n"
                        "    do     lockstep rollout ns/target\n"));
  const auto next = rolling({.scope = {.restarts = 1}, .gate = {}, .gate_reason = {}});
  EXPECT_THAT(status_text(std::span(&next, 1), false, Wall{}),
              HasSubstr("DONE NEXT, by itself\n"
                        "  ns/target  the roll-out: Staged\n"
                        "    what   1 machine restarts\n"
                        "    names  A\n"
                        "    next   the controller's next pass makes it live\n"
                        "    do     at once: lockstep apply --target ns/target\n"));
}

TEST(StatusReport, APlaceThatIsNotBuiltTakesOneLineAndCountsNowhere) {
  auto one = outcome({}, {row("A", State::Unknown, ActionKind::none)});
  one.status.plan.place = {PlaceKind::platformSettings, {"platform.example"}};
  one.status.plan.unreadable =
      Error{.kind = ErrorKind::unsupported, .message = "such places are not built"};
  one.status.plan.gates = {{Gate::Unsupported, "such places are not built"}};
  EXPECT_EQ(status_text(std::span(&one, 1), false, Wall{}),
            "0 Targets, 0 of 0 secrets in sync: nothing is wrong.\n\n"
            "NOT BUILT YET, never touched: ns/target (platformSettings)\n");
}

TEST(Advice, AStagedVersionOfAWorkerIsMadeLiveByWrangler) {
  TargetPlan plan;
  plan.place = {PlaceKind::cloudflareWorker, {"0123456789abcdef", "shop-web"}};
  plan.staged_version = "v-17";
  EXPECT_EQ(advice(plan, row("A", State::Staged, ActionKind::none)),
            "npx wrangler versions deploy v-17@100% --name shop-web");
}

TEST(Advice, EveryGateHasANextStep) {
  for (int i = 0; i <= static_cast<int>(Gate::Unsupported); ++i) {
    EXPECT_FALSE(advice(static_cast<Gate>(i), "ns/target").empty()) << i;
  }
}

reconcile::World world_of(std::vector<ObjectKey> keys) {
  reconcile::World world;
  for (auto& key : keys) {
    DesiredTarget target;
    target.environment = key.name.ends_with("-staging") ? "staging" : "production";
    target.key = std::move(key);
    world.desired.targets.push_back(std::move(target));
  }
  return world;
}

TEST(Selection, ByNameByFullNameAndByEnvironment) {
  const auto world = world_of({{"a", "api"}, {"a", "web-staging"}, {"b", "web"}});
  EXPECT_EQ(select_targets(world, {})->size(), 3u);
  EXPECT_EQ(select_targets(world, {.targets = {"api"}})->size(), 1u);
  EXPECT_EQ(select_targets(world, {.targets = {"b/web", "api"}})->size(), 2u);
  EXPECT_EQ(select_targets(world, {.environments = {"staging"}})->front()->key.name, "web-staging");
  EXPECT_FALSE(select_targets(world, {.targets = {"api"}, .environments = {"staging"}}));
}

TEST(Selection, AnUnknownOrUnclearNameIsRefusedWithTheOthers) {
  const auto world = world_of({{"a", "api"}, {"b", "api"}});
  EXPECT_THAT(select_targets(world, {.targets = {"api"}}).error().message,
              HasSubstr("a/api, b/api"));
  EXPECT_THAT(select_targets(world, {.targets = {"apo"}}).error().message,
              HasSubstr("did you mean api?"));
  EXPECT_THAT(select_targets(world, {.targets = {"zzzzzz"}}).error().message,
              HasSubstr("there are: "));
  EXPECT_EQ(select_targets(world, {.environments = {"prod"}}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace lockstep::cli
