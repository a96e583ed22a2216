// Each field of each document dropped, doubled, misspelt, of another type, or a level higher or
// lower, and each file renamed or left out, beside a converged world in which everything that
// nobody claims may be deleted at once. What lockstep refuses must delete nothing and expose
// nothing (S2, S19); what is still valid and lets a name go is listed, each with its reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "local/manifest_directory.hpp"
#include "simulation/manifest_mutants.hpp"
#include "simulation/world.hpp"

namespace lockstep::simulation {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

/// The documents of the world, by file. Every field that the built places know stands in them.
const std::map<std::string, std::string>& files() {
  static const std::map<std::string, std::string> all{{"platform.yaml", R"(
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: cloudflare, namespace: prod, annotations: {owner: platform}}
spec:
  suspend: false
  cloudflare:
    accountId: "0123456789abcdef0123456789abcdef"
    token: {secretKeyRef: {name: cloudflare, key: token}}
  grants:
  - {places: ["cloudflareWorker/*/production-*"], actions: [Read, Write, Delete]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Credential
metadata: {name: fly, namespace: prod}
spec:
  fly: {token: {secretKeyRef: {name: fly, key: token}}}
  grants:
  - {places: ["flyApp/*"], actions: [Read, Write, Delete, RollOut]}
---
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: production, namespace: prod}
spec:
  suspend: false
  local: false
  approval: None
  places: ["cloudflareWorker/*/production-*", "flyApp/molecule-cp"]
  variables: {STAGE: live}
  naming: "{environment}-{project}-{service}"
  sources:
  - {name: values, secretRef: {name: values}, keys: ["*"]}
  - {name: generated, secretRef: {name: generated}, writable: true}
  policy: {prune: All, pruneAfter: 1s, maxDeletions: 100%}
)"},
                                                      {"targets.yaml", R"(
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: worker, namespace: prod, labels: {app: demo}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: cloudflare}
  place: {cloudflareWorker: {script: production-moltworker-gateway}}
  naming: "Off"
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: fly, namespace: prod, labels: {app: demo, role: api}}
spec:
  environmentRef: {name: production}
  credentialRef: {name: fly}
  place: {flyApp: {app: molecule-cp}}
  mode: Manage
  interval: 5m
  suspend: false
  variables: {MODE: api}
  policy:
    drift: Repair
    repairAfter: 1m
    onUnverifiable: Report
    adopt: Refuse
    prune: All
    pruneAfter: 1s
    maxDeletions: 100%
    apply: Live
    onDelete: Orphan
    ignore: [IGNORED]
)"},
                                                      {"secrets.yaml", R"(
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: shared, namespace: prod}
spec:
  targets: {matchLabels: {app: demo}}
  variables: {STAGE: test, MODE: web}
  secrets:
  - {name: SESSION_KEY, value: {generate: {bytes: 32, encoding: Hex}}}
  - name: DATABASE_URL
    description: The database
    obtainFrom: the database's page
    usedBy: [api]
    format: {minLength: 8, maxLength: 200, url: {schemes: [postgres]}}
    value: {from: {source: values, key: DATABASE_URL}}
    rotation: {policy: Scheduled, maxAge: 90d}
  - name: API_KEY
    optional: true
    allowEmpty: false
    format: {pattern: "^[a-z0-9-]+$"}
  - {name: STAGE_NAME, value: {variable: STAGE}, when: {variables: {STAGE: [live]}}}
  - {name: PUBLIC_MODE, public: true, value: {literal: plain}}
  - name: OVERRIDDEN
    value: {literal: web}
    overrides: [{when: {variables: {MODE: [api]}}, value: {literal: api}}]
  - name: RENAMED
    value: {literal: both}
    as: [{targets: {names: [worker]}, name: RENAMED_THERE}]
    alsoAs: [RENAMED_TOO]
)"},
                                                      {"foreign.yaml", R"(
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: foreign, namespace: prod}
spec:
  targets: {names: [worker, fly]}
  secrets:
  - {name: FOREIGN_KEEP, value: {external: {maxAge: 180d}}}
  - {name: GONE, value: {absent: {}}}
)"},
                                                      {"dev.yaml", R"(
apiVersion: lockstep.dev/v1alpha1
kind: Environment
metadata: {name: development, namespace: prod}
spec:
  local: true
  approval: None
  places: ["dotenvFile/apps/.dev.vars"]
  sources: [{name: values, secretRef: {name: dev-values}}]
---
apiVersion: lockstep.dev/v1alpha1
kind: Target
metadata: {name: dev, namespace: prod}
spec:
  environmentRef: {name: development}
  place: {dotenvFile: {path: apps/.dev.vars}}
---
apiVersion: lockstep.dev/v1alpha1
kind: SecretSet
metadata: {name: dev, namespace: prod}
spec:
  targets: {names: [dev]}
  secrets:
  - {name: DATABASE_URL, local: {value: dev-only}}
  - {name: API_KEY, value: {from: {source: values, key: API_KEY}}}
)"}};
  return all;
}

