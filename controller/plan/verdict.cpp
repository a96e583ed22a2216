#include "plan/verdict.hpp"

#include <algorithm>

#include "base/remote_text.hpp"

namespace lockstep::plan {

using Effect = PlaceEvent::Effect;

const PlaceEvent* History::last(Effect effect) const {
  const auto it = std::ranges::find(events.rbegin(), events.rend(), effect, &PlaceEvent::effect);
  return it == events.rend() ? nullptr : &*it;
}

std::ptrdiff_t History::count(Effect effect) const {
  return std::ranges::count(events, effect, &PlaceEvent::effect);
}

std::string author_text(const PlaceEvent& event) {
  if (event.author == left_out_text) {
    return "someone (name left out: it resembles a secret value)";
  }
  return event.author.empty() ? "someone" : event.author;
}

std::string trigger_text(const PlaceEvent& event) {
  if (event.trigger == left_out_text) return "trigger left out: it resembles a secret value";
  return event.trigger.empty() ? "unknown trigger" : event.trigger;
}

std::string tell(const PlaceEvent& event) {
  return author_text(event) + " (" + trigger_text(event) + ")";
}

Verdict by_digest(const NameRecord& known, const std::string& token, bool new_scheme) {
  if (token.empty() || known.token.empty()) return {.state = State::Unverifiable};
  if (token == known.token) return {.presumed = known.presumed};
  if (new_scheme) return {.presumed = true};
  return {.state = State::ChangedOutOfBand};
}

Verdict by_version(const NameRecord& known, const History& history) {
  if (const auto* event = history.last(Effect::changes_secrets)) {
    return {.state = State::ChangedOutOfBand, .by = tell(*event)};
  }
  // A name that was removed and is there again was put back by someone, by whatever trigger.
  if (known.drift_state == State::ChangedOutOfBand || known.drift_state == State::Removed) {
    return {.state = State::ChangedOutOfBand, .by = known.drift_by};
  }
  if (const auto* event = history.last(Effect::may_change)) {
    return {.state = State::Unverifiable, .by = tell(*event)};
  }
  if (!history.complete) {
    return {.state = State::Unverifiable, .by = "someone whom the history no longer shows"};
  }
  if (known.drift_state == State::Unverifiable) {
    return {.state = State::Unverifiable, .by = known.drift_by};
  }
  return {.presumed = known.presumed || !history.events.empty()};
}

Verdict by_time(const NameRecord& known, const ObservedSecret& seen) {
  if (!seen.updated_at) return {.state = State::Unverifiable};
  if (known.updated_at) {
    if (*seen.updated_at > *known.updated_at) return {.state = State::ChangedOutOfBand};
    return {.presumed = known.presumed};
  }
  // A time near the answer would have been learnt as the write's own.
  if (known.answered_at && *seen.updated_at > *known.answered_at) {
    return {.state = State::ChangedOutOfBand};
  }
  return {.state = State::Unverifiable};
}

void learn_time(NameRecord& known, const ObservedSecret& seen) {
  if (known.updated_at || !known.answered_at || !seen.updated_at) return;
  if (!is_time_of_write(*seen.updated_at, *known.answered_at)) return;
  known.presumed = known.presumed || is_after_answer(*seen.updated_at, *known.answered_at);
  known.updated_at = seen.updated_at;
  known.answered_at.reset();
}

}  // namespace lockstep::plan
