// One place of a provider in a simulated world, as the list of cases sees it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/provider.hpp"
#include "sandbox/in_process.hpp"
#include "support/sim.hpp"

namespace lockstep::conformance {

/// An account with one empty place, a provider that reaches it in process, and another person who
/// may touch it too. A provider joins the list of cases by deriving from this.
class PlaceWorld {
 public:
  virtual ~PlaceWorld() = default;
  virtual Provider& provider() = 0;
  /// False for a place without requests: it has no emulator, no token and no faults of the wire.
  virtual bool over_http() const { return true; }
  virtual sandbox::Emulator& emulator() = 0;
  /// How often the place was asked or changed so far, and how often it was changed.
  virtual std::size_t requests() { return emulator().seen().size(); }
  virtual std::size_t writes() {
    return static_cast<std::size_t>(
        std::ranges::count(emulator().seen(), true, &sandbox::Seen::write));
  }
  virtual Place place() const = 0;
  /// A place of the same kind that does not exist.
  virtual Place missing_place() const = 0;
  /// Whether the provider can prove that it does not; else reading it is a failed read.
  virtual bool proves_missing() const { return true; }
  /// The credential's token as it must never be shown.
  virtual std::string token() const = 0;
  virtual void revoke_token() = 0;
  /// Whether all changes of one apply() travel in one request.
  virtual bool writes_at_once() const { return true; }
  /// How many requests that can change something an apply() of so many changes makes.
  std::size_t sends(std::size_t changes) const { return writes_at_once() ? 1 : changes; }
  /// What another person does to a name this soon after our write of it may be taken for that
  /// write: where evidence is a time of whole seconds, and clocks differ (S9).
  virtual Nanos blind_spell() const { return {}; }
  /// Names that this provider refuses.
  virtual std::vector<std::string> refused_names() const = 0;
  /// An error body of this provider's own shape that says `text`.
  virtual std::string own_error(std::string_view text) const = 0;

  /// What another person does, through no part of ours.
  virtual void person_puts(const std::string& name, std::string_view value) = 0;
  virtual void person_removes(const std::string& name) = 0;
  /// An ordinary deploy; it makes live whatever was staged.
  virtual void person_deploys() = 0;
  /// Who the other person is, where the provider tells.
  virtual std::string person() const = 0;

  /// For oracles: what is there.
  virtual std::optional<std::string> value(const std::string& name) const = 0;
  virtual std::vector<std::string> names() const = 0;
  /// Every place that exists in the account (S5).
  virtual std::vector<std::string> places() const = 0;

  lockstep::testing::Simulation sim;
  sandbox::InProcessHttp http{sim.clock(), std::chrono::milliseconds(50)};
};

/// One row of the list of providers.
struct PlaceMaker {
  const char* name;
  std::unique_ptr<PlaceWorld> (*make)();
};

/// Every provider that the cases run against.
std::vector<PlaceMaker> every_place();
/// Those of them that are reached by requests: for cases about faults and actors between them.
std::vector<PlaceMaker> places_over_http();

}  // namespace lockstep::conformance
