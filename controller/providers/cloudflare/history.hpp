// What a Worker's deployments and versions say: pure readings, no calls.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/change.hpp"
#include "model/observation.hpp"
#include "providers/cloudflare/api.hpp"

namespace lockstep::providers::cloudflare {

/// One version's share of the traffic.
struct Share {
  std::string version;
  double percent = 0;
};

/// One deployment (https://developers.cloudflare.com/api/resources/workers/subresources/scripts/).
struct Deployment {
  std::string id;
  Wall created{};
  std::string author;   ///< e-mail; "" when not told. Harmless to show, as all texts here
  std::string source;   ///< `wrangler`, `dash`
  std::string trigger;  ///< annotation `workers/triggered_by`; "" when not told
  PlaceEvent::Effect effect = PlaceEvent::Effect::may_change;  ///< by the trigger
  std::vector<Share> shares;
  bool by_percentage = true;  ///< false: a strategy that lockstep does not know

  /// The version that gets all traffic; nothing when traffic is split or the strategy is unknown.
  std::optional<std::string> only_version() const;
  /// The evidence: `v1`, or `v1@90+v2@10` while traffic is split.
  std::string version_text() const;
};
/// The newest and active one first; empty for a Worker that was never deployed.
Result<std::vector<Deployment>> read_deployments(const Answer& answer, const Purpose& purpose);

/// One version, deployed or not.
struct Version {
  std::string id;
  Wall created{};
  std::string author;
  double number = 0;
  std::string attempt;  ///< of lockstep's staged write that made it (staging.hpp); "" for others'
};
/// The newest first.
Result<std::vector<Version>> read_versions(const Answer& answer, const Purpose& purpose);

/// The id of the version that an answer is about.
Result<std::string> read_version_id(const Answer& answer, const Purpose& purpose);

/// All names that a Worker's code can see.
struct Bindings {
  std::vector<std::string> secrets;          ///< sorted
  std::map<std::string, std::string> taken;  ///< everything else, with its type
};
Result<Bindings> read_bindings(const Answer& answer, const Purpose& purpose);

/// What a deployment does to secrets, by its trigger. Deploys inherit secrets; a rollback brings an
/// old version's back; what is not known may do anything.
PlaceEvent::Effect effect_of(std::string_view trigger);

/// The deployments after the one with the id `event`, oldest first.
struct Since {
  std::vector<PlaceEvent> events;
  bool complete = true;  ///< false: that deployment is not in the list
};
/// Nothing happened since an empty `event`: there is nothing to compare with.
Since since(const std::vector<Deployment>& deployments, std::string_view event);

/// The active deployment as evidence; empty when there is none.
PlaceEvidence evidence_of(const std::vector<Deployment>& deployments);

/// S8, what both kinds of writes ask for: one version has all traffic, and versions are listed.
WriteCheck check_traffic(const std::string& script, const std::vector<Deployment>& deployments,
                         const std::vector<Version>& versions);
/// S8: ok only when one version has all traffic and no newer version exists, because a write of
/// secrets starts from the newest version and deploys it. `staged` is the version that lockstep
/// staged last: it is refused like any other, because it may have been made over code that was
/// rolled back since, and because a person decides when it goes live.
WriteCheck check(const std::string& script, const std::vector<Deployment>& deployments,
                 const std::vector<Version>& versions, const std::optional<std::string>& staged);

/// Fills in the evidence of a write that succeeded, from the deployments after it and the evidence
/// before it. Ours only when exactly one secret change is new; presumed when ordinary deploys are
/// new too, or when the one new deployment does not say what triggered it. Else `applied` stays as
/// it is.
void take_evidence(Applied& applied, const PlaceEvidence& before,
                   const std::vector<Deployment>& after);

}  // namespace lockstep::providers::cloudflare
