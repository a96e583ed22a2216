// The scenario of the crash and fault tests: one Worker and one Fly app with a few secrets each.
#include <stdexcept>

#include "simulation/world.hpp"

namespace lockstep::simulation {

namespace {

constexpr std::string_view platform = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: prod}
spec:
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: cloudflare, key: token}}
  grants:
  - {places: ["cloudflareWorker/*/production-*"], actions: [Read, Write, Delete, TakeOver]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: prod}
spec:
  fly: {token: {secretKeyRef: {name: fly, key: token}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, Delete, TakeOver, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: prod}
spec:
  places:
  - cloudflareWorker/*/production-*
  - flyApp/molecule-cp
  - githubEnvironment/alokai/cms/*
  - githubRepository/alokai/cms/*
  sources:
  - {name: values, secretRef: {name: values}}
  - {name: generated, secretRef: {name: generated}, writable: true}
  approval: )";

std::string target(std::string_view name, std::string_view credential, std::string_view place,
                   std::string_view policy) {
  return "apiVersion: lockstep.dev/v1alpha1\nkind: Target\nmetadata: {name: " + std::string(name) +
         ", namespace: prod, labels: {app: demo}}\nspec:\n  environmentRef: {name: production}\n"
         "  credentialRef: {name: " +
         std::string(credential) + "}\n  place: " + std::string(place) +
         "\n  policy: " + std::string(policy) + "\n";
}

constexpr std::string_view secrets = R"(apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: shared, namespace: prod}
spec:
  targets: {matchLabels: {app: demo}}
  secrets:
  - name: SESSION_KEY
    value: {generate: {bytes: 32, encoding: Hex}}
)";

constexpr std::string_view dev = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: development, namespace: prod}
spec:
  local: true
  approval: None
  places: ["dotenvFile/apps/.dev.vars*"]
  sources:
  - {name: values, secretRef: {name: dev-values}}
  - {name: generated, secretRef: {name: dev-generated}, writable: true}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: dev, namespace: prod, labels: {app: demo}}
spec:
  environmentRef: {name: development}
  place: {dotenvFile: {path: apps/.dev.vars}}
  policy: {repairAfter: 1m}
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: example, namespace: prod, labels: {app: demo}}
spec:
  environmentRef: {name: development}
  place: {dotenvFile: {path: apps/.dev.vars.example}}
)";

constexpr std::string_view github_token = "github_pat_fake_0123456789abcdefghij";

constexpr std::string_view github_credential = R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: github, namespace: prod}
spec:
  github: {token: {secretKeyRef: {name: github, key: token}}}
  grants:
  - places: ["githubEnvironment/alokai/cms/*", "githubRepository/alokai/cms/*"]
    actions: [Read, Write, Delete, TakeOver]
---
)";

constexpr std::string_view local = R"(
keyrings: {main: {path: secure/keyring, keyFile: secure/keyring.key}}
secrets:
  prod/cloudflare: {keys: {token: {env: CLOUDFLARE_TOKEN}}}
  prod/fly: {keys: {token: {env: FLY_TOKEN}}}
  prod/github: {keys: {token: {env: GITHUB_TOKEN}}}
  prod/values: {envPrefix: VALUE_}
  prod/generated: {keyring: main}
  prod/dev-values: {envPrefix: DEV_, localFiles: true}
  prod/dev-generated: {keyring: main, localFiles: true}
)";

}  // namespace

void World::set_up() {
  files.put_directory("manifests", 0755);
  files.put_directory("state", 0700);
  files.put("lockstep.local.yaml", local);
  files.put("secure/keyring.key", std::string(32, 'k'));
  environment.set("CLOUDFLARE_TOKEN", Secret("cf-fake-0123456789abcdefghijklmnopqrstuvwxyz"));
  environment.set("FLY_TOKEN", Secret("fly-fake-0123456789abcdef"));

  fly.add_app(fly_app);
  rolled_out = {fly.add_machine(fly_app, {.checked = true}, now()),
                fly.add_machine(fly_app, {}, now()),
                fly.add_machine(fly_app, {.started = false}, now())};
  unmanaged = fly.add_machine(fly_app, {.fly_launch = false}, now());
  fly.add_token({.id = "t1", .secret = "fly-fake-0123456789abcdef"});
  cloudflare.add_account(account, "Demo");
  cloudflare.add_worker(
      account, worker, now(),
      {{.name = "KV", .type = "kv_namespace", .fields = {{"namespace_id", "n1"}}}});
  cloudflare.add_token({.id = "t1",
                        .secret = "cf-fake-0123456789abcdefghijklmnopqrstuvwxyz",
                        .accounts = {account},
                        .permissions = {"Workers Scripts Write", "Account Settings Read"}});
  wanted = {{"fly", {}}, {"worker", {}}};
  generated = {"SESSION_KEY"};
  want("DATABASE_URL", "postgres://demo-fake.example/db?attempt=1");
  want("STRIPE_API_KEY", "sk_test_fake_51Habcdefghijklmnop");
  write_manifests();
}

void World::write_manifests() {
  files.drop("manifests/again.yaml");
  files.put("manifests/platform.yaml", std::string(platform) + approval + "\n");
  files.put(
      "manifests/targets.yaml",
      target("gateway", "cloudflare", "{cloudflareWorker: {script: production-moltworker-gateway}}",
             worker_policy.empty() ? policy : worker_policy) +
          "---\n" + target("control-plane", "fly", "{flyApp: {app: molecule-cp}}", policy));
  if (has_github()) {
    files.put("manifests/github.yaml",
              std::string(github_credential) +
                  target("cms-production", "github",
                         "{githubEnvironment: {repository: alokai/cms, name: production, "
                         "expect: {requiredReviewers: Any}}}",
                         policy) +
                  "---\n" +
                  target("cms", "github",
                         "{githubRepository: {repository: alokai/cms, store: Actions}}", policy));
  }
  std::string entries(secrets);
  for (const auto& [name, value] : wanted["fly"]) {
    entries += "  - name: " + name + "\n";
    if (compromised_only.contains(name)) entries += "    rotation: {policy: CompromisedOnly}\n";
  }
  files.put("manifests/secrets.yaml", entries);
}

void World::add_github() {
  environment.set("GITHUB_TOKEN", Secret(github_token));
  github.add_repository(github_repository.repository, now());
  github.add_environment(github_repository.repository, github_environment.environment, now());
  guard_environment(true);
  github.add_token(
      {.id = "t1",
       .secret = std::string(github_token),
       .permissions = {{"secrets", "write"}, {"environments", "write"}, {"actions", "read"}}});
  wanted["environment"] = wanted["repository"] = wanted.at("fly");
  write_manifests();
}

void World::guard_environment(bool guarded) {
  sandbox::GitHubProtection protection;
  if (guarded) protection.reviewers = {{.name = "platform", .team = true}};
  github.change_protection(github_environment.repository, github_environment.environment,
                           protection, now());
}

bool World::environment_is_guarded() const {
  return !github.protection(github_environment.repository, github_environment.environment)
              .reviewers.empty();
}

void World::add_dev_vars() {
  files.put_directory("apps", 0755);
  files.put(dev_vars, "# by hand: it's kept\nOWN = 'x' # too\n");
  files.put("manifests/dev.yaml", dev);
  for (const auto& [name, value] : wanted["fly"]) want_locally(name);
}

namespace {

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  const auto at = text.find(old);
  if (at == std::string::npos) throw std::logic_error("the scenario lacks " + std::string(old));
  return text.replace(at, old.size(), by);
}

}  // namespace

void World::dev_borrows(Shared how) {
  switch (how) {
    case Shared::secret:
      files.put("manifests/dev.yaml", replaced(std::string(dev), "dev-values", "values"));
      return;
    case Shared::stand_in:
      files.put("lockstep.local.yaml",
                replaced(std::string(local), "{envPrefix: DEV_, localFiles: true}",
                         "{envPrefix: VALUE_}"));
      return;
  }
}

void World::dev_has_its_own() {
  files.put("manifests/dev.yaml", dev);
  files.put("lockstep.local.yaml", local);
}

void World::lose_production(Lost how) {
  const auto whole = std::string(platform) + approval + "\n";
  manifests_may_be_wrong = true;
  switch (how) {
    case Lost::typo:
      files.put("manifests/platform.yaml", replaced(whole, "approval:", "aproval:"));
      return;
    case Lost::doubled:
      files.put("manifests/again.yaml", whole.substr(whole.rfind("---")));
      return;
    case Lost::left_out:
      files.drop("manifests/platform.yaml");
      return;
  }
}

void World::want_locally(const std::string& name) {
  auto& value = wanted_locally[name];
  value = "it's for development: " + std::to_string(ever_wanted_[name].size());
  environment.set("DEV_" + name, Secret(value));
}

void World::want(const std::string& name, const std::string& value) {
  environment.set("VALUE_" + name, Secret(value));
  for (auto& [place, names] : wanted) names[name] = value;
  ever_wanted_[name].insert(value);
  if (!wanted_locally.empty()) want_locally(name);
}

void World::unwant(const std::string& name) {
  may_go.insert(name);
  for (auto& [place, names] : wanted) names.erase(name);
}

}  // namespace lockstep::simulation
