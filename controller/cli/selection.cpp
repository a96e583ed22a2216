#include "cli/selection.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace lockstep::cli {

namespace {

/// Distinct words, sorted, as `a, b and 3 more`.
std::string some_of(std::set<std::string> words) {
  constexpr std::size_t most = 8;
  std::vector<std::string> out(words.begin(), words.end());
  const auto more = out.size() > most ? out.size() - most : 0;
  if (more > 0) out.resize(most);
  return join(out, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// What to say of a name that fits nothing.
std::string unknown(std::string_view what, const std::string& name,
                    const std::set<std::string>& known) {
  auto text = "there is no valid " + std::string(what) + " " + name;
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const auto near = nearest(name, candidates);
  if (!near.empty()) return text + " (did you mean " + std::string(near) + "?)";
  return text + (known.empty() ? "; there is none at all" : "; there are: " + some_of(known));
}

bool fits(const ObjectKey& key, const std::string& name) {
  return name == key.name || name == to_string(key);
}

Result<ObjectKey> find_target(const std::vector<DesiredTarget>& all, const std::string& name) {
  std::set<std::string> found;
  std::set<std::string> known;
  ObjectKey key;
  for (const auto& target : all) {
    known.insert(to_string(target.key));
    if (name.find('/') == std::string::npos) known.insert(target.key.name);
    if (!fits(target.key, name)) continue;
    key = target.key;
    found.insert(to_string(key));
  }
  if (found.empty()) return fail(ErrorKind::invalid, unknown("Target", name, known));
  if (found.size() > 1) {
    return fail(ErrorKind::invalid,
                "--target " + name + " fits several Targets; name one: " + some_of(found));
  }
  return key;
}

}  // namespace

Result<std::vector<const DesiredTarget*>> select_targets(const reconcile::World& world,
                                                         const Choice& choice) {
  const auto& all = world.desired.targets;
  std::set<ObjectKey> keys;
  for (const auto& name : choice.targets) {
    TRY(auto key, find_target(all, name));
    keys.insert(std::move(key));
  }
  std::set<std::string> known;
  for (const auto& target : all) known.insert(target.environment);
  const std::set<std::string> environments(choice.environments.begin(), choice.environments.end());
  for (const auto& name : environments) {
    if (known.contains(name)) continue;
    return fail(ErrorKind::invalid, unknown("Target in Environment", name, known));
  }
  std::vector<const DesiredTarget*> out;
  for (const auto& target : all) {
    if (!keys.empty() && !keys.contains(target.key)) continue;
    if (!environments.empty() && !environments.contains(target.environment)) continue;
    out.push_back(&target);
  }
  if (out.empty() && !(keys.empty() && environments.empty())) {
    return fail(ErrorKind::invalid, "none of the Targets named is in an Environment named");
  }
  return out;
}

}  // namespace lockstep::cli
