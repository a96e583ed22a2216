// What a case needs around a place: calls, what the ledger would remember, and the promises that
// hold at every call.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "place_world.hpp"
#include "plan/memory.hpp"

namespace lockstep::conformance {

/// A change whose value the scene knows, so that it can look for it in texts.
struct Wanted {
  std::string name;
  std::optional<std::string> value;  ///< nothing: to be deleted
};

/// One place, one memory. Its end checks S4 (no value and no token in any text that a call gave)
/// and S5 (no place came or went).
class Scene {
 public:
  explicit Scene(const PlaceMaker& maker);
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  PlaceWorld& world() { return *world_; }
  PlaceRecord& memory() { return memory_; }
  /// Values that someone else sent: not to be shown either.
  void keep_secret(std::string_view value) { values_.emplace_back(value); }

  /// The calls of the port, with a deadline a minute away unless told otherwise.
  Result<Observation> observe();
  Result<Observation> observe(const Place& place);
  Result<WriteCheck> check_write();
  Result<Applied> apply(const std::vector<Wanted>& wanted);
  Result<Applied> apply(const Place& place, const std::vector<Wanted>& wanted);
  Result<Attribution> attribute(const std::string& name);
  Nanos time_limit = std::chrono::minutes(1);
  WriteMode mode = WriteMode::live;  ///< of check_write() and apply()

  /// A read that the memory takes in, as a pass does. An Error also where the read is older than
  /// our last write.
  Result<Observation> look();
  /// Intent, apply, evidence, as a pass does; `seen` is the look that the decision rests on.
  Result<Applied> write(const Observation& seen, const std::vector<Wanted>& wanted);
  /// look() and write() what is not there as wanted, until nothing is left to do; gives how many
  /// rounds wrote, and fails the test after `most`.
  std::size_t converge(const std::vector<Wanted>& wanted, std::size_t most = 6);

  /// What the memory says of a name; nothing: it is not ours.
  std::optional<State> state(const std::string& name) const;
  Certainty certainty(const std::string& name) const;

  /// Requests so far, and how many of them could change something.
  std::size_t requests() const { return world_->requests(); }
  std::size_t writes() const { return world_->writes(); }
  void wait(Nanos time);

 private:
  CallContext context();
  std::string seal(std::string_view name, std::string_view value) const;
  std::map<std::string, std::string> tokens_of(const Observation& seen) const;
  void intend(const Observation& seen, const std::vector<Wanted>& wanted);
  void take_in(const Applied& applied);
  bool needs_write(const Wanted& wanted) const;
  void hear(const Error& error);

  std::unique_ptr<PlaceWorld> world_;
  PlaceRecord memory_;
  int attempt_ = 0;  ///< of the writes so far
  std::vector<std::string> places_;
  std::vector<std::string> values_;
  std::vector<std::string> heard_;
};

/// Every case is run once a provider.
class Conformance : public ::testing::TestWithParam<PlaceMaker> {
 protected:
  Scene scene{GetParam()};
  PlaceWorld& world() { return scene.world(); }
  const Capabilities& capabilities() { return world().provider().capabilities(); }
  /// Workers: a change of secrets cannot be pinned to one name.
  bool pins_changes() { return capabilities().certainty != Certainty::version; }
};

inline std::string name_of(const ::testing::TestParamInfo<PlaceMaker>& info) {
  return info.param.name;
}

/// The outcomes of all receipts.
std::vector<Receipt::Outcome> outcomes(const Applied& applied);
std::vector<std::string> names_of(const Observation& seen);

}  // namespace lockstep::conformance
