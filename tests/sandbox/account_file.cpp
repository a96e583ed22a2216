#include "sandbox/account_file.hpp"

#include <yaml-cpp/yaml.h>

#include <stdexcept>

namespace lockstep::sandbox {

namespace {

/// A mistake in the file; ends in seed_accounts.
struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string place(const YAML::Node& node) {
  return "line " + std::to_string(node.Mark().line + 1) + ": ";
}

/// Refuses keys that nothing reads: a misspelt one would silently change what is served.
void only(const YAML::Node& node, std::initializer_list<std::string_view> known) {
  if (!node.IsMap()) throw Mistake(place(node) + "a map is needed here");
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw Mistake(place(entry.first) + "unknown field '" + key + "'");
    }
  }
}

std::string text(const YAML::Node& node, const std::string& key) {
  if (!node[key]) throw Mistake(place(node) + "'" + key + "' is missing");
  return node[key].as<std::string>();
}

std::string text_or(const YAML::Node& node, const std::string& key, const std::string& other) {
  return node[key] ? node[key].as<std::string>() : other;
}

std::vector<std::string> texts(const YAML::Node& node, const std::string& key) {
  return node[key] ? node[key].as<std::vector<std::string>>() : std::vector<std::string>{};
}

WorkerBinding binding_of(const YAML::Node& node) {
  WorkerBinding out;
  for (const auto& field : node) {
    const auto key = field.first.as<std::string>();
    auto value = field.second.as<std::string>();
    if (key == "name") {
      out.name = std::move(value);
    } else if (key == "type") {
      out.type = std::move(value);
    } else {
      out.fields[key] = std::move(value);
    }
  }
  if (out.name.empty()) throw Mistake(place(node) + "a binding needs a name");
  return out;
}

void seed_worker(const YAML::Node& node, const std::string& account, CloudflareEmulator& out,
                 Wall now) {
  only(node, {"name", "bindings", "secrets"});
  const auto script = text(node, "name");
  std::vector<WorkerBinding> bindings;
  for (const auto& binding : node["bindings"]) bindings.push_back(binding_of(binding));
  out.add_worker(account, script, now, bindings);
  for (const auto& secret : node["secrets"]) {
    out.seed_secret(account, script, secret.first.as<std::string>(), secret.second.Scalar());
  }
}

void seed_account(const YAML::Node& node, CloudflareEmulator& out, Wall now) {
  only(node, {"id", "name", "workers", "aiGateways", "d1Databases", "kvNamespaces", "r2Buckets"});
  const auto id = text(node, "id");
  if (id.size() != 32) throw Mistake(place(node) + "an account id has 32 hex digits");
  out.add_account(id, text_or(node, "name", id));
  for (const auto& worker : node["workers"]) seed_worker(worker, id, out, now);
  using Kind = CloudflareResource::Kind;
  const std::pair<const char*, Kind> lists[] = {{"aiGateways", Kind::ai_gateway},
                                                {"d1Databases", Kind::d1},
                                                {"kvNamespaces", Kind::kv},
                                                {"r2Buckets", Kind::r2}};
  for (const auto& [key, kind] : lists) {
    for (auto& name : texts(node, key)) {
      out.add_resource(id, {.kind = kind, .name = std::move(name)}, now);
    }
  }
}

std::optional<Wall> expiry_of(const YAML::Node& node) {
  if (!node["expires"]) return std::nullopt;
  const auto when = parse_rfc3339(text(node, "expires"));
  if (!when) throw Mistake(place(node) + "expires: a time such as 2026-12-31T00:00:00Z");
  return when;
}

CloudflareToken cloudflare_token(const YAML::Node& node) {
  only(node, {"id", "token", "kind", "owner", "accounts", "permissions", "status", "expires"});
  CloudflareToken out{.id = text(node, "id"), .secret = text(node, "token")};
  const auto kind = text_or(node, "kind", "user");
  if (kind != "user" && kind != "account") throw Mistake(place(node) + "kind: user or account");
  if (kind == "account") out.kind = CloudflareToken::Kind::account;
  const auto status = text_or(node, "status", "active");
  if (status != "active" && status != "disabled") {
    throw Mistake(place(node) + "status: active or disabled");
  }
  if (status == "disabled") out.status = CloudflareToken::Status::disabled;
  out.owner_email = text_or(node, "owner", out.owner_email);
  out.accounts = texts(node, "accounts");
  for (auto& permission : texts(node, "permissions")) out.permissions.insert(std::move(permission));
  out.expires_on = expiry_of(node);
  return out;
}

void seed_cloudflare(const YAML::Node& node, CloudflareEmulator& out, Wall now) {
  only(node, {"accounts", "tokens"});
  for (const auto& account : node["accounts"]) seed_account(account, out, now);
  for (const auto& token : node["tokens"]) out.add_token(cloudflare_token(token));
}

void seed_app(const YAML::Node& node, FlyEmulator& out, Wall now) {
  only(node, {"name", "organization", "secrets", "machines"});
  const auto app = text(node, "name");
  out.add_app(app, text_or(node, "organization", "personal"));
  for (const auto& secret : node["secrets"]) {
    out.set_secret(app, secret.first.as<std::string>(), secret.second.Scalar(), now);
  }
  for (const auto& entry : node["machines"]) {
    only(entry, {"region", "image", "started", "flyLaunch"});
    FlyMachine machine;
    machine.region = text_or(entry, "region", machine.region);
    machine.image = text_or(entry, "image", machine.image);
    if (entry["started"]) machine.started = entry["started"].as<bool>();
    if (entry["flyLaunch"]) machine.fly_launch = entry["flyLaunch"].as<bool>();
    out.add_machine(app, machine, now);
  }
}

