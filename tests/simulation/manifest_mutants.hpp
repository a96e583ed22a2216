// Documents that are wrong in one field.
#pragma once

#include <string>
#include <vector>

namespace lockstep::simulation {

struct Mutant {
  std::string what;  ///< `2 spec.targets dropped`: the document in its text, the field, the change
  std::string text;  ///< all documents of the text, one of them changed
};

/// Every field of every document of the text, at any depth, dropped, doubled, misspelt in its key
/// and in its text, of another type, one level higher, and one level lower.
std::vector<Mutant> mutants_of(const std::string& text);

}  // namespace lockstep::simulation
