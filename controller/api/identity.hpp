// Who a document says it is, and whether that can be believed. For api/*.cpp only.
#pragma once

#include <string>

#include "api/node.hpp"

namespace lockstep::api {

/// A document's kind, namespace and name, read before anything else of it: what a document that
/// is refused may have claimed is known by them alone (S2).
struct Identity {
  bool our_group = false;  ///< `apiVersion` is of our API group
  /// It may be meant as one of ours, however it is written: an API group or kind within two letters
  /// of ours, none that can be read, a field of our specs, or a list with such a document in it.
  bool perhaps_ours = false;
  /// Namespace and name each stand there once, as valid text. A namespace that is left out does not
  /// count: it may stand misspelt or misplaced elsewhere.
  bool certain = false;
  std::string kind;  ///< as far as it is one text, else empty
  Position kind_at;
  std::string ns;    ///< as far as it is one text, else the default
  std::string name;  ///< as far as it is one text, else empty
};

/// Pure. `document` may be any node.
Identity identify(const Node& document);

}  // namespace lockstep::api