/// A converged world of those documents.
class Converged {
 public:
  Converged() : world_(1) {
    world_.set_up();
    world_.manifests_may_be_wrong = true;
    world_.foreign = {{"fly", {{"FOREIGN_KEEP", "by hand"}, {"IGNORED", "by hand"}}},
                      {"worker", {{"FOREIGN_KEEP", "by hand"}}}};
    world_.strangers = {"FOREIGN_KEEP", "IGNORED"};
    for (const auto& [place, names] : world_.foreign) {
      for (const auto& [name, value] : names) {
        if (place == "fly") world_.fly.set_secret(fly_app, name, value, world_.now());
        if (place == "worker") {
          world_.cloudflare.put_secret(account, worker, name, value, {.email = "owner@example.com"},
                                       world_.now());
        }
      }
    }
    world_.files.put_directory("apps", 0755);
    world_.files.put(dev_vars, "OWN=x\n");
    world_.environment.set("DEV_API_KEY", Secret("dev-only-key"));
    world_.want("API_KEY", "api-key-fake-0123456789");
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"STAGE_NAME", "live"},
                                                          {"PUBLIC_MODE", "plain"},
                                                          {"OVERRIDDEN", "web"},
                                                          {"OVERRIDDEN", "api"},
                                                          {"RENAMED", "both"},
                                                          {"RENAMED_THERE", "both"},
                                                          {"RENAMED_TOO", "both"}}) {
      world_.want(name, value);
    }
    for (const auto& path : world_.files.paths()) {
      if (path.starts_with("manifests/")) world_.files.drop(path);
    }
    restore();
    for (int i = 0; i < 4; ++i) apply();
    names_ = names();
    if (apply() != 0) throw std::runtime_error("the world does not settle\n" + world_.log());
  }

  void restore() {
    for (const auto& [name, text] : files()) put(name, text);
  }
  void put(const std::string& name, const std::string& text) {
    world_.files.put("manifests/" + name, text);
  }
  void drop(const std::string& name) { world_.files.drop("manifests/" + name); }

  /// Whether lockstep tells a problem of what lies there.
  bool refused() {
    testing::Simulation sim;
    const auto offload = make_offload_inline();
    RestedReader reader(world_.files, sim.clock(), *offload);
    const auto store =
        make_manifest_directory({.root = "manifests", .admin_folders = {}}, reader);
    const auto loaded = sim.run(reconcile::load_world(*store));
    return !loaded || !loaded->problems().empty();
  }

  /// Applies until every deletion that is due has come; what went, or a broken oracle.
  std::set<std::string> lost() {
    std::set<std::string> out;
    try {
      for (int i = 0; i < 3; ++i) apply();
    } catch (const std::exception& error) {
      const std::string text = error.what();
      out.insert(text.substr(0, text.find('\n')));
    }
    const auto now = names();
    for (const auto& name : names_) {
      if (!now.contains(name)) out.insert(name + " is gone");
    }
    const auto developers = world_.files.text(dev_vars);
    for (const std::string_view value : {"demo-fake", "key-fake"}) {
      if (developers.contains(value)) out.insert("S19: a value reached .dev.vars");
    }
    return out;
  }

 private:
  long apply() {
    world_.pass_time(2min);
    return world_.apply().writes;
  }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& name : world_.fly.names(fly_app)) out.insert("fly " + name);
    for (const auto& name : world_.cloudflare.names(account, worker)) out.insert("worker " + name);
    return out;
  }

  World world_;
  std::set<std::string> names_;
};

