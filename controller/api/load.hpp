// From text to documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"

namespace lockstep::api {

/// A document of ours that is refused. Where its identity is not certain either, what is here is as
/// much as could be read, for texts, and Loaded::incomplete is set.
struct BrokenDocument {
  std::string kind;
  std::string ns;
  std::string name;
  Location at;
};

/// What one text held.
struct Loaded {
  std::vector<Document> documents;  ///< valid by themselves, in the order of the text
  std::vector<BrokenDocument> broken;
  std::vector<Problem> problems;  ///< every one, in the order of the text
  /// True when the text does not parse, or a refused document may be any of ours: its kind,
  /// namespace and name are not one valid text each. It may have claimed any name (S2).
  bool incomplete = false;
  /// The first that makes it so: `shop.yaml:3:5 is not understood`.
  std::string why_incomplete = {};
};

inline constexpr std::size_t max_document_bytes = 1 << 20;
inline constexpr std::size_t max_documents = 10'000;
inline constexpr std::size_t max_depth = 64;

/// Reads one YAML text of any number of documents. A text that yaml-cpp and libyaml read
/// differently is refused with the place where they part. Never throws.
Loaded load_yaml(std::string_view file, std::string_view text);
/// Reads one JSON object as the API server gives it: server-side metadata is let through.
Loaded load_json(std::string_view name, std::string_view text);

}  // namespace lockstep::api
