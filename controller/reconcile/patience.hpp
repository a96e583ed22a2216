// How long a command waits for providers that limit it or do not answer.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "model/desired.hpp"

namespace lockstep::reconcile {

/// One a command. The places of a Credential are given up so long after the last answer that came
/// with it. While the command waits for a budget that it used up itself, nothing counts as silent.
/// No clock inside.
class Patience {
 public:
  Patience(Nanos most, Mono began) : most_(most), began_(began) {}

  /// Something answered with that Credential at `when`, or it cannot answer before.
  void heard(const ObjectKey& credential, Mono when) {
    auto& last = heard_.try_emplace(credential, began_).first->second;
    last = std::max(last, when);
  }
  /// When its places are given up, unless something answers before.
  Mono ends(const ObjectKey& credential) const {
    const auto last = heard_.find(credential);
    return (last == heard_.end() ? began_ : last->second) + most_;
  }

 private:
  Nanos most_;
  Mono began_;
  std::map<ObjectKey, Mono> heard_;
};

/// A wait that a person should know of.
struct Wait {
  std::string place;          ///< the key of the place that is waited for
  ObjectKey credential;       ///< with which that place is asked
  std::string why;            ///< may hold what a provider said
  std::optional<Wall> until;  ///< the wait has ended by then, whatever comes
};

}  // namespace lockstep::reconcile
