#include "plan/desired_target.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "plan/naming.hpp"
#include "plan/window.hpp"

namespace lockstep::plan {

namespace {

template <class T>
T pick(const std::optional<T>& target, const std::optional<T>& environment, T fallback) {
  return target ? *target : environment ? *environment : fallback;
}

DeletionLimit parse_limit(std::string_view text) {
  DeletionLimit out;
  const auto number =
      static_cast<std::size_t>(std::strtoul(std::string(text).c_str(), nullptr, 10));
  if (text.ends_with('%')) {
    out.percent = number;
  } else {
    out.absolute = number;
  }
  return out;
}

EffectivePolicy merge(const api::Policy& target, const api::Policy& environment) {
  const EffectivePolicy d;
  EffectivePolicy out;
  out.drift = pick(target.drift, environment.drift, d.drift);
  out.repair_after = pick(target.repair_after, environment.repair_after, d.repair_after);
  out.on_unverifiable =
      pick(target.on_unverifiable, environment.on_unverifiable, d.on_unverifiable);
  out.adopt = pick(target.adopt, environment.adopt, d.adopt);
  out.prune = pick(target.prune, environment.prune, d.prune);
  out.prune_after = pick(target.prune_after, environment.prune_after, d.prune_after);
  out.max_deletions =
      parse_limit(pick(target.max_deletions, environment.max_deletions, std::string("25%")));
  out.apply = pick(target.apply, environment.apply, d.apply);
  out.ignore = pick(target.ignore, environment.ignore, d.ignore);
  out.write_windows = pick(target.write_windows, environment.write_windows, d.write_windows);
  out.on_delete = pick(target.on_delete, environment.on_delete, d.on_delete);
  return out;
}

std::set<api::Action> granted(const api::Credential& credential, const Place& place) {
  std::set<api::Action> out;
  for (const auto& grant : credential.grants) {
    const bool here = std::ranges::any_of(
        grant.places, [&](const auto& pattern) { return covers(pattern, place); });
    if (here) out.insert(grant.actions.begin(), grant.actions.end());
  }
  return out;
}

bool lists(const api::Environment& environment, const Place& place) {
  return std::ranges::any_of(environment.places,
                             [&](const auto& pattern) { return covers(pattern, place); });
}

/// Gates that hold because this release cannot do what the manifests ask for.
void add_unsupported(DesiredTarget& out) {
  const auto add = [&](std::string text) {
    out.gates.emplace_back(Gate::Unsupported, std::move(text));
  };
  if (!capabilities_of(out.place.kind).built) {
    add(std::string(to_string(out.place.kind)) + " places are not built in this release");
  }
  if (out.policy.on_delete == api::OnDelete::DeleteOwned) {
    add("policy.onDelete: DeleteOwned is not built in this release");
  }
  if (out.place.kind == PlaceKind::githubRepository && out.place.parts.back() != "Actions") {
    add("githubRepository with store: " + out.place.parts.back() + " is not built in this release");
  }
}

void add_suspended(const Index& index, const api::Target& target,
                   const api::Environment& environment, DesiredTarget& out) {
  if (target.suspend) out.gates.emplace_back(Gate::Suspended, "the Target says suspend: true");
  if (environment.suspend) {
    out.gates.emplace_back(Gate::Suspended,
                           "Environment " + out.environment + " says suspend: true");
  }
  const auto credential = index.credentials.find({out.key.ns, out.credential});
  if (credential != index.credentials.end() && credential->second->suspend) {
    out.gates.emplace_back(Gate::Suspended, "Credential " + out.credential + " says suspend: true");
  }
}

/// Where the place belongs: its Environment must list it, and no other one of the namespace may.
void check_place(const Index& index, const api::Target& target, const api::Environment& environment,
                 const DesiredTarget& out, Findings& findings) {
  const bool dotenv = out.place.kind == PlaceKind::dotenvFile;
  if (dotenv && !environment.local) {
    findings.add(target.location, {}, "spec.place.dotenvFile",
                 "a dotenvFile may stand only in an Environment with local: true; name one in "
                 "spec.environmentRef");
  }
  if (!dotenv && environment.local) {
    findings.add(target.location, {}, "spec.place",
                 "Environment \"" + environment.metadata.name +
                     "\" says local: true, so only dotenvFile places may stand in it; name another "
                     "Environment");
  }
  // The wrong stage: what it lists says nothing more.
  if (dotenv != environment.local) return;
  const auto key = out.place.key();
  if (!lists(environment, out.place)) {
    findings.add(target.location, {}, "spec.place",
                 key + " is not a place of Environment \"" + environment.metadata.name +
                     "\"; add it to that Environment's spec.places, or correct the place");
  }
  for (const auto& [other_key, other] : index.environments) {
    if (other == &environment || other_key.ns != out.key.ns || !lists(*other, out.place)) continue;
    findings.add(target.location, {}, "spec.place",
                 key + " is listed by two Environments, \"" + environment.metadata.name +
                     "\" and \"" + other->metadata.name + "\"; narrow the spec.places of one");
  }
  const auto* worker = std::get_if<api::CloudflareWorker>(&target.place);
  if (worker && !environment.naming.empty() && target.naming == api::Naming::Enforce &&
      !fits_naming(environment.naming, environment.metadata.name, worker->script)) {
    findings.add(target.location, {}, "spec.place.cloudflareWorker.script",
                 "\"" + worker->script + "\" does not fit the naming rule \"" + environment.naming +
                     "\" of Environment \"" + environment.metadata.name +
                     "\"; correct the name, or say spec.naming: \"Off\"");
  }
}

/// A window in a zone that nobody knows would never open.
void check_windows(const api::Policy& policy, const Location& document, Findings& findings) {
  if (!policy.write_windows) return;
  for (std::size_t i = 0; i < policy.write_windows->size(); ++i) {
    const auto& window = (*policy.write_windows)[i];
    if (known_time_zone(window.time_zone)) continue;
    findings.add(document, window.at,
                 "spec.policy.writeWindows[" + std::to_string(i) + "].timeZone",
                 "this machine knows no time zone \"" + window.time_zone +
                     "\"; use a name of the IANA database, for example Europe/Berlin");
  }
}

/// A document that is there and wrong stops what depends on it.
void check_usable(std::string_view kind, const std::string& name, const Location& document,
                  const Location& target, api::Position at, Findings& findings) {
  if (!findings.stops(document)) return;
  findings.add(target, at,
               kind == "Environment" ? "spec.environmentRef.name" : "spec.credentialRef.name",
               std::string(kind) + " \"" + name + "\" is invalid (" + to_string(document) +
                   "); mend it first");
}

const api::Credential* find_credential(const Index& index, const api::Target& target,
                                       Findings& findings) {
  if (!target.credential_ref) return nullptr;
  const ObjectKey key{target.metadata.ns, target.credential_ref->name};
  const auto found = index.credentials.find(key);
  if (found != index.credentials.end()) {
    check_usable("Credential", key.name, found->second->location, target.location,
                 target.credential_ref->at, findings);
    return found->second;
  }
  findings.add(target.location, target.credential_ref->at, "spec.credentialRef.name",
               index.missing("Credential", key));
  return nullptr;
}

/// Its values need a person's yes, so they are not for a developer's file (S19).
bool guards(const api::Environment& environment) {
  return environment.approval != api::ApprovalRule::None;
}

/// The Secrets of all such Environments: what stands in for one on this machine must not stand in
/// for a local one too, in whatever namespace.
std::vector<ObjectKey> guarded_secrets(const Index& index) {
  std::set<ObjectKey> out;
  for (const auto& [key, environment] : index.environments) {
    if (!guards(*environment)) continue;
    for (const auto& source : environment->sources) out.insert({key.ns, source.secret_ref.name});
  }
  return {out.begin(), out.end()};
}

/// S19: a dotenvFile must not come near the values of an Environment that guards them.
void check_local_sources(const Index& index, const api::Environment& environment,
                         Findings& findings) {
  if (!environment.local) return;
  if (guards(environment)) {
    findings.add(environment.location, {}, "spec.approval",
                 "values of an Environment whose approval is not None must not reach a local file, "
                 "and with local: true all its places are local files; say approval: None");
  }
  for (std::size_t i = 0; i < environment.sources.size(); ++i) {
    const auto& source = environment.sources[i];
    for (const auto& [key, other] : index.environments) {
      if (other == &environment || !guards(*other) || key.ns != environment.metadata.ns) continue;
      const bool shared = std::ranges::any_of(other->sources, [&](const auto& theirs) {
        return theirs.secret_ref.name == source.secret_ref.name;
      });
      if (!shared) continue;
      findings.add(
          environment.location, source.at, "spec.sources[" + std::to_string(i) + "].secretRef.name",
          "Secret \"" + source.secret_ref.name + "\" belongs to Environment \"" + key.name +
              "\", whose values need approval and must not reach a local file; name another");
    }
  }
}

}  // namespace

std::optional<DesiredTarget> resolve_target(const Index& index, const api::Target& target,
                                            Findings& findings) {
  DesiredTarget out;
  out.key = key_of(target.metadata);
  out.at = target.location;
  const ObjectKey environment_key{out.key.ns, target.environment_ref.name};
  const auto environment = index.environments.find(environment_key);
  if (environment == index.environments.end()) {
    findings.add(target.location, target.environment_ref.at, "spec.environmentRef.name",
                 index.missing("Environment", environment_key));
  } else {
    check_usable("Environment", environment_key.name, environment->second->location,
                 target.location, target.environment_ref.at, findings);
  }
  check_windows(target.policy, target.location, findings);
  const auto* credential = find_credential(index, target, findings);
  if (findings.stops(target.location)) return std::nullopt;

  auto place = place_of(target.place, credential);
  if (!place) {
    findings.add(target.location,
                 target.credential_ref ? target.credential_ref->at : api::Position{},
                 "spec.credentialRef", place.error().message);
    return std::nullopt;
  }
  const auto& env = *environment->second;
  out.place = std::move(*place);
  out.labels = target.metadata.labels;
  out.environment = env.metadata.name;
  out.approval = env.approval;
  out.mode = target.mode;
  out.interval = target.interval;
  out.policy = merge(target.policy, env.policy);
  out.requires_ = env.requires_;
  if (const auto* github = std::get_if<api::GitHubEnvironment>(&target.place)) {
    out.expect = github->expect;
  }
  if (out.place.kind == PlaceKind::dotenvFile) out.guarded = guarded_secrets(index);
  if (credential) {
    out.credential = credential->metadata.name;
    out.permitted = granted(*credential, out.place);
    if (out.permitted.empty()) {
      findings.add(target.location, target.credential_ref->at, "spec.credentialRef",
                   "Credential \"" + out.credential + "\" grants nothing at " + out.place.key() +
                       "; add the place to one of its spec.grants");
    } else if (!out.permitted.contains(api::Action::Read)) {
      findings.add(target.location, target.credential_ref->at, "spec.credentialRef",
                   "Credential \"" + out.credential + "\" does not grant Read at " +
                       out.place.key() +
                       "; lockstep reads before it writes: add Read to that grant");
    }
  }
  check_place(index, target, env, out, findings);
  if (findings.stops(target.location)) return std::nullopt;
  if (out.mode == api::Mode::Observe) {
    out.gates.emplace_back(Gate::Observe, "the Target says mode: Observe");
  }
  add_suspended(index, target, env, out);
  add_unsupported(out);
  return out;
}

void check_environment(const Index& index, const api::Environment& environment,
                       Findings& findings) {
  const auto add = [&](api::Position at, std::string path, std::string text) {
    findings.add(environment.location, at, std::move(path), std::move(text));
  };
  for (std::size_t i = 0; i < environment.places.size(); ++i) {
    if (auto problem = pattern_problem(environment.places[i])) {
      add({}, "spec.places[" + std::to_string(i) + "]", std::move(*problem));
    }
  }
  if (auto problem = naming_problem(environment.naming))
    add({}, "spec.naming", std::move(*problem));
  check_windows(environment.policy, environment.location, findings);
  check_local_sources(index, environment, findings);
  std::set<std::string> names;
  for (std::size_t i = 0; i < environment.sources.size(); ++i) {
    const auto& source = environment.sources[i];
    if (!names.insert(source.name).second) {
      add(source.at, "spec.sources[" + std::to_string(i) + "].name",
          "a second source \"" + source.name + "\"; give each its own name");
    }
  }
  for (std::size_t i = 0; i < environment.requires_.size(); ++i) {
    const auto& requirement = environment.requires_[i];
    const ObjectKey key{environment.metadata.ns, requirement.credential_ref.name};
    const auto path = "spec.requires[" + std::to_string(i) + "].credentialRef.name";
    const auto found = index.credentials.find(key);
    if (found == index.credentials.end()) {
      add(requirement.credential_ref.at, path, index.missing("Credential", key));
    } else if (!std::holds_alternative<api::CloudflareAccess>(found->second->provider)) {
      add(requirement.credential_ref.at, path,
          "Credential \"" + key.name + "\" is not a cloudflare credential; name one that is");
    }
  }
}

}  // namespace lockstep::plan
