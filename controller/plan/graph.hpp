// All documents together: references, grants, conflicts; what every Target shall hold.
#pragma once

#include <vector>

#include "api/load.hpp"
#include "model/desired.hpp"

namespace lockstep::plan {

/// Everything that was read, as one level-triggered input.
struct Manifests {
  std::vector<api::Document> documents;     ///< each valid by itself, no duplicates
  std::vector<api::BrokenDocument> broken;  ///< those that are not
  bool incomplete = false;                  ///< some text may have held any document
  std::string why_incomplete = {};          ///< which: `shop.yaml:3:5 is not understood`
};

/// What the manifests ask for. Pure. A Target whose Environment, Credential or place is wrong is
/// left out and its problem told; a SecretSet with a problem stops as a whole. Whatever is left
/// out blocks deletions where it could have claimed a name (S2).
Desired build_desired(const Manifests& manifests);

/// SecretSets that are whole and select no Target, for people to see: a namespace or label may be
/// misspelt. Nothing is held back for them. None of a namespace that is not understood.
std::vector<api::Problem> idle_sets(const Manifests& manifests, const Desired& desired);

}  // namespace lockstep::plan
