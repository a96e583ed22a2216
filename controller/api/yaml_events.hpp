// What a YAML reader saw, in a form in which two readers can be compared. For api/yaml.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds.hpp"

namespace lockstep::api::yaml {

struct Event {
  enum class Kind : std::uint8_t {
    document_start,
    document_end,
    null,
    scalar,
    alias,
    list_start,
    list_end,
    map_start,
    map_end
  };
  Kind kind = Kind::null;
  bool plain = false;        ///< an unquoted scalar
  std::uint32_t anchor = 0;  ///< of the node, or of the node an alias means; numbered from 1
  Position at;               ///< 1-based; libyaml counts characters, yaml-cpp bytes
  std::string text;          ///< of a scalar; empty for null, which yaml-cpp does not keep
  std::string tag;           ///< only one that the author wrote
};

/// The events up to the end, or up to the first thing that is wrong.
struct Events {
  std::vector<Event> list;
  std::string error;  ///< our own words, with the remedy; empty when the whole text was read
  Position at;        ///< of the error
};

/// Bounds the text while it reads: depth, documents and bytes a document.
Events read_with_libyaml(std::string_view text);
/// For a text that libyaml has read to its end: yaml-cpp itself has few bounds.
/// Stops with an error behind `most` events: of some texts that libyaml takes yaml-cpp 0.7 makes
/// documents without end (S15).
Events read_with_yaml_cpp(std::string_view text, std::size_t most);

}  // namespace lockstep::api::yaml
