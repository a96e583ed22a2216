// One Target's inputs, put together by hand: what is desired, remembered, seen and at hand.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/claims.hpp"
#include "plan/diff.hpp"
#include "plan/memory.hpp"

namespace lockstep::testing {

inline Wall time(std::string_view rfc3339) {
  return parse_rfc3339(rfc3339).value();
}
inline constexpr std::string_view noon = "2026-01-15T12:00:00Z";

/// Fingerprints and digests of the value `version` of a name, as the ledger would hold them.
inline std::string fingerprint(std::string_view name, int version = 1) {
  return "k1:f" + std::to_string(version) + "-" + std::string(name);
}
inline std::string token(std::string_view name, int version = 1) {
  return "k1:t" + std::to_string(version) + "-" + std::string(name);
}

struct Scene {
  DesiredTarget target;
  PlaceRecord record;
  Observation seen;
  std::map<std::string, plan::ValueSight> values;
  std::map<std::string, std::string> tokens;
  std::vector<std::pair<Gate, std::string>> gates;
  Wall now = time(noon);
  bool at_once = false;
  std::vector<Hold> holds;
  bool retry_contested = false;
  bool roll_out = false;

  explicit Scene(PlaceKind kind = PlaceKind::flyApp) {
    target.key = {"molecule", "control-plane"};
    target.place = {kind, {"molecule-cp"}};
    if (kind == PlaceKind::cloudflareWorker) {
      target.place.parts = {"0123456789abcdef0123456789abcdef", "production-cms"};
      seen.evidence = record.evidence = record.seen = {.event = "d1", .version = "v1"};
    }
    target.environment = "production";
    target.credential = "main";
    target.permitted = {api::Action::Read, api::Action::Write, api::Action::Delete};
    target.selecting_sets = {"runtime"};
    record.sequence = 7;
    seen.at = now;
  }

  /// Desires a name with a value at its source. The reference lives until the next desire().
  DesiredSecret& desire(const std::string& name, ValueKind kind = ValueKind::source) {
    auto& secrets = target.secrets;
    const auto where = std::ranges::lower_bound(secrets, name, {}, &DesiredSecret::name);
    auto& out = *secrets.insert(where, DesiredSecret{});
    out.name = name;
    out.id = {"molecule", "secret/production", name};
    out.secret_set = {"molecule", "runtime"};
    out.kind = kind;
    out.source_name = "values";
    if (kind != ValueKind::external && kind != ValueKind::absent) value(name, 1);
    return out;
  }
  /// The source has this version of the value.
  void value(const std::string& name, int version) {
    values[name] = {.kind = plan::ValueSight::Kind::available,
                    .problem = "",
                    .fingerprint = fingerprint(name, version),
                    .size = 40};
  }
  void no_value(const std::string& name, plan::ValueSight::Kind kind, std::string problem) {
    values[name] = {.kind = kind, .problem = std::move(problem), .fingerprint = "", .size = 0};
  }
  /// The place has the name, with that version of a value by the provider's digest.
  void there(const std::string& name, int version = 1) {
    gone(name);
    const auto where = std::ranges::lower_bound(seen.secrets, name, {}, &ObservedSecret::name);
    seen.secrets.insert(where, {.name = name, .token = {}, .updated_at = {}, .live = true});
    tokens[name] = token(name, version);
  }
  void gone(const std::string& name) {
    std::erase_if(seen.secrets, [&](const auto& s) { return s.name == name; });
    tokens.erase(name);
  }
  /// lockstep wrote version 1 of the name yesterday, and it is there.
  NameRecord& wrote(const std::string& name) {
    there(name);
    auto& known = record.names[name];
    known.fingerprint = fingerprint(name);
    known.token = token(name);
    known.written = true;
    known.written_at = now - std::chrono::hours(24);
    known.claimant = "SecretSet/runtime";
    return known;
  }
  /// Something happened at the place, and is its newest event now.
  void event(PlaceEvent::Effect effect, const std::string& trigger, const std::string& id = "d2") {
    seen.events.push_back({.id = id,
                           .version = "v-" + id,
                           .at = now - std::chrono::minutes(3),
                           .author = "jane@example.com",
                           .trigger = trigger,
                           .effect = effect});
    seen.evidence = {.event = id, .version = "v-" + id};
  }

  /// What a pass does with memory after a look.
  void look() {
    record = plan::digest_observation(target.place.kind, std::move(record), {seen, tokens}, now);
    record = plan::digest_desires(target, std::move(record), seen, now);
    record = plan::digest_contest(target.place.kind, std::move(record), retry_contested);
  }
  plan::DiffInput input() const {
    return {.target = target,
            .record = record,
            .observation = seen,
            .values = values,
            .gates = gates,
            .now = now,
            .at_once = at_once,
            .holds = holds,
            .roll_out = roll_out};
  }
  TargetPlan diff() const { return plan::diff(input()); }
  TargetPlan pass() {
    look();
    auto plan = diff();
    record = plan::remember_claims(target, plan.secrets, seen, std::move(record));
    return plan;
  }
  /// A pass later, with nothing new in the provider's history.
  TargetPlan pass_after(Nanos time_passed) {
    now += time_passed;
    seen.at = now;
    seen.events.clear();
    seen.history_complete = true;
    return pass();
  }
};

/// The only row of that name.
inline const PlannedSecret& row(const TargetPlan& plan, std::string_view name) {
  return *std::ranges::find(plan.secrets, name, &PlannedSecret::name);
}

}  // namespace lockstep::testing
