#include "providers/github/protections.hpp"

#include <algorithm>
#include <set>

#include "providers/github/pages.hpp"

namespace lockstep::providers::github {

namespace {

/// GitHub documents at most six reviewers; more are read, endless lists are not.
constexpr std::size_t most_rules = 100;
/// Of Fields::text, so that no name is cut.
constexpr std::size_t max_shown_name = 256;

Status read_reviewers(const Fields& rule, Protection& out) {
  TRY(const auto reviewers, rule.objects("reviewers", most_rules));
  for (const auto& one : reviewers) {
    TRY(const auto type, one.text("type"));
    TRY(const auto reviewer, one.object("reviewer"));
    if (type == "Team") {
      TRY(const auto slug, reviewer.text("slug"));
      out.teams.emplace_back(slug);
    } else {
      TRY(const auto login, reviewer.text("login"));
      out.users.emplace_back(login);
    }
  }
  return {};
}

Status read_rules(const Fields& whole, Protection& out) {
  TRY(const auto rules, whole.objects("protection_rules", most_rules));
  for (const auto& rule : rules) {
    TRY(const auto type, rule.text("type"));
    if (type == "required_reviewers") TRY_OK(read_reviewers(rule, out));
    if (type == "wait_timer") {
      const auto* minutes = rule.raw("wait_timer");
      const auto* number = minutes ? minutes->if_int64() : nullptr;
      if (!number || *number < 0 || *number > 1'000'000) {
        return fail(rule.misfit("wait_timer", "a number of minutes"));
      }
      if (*number > 0) out.wait_timer = std::chrono::minutes(*number);
    }
  }
  return {};
}

Status read_branch_policy(const Fields& whole, Protection& out) {
  const auto* raw = whole.raw("deployment_branch_policy");
  if (!raw) return fail(whole.misfit("deployment_branch_policy", "there"));
  if (raw->is_null()) return {};
  const auto only_protected = bool_member(*raw, "protected_branches");
  const auto custom = bool_member(*raw, "custom_branch_policies");
  if (!only_protected || !custom || *only_protected == *custom) {
    return fail(whole.misfit("deployment_branch_policy", "a policy of one kind"));
  }
  out.branches = *custom ? Protection::Branches::custom : Protection::Branches::protected_;
  return {};
}

/// Names are told when they are not the expected ones.
void clean(std::vector<std::string>& names, const Confidential& hidden) {
  for (auto& name : names) name = hidden.clean(name, max_shown_name).text();
}

}  // namespace

Result<Protection> read_protection(const json::value& document, const Purpose& purpose) {
  TRY(const auto whole, Fields::of(document, purpose.answer()));
  Protection out;
  TRY_OK(read_rules(whole, out));
  TRY_OK(read_branch_policy(whole, out));
  // Sent, but in no schema: https://github.com/google/go-github (repos_environments.go).
  out.admins_bypass = bool_member(document, "can_admins_bypass").value_or(true);
  std::ranges::sort(out.users);
  std::ranges::sort(out.teams);
  return out;
}

Result<std::vector<std::string>> read_patterns(const std::vector<json::value>& pages,
                                               const Purpose& purpose) {
  TRY(const auto listed, read_pages(pages, "branch_policies", purpose));
  std::set<std::string> out;
  for (const auto& entry : listed.entries) {
    TRY(const auto name, entry.text("name"));
    TRY(const auto type, entry.maybe_text("type"));
    out.insert((type == "tag" ? "tag:" : "") + std::string(name));
  }
  TRY_OK(check_total(out.size(), listed.total, pages.size(), purpose));
  return std::vector(out.begin(), out.end());
}

GitHubProtections::GitHubProtections(net::HttpClient& http, Clock& clock, TokenSource token,
                                     GitHubOptions options)
    : api_(http, clock, std::move(token), std::move(options.base_url)) {}

Awaitable<Result<Protection>> GitHubProtections::with_branches(Scope scope, Protection read,
                                                               CallContext context) {
  switch (read.branches) {
    case Protection::Branches::all:
      break;
    case Protection::Branches::custom: {
      const Purpose purpose{.operation = "branch_policies.list",
                            .doing = "reading the branch policies of " + scope.words(),
                            .repository_field = scope.repository_field()};
      auto listing =
          api_.list(scope.environment_path() + "/deployment-branch-policies", purpose, context);
      CO_TRY(const auto got, co_await std::move(listing));
      CO_TRY(read.patterns, read_patterns(got.pages, purpose));
      clean(read.patterns, got.hidden);
      read.requests += got.requests;
      break;
    }
    case Protection::Branches::protected_: {
      const Purpose purpose{.operation = "branches.list",
                            .doing = "reading the protected branches of " + scope.full_name(),
                            .repository_field = scope.repository_field()};
      auto getting = api_.get(scope.repository_path() + "/branches?protected=true&per_page=1",
                              purpose, context);
      CO_TRY(const auto got, co_await std::move(getting));
      CO_TRY(const auto branches, objects_in(got.pages[0], purpose.answer(), "", per_page));
      read.any_protected_branch = !branches.empty();
      read.requests += got.requests;
      break;
    }
  }
  co_return read;
}

Awaitable<Result<Protection>> GitHubProtections::protection(Place place, CallContext context) {
  CO_TRY(const auto scope, Scope::of(place));
  if (scope.environment.empty()) {
    co_return fail(ErrorKind::unsupported, "GitHub protects environments, not " + scope.words());
  }
  const Purpose purpose{.operation = "environment.get",
                        .doing = "reading the protection of " + scope.words(),
                        .repository_field = scope.repository_field()};
  auto getting = api_.get(scope.environment_path(), purpose, context);
  const auto got = co_await std::move(getting);
  if (!got) {
    auto proving = proved_or(api_, scope, got.error(), context);
    co_return fail(co_await std::move(proving));
  }
  CO_TRY(auto read, read_protection(got->pages[0], purpose));
  read.requests = got->requests;
  clean(read.users, got->hidden);
  clean(read.teams, got->hidden);
  auto completing = with_branches(scope, std::move(read), context);
  co_return co_await std::move(completing);
}

}  // namespace lockstep::providers::github
