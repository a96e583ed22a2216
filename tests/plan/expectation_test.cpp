#include "plan/expectation.hpp"

#include <gmock/gmock.h>

namespace lockstep::plan {
namespace {

using namespace std::chrono_literals;
using api::DeploymentBranches;
using api::RequiredReviewers;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Branches = Protection::Branches;

Protection reviewed() {
  return {.users = {"Octocat"}, .teams = {"justice-league"}};
}

TEST(Expectation, WhatIsNotAskedForIsNotChecked) {
  EXPECT_THAT(mismatches({}, {}), IsEmpty());
  EXPECT_THAT(mismatches({}, reviewed()), IsEmpty());
  EXPECT_THAT(notes({}, reviewed()), IsEmpty());
}

TEST(Expectation, RequiredReviewersAnyOrNone) {
  const api::Expectation any{.required_reviewers = RequiredReviewers::Any};
  const api::Expectation none{.required_reviewers = RequiredReviewers::None};
  EXPECT_THAT(mismatches(any, {}),
              ElementsAre("no required reviewers; the Target expects at least one"));
  EXPECT_THAT(mismatches(any, reviewed()), IsEmpty());
  EXPECT_THAT(mismatches(any, {.teams = {"x"}}), IsEmpty());
  EXPECT_THAT(mismatches(none, {}), IsEmpty());
  EXPECT_THAT(mismatches(none, reviewed()),
              ElementsAre("required reviewers are set (Octocat, team justice-league); the Target "
                          "expects none"));
}

TEST(Expectation, TheReviewersAreExactlyThese) {
  const api::Expectation expect{
      .reviewers = api::ReviewerList{.users = {"octocat"}, .teams = {"justice-league"}}};
  EXPECT_THAT(mismatches(expect, reviewed()), IsEmpty()) << "logins have no case";
  EXPECT_THAT(mismatches(expect, {.users = {"octocat", "mallory"}}),
              ElementsAre("mallory is a required reviewer, too; the Target does not list it",
                          "team justice-league is not a required reviewer; the Target expects it"));
}

TEST(Expectation, BranchesAllProtectedOrCustom) {
  const auto check = [](DeploymentBranches wanted, Protection found) {
    return mismatches({.deployment_branches = wanted}, found);
  };
  const Protection all;
  const Protection only_protected{.branches = Branches::protected_};
  const Protection custom{.branches = Branches::custom, .patterns = {"main", "release/*"}};
  EXPECT_THAT(check(DeploymentBranches::All, all), IsEmpty());
  EXPECT_THAT(check(DeploymentBranches::Protected, only_protected), IsEmpty());
  EXPECT_THAT(check(DeploymentBranches::Custom, custom), IsEmpty());
  EXPECT_THAT(check(DeploymentBranches::All, only_protected),
              ElementsAre("only protected branches may deploy; the Target expects all branches"));
  EXPECT_THAT(check(DeploymentBranches::Protected, all),
              ElementsAre("every branch may deploy; the Target expects protected branches only"));
  EXPECT_THAT(check(DeploymentBranches::All, custom),
              ElementsAre("only branches that match main, release/* may deploy; the Target expects "
                          "all branches"));
}

TEST(Expectation, ProtectedBranchesWithoutAProtectedOneAreAllBranches) {
  const Protection trap{.branches = Branches::protected_, .any_protected_branch = false};
  EXPECT_THAT(mismatches({.deployment_branches = DeploymentBranches::Protected}, trap),
              ElementsAre("every branch may deploy: only protected ones are asked for, but the "
                          "repository has no protected branch; the Target expects protected "
                          "branches only"));
}

TEST(Expectation, ThePatternsAreExactlyThese) {
  const api::Expectation expect{.deployment_branches = DeploymentBranches::Custom,
                                .branch_patterns = std::vector<std::string>{"release/*", "main"}};
  EXPECT_THAT(mismatches(expect, {.branches = Branches::custom, .patterns = {"main", "release/*"}}),
              IsEmpty());
  EXPECT_THAT(mismatches(expect, {.branches = Branches::custom, .patterns = {"*"}}),
              ElementsAre("only branches that match * may deploy; the Target expects Custom "
                          "release/*, main"));
  EXPECT_THAT(mismatches(expect, {}),
              ElementsAre("every branch may deploy; the Target expects Custom release/*, main"));
  EXPECT_THAT(mismatches(expect, {.branches = Branches::custom}),
              ElementsAre("only branches that match none may deploy; the Target expects Custom "
                          "release/*, main"));
}

TEST(Expectation, TheWaitIsExactlyThis) {
  const api::Expectation expect{.wait_timer = Seconds(30min)};
  EXPECT_THAT(mismatches(expect, {.wait_timer = Seconds(30min)}), IsEmpty());
  EXPECT_THAT(mismatches(expect, {}), ElementsAre("a deployment waits 0s; the Target expects 30m"));
  EXPECT_THAT(mismatches({.wait_timer = Seconds(0)}, {}), IsEmpty());
}

TEST(Expectation, AdministratorsWhoMayBypassAreANote) {
  const api::Expectation expect{.required_reviewers = RequiredReviewers::Any};
  auto found = reviewed();
  EXPECT_EQ(notes(expect, found).size(), 1U);
  EXPECT_THAT(mismatches(expect, found), IsEmpty());
  found.admins_bypass = false;
  EXPECT_THAT(notes(expect, found), IsEmpty());
  EXPECT_THAT(notes(expect, {}), IsEmpty()) << "the missing reviewers are told";
}

TEST(Expectation, CustomWithoutPatternsIsAnyCustomRuleAndNoOther) {
  const api::Expectation expect{.deployment_branches = DeploymentBranches::Custom};
  EXPECT_THAT(mismatches(expect, {.branches = Branches::protected_}),
              ElementsAre("only protected branches may deploy; the Target expects Custom"));
}

TEST(Expectation, AListOfReviewersAsksForReviewToo) {
  const api::Expectation expect{.reviewers = api::ReviewerList{.users = {"octocat"}}};
  EXPECT_EQ(notes(expect, {.users = {"Octocat"}, .admins_bypass = true}).size(), 1U);
}

}  // namespace
}  // namespace lockstep::plan