/// One converged world after the other: a mutant that changed something used it up.
class Worlds {
 public:
  Converged& next() {
    if (!world_) world_ = std::make_unique<Converged>();
    return *world_;
  }
  void used_up() { world_.reset(); }

 private:
  std::unique_ptr<Converged> world_;
};

/// Documents that are valid and ask for less: what nobody claims any more goes, as `prune: All`
/// says.
const std::map<std::string, std::string>& rightly_let_go() {
  static const std::map<std::string, std::string> all{
      {"foreign.yaml 1 spec.secrets[0].name with a misspelt text", "another name is asked for"},
      {"secrets.yaml 1 spec.secrets[2].name with a misspelt text", "another name is asked for"},
      {"platform.yaml 3 spec.variables dropped", "the set's own STAGE is not the one of `when`"},
      {"platform.yaml 3 spec.variables.STAGE dropped", "the same"},
      {"platform.yaml 3 spec.variables.STAGE misspelt", "the same"},
      {"platform.yaml 3 spec.variables.STAGE with a misspelt text", "the same"},
      {"secrets.yaml 1 spec.secrets[6].as dropped", "its other name there is asked for no more"},
      {"secrets.yaml 1 spec.secrets[6].alsoAs dropped", "its second name is asked for no more"},
      {"targets.yaml 2 spec.policy dropped", "nothing is ignored any more"},
      {"targets.yaml 2 spec.policy.ignore dropped", "nothing is ignored any more"},
  };
  return all;
}

struct Tally {
  std::size_t refused = 0;
  std::size_t valid = 0;
  std::vector<std::string> broken;  ///< refused, and something went or was exposed
  std::set<std::string> lets_go;    ///< valid, and something went
};

void judge(Worlds& worlds, Tally& tally, const std::string& what,
           const std::function<void(Converged&)>& change) {
  auto& world = worlds.next();
  change(world);
  const bool refused = world.refused();
  const auto lost = world.lost();
  ++(refused ? tally.refused : tally.valid);
  for (const auto& one : lost) {
    if (refused) tally.broken.push_back(what + ": " + one);
    // A valid document may ask for another value.
    if (!refused && !one.contains("is written")) tally.lets_go.insert(what);
    if (!refused && one.contains("S19")) tally.broken.push_back(what + ": " + one);
  }
  if (!refused || !lost.empty()) return worlds.used_up();
  world.restore();
}

TEST(ManifestMutants, WhatIsRefusedDeletesAndExposesNothing_S2_S19) {
  Worlds worlds;
  Tally tally;
  long at = 0;
  for (const auto& [file, text] : files()) {
    for (const auto& mutant : mutants_of(text)) {
      if (at++ % simulation_share() != 0) continue;
      judge(worlds, tally, file + " " + mutant.what,
            [&](Converged& world) { world.put(file, mutant.text); });
    }
  }
  EXPECT_THAT(tally.broken, IsEmpty());
  for (const auto& what : tally.lets_go) EXPECT_TRUE(rightly_let_go().contains(what)) << what;
  if (simulation_share() == 1) EXPECT_EQ(tally.lets_go.size(), rightly_let_go().size());
  std::cout << "manifest mutants: " << tally.refused << " refused, " << tally.valid << " valid, "
            << tally.lets_go.size() << " of these let a name go\n";
}

TEST(ManifestMutants, AFileThatIsRenamedOrLeftOutDeletesAndExposesNothing_S2_S19) {
  for (const auto& [file, text] : files()) {
    for (const std::string to : {"", ".yml", ".YAML", ".yaml~", ".yaml.bak", ".json", ".txt"}) {
      Converged world;
      world.drop(file);
      if (!to.empty()) world.put(file.substr(0, file.find('.')) + to, text);
      EXPECT_THAT(world.lost(), IsEmpty()) << file << " as " << (to.empty() ? "nothing" : to);
    }
  }
}

}  // namespace
}  // namespace lockstep::simulation
