// What a change of manifests would do, and what would need a yes: one rule at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "documents.hpp"
#include "plan/compare.hpp"

namespace lockstep {
namespace {

using plan::Turn;
using testing::Documents;
using ::testing::ElementsAre;
using testing::entry;
using ::testing::IsEmpty;

using Change = std::function<void(Documents&)>;

/// What is told when only `change` lies between two manifests.
plan::Comparison after(const Change& change, const Change& both = [](auto&) {}) {
  Documents before, now;
  both(before);
  both(now);
  change(now);
  const auto base = before.build();
  return plan::compare(&base, now.build());
}
const plan::ComparedName& first(const plan::Comparison& comparison) {
  return comparison.targets.at(0).names.at(0);
}

TEST(CompareRules, EveryFieldOfATargetIsTold) {
  const std::pair<std::string, Change> table[] = {
      {"place: flyApp/production-app -> flyApp/production-b",
       [](auto& d) { d.target.place = api::FlyApp{"production-b"}; }},
      {"approval: Destructive -> None",
       [](auto& d) { d.production.approval = api::ApprovalRule::None; }},
      {"approval: Destructive -> Always",
       [](auto& d) { d.production.approval = api::ApprovalRule::Always; }},
      {"mode: Manage -> Observe", [](auto& d) { d.target.mode = api::Mode::Observe; }},
      {"interval: 5m -> 2m", [](auto& d) { d.target.interval = Seconds(120); }},
      {"policy.drift: Repair -> Report",
       [](auto& d) { d.target.policy.drift = api::Drift::Report; }},
      {"policy.repairAfter: 10m -> 2m",
       [](auto& d) { d.target.policy.repair_after = Seconds(120); }},
      {"policy.adopt: Refuse -> Trust", [](auto& d) { d.target.policy.adopt = api::Adopt::Trust; }},
      {"policy.adopt: Refuse -> Overwrite",
       [](auto& d) { d.target.policy.adopt = api::Adopt::Overwrite; }},
      {"policy.prune: Owned -> Never", [](auto& d) { d.target.policy.prune = api::Prune::Never; }},
      {"policy.pruneAfter: 1h -> 2m", [](auto& d) { d.target.policy.prune_after = Seconds(120); }},
      {"policy.maxDeletions: 25% -> 3", [](auto& d) { d.target.policy.max_deletions = "3"; }},
      {"policy.apply: Live -> Staged", [](auto& d) { d.target.policy.apply = api::Apply::Staged; }},
      {"policy.ignore: (none) -> A_*, B_*",
       [](auto& d) { d.target.policy.ignore = std::vector<std::string>{"A_*", "B_*"}; }}};
  for (const auto& [text, change] : table) {
    const auto told = after(change).targets.at(0);
    EXPECT_THAT(told.changes, ElementsAre(text));
    EXPECT_EQ(told.turn, Turn::changed);
  }
}

TEST(CompareRules, EveryFieldOfAnEntryIsTold) {
  const std::pair<std::string, Change> table[] = {
      {"value: source values, key TOKEN -> literal on",
       [](auto& d) { d.set.secrets[0].value = api::Literal{"on"}; }},
      {"value: source values, key TOKEN -> declared absent",
       [](auto& d) { d.set.secrets[0].value = api::Absent{}; }},
      {"value: source values, key TOKEN -> variable with the text live",
       [](auto& d) {
         d.set.variables["STAGE"] = "live";
         d.set.secrets[0].value = api::Variable{"STAGE"};
       }},
      {"value: source values, key TOKEN -> written by someone else, at most 1h old",
       [](auto& d) { d.set.secrets[0].value = api::External{.max_age = Seconds(3600)}; }},
      {"rotation: OnDemand -> CompromisedOnly",
       [](auto& d) {
         d.set.secrets[0].rotation.emplace().policy = api::RotationPolicy::CompromisedOnly;
       }},
      {"optional: no -> yes", [](auto& d) { d.set.secrets[0].optional = true; }},
      {"allowEmpty: no -> yes", [](auto& d) { d.set.secrets[0].allow_empty = true; }}};
  for (const auto& [text, change] : table) {
    EXPECT_THAT(first(after(change)).changes, ElementsAre(text));
    EXPECT_EQ(first(after(change)).turn, Turn::changed);
  }
}

TEST(CompareRules, EveryPartOfAFormatIsTold) {
  api::Format format{.min_length = 2, .max_length = 9};
  format.pattern = "^a";
  format.prefix = std::vector<std::string>{"a_", "b_"};
  format.one_of = std::vector<std::string>{"a_1", "b_2"};
  const auto told = [](const api::Format& wanted) {
    return first(after([&](auto& d) { d.set.secrets[0].format = wanted; })).changes;
  };
  EXPECT_THAT(told(format), ElementsAre("format: any -> minLength 2, maxLength 9, pattern ^a, "
                                        "prefix a_ or b_, one of a_1, b_2"));
  EXPECT_THAT(told({.hex_bytes = 16}), ElementsAre("format: any -> hexBytes 16"));
  EXPECT_THAT(told({.base64_bytes = 16}), ElementsAre("format: any -> base64Bytes 16"));
}

TEST(CompareRules, ANameThatGoesSaysWhatBecomesOfIt) {
  const auto gone = [](const Change& rules) {
    const auto all = after([](auto& d) { d.set.secrets.erase(d.set.secrets.begin()); },
                           [&](auto& d) {
                             d.set.secrets = {entry("GONE"), entry("KEPT")};
                             rules(d);
                           });
    return first(all);
  };
  const auto never = gone([](auto& d) { d.target.policy.prune = api::Prune::Never; });
  EXPECT_EQ(never.then, "stays there (prune: Never)");
  EXPECT_EQ(never.approval, "");
  const auto all = [](auto& d) { d.target.policy.prune = api::Prune::All; };
  EXPECT_EQ(gone(all).then, "deleted after 1h (prune: All)");
  EXPECT_EQ(gone(all).approval,
            "prune: All, unless lockstep created it and nobody changed it since");
  EXPECT_EQ(gone([&](auto& d) {
              all(d);
              d.production.approval = api::ApprovalRule::None;
            }).approval,
            "");
  EXPECT_EQ(gone([](auto& d) { d.production.approval = api::ApprovalRule::Always; }).approval,
            "approval: Always");
}

TEST(CompareRules, ThatNothingIsLeftNeedsAYes) {
  const auto all = after([](auto& d) { d.set.secrets = {entry("OLD", api::Absent{})}; });
  const auto gone = std::ranges::find(all.targets.at(0).names, "TOKEN", &plan::ComparedName::name);
  EXPECT_EQ(gone->approval, "nothing is desired at this place any more");
}

TEST(CompareRules, WhatWouldBeWrittenSaysWhatNeedsAYes) {
  const auto changed = [](const Change& rules) {
    return first(after([](auto& d) { d.set.secrets[0].value = api::Literal{"on"}; }, rules));
  };
  const auto added = [](api::ValueSpec value, const Change& rules) {
    return first(
        after([&](auto& d) { d.set.secrets = {entry("A", value), entry("TOKEN")}; }, rules));
  };
  const auto always = [](auto& d) { d.production.approval = api::ApprovalRule::Always; };
  const auto overwrite = [](auto& d) { d.target.policy.adopt = api::Adopt::Overwrite; };
  EXPECT_EQ(changed([](auto&) {}).approval, "");
  EXPECT_EQ(changed(always).approval, "approval: Always");
  EXPECT_EQ(changed(overwrite).approval, "");
  EXPECT_EQ(added({}, overwrite).approval, "adopt: Overwrite, where the name is there already");
  EXPECT_EQ(added({}, [](auto&) {}).approval, "");
  EXPECT_EQ(added({},
                  [&](auto& d) {
                    overwrite(d);
                    d.production.approval = api::ApprovalRule::None;
                  })
                .approval,
            "");
  EXPECT_EQ(added(api::External{}, always).approval, "");
  EXPECT_EQ(added(api::Absent{}, always).approval, "approval: Always");
  EXPECT_EQ(added(api::Absent{}, overwrite).approval, "");
}

TEST(CompareRules, ANewRuleOverANameThatIsNewIsNoConsequence) {
  const auto all = after([](auto& d) {
    d.set.secrets = {entry("A"), entry("TOKEN")};
    d.set.secrets[0].rotation.emplace().policy = api::RotationPolicy::CompromisedOnly;
  });
  EXPECT_EQ(first(all).approval, "");
}

TEST(CompareRules, RivalsAreTold) {
  const auto all =
      after([](auto& d) { d.more = {testing::secret_set("second", {"app"}, {entry("TOKEN")})}; });
  ASSERT_EQ(all.targets.at(0).names.size(), 2U);
  for (const auto& name : all.targets[0].names) {
    EXPECT_THAT(name.changes, ::testing::Contains(::testing::StartsWith("also claimed at ")));
  }
}

TEST(CompareRules, WhatIsNewAndWhatIsGoneAreTargetsOfTheirOwnInOrder) {
  const auto all = after(
      [](auto& d) {
        d.more = {testing::fly_target("a-new", "production-new")};
        d.set.targets.names = {"a-new", "app"};
      },
      [](auto& d) { d.production.suspend = true; });
  ASSERT_EQ(all.targets.size(), 2U);
  EXPECT_EQ(all.targets[0].key.name, "a-new");
  EXPECT_EQ(all.targets[0].turn, Turn::added);
  EXPECT_EQ(all.targets[1].turn, Turn::same);
  const auto back = plan::compare(nullptr, Documents().build());
  EXPECT_EQ(back.targets.at(0).turn, Turn::same) << "without a base nothing is new";
}

TEST(CompareRules, ATargetThatGoesWaitsForNothing) {
  Documents before, now;
  before.production.suspend = true;
  const auto base = before.build();
  auto empty = now.build();
  empty.targets.clear();
  const auto all = plan::compare(&base, empty);
  EXPECT_EQ(all.targets.at(0).turn, Turn::removed);
  EXPECT_THAT(all.targets[0].gates, IsEmpty());
}

}  // namespace
}  // namespace lockstep
