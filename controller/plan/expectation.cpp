#include "plan/expectation.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace lockstep::plan {

namespace {

using Branches = Protection::Branches;

std::string list(const std::vector<std::string>& names) {
  return names.empty() ? "none" : join(names, ", ");
}

bool any_reviewer(const Protection& found) {
  return !found.users.empty() || !found.teams.empty();
}

std::string reviewers(const Protection& found) {
  std::vector<std::string> out = found.users;
  for (const auto& team : found.teams) out.push_back("team " + team);
  return join(out, ", ");
}

/// Names that are in `these` and not in `those`, without regard to case.
std::vector<std::string> only_in(const std::vector<std::string>& these,
                                 const std::vector<std::string>& those) {
  std::set<std::string> known;
  for (const auto& name : those) known.insert(to_lower(name));
  std::vector<std::string> out;
  std::ranges::copy_if(these, std::back_inserter(out),
                       [&](const auto& name) { return !known.contains(to_lower(name)); });
  return out;
}

void compare_reviewers(std::string_view word, const std::vector<std::string>& wanted,
                       const std::vector<std::string>& there, std::vector<std::string>& out) {
  for (const auto& name : only_in(wanted, there)) {
    out.push_back(std::string(word) + name + " is not a required reviewer; the Target expects it");
  }
  for (const auto& name : only_in(there, wanted)) {
    out.push_back(std::string(word) + name +
                  " is a required reviewer, too; the Target does not list it");
  }
}

void check_reviewers(const api::Expectation& expect, const Protection& found,
                     std::vector<std::string>& out) {
  if (expect.required_reviewers == api::RequiredReviewers::Any && !any_reviewer(found)) {
    out.emplace_back("no required reviewers; the Target expects at least one");
  }
  if (expect.required_reviewers == api::RequiredReviewers::None && any_reviewer(found)) {
    out.push_back("required reviewers are set (" + reviewers(found) + "); the Target expects none");
  }
  if (!expect.reviewers) return;
  compare_reviewers("", expect.reviewers->users, found.users, out);
  compare_reviewers("team ", expect.reviewers->teams, found.teams, out);
}

std::string told(const Protection& found) {
  switch (found.branches) {
    case Branches::all:
      return "every branch may deploy";
    case Branches::protected_:
      return found.any_protected_branch ? "only protected branches may deploy"
                                        : "every branch may deploy: only protected ones are asked "
                                          "for, but the repository has no protected branch";
    case Branches::custom:
      return "only branches that match " + list(found.patterns) + " may deploy";
  }
  return "";
}

void check_branches(const api::Expectation& expect, const Protection& found,
                    std::vector<std::string>& out) {
  if (!expect.deployment_branches) return;
  const auto patterns = expect.branch_patterns.value_or(std::vector<std::string>{});
  bool met = false;
  std::string wanted;
  switch (*expect.deployment_branches) {
    case api::DeploymentBranches::All:
      met = found.branches == Branches::all;
      wanted = "all branches";
      break;
    case api::DeploymentBranches::Protected:
      met = found.branches == Branches::protected_ && found.any_protected_branch;
      wanted = "protected branches only";
      break;
    case api::DeploymentBranches::Custom:
      met = found.branches == Branches::custom &&
            (!expect.branch_patterns || std::set(patterns.begin(), patterns.end()) ==
                                            std::set(found.patterns.begin(), found.patterns.end()));
      wanted = expect.branch_patterns ? "Custom " + list(patterns) : "Custom";
      break;
  }
  if (!met) out.push_back(told(found) + "; the Target expects " + wanted);
}

}  // namespace

std::vector<std::string> mismatches(const api::Expectation& expect, const Protection& found) {
  std::vector<std::string> out;
  check_reviewers(expect, found, out);
  check_branches(expect, found, out);
  const auto wait = found.wait_timer.value_or(Seconds(0));
  if (expect.wait_timer && *expect.wait_timer != wait) {
    out.push_back("a deployment waits " + to_text(wait) + "; the Target expects " +
                  to_text(*expect.wait_timer));
  }
  return out;
}

std::vector<std::string> notes(const api::Expectation& expect, const Protection& found) {
  const bool asks = expect.required_reviewers == api::RequiredReviewers::Any || expect.reviewers;
  if (!asks || !any_reviewer(found) || !found.admins_bypass) return {};
  return {
      "administrators of the repository may deploy without the required reviewers (the "
      "environment allows them to bypass its rules)"};
}

}  // namespace lockstep::plan
