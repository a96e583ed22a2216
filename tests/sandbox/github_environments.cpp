// Repositories, and what guards their environments:
// https://docs.github.com/en/rest/deployments/environments.
#include "base/text.hpp"
#include "sandbox/github_world.hpp"

namespace lockstep::sandbox::github {

namespace {

using Branches = GitHubProtection::Branches;
using Reviewer = GitHubProtection::Reviewer;

constexpr int kMostMinutes = 43'200;
constexpr std::size_t kMostReviewers = 6;

/// A number that stands for a name wherever it is shown.
std::int64_t number_of(std::string_view name) {
  std::uint32_t hash = 2'166'136'261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash % 100'000'000;
}

json::object describe(const Reviewer& reviewer) {
  json::object who{{"id", number_of(reviewer.name)}};
  who[reviewer.team ? "slug" : "login"] = reviewer.name;
  return {{"type", reviewer.team ? "Team" : "User"}, {"reviewer", std::move(who)}};
}

json::array rules_of(const Environment& environment) {
  const auto& protection = environment.protection;
  const auto id = static_cast<std::int64_t>(environment.id) * 10;
  json::array rules;
  if (protection.wait_timer > 0) {
    rules.push_back(
        {{"id", id + 1}, {"type", "wait_timer"}, {"wait_timer", protection.wait_timer}});
  }
  if (!protection.reviewers.empty()) {
    json::array reviewers;
    for (const auto& reviewer : protection.reviewers) reviewers.push_back(describe(reviewer));
    rules.push_back({{"id", id + 2},
                     {"type", "required_reviewers"},
                     {"prevent_self_review", protection.prevent_self_review},
                     {"reviewers", std::move(reviewers)}});
  }
  if (protection.branches != Branches::all) {
    rules.push_back({{"id", id + 3}, {"type", "branch_policy"}});
  }
  return rules;
}

json::object describe(const Ask& ask, const Environment& environment) {
  const auto& protection = environment.protection;
  json::value policy = nullptr;
  if (protection.branches != Branches::all) {
    policy = {{"protected_branches", protection.branches == Branches::protected_only},
              {"custom_branch_policies", protection.branches == Branches::custom}};
  }
  return {{"id", environment.id},
          {"node_id", "EN_" + std::to_string(environment.id)},
          {"name", environment.name},
          {"url", ask.base + "/repos/" + ask.repository.full_name() + "/environments/" +
                      percent_encode(environment.name)},
          {"created_at", timestamp(environment.created_at)},
          {"updated_at", timestamp(environment.updated_at)},
          {"can_admins_bypass", protection.admins_may_bypass},
          {"protection_rules", rules_of(environment)},
          {"deployment_branch_policy", std::move(policy)}};
}

const Environment* environment_of(const Ask& ask) {
  const auto found = ask.repository.environments.find(to_lower(ask.arguments[0]));
  return found == ask.repository.environments.end() ? nullptr : &found->second;
}

std::string repository_path(const Ask& ask) {
  return "/repositories/" + std::to_string(ask.repository.id);
}

/// Settings from a body: what it leaves out goes back to the default. Nothing: refused.
std::optional<GitHubProtection> settings_of(const json::value& body) {
  GitHubProtection out;
  const auto minutes = int_member(body, "wait_timer").value_or(0);
  if (minutes < 0 || minutes > kMostMinutes) return std::nullopt;
  out.wait_timer = static_cast<int>(minutes);
  out.prevent_self_review = bool_member(body, "prevent_self_review").value_or(false);
  out.admins_may_bypass = bool_member(body, "can_admins_bypass").value_or(true);
  if (const auto* reviewers = list_member(body, "reviewers")) {
    if (reviewers->size() > kMostReviewers) return std::nullopt;
    for (const auto& each : *reviewers) {
      const auto type = text_member(each, "type");
      const auto id = int_member(each, "id");
      if (!id || (type != "User" && type != "Team")) return std::nullopt;
      out.reviewers.push_back({.name = std::to_string(*id), .team = type == "Team"});
    }
  }
  const auto* policy = member(body, "deployment_branch_policy");
  if (!policy || policy->is_null()) return out;
  const auto only_protected = bool_member(*policy, "protected_branches");
  const auto custom = bool_member(*policy, "custom_branch_policies");
  if (!only_protected || !custom || *only_protected == *custom) return std::nullopt;
  out.branches = *custom ? Branches::custom : Branches::protected_only;
  return out;
}

}  // namespace

net::Response get_repository(World&, const Ask& ask) {
  const auto& repository = ask.repository;
  return json_response(
      200,
      json::object{{"id", repository.id},
                   {"node_id", "R_" + std::to_string(repository.id)},
                   {"name", repository.name},
                   {"full_name", repository.full_name()},
                   {"private", repository.is_private},
                   {"visibility", repository.is_private ? "private" : "public"},
                   {"owner", {{"login", repository.owner}, {"id", number_of(repository.owner)}}},
                   {"url", ask.base + "/repos/" + repository.full_name()},
                   {"created_at", timestamp(repository.created_at)},
                   {"default_branch", "main"}});
}

net::Response list_branches(World&, const Ask& ask) {
  json::array items;
  for (const auto& [name, is_protected] : ask.repository.branches) {
    const auto wanted = ask.call.parameter("protected");
    if (wanted && *wanted != (is_protected ? "true" : "false")) continue;
    items.push_back({{"name", name}, {"protected", is_protected}});
  }
  return page(ask, repository_path(ask) + "/branches", "", items);
}

net::Response list_environments(World&, const Ask& ask) {
  json::array items;
  for (const auto& [key, environment] : ask.repository.environments) {
    items.push_back(describe(ask, environment));
  }
  return page(ask, repository_path(ask) + "/environments", "environments", items);
}

net::Response get_environment(World&, const Ask& ask) {
  const auto* environment = environment_of(ask);
  return environment ? json_response(200, describe(ask, *environment)) : not_found();
}

net::Response put_environment(World& world, const Ask& ask) {
  ++world.environment_puts;
  json::value body = json::object();
  if (!ask.call.body().empty()) {
    auto read = read_object(ask.call);
    if (auto* refused = std::get_if<net::Response>(&read)) return std::move(*refused);
    body = std::move(std::get<json::value>(read));
  }
  const auto settings = settings_of(body);
  const auto& name = ask.arguments[0];
  if (!settings || name.size() > 255) return error(422, "Validation Failed");
  auto& repository = world.time.change(ask.now).repositories.at(ask.repository.id);
  const auto key = to_lower(name);
  if (!repository.environments.contains(key)) {
    repository.environments[key] = make_environment(world, name, ask.now);
  }
  auto& environment = repository.environments.at(key);
  const auto patterns = std::move(environment.protection.patterns);
  environment.protection = *settings;
  if (settings->branches == Branches::custom) environment.protection.patterns = patterns;
  environment.updated_at = ask.now;
  return json_response(200, describe(ask, environment));
}

net::Response list_branch_policies(World&, const Ask& ask) {
  const auto* environment = environment_of(ask);
  if (!environment) return not_found();
  json::array items;
  for (const auto& pattern : environment->protection.patterns) {
    items.push_back({{"id", number_of(pattern)}, {"name", pattern}, {"type", "branch"}});
  }
  const auto path = repository_path(ask) + "/environments/" + percent_encode(environment->name) +
                    "/deployment-branch-policies";
  return page(ask, path, "branch_policies", items);
}

}  // namespace lockstep::sandbox::github
