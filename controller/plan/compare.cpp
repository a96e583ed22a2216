#include "plan/compare.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "plan/claims.hpp"

namespace lockstep::plan {

std::string_view to_string(Turn turn) {
  switch (turn) {
    case Turn::same:
      return "same";
    case Turn::added:
      return "added";
    case Turn::changed:
      return "changed";
    case Turn::removed:
      return "removed";
  }
  return "same";
}

bool Comparison::differs() const {
  return with_base &&
         std::ranges::any_of(targets, [](const auto& target) { return target.turn != Turn::same; });
}

namespace {

std::string value_of(const DesiredSecret& secret) {
  switch (secret.kind) {
    case ValueKind::source:
      return "source " + secret.source_name + ", key " + secret.source_key;
    case ValueKind::generate:
      return "generated, " + std::to_string(secret.generate.bytes) + " bytes, kept by source " +
             secret.source_name + " as " + secret.source_key;
    case ValueKind::literal:
      return "literal " + secret.text;
    case ValueKind::variable:
      return "variable with the text " + secret.text;
    case ValueKind::external:
      return secret.external_max_age ? "written by someone else, at most " +
                                           lockstep::to_text(*secret.external_max_age) + " old"
                                     : "written by someone else";
    case ValueKind::absent:
      return "declared absent";
  }
  return "";
}

std::string format_of(const api::Format& format) {
  std::vector<std::string> parts;
  const auto number = [&](std::string_view name, const std::optional<std::int64_t>& n) {
    if (n) parts.push_back(std::string(name) + " " + std::to_string(*n));
  };
  number("minLength", format.min_length);
  number("maxLength", format.max_length);
  number("hexBytes", format.hex_bytes);
  number("base64Bytes", format.base64_bytes);
  if (format.pattern) parts.push_back("pattern " + *format.pattern);
  if (format.prefix) parts.push_back("prefix " + join(*format.prefix, " or "));
  if (format.one_of) parts.push_back("one of " + join(*format.one_of, ", "));
  if (format.url) parts.emplace_back("url " + join(format.url->schemes, " or "));
  if (format.email) parts.emplace_back("email");
  if (format.uuid) parts.emplace_back("uuid");
  if (format.json) parts.emplace_back("json");
  return parts.empty() ? "any" : join(parts, ", ");
}

std::string rotation_of(const api::RotationRule& rule) {
  switch (rule.policy) {
    case api::RotationPolicy::OnDemand:
      return "OnDemand";
    case api::RotationPolicy::Scheduled:
      return "Scheduled" +
             (rule.max_age ? " every " + lockstep::to_text(*rule.max_age) : std::string());
    case api::RotationPolicy::CompromisedOnly:
      return "CompromisedOnly";
  }
  return "";
}

std::string_view word(bool truth) {
  return truth ? "yes" : "no";
}

/// Collects `WHAT: BEFORE -> AFTER`.
class Changes {
 public:
  void add(std::string_view what, std::string_view before, std::string_view after) {
    if (before == after) return;
    const auto told = [](std::string_view value) { return value.empty() ? "(none)" : value; };
    out_.push_back(std::string(what) + ": " + std::string(told(before)) + " -> " +
                   std::string(told(after)));
  }
  std::vector<std::string> take() { return std::move(out_); }

