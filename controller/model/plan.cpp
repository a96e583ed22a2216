#include "model/plan.hpp"

#include <algorithm>

#include "model/observation.hpp"

namespace lockstep {

const ObservedSecret* Observation::find(std::string_view name) const {
  const auto it = std::ranges::lower_bound(secrets, name, {}, &ObservedSecret::name);
  return it != secrets.end() && it->name == name ? &*it : nullptr;
}

std::size_t DeletionLimit::allowed(std::size_t names) const {
  return std::max<std::size_t>(1, absolute.value_or(names * percent / 100));
}

std::string Desired::unclear_in(const std::string& ns) const {
  if (incomplete) {
    const auto which = why_incomplete.empty() ? "a manifest is not understood" : why_incomplete;
    return which + " and may claim any name";
  }
  const auto found = unclear.find(ns);
  return found == unclear.end() ? "" : found->second;
}

std::string claimant(std::string_view secret_set) {
  return "SecretSet/" + std::string(secret_set);
}

namespace {
bool counts(const PlannedSecret& s) {
  return s.desired && !s.absent && !(s.optional && s.state == State::SourceMissing);
}
}  // namespace

std::size_t TargetPlan::desired_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(secrets, counts));
}

std::size_t TargetPlan::in_sync_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      secrets, [](const auto& s) { return counts(s) && s.state == State::InSync; }));
}

bool TargetPlan::drifted() const {
  return std::ranges::any_of(secrets, [](const auto& s) {
    return s.state == State::Removed || s.state == State::ChangedOutOfBand ||
           s.state == State::Unverifiable;
  });
}

bool TargetPlan::waits_for_approval() const {
  return std::ranges::any_of(secrets,
                             [](const auto& s) { return s.gate == Gate::AwaitingApproval; });
}

bool TargetPlan::pending() const {
  return (roll_out && roll_out->runs()) ||
         std::ranges::any_of(secrets, [](const auto& s) { return s.runs(); });
}

}  // namespace lockstep
