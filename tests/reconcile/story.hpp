// Manifests as a person edits them, and passes over what they say: the real graph before the bench.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/load.hpp"
#include "plan/graph.hpp"
#include "reconcile/bench.hpp"

namespace lockstep::testing {

/// A Target `app` of namespace `prod`, where whatever nobody claims may go at once without a yes,
/// and the files that the SecretSets of a story stand in.
struct Story {
  Bench bench;
  std::map<std::string, std::string> files;
  std::string prune = "All";
  std::string ns = "prod";

  Story() {
    platform();
    target("app");
  }

  static std::string head(const std::string& kind, const std::string& name, const std::string& ns) {
    return "apiVersion: lockstep.dev/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name +
           ", namespace: " + ns + ", labels: {app: shop}}\nspec:\n";
  }
  /// Writes the Credential and the Environment of the namespace `ns` anew.
  void platform(const std::string& environment = "production") {
    files["platform.yaml"] =
        head("Credential", "fly", ns) +
        "  fly: {token: {secretKeyRef: {name: fly, key: token}}}\n"
        "  grants:\n"
        "  - {places: [\"flyApp/*\"], actions: [Read, Write, Delete, TakeOver]}\n---\n" +
        head("Environment", environment, ns) +
        "  places: [\"flyApp/*\"]\n"
        "  approval: None\n"
        "  sources: [{name: values, secretRef: {name: values}}]\n";
  }
  void target(const std::string& name, const std::string& app = "app",
              const std::string& environment = "production") {
    files["target-" + name + ".yaml"] = head("Target", name, ns) +
                                        "  environmentRef: {name: " + environment +
                                        "}\n"
                                        "  credentialRef: {name: fly}\n"
                                        "  place: {flyApp: {app: " +
                                        app +
                                        "}}\n"
                                        "  policy: {prune: " +
                                        prune + ", pruneAfter: 1s, maxDeletions: 100%}\n";
  }
  /// Writes a SecretSet: entries in YAML's flow style, and the Targets it selects.
  void set(const std::string& name, const std::string& entries,
           const std::string& targets = "{matchLabels: {app: shop}}") {
    files["set-" + name + ".yaml"] =
        head("SecretSet", name, ns) + "  targets: " + targets + "\n  secrets: [" + entries + "]\n";
  }
  void leave_out(const std::string& name) { files.erase("set-" + name + ".yaml"); }
  void leave_out_target(const std::string& name) { files.erase("target-" + name + ".yaml"); }
  /// A typo in that SecretSet.
  void misspell(const std::string& name) { files["set-" + name + ".yaml"] += "bogus: 1\n"; }
  void value(const std::string& name, const std::string& value) {
    bench.source.values[{ns, "values", name}] = value;
  }

  /// Reads the files as they are now.
  void read() {
    plan::Manifests manifests;
    for (const auto& [file, text] : files) {
      auto loaded = api::load_yaml(file, text);
      std::ranges::move(loaded.documents, std::back_inserter(manifests.documents));
      std::ranges::move(loaded.broken, std::back_inserter(manifests.broken));
      manifests.incomplete = manifests.incomplete || loaded.incomplete;
    }
    bench.desired = plan::build_desired(manifests);
  }
  std::size_t index(const std::string& name) const {
    const auto& targets = bench.desired.targets;
    return static_cast<std::size_t>(
        std::ranges::find_if(targets, [&](const auto& target) { return target.key.name == name; }) -
        targets.begin());
  }
  /// One pass over a Target, minutes after the one before.
  TargetPlan pass(const std::string& name = "app", bool write = true) {
    read();
    bench.wait(std::chrono::minutes(5));
    return bench.pass({.write = write, .at_once = true}, index(name)).status.plan;
  }
  /// Passes until everything that needs no yes is done; the last one.
  TargetPlan passes(const std::string& name = "app") {
    (void)pass(name);
    (void)pass(name);
    return pass(name);
  }
  /// `AwaitingApproval: why` of a name, "" without a gate, and "(no row)".
  static std::string gate(const TargetPlan& plan, const std::string& name) {
    const auto found = std::ranges::find(plan.secrets, name, &PlannedSecret::name);
    if (found == plan.secrets.end()) return "(no row)";
    if (!found->gate) return "";
    return std::string(to_string(*found->gate)) + ": " + found->gate_reason;
  }
  std::string at(const std::string& name, const std::string& app = "app") {
    return bench.value_at(name, app);
  }
  std::string claim(const std::string& name, const std::string& app = "app") {
    const auto& names = bench.ledger.records[{ns, "flyApp/" + app}].names;
    const auto found = names.find(name);
    return found == names.end() ? "(forgotten)" : found->second.claimant;
  }
};

}  // namespace lockstep::testing