 private:
  std::vector<std::string> out_;
};

std::vector<std::string> changes_of(const DesiredSecret& before, const DesiredSecret& after) {
  Changes out;
  out.add("value", value_of(before), value_of(after));
  out.add("format", format_of(before.format), format_of(after.format));
  out.add("rotation", rotation_of(before.rotation), rotation_of(after.rotation));
  out.add("consequence", before.rotation.consequence, after.rotation.consequence);
  out.add("optional", word(before.optional), word(after.optional));
  out.add("allowEmpty", word(before.allow_empty), word(after.allow_empty));
  out.add("SecretSet", before.secret_set.name, after.secret_set.name);
  auto changes = out.take();
  if (before.format != after.format && format_of(before.format) == format_of(after.format)) {
    changes.emplace_back("format: details");
  }
  return changes;
}

std::string rule_of(api::ApprovalRule rule) {
  switch (rule) {
    case api::ApprovalRule::None:
      return "None";
    case api::ApprovalRule::Destructive:
      return "Destructive";
    case api::ApprovalRule::Always:
      return "Always";
  }
  return "";
}

std::string prune_of(api::Prune prune) {
  switch (prune) {
    case api::Prune::Never:
      return "Never";
    case api::Prune::Owned:
      return "Owned";
    case api::Prune::All:
      return "All";
  }
  return "";
}

std::string adopt_of(api::Adopt adopt) {
  switch (adopt) {
    case api::Adopt::Refuse:
      return "Refuse";
    case api::Adopt::Trust:
      return "Trust";
    case api::Adopt::Overwrite:
      return "Overwrite";
  }
  return "";
}

std::string limit_of(const DeletionLimit& limit) {
  return limit.absolute ? std::to_string(*limit.absolute) : std::to_string(limit.percent) + "%";
}

std::vector<std::string> changes_of(const DesiredTarget& before, const DesiredTarget& after) {
  const auto& old_policy = before.policy;
  const auto& policy = after.policy;
  Changes out;
  out.add("place", before.place.key(), after.place.key());
  out.add("Environment", before.environment, after.environment);
  out.add("Credential", before.credential, after.credential);
  out.add("approval", rule_of(before.approval), rule_of(after.approval));
  out.add("mode", before.mode == api::Mode::Observe ? "Observe" : "Manage",
          after.mode == api::Mode::Observe ? "Observe" : "Manage");
  out.add("interval", lockstep::to_text(before.interval), lockstep::to_text(after.interval));
  out.add("policy.drift", old_policy.drift == api::Drift::Repair ? "Repair" : "Report",
          policy.drift == api::Drift::Repair ? "Repair" : "Report");
  out.add("policy.repairAfter", lockstep::to_text(old_policy.repair_after),
          lockstep::to_text(policy.repair_after));
  out.add("policy.adopt", adopt_of(old_policy.adopt), adopt_of(policy.adopt));
  out.add("policy.prune", prune_of(old_policy.prune), prune_of(policy.prune));
  out.add("policy.pruneAfter", lockstep::to_text(old_policy.prune_after),
          lockstep::to_text(policy.prune_after));
  out.add("policy.maxDeletions", limit_of(old_policy.max_deletions),
          limit_of(policy.max_deletions));
  out.add("policy.apply", old_policy.apply == api::Apply::Live ? "Live" : "Staged",
          policy.apply == api::Apply::Live ? "Live" : "Staged");
  out.add("policy.ignore", join(old_policy.ignore, ", "), join(policy.ignore, ", "));
  return out.take();
}

bool nothing_left(const DesiredTarget& target) {
  return std::ranges::all_of(target.secrets,
                             [](const auto& s) { return s.kind == ValueKind::absent; });
}

/// What becomes of a name that the newer manifests no longer ask for.
void part_with(ComparedName& out, const DesiredTarget& target, const DesiredSecret& before,
               const DesiredTarget& after) {
  const auto later = " after " + lockstep::to_text(after.policy.prune_after);
  switch (after.policy.prune) {
    case api::Prune::Never:
      out.then = "stays there (prune: Never)";
      return;
    case api::Prune::Owned:
      out.then = "deleted" + later + " if lockstep created it and nobody changed it since";
      break;
    case api::Prune::All:
      out.then = "deleted" + later + " (prune: All)";
      if (after.approval != api::ApprovalRule::None) {
        out.approval = "prune: All, unless lockstep created it and nobody changed it since";
      }
      break;
  }
  PlaceRecord record;
  record.selecting_sets = target.selecting_sets;
  record.names[before.name].claimant = claimant(before.secret_set.name);
  record = digest_claims(after, std::move(record));
  if (nothing_left(after)) {
    out.approval = "nothing is desired at this place any more";
  } else if (auto unsure = may_be_wanted(after, record, before.name); !unsure.empty()) {
    out.approval = std::move(unsure);
  } else if (after.approval == api::ApprovalRule::Always) {
    out.approval = "approval: Always";
  }
}

/// Why writing this name would need a yes, as far as manifests tell.
std::string write_approval(const DesiredTarget& target, const DesiredSecret& secret, Turn turn) {
  if (secret.kind == ValueKind::external) return "";
  if (secret.kind == ValueKind::absent) {
    return target.approval == api::ApprovalRule::Always ? "approval: Always" : "";
  }
  if (secret.rotation.policy == api::RotationPolicy::CompromisedOnly && turn == Turn::changed) {
    return "CompromisedOnly, where the value becomes another: " + secret.rotation.consequence;
  }
  if (target.approval == api::ApprovalRule::Always) return "approval: Always";
  if (turn == Turn::added && target.policy.adopt == api::Adopt::Overwrite &&
      target.approval != api::ApprovalRule::None) {
    return "adopt: Overwrite, where the name is there already";
  }
  return "";
}

/// Entries by name; of rivals that claim one name each counts.
std::multimap<std::string, const DesiredSecret*> by_name(const DesiredTarget* target) {
  std::multimap<std::string, const DesiredSecret*> out;
  if (!target) return out;
  for (const auto& secret : target->secrets) out.emplace(secret.name, &secret);
  return out;
}

const DesiredSecret* find(const std::multimap<std::string, const DesiredSecret*>& all,
                          const DesiredSecret& like) {
  const auto [first, last] = all.equal_range(like.name);
  for (auto it = first; it != last; ++it) {
    if (it->second->secret_set == like.secret_set) return it->second;
  }
  return first == last ? nullptr : first->second;
}

ComparedTarget head_of(const DesiredTarget& target) {
  return {.key = target.key,
          .turn = Turn::same,
          .place = target.place.key(),
          .environment = target.environment,
          .changes = {},
          .gates = target.gates,
          .names = {}};
}

ComparedTarget compare_target(const DesiredTarget* before, const DesiredTarget& after,
                              bool with_base) {
  auto out = head_of(after);
  if (before) out.changes = changes_of(*before, after);
  const auto old_names = by_name(before), new_names = by_name(&after);
  for (const auto& secret : after.secrets) {
    ComparedName name{.name = secret.name, .value = value_of(secret)};
    const auto* old = find(old_names, secret);
    if (with_base && !old) name.turn = Turn::added;
    if (old) name.changes = changes_of(*old, secret);
    if (!name.changes.empty()) name.turn = Turn::changed;
    if (name.turn != Turn::same) name.approval = write_approval(after, secret, name.turn);
    if (!secret.rival.empty()) name.changes.push_back("also claimed at " + secret.rival);
    out.names.push_back(std::move(name));
  }
  for (const auto& [word, old] : old_names) {
    if (new_names.contains(word)) continue;
    ComparedName name{.name = word, .turn = Turn::removed};
    part_with(name, *before, *old, after);
    out.names.push_back(std::move(name));
  }
  std::ranges::sort(out.names, {}, [](const auto& n) { return std::tie(n.name, n.value); });
  const bool any =
      std::ranges::any_of(out.names, [](const auto& n) { return n.turn != Turn::same; });
  if (with_base && !before) {
    out.turn = Turn::added;
  } else if (any || !out.changes.empty() || (before && before->gates != after.gates)) {
    out.turn = Turn::changed;
  }
  if (!with_base) out.turn = Turn::same;
  return out;
}

ComparedTarget removed(const DesiredTarget& before) {
  auto out = head_of(before);
  out.turn = Turn::removed;
  out.gates.clear();
  for (const auto& secret : before.secrets) {
    out.names.push_back({.name = secret.name,
                         .turn = Turn::removed,
                         .value = {},
                         .changes = {},
                         .then = "stays there: nothing looks after this place any more",
                         .approval = {}});
  }
  return out;
}

}  // namespace

Comparison compare(const Desired* base, const Desired& head) {
  Comparison out;
  out.with_base = base != nullptr;
  if (base) out.base_problems = base->problems.size();
  std::map<ObjectKey, const DesiredTarget*> old;
  if (base) {
    for (const auto& target : base->targets) old[target.key] = &target;
  }
  for (const auto& target : head.targets) {
    const auto found = old.find(target.key);
    out.targets.push_back(
        compare_target(found == old.end() ? nullptr : found->second, target, base != nullptr));
    if (found != old.end()) old.erase(found);
  }
  for (const auto& [key, target] : old) out.targets.push_back(removed(*target));
  std::ranges::sort(out.targets, {}, &ComparedTarget::key);
  return out;
}

}  // namespace lockstep::plan
