// What the manifests ask for at one Target, all documents taken together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"
#include "model/place.hpp"
#include "model/record.hpp"
#include "model/state.hpp"

namespace lockstep {

/// `namespace/name` of a document.
struct ObjectKey {
  std::string ns;
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
};
inline std::string to_string(const ObjectKey& key) {
  return key.ns + "/" + key.name;
}

/// At most this many of a place's names may be deleted in a day.
struct DeletionLimit {
  std::size_t percent = 25;
  std::optional<std::size_t> absolute;
  /// The number for a place that held `names` names: at least 1.
  std::size_t allowed(std::size_t names) const;
};

/// The policy in force: the Target's, then its Environment's, then these defaults.
struct EffectivePolicy {
  api::Drift drift = api::Drift::Repair;
  Seconds repair_after = std::chrono::minutes(10);
  api::OnUnverifiable on_unverifiable = api::OnUnverifiable::Report;
  api::Adopt adopt = api::Adopt::Refuse;
  api::Prune prune = api::Prune::Owned;
  Seconds prune_after = std::chrono::hours(1);
  DeletionLimit max_deletions;
  api::Apply apply = api::Apply::Live;
  std::vector<std::string> ignore;
  std::vector<api::WriteWindow> write_windows;
  api::OnDelete on_delete = api::OnDelete::Orphan;
};

/// `SecretSet/cms-runtime`: who desires a name, as the ledger writes it.
std::string claimant(std::string_view secret_set);

/// Where a desired value comes from.
enum class ValueKind : std::uint8_t { source, generate, literal, variable, external, absent };

/// One name that the manifests ask for at a Target.
struct DesiredSecret {
  std::string name;  ///< as the place stores it
  SecretId id;
  ObjectKey secret_set;
  Location at;  ///< of the entry
  ValueKind kind = ValueKind::source;
  std::string source_name;    ///< `values`: the Environment's word for the source
  std::string source_secret;  ///< the Secret behind it
  std::string source_key;
  std::string text;        ///< literal's or variable's text (public by definition)
  api::Generate generate;  ///< for generate; written to source_secret under source_key
  std::optional<Seconds> external_max_age;
  api::Format format;
  api::RotationRule rotation;
  bool optional = false;
  bool allow_empty = false;
  std::string description;
  std::string obtain_from;
  std::vector<std::string> used_by;
  /// Set: another entry claims the name too, so both are here; only the ledger's claimant works
  /// (plan/claims).
  std::string rival;
};

/// One Target with all that it needs; made by plan/graph.
struct DesiredTarget {
  ObjectKey key;
  Location at;
  Place place;
  std::map<std::string, std::string> labels;
  std::string environment;
  api::ApprovalRule approval = api::ApprovalRule::Destructive;
  std::string credential;           ///< name in the same namespace; "" for dotenvFile
  std::set<api::Action> permitted;  ///< what the credential's grants allow at this place
  api::Mode mode = api::Mode::Manage;
  Seconds interval = std::chrono::minutes(5);
  EffectivePolicy policy;
  std::vector<DesiredSecret> secrets;               ///< sorted by name
  std::vector<std::pair<Gate, std::string>> gates;  ///< that hold for the whole Target
  std::vector<ObjectKey> rivals;  ///< other Targets on this place: only the incumbent works
  std::vector<std::string> selecting_sets;  ///< SecretSets that select this Target, sorted
  /// All SecretSets of its namespace, broken ones too; nullptr: none.
  std::shared_ptr<const std::set<std::string>> known_sets;
  /// Names that SecretSets of its namespace list which select no Target at all, and one such set
  /// for each: a mistyped selector must not let go of a name. nullptr: none.
  std::shared_ptr<const std::map<std::string, std::string>> idle_names;
  std::string deletions_blocked;  ///< S2: why nothing may be deleted here; "" when it may
  std::vector<api::Requirement> requires_;
  std::optional<api::Expectation> expect;  ///< how its place must be guarded before a write
  /// At a dotenvFile: Secrets of Environments that need approval, which must not reach it (S19).
  std::vector<ObjectKey> guarded;
};

/// Everything the manifests ask for.
struct Desired {
  std::vector<DesiredTarget> targets;  ///< sorted by key
  std::vector<api::Problem> problems;  ///< across documents, sorted by place in the files
  std::map<ObjectKey, api::Credential> credentials;
  /// S2: some text or document that is not understood may be any of ours.
  bool incomplete = false;
  std::string why_incomplete = {};  ///< which: `shop.yaml:3:5 is not understood`
  /// Namespaces with a document that is not understood, and which.
  std::map<std::string, std::string> unclear;

  /// Why what is not seen in a namespace may be there all the same; "" when all of it was read.
  std::string unclear_in(const std::string& ns) const;

  /// The Credential that a Target of these names; nullptr for places that need none.
  const api::Credential* credential_of(const DesiredTarget& target) const {
    const auto found = credentials.find({target.key.ns, target.credential});
    return found == credentials.end() ? nullptr : &found->second;
  }
};

}  // namespace lockstep
