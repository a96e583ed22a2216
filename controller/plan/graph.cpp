#include "plan/graph.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/desired_secrets.hpp"
#include "plan/desired_target.hpp"
#include "plan/index.hpp"

namespace lockstep::plan {

namespace {

/// The SecretSets that select some Target.
std::set<ObjectKey> sets_in_use(const Desired& desired) {
  std::set<ObjectKey> out;
  for (const auto& target : desired.targets) {
    for (const auto& set : target.selecting_sets) out.insert({target.key.ns, set});
  }
  return out;
}

/// Every name that the entry may have at a place, whatever holds there.
std::vector<std::string> possible_names(const api::SecretEntry& entry) {
  std::vector<std::string> out = {entry.name};
  const auto add = [&](const api::EntryFields& fields) {
    for (const auto& rename : fields.as.value_or(std::vector<api::Rename>{})) {
      out.push_back(rename.name);
    }
    std::ranges::copy(fields.also_as.value_or(std::vector<std::string>{}), std::back_inserter(out));
  };
  add(entry);
  std::ranges::for_each(entry.overrides, add);
  return out;
}

/// Builds the graph in passes; each pass only adds findings or fills targets.
class Builder {
 public:
  explicit Builder(const Manifests& manifests) : manifests_(manifests), index_(manifests) {}

  Desired run() {
    for (const auto& [key, environment] : index_.environments) {
      check_environment(index_, *environment, findings_);
    }
    for (const auto& [key, credential] : index_.credentials) check_grants(*credential);
    for (const auto& [key, target] : index_.targets) {
      if (auto resolved = resolve_target(index_, *target, findings_)) {
        out_.targets.push_back(std::move(*resolved));
      }
    }
    for (const auto& [key, set] : index_.secret_sets) add_set(*set);
    check_identities();
    drop_stopped_sets();
    // From here on problems do not stop a document: what rivals another waits by itself, and what
    // worked before goes on.
    find_rival_places();
    for (auto& target : out_.targets) finish(target);
    know_sets();
    know_idle_names();
    block_deletions();
    for (const auto& [key, credential] : index_.credentials) out_.credentials[key] = *credential;
    out_.problems = findings_.take();
    return std::move(out_);
  }

 private:
  void check_grants(const api::Credential& credential) {
    for (std::size_t i = 0; i < credential.grants.size(); ++i) {
      const auto& grant = credential.grants[i];
      for (std::size_t k = 0; k < grant.places.size(); ++k) {
        if (auto problem = pattern_problem(grant.places[k])) {
          findings_.add(credential.location, grant.at,
                        "spec.grants[" + std::to_string(i) + "].places[" + std::to_string(k) + "]",
                        std::move(*problem));
        }
      }
    }
  }

  /// A Target named wrongly in a rename would get the value under a name nobody reads.
  void check_names(const api::SecretSet& set) {
    check_names(set, set.targets, "spec.targets.names");
    for (std::size_t i = 0; i < set.secrets.size(); ++i) {
      const auto& entry = set.secrets[i];
      const auto path = "spec.secrets[" + std::to_string(i) + "]";
      check_renames(set, entry, path);
      for (std::size_t k = 0; k < entry.overrides.size(); ++k) {
        check_renames(set, entry.overrides[k], path + ".overrides[" + std::to_string(k) + "]");
      }
    }
  }

  void check_renames(const api::SecretSet& set, const api::EntryFields& fields,
                     const std::string& path) {
    if (!fields.as) return;
    for (std::size_t i = 0; i < fields.as->size(); ++i) {
      check_names(set, (*fields.as)[i].targets,
                  path + ".as[" + std::to_string(i) + "].targets.names");
    }
  }

  void check_names(const api::SecretSet& set, const api::TargetSelector& selector,
                   const std::string& path) {
    for (const auto& name : selector.names) {
      const ObjectKey key{set.metadata.ns, name};
      if (index_.targets.contains(key)) continue;
      findings_.add(set.location, selector.at, path, index_.missing("Target", key));
    }
  }

  void add_set(const api::SecretSet& set) {
    check_names(set);
    for (auto& resolved : out_.targets) {
      if (resolved.key.ns != set.metadata.ns) continue;
      const auto& target = *index_.targets.at(resolved.key);
      if (!selects(set.targets, target)) continue;
      resolved.selecting_sets.push_back(set.metadata.name);
      auto secrets = resolve_secrets(index_, set, target, resolved, findings_);
      std::ranges::move(secrets, std::back_inserter(resolved.secrets));
    }
  }

  /// A SecretSet with a problem anywhere stops everywhere: half a set would be half a truth.
  void drop_stopped_sets() {
    for (auto& target : out_.targets) {
      std::erase_if(target.secrets, [&](const DesiredSecret& secret) {
        return findings_.stops(index_.secret_sets.at(secret.secret_set)->location);
      });
    }
  }

  void find_rival_places() {
    std::map<std::string, std::vector<DesiredTarget*>> by_place;
    for (auto& target : out_.targets) {
      by_place[perhaps_one_place(target.place)].push_back(&target);
    }
    for (const auto& [place, targets] : by_place) {
      for (auto* target : targets) {
        for (const auto* other : targets) {
          if (other == target) continue;
          target->rivals.push_back(other->key);
          findings_.add(
              target->at, {}, "spec.place",
              target->place.key() +
                  (target->place == other->place ? " is also" : " may be, in another case,") +
                  " the place of Target \"" + to_string(other->key) + "\" (" +
                  to_string(other->at) + "); one place has one Target: merge them");
        }
      }
    }
  }

