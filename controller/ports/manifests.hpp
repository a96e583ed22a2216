// The port to what users wrote.
#pragma once

#include <string>
#include <vector>

#include "api/kinds.hpp"
#include "api/load.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace lockstep {

/// All documents as they stand, with what is wrong with the others.
struct ManifestSnapshot {
  std::vector<api::Document> documents;  ///< whole and valid by themselves
  std::vector<api::Problem> problems;    ///< of files and single documents
  /// Files that are not read and may have been meant to be (`shop.yaml.bak`): for people to see;
  /// nothing is held back for them.
  std::vector<api::Problem> notes;
  /// Documents whose kind and name could be read but whose rest is invalid: `Target`, `cms/x`.
  std::vector<api::BrokenDocument> broken;
  /// True when some text may have held any document (it does not parse): no deletion at all (S2).
  bool incomplete = false;
  std::string why_incomplete = {};  ///< what makes it so: `shop.yaml:3:5 is not understood`
  /// Equal for equal content: whether anything changed since.
  std::string revision;
};

class ManifestStore {
 public:
  virtual ~ManifestStore() = default;
  /// Reads everything afresh.
  virtual Awaitable<Result<ManifestSnapshot>> load() = 0;
};

}  // namespace lockstep
