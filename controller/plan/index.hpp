// Documents by name, and the list of what is wrong across them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/kinds.hpp"
#include "plan/graph.hpp"

namespace lockstep::plan {

/// The documents of a snapshot by kind and name. Pointers live as long as the snapshot.
struct Index {
  explicit Index(const Manifests& manifests);

  std::map<ObjectKey, const api::Credential*> credentials;
  std::map<ObjectKey, const api::Environment*> environments;
  std::map<ObjectKey, const api::Target*> targets;
  std::map<ObjectKey, const api::SecretSet*> secret_sets;
  /// `Environment cms/production` -> where, for each document that is broken.
  std::map<std::string, Location> broken;

  /// What a reference to a document that is not there deserves to hear.
  std::string missing(std::string_view kind, const ObjectKey& key) const;
};

/// Collects problems and remembers which documents they stop.
class Findings {
 public:
  /// A problem at `at` in `document` (a part's position, or the document's own when unknown).
  void add(const Location& document, api::Position at, std::string path, std::string text);
  /// True when a problem was added for the document at that location.
  bool stops(const Location& document) const { return stopped_.contains(document); }
  /// All problems, sorted by file and line, each once.
  std::vector<api::Problem> take();

 private:
  std::vector<api::Problem> problems_;
  std::set<Location> stopped_;
};

ObjectKey key_of(const api::Metadata& metadata);

}  // namespace lockstep::plan
