// The only tree that decoders see, whatever the text was written in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"

namespace lockstep::api {

struct Entry;

/// One value of a document. Duplicate keys and the order of a map are kept.
struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, string, list, map };
  Kind kind = Kind::null;
  bool plain = false;  ///< an unquoted YAML scalar: `no`, `0123` and `1e3` are refused as strings
  Position at;         ///< {0, 0} where the text was JSON
  std::string text;    ///< of a scalar, as written
  std::vector<Node> items;     ///< of a list
  std::vector<Entry> entries;  ///< of a map

  /// The first value under `key`; nullptr when there is none or this is no map.
  const Node* find(std::string_view key) const;
};

/// One key of a map and what stands under it.
struct Entry {
  std::string key;
  Position at;
  bool key_is_text =
      true;  ///< false for an unquoted key that some YAML readers take for `true`, 12 ...
  Node value;
};

/// What an unquoted YAML scalar is to any reader of YAML 1.1 or 1.2. Wherever they could differ
/// (`no`, `0123`, `1e3`, `12:30`, `2026-01-01`) it is not a string, so that an author must quote
/// it.
Node::Kind kind_of_plain(std::string_view text);

/// What one text held, before anything is known about kinds.
struct ParsedText {
  std::vector<Node> documents;    ///< empty ones left out
  std::vector<Problem> problems;  ///< not empty: the text does not parse and `documents` is empty
};

/// Reads YAML with yaml-cpp and with libyaml; a text on which they differ is refused where they
/// part. Bounds: max_document_bytes, max_documents and max_depth (load.hpp), max_text_bytes in
/// all; after the expansion of aliases max_nodes and max_expanded_bytes a document. Never throws.
ParsedText parse_yaml(std::string_view file, std::string_view text);
/// Reads one JSON text under the same bounds.
ParsedText parse_json_text(std::string_view name, std::string_view text);

inline constexpr std::size_t max_text_bytes = 16 << 20;
inline constexpr std::size_t max_nodes = 200'000;
inline constexpr std::size_t max_expanded_bytes = 4 << 20;

}  // namespace lockstep::api
