#include "model/state.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lockstep {
namespace {

template <class E>
std::set<std::string> words(E last) {
  std::set<std::string> out;
  for (int i = 0; i <= static_cast<int>(last); ++i) out.emplace(to_string(static_cast<E>(i)));
  return out;
}

TEST(Words, EachStateCertaintyGateAndActionHasItsOwn) {
  // They stand in metrics and JSON: two alike would add up.
  EXPECT_EQ(words(State::Extra).size(), 13U);
  EXPECT_EQ(words(Certainty::existence).size(), 7U);
  EXPECT_EQ(words(Gate::Unsupported).size(), 17U);
  EXPECT_EQ(words(ActionKind::adopt),
            (std::set<std::string>{"adopt", "create", "delete", "keep", "update"}));
}

TEST(Gates, OnlyThoseThatWaitForTimeOrAPersonsChoiceArePatient) {
  // Exit code 0 (model, section 8): approval, time, a hold, Suspended, Observe, Unsupported.
  std::set<std::string> patient;
  for (int i = 0; i <= static_cast<int>(Gate::Unsupported); ++i) {
    if (is_patient(static_cast<Gate>(i))) patient.emplace(to_string(static_cast<Gate>(i)));
  }
  EXPECT_EQ(patient,
            (std::set<std::string>{"AwaitingApproval", "Hold", "Observe", "Suspended",
                                   "Unsupported", "WaitingPrune", "WaitingRepair", "Window"}));
}

}  // namespace
}  // namespace lockstep