  void finish(DesiredTarget& target) {
    auto& secrets = target.secrets;
    std::ranges::sort(secrets, {}, [](const auto& s) { return std::tie(s.name, s.at); });
    for (std::size_t i = 0; i + 1 < secrets.size(); ++i) {
      auto& a = secrets[i];
      auto& b = secrets[i + 1];
      if (a.name != b.name) continue;
      a.rival = to_string(b.at);
      b.rival = to_string(a.at);
      const auto& document = index_.secret_sets.at(b.secret_set)->location;
      findings_.add(document, {b.at.line, b.at.column}, "spec.secrets",
                    "\"" + b.name + "\" at Target \"" + target.key.name + "\" is also claimed at " +
                        to_string(a.at) + "; one name has one entry: remove or rename one");
    }
  }

  /// One secret, wherever it goes, has one format and one rotation rule.
  void check_identities() {
    std::map<SecretId, const DesiredSecret*> first;
    for (const auto& target : out_.targets) {
      for (const auto& secret : target.secrets) {
        const auto it = first.emplace(secret.id, &secret).first;
        if (it->second->at == secret.at || same_rules(*it->second, secret)) continue;
        tell_apart(secret, *it->second);
        // Nobody knows which of the two is right: neither works.
        if (it->second->secret_set != secret.secret_set) tell_apart(*it->second, secret);
      }
    }
  }

  void tell_apart(const DesiredSecret& secret, const DesiredSecret& other) {
    findings_.add(index_.secret_sets.at(secret.secret_set)->location,
                  {secret.at.line, secret.at.column}, "spec.secrets",
                  "\"" + secret.name + "\" is the same secret as the entry at " +
                      to_string(other.at) + " (key \"" + secret.source_key + "\" of Secret \"" +
                      secret.source_secret +
                      "\") but has another format or rotation; make them equal");
  }

  static bool same_rules(const DesiredSecret& a, const DesiredSecret& b) {
    return a.format == b.format && a.rotation.policy == b.rotation.policy &&
           a.rotation.max_age == b.rotation.max_age &&
           a.rotation.consequence == b.rotation.consequence;
  }

  /// All Targets of a namespace share one list of its SecretSets.
  void know_sets() {
    std::map<std::string, std::shared_ptr<std::set<std::string>>> sets;
    const auto add = [&](const std::string& ns, const std::string& name) {
      auto& all = sets[ns];
      if (!all) all = std::make_shared<std::set<std::string>>();
      all->insert(name);
    };
    for (const auto& [key, set] : index_.secret_sets) add(key.ns, key.name);
    for (const auto& b : manifests_.broken) {
      if (b.kind == "SecretSet") add(b.ns, b.name);
    }
    for (auto& target : out_.targets) target.known_sets = sets[target.key.ns];
  }

  /// All Targets of a namespace share one list of what its idle SecretSets name.
  void know_idle_names() {
    const auto used = sets_in_use(out_);
    std::map<std::string, std::shared_ptr<std::map<std::string, std::string>>> names;
    for (const auto& [key, set] : index_.secret_sets) {
      if (used.contains(key)) continue;
      auto& all = names[key.ns];
      if (!all) all = std::make_shared<std::map<std::string, std::string>>();
      for (const auto& entry : set->secrets) {
        for (const auto& name : possible_names(entry)) all->emplace(name, key.name);
      }
    }
    for (auto& target : out_.targets) target.idle_names = names[target.key.ns];
  }

  /// S2: whatever may have claimed a name and is not understood keeps that name alive.
  void block_deletions() {
    out_.incomplete = manifests_.incomplete;
    out_.why_incomplete = manifests_.why_incomplete;
    const auto block = [&](const std::string& ns, const std::string& what, const Location& at) {
      out_.unclear.emplace(ns, what + " is invalid (" + to_string(at) + ")");
    };
    for (const auto& b : manifests_.broken) block(b.ns, b.kind + " " + b.ns + "/" + b.name, b.at);
    for (const auto& document : manifests_.documents) {
      if (!findings_.stops(api::location(document))) continue;
      const auto key = key_of(api::metadata(document));
      block(key.ns, std::string(api::kind_name(document)) + " " + to_string(key),
            api::location(document));
    }
    for (auto& target : out_.targets) target.deletions_blocked = out_.unclear_in(target.key.ns);
  }

  const Manifests& manifests_;
  Index index_;
  Findings findings_;
  Desired out_;
};

}  // namespace

Desired build_desired(const Manifests& manifests) {
  return Builder(manifests).run();
}

std::vector<api::Problem> idle_sets(const Manifests& manifests, const Desired& desired) {
  const auto used = sets_in_use(desired);
  std::set<std::string_view> with_targets;
  for (const auto& target : desired.targets) with_targets.insert(target.key.ns);
  const std::vector<std::string_view> namespaces(with_targets.begin(), with_targets.end());
  std::vector<api::Problem> out;
  for (const auto& document : manifests.documents) {
    const auto* set = std::get_if<api::SecretSet>(&document);
    if (!set || !desired.unclear_in(set->metadata.ns).empty()) continue;
    if (used.contains(key_of(set->metadata))) continue;
    const bool alone = !with_targets.contains(set->metadata.ns);
    const auto near = alone ? nearest(set->metadata.ns, namespaces) : "";
    out.push_back({set->location, "spec.targets",
                   "SecretSet \"" + set->metadata.name + "\" selects no Target of namespace \"" +
                       set->metadata.ns + "\"" +
                       (near.empty() ? "; correct it, or remove it"
                                     : "; did you mean namespace \"" + std::string(near) + "\"?")});
  }
  return out;
}

}  // namespace lockstep::plan
