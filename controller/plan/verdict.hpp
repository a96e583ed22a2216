// What a place's evidence says of one name that is there. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/observation.hpp"
#include "model/record.hpp"
#include "model/state.hpp"

namespace lockstep::plan {

/// What the evidence says about one known name that is there.
struct Verdict {
  State state = State::InSync;  ///< InSync, ChangedOutOfBand or Unverifiable
  bool presumed = false;
  std::string by;  ///< who, where the place tells
};

/// The part of a place's history that is not explained by our own writes.
struct History {
  std::vector<PlaceEvent> events;
  bool complete = true;

  /// The newest event of that effect; nullptr when there is none.
  const PlaceEvent* last(PlaceEvent::Effect effect) const;
  std::ptrdiff_t count(PlaceEvent::Effect effect) const;
};

/// Who made an event, as the provider tells: `someone` where it does not, or where the name was
/// left out because it resembles a value.
std::string author_text(const PlaceEvent& event);
/// What set it off; never empty.
std::string trigger_text(const PlaceEvent& event);

/// Who did it and how, for people.
std::string tell(const PlaceEvent& event);

/// By the HMAC of the provider's digest; `new_scheme`: every digest of the place changed alike.
Verdict by_digest(const NameRecord& known, const std::string& token, bool new_scheme);

/// By the place's history. A change of secrets cannot be pinned to one name, and stays with each
/// name until it is written.
Verdict by_version(const NameRecord& known, const History& history);

/// By the name's time of change. S9: a time that is not newer than the write's own is no drift:
/// lists may be behind, and times are whole seconds. Where the write's own time was not seen yet,
/// the provider's answer stands in; learn_time() comes first.
Verdict by_time(const NameRecord& known, const ObservedSecret& seen);

/// A time near the provider's answer to our write is the write's own, from now on; `presumed` when
/// it is of a later second than the answer.
void learn_time(NameRecord& known, const ObservedSecret& seen);

}  // namespace lockstep::plan
