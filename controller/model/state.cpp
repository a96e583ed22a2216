#include "model/state.hpp"

namespace lockstep {

std::string_view to_string(State state) {
  switch (state) {
    case State::Unknown:
      return "Unknown";
    case State::Unadopted:
      return "Unadopted";
    case State::Removed:
      return "Removed";
    case State::ChangedOutOfBand:
      return "ChangedOutOfBand";
    case State::Unverifiable:
      return "Unverifiable";
    case State::SourceUnavailable:
      return "SourceUnavailable";
    case State::SourceMissing:
      return "SourceMissing";
    case State::Invalid:
      return "Invalid";
    case State::Missing:
      return "Missing";
    case State::Stale:
      return "Stale";
    case State::Staged:
      return "Staged";
    case State::InSync:
      return "InSync";
    case State::Extra:
      return "Extra";
  }
  return "Unknown";
}

std::string_view to_string(Certainty certainty) {
  switch (certainty) {
    case Certainty::none:
      return "none";
    case Certainty::digest:
      return "digest";
    case Certainty::timestamp:
      return "timestamp";
    case Certainty::version:
      return "version";
    case Certainty::presumed:
      return "presumed";
    case Certainty::content:
      return "content";
    case Certainty::existence:
      return "existence";
  }
  return "none";
}

std::string_view to_string(Gate gate) {
  switch (gate) {
    case Gate::Suspended:
      return "Suspended";
    case Gate::Observe:
      return "Observe";
    case Gate::Conflict:
      return "Conflict";
    case Gate::Hold:
      return "Hold";
    case Gate::NotPermitted:
      return "NotPermitted";
    case Gate::PlaceMissing:
      return "PlaceMissing";
    case Gate::NewerVersion:
      return "NewerVersion";
    case Gate::ResourceMissing:
      return "ResourceMissing";
    case Gate::ExpectationUnmet:
      return "ExpectationUnmet";
    case Gate::NameTaken:
      return "NameTaken";
    case Gate::LimitExceeded:
      return "LimitExceeded";
    case Gate::Window:
      return "Window";
    case Gate::WaitingRepair:
      return "WaitingRepair";
    case Gate::WaitingPrune:
      return "WaitingPrune";
    case Gate::AwaitingApproval:
      return "AwaitingApproval";
    case Gate::Contested:
      return "Contested";
    case Gate::Unsupported:
      return "Unsupported";
  }
  return "Unsupported";
}

bool is_patient(Gate gate) {
  switch (gate) {
    case Gate::Suspended:
    case Gate::Observe:
    case Gate::Hold:
    case Gate::Window:
    case Gate::WaitingRepair:
    case Gate::WaitingPrune:
    case Gate::AwaitingApproval:
    case Gate::Unsupported:
      return true;
    case Gate::Conflict:
    case Gate::NotPermitted:
    case Gate::PlaceMissing:
    case Gate::NewerVersion:
    case Gate::ResourceMissing:
    case Gate::ExpectationUnmet:
    case Gate::NameTaken:
    case Gate::LimitExceeded:
    case Gate::Contested:
      return false;
  }
  return false;
}

std::string_view to_string(ActionKind action) {
  switch (action) {
    case ActionKind::none:
      return "keep";
    case ActionKind::create:
      return "create";
    case ActionKind::update:
      return "update";
    case ActionKind::remove:
      return "delete";
    case ActionKind::adopt:
      return "adopt";
  }
  return "keep";
}

}  // namespace lockstep
