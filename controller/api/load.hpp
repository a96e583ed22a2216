// From text to documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"

namespace lockstep::api {

/// A document whose kind and name could be read while the rest is invalid.
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
  /// True when the text does not parse, or a document's kind or name cannot be read: it may have
  /// held anything (S2).
  bool incomplete = false;
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
