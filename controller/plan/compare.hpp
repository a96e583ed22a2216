// Two folders of manifests side by side: what a change of the manifests asks for, without a look
// at any place.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/desired.hpp"

namespace lockstep::plan {

/// How something stands in the newer manifests against the older ones.
enum class Turn : std::uint8_t { same, added, changed, removed };
std::string_view to_string(Turn turn);

/// One name at one Target.
struct ComparedName {
  std::string name;
  Turn turn = Turn::same;
  std::string value;                 ///< where its value comes from now: `source values, key X`
  std::vector<std::string> changes;  ///< `format: minLength 32 -> minLength 48`
  std::string then;                  ///< what becomes of the name at the place, for a removed one
  std::string approval;              ///< why it would need a person's yes; "" when it would not
};

/// One Target.
struct ComparedTarget {
  ObjectKey key;
  Turn turn = Turn::same;
  std::string place;
  std::string environment;
  std::vector<std::string> changes;                 ///< of its own fields and policy
  std::vector<std::pair<Gate, std::string>> gates;  ///< closed for all of it, such as Unsupported
  std::vector<ComparedName> names;                  ///< all of them, sorted
};

struct Comparison {
  bool with_base = false;
  std::vector<ComparedTarget> targets;  ///< all of them, sorted by key
  std::size_t broken_documents = 0;     ///< of the newer manifests, for the summary
  std::size_t base_problems = 0;        ///< of the older manifests: what they broke looks new here

  /// Any Target or name came, went or changed.
  bool differs() const;
};

/// Compares what two folders ask for; without a base, lists what `head` asks for. Pure; values are
/// not known here, so none is ever in it (S4).
Comparison compare(const Desired* base, const Desired& head);

/// For people; what is the same is left out where there is a base.
std::string to_text(const Comparison& comparison);
/// For a comment on a pull request.
std::string to_markdown(const Comparison& comparison, std::span<const api::Problem> problems);
/// For programs, one line, stable within `version` 1:
///
///     {"version": 1, "offline": true, "base": bool, "differs": bool, "baseProblems": N,
///      "targets": [{"key", "turn", "place", "environment", "changes": [TEXT],
///        "gates": [{"gate", "reason"}],
///        "names": [{"name", "turn", "value", "changes": [TEXT], "then", "approval"}]}],
///      "problems": [PROBLEM of print.hpp]}
///
/// `turn`: same, added, changed, removed. Members may be added; none is renamed or removed.
std::string to_json(const Comparison& comparison, std::span<const api::Problem> problems);

}  // namespace lockstep::plan