void seed_fly(const YAML::Node& node, FlyEmulator& out, Wall now) {
  only(node, {"apps", "tokens"});
  for (const auto& app : node["apps"]) seed_app(app, out, now);
  for (const auto& entry : node["tokens"]) {
    only(entry, {"id", "token", "organization", "apps", "readOnly"});
    FlyToken token{.id = text(entry, "id"), .secret = text(entry, "token")};
    token.organization = text_or(entry, "organization", token.organization);
    token.apps = texts(entry, "apps");
    if (entry["readOnly"]) token.read_only = entry["readOnly"].as<bool>();
    out.add_token(std::move(token));
  }
}

std::map<std::string, std::string> permissions_of(const YAML::Node& node) {
  std::map<std::string, std::string> out;
  for (const auto& entry : node["permissions"]) {
    const auto level = entry.second.as<std::string>();
    if (level != "read" && level != "write") {
      throw Mistake(place(entry.second) + "a permission is read or write");
    }
    out[entry.first.as<std::string>()] = level;
  }
  return out;
}

GitHubProtection protection_of(const YAML::Node& node) {
  GitHubProtection out;
  for (const bool team : {false, true}) {
    for (auto& name : texts(node, team ? "teams" : "reviewers")) {
      out.reviewers.push_back({.name = std::move(name), .team = team});
    }
  }
  if (node["preventSelfReview"]) out.prevent_self_review = node["preventSelfReview"].as<bool>();
  if (node["waitMinutes"]) out.wait_timer = node["waitMinutes"].as<int>();
  if (node["adminsMayBypass"]) out.admins_may_bypass = node["adminsMayBypass"].as<bool>();
  const auto branches = text_or(node, "branches", "all");
  using Branches = GitHubProtection::Branches;
  if (branches == "protected") {
    out.branches = Branches::protected_only;
  } else if (branches == "custom") {
    out.branches = Branches::custom;
    out.patterns = texts(node, "patterns");
  } else if (branches != "all") {
    throw Mistake(place(node) + "branches: all, protected or custom");
  }
  return out;
}

void seed_github_secrets(const YAML::Node& secrets, const GitHubScope& scope, GitHubEmulator& out,
                         Wall now) {
  for (const auto& secret : secrets) {
    out.set_secret(scope, secret.first.as<std::string>(), secret.second.Scalar(), now);
  }
}

void seed_repository(const YAML::Node& node, GitHubEmulator& out, Wall now) {
  only(node, {"name", "private", "protectedBranches", "secrets", "environments"});
  const auto name = text(node, "name");
  out.add_repository(name, now, !node["private"] || node["private"].as<bool>());
  for (const auto& branch : texts(node, "protectedBranches")) out.add_branch(name, branch, true);
  seed_github_secrets(node["secrets"], {.repository = name}, out, now);
  for (const auto& entry : node["environments"]) {
    only(entry, {"name", "reviewers", "teams", "preventSelfReview", "waitMinutes",
                 "adminsMayBypass", "branches", "patterns", "secrets"});
    const auto environment = text(entry, "name");
    out.add_environment(name, environment, now, protection_of(entry));
    seed_github_secrets(entry["secrets"], {.repository = name, .environment = environment}, out,
                        now);
  }
}

GitHubToken github_token(const YAML::Node& node) {
  only(node, {"id", "token", "user", "repositories", "permissions", "expires"});
  GitHubToken out{.id = text(node, "id"), .secret = text(node, "token")};
  out.user = text_or(node, "user", out.user);
  out.repositories = texts(node, "repositories");
  out.permissions = permissions_of(node);
  out.expires_at = expiry_of(node);
  return out;
}

GitHubApp github_app(const YAML::Node& node) {
  only(node, {"id", "clientId", "installation", "publicKey", "repositories", "permissions"});
  return {.id = text(node, "id"),
          .client_id = text(node, "clientId"),
          .public_key = text(node, "publicKey"),
          .installation = text(node, "installation"),
          .repositories = texts(node, "repositories"),
          .permissions = permissions_of(node)};
}

void seed_github(const YAML::Node& node, GitHubEmulator& out, Wall now) {
  only(node, {"repositories", "tokens", "apps"});
  for (const auto& entry : node["repositories"]) seed_repository(entry, out, now);
  for (const auto& entry : node["tokens"]) out.add_token(github_token(entry));
  for (const auto& entry : node["apps"]) out.add_app(github_app(entry));
}

}  // namespace

Status seed_accounts(std::string_view yaml, FlyEmulator& fly, CloudflareEmulator& cloudflare,
                     GitHubEmulator& github, Wall now) {
  try {
    const auto root = YAML::Load(std::string(yaml));
    only(root, {"cloudflare", "fly", "github"});
    if (root["cloudflare"]) seed_cloudflare(root["cloudflare"], cloudflare, now);
    if (root["fly"]) seed_fly(root["fly"], fly, now);
    if (root["github"]) seed_github(root["github"], github, now);
  } catch (const YAML::Exception& mistake) {
    return fail(ErrorKind::invalid, std::string("the account file: ") + mistake.what());
  } catch (const std::out_of_range&) {
    return fail(ErrorKind::invalid,
                "the account file: a token or an app names a repository that is not listed, or a "
                "repository is not written owner/name");
  } catch (const Mistake& mistake) {
    return fail(ErrorKind::invalid, std::string("the account file: ") + mistake.what());
  }
  return {};
}

}  // namespace lockstep::sandbox
