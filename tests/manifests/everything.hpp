// The manifests of this repository, all folders together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "plan/graph.hpp"

namespace lockstep {

inline const Path root = Path(LOCKSTEP_SOURCE_DIR);
/// The account id that all of them use; it identifies and opens nothing.
inline constexpr std::string_view account = "0123456789abcdef0123456789abcdef";

/// A file's text; "" when it cannot be read.
std::string read_text(const Path& path);

/// Every file one folder below manifests/ whose name ends so.
std::vector<Path> manifest_files(std::string_view extension);

/// All documents and what they ask for together.
struct Everything {
  plan::Manifests manifests;
  std::vector<std::string> problems;  ///< as a user reads them
  Desired desired;

  Everything();
  /// The Target `name` (`cms/cms-production`); throws std::out_of_range when there is none.
  const DesiredTarget& target(std::string_view name) const;
  /// One secret of it; throws std::out_of_range when it is not desired there.
  const DesiredSecret& secret(std::string_view target, std::string_view name) const;
};

}  // namespace lockstep
