#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

namespace lockstep::cli {
namespace {

using reconcile::PassOutcome;

PassOutcome with(PlannedSecret row) {
  PassOutcome out;
  row.name = "NAME";
  row.desired = true;
  out.status.plan.secrets = {std::move(row)};
  return out;
}
PassOutcome in_sync() {
  return with({.state = State::InSync});
}
PassOutcome pending() {
  return with({.state = State::Missing, .action = ActionKind::create});
}
PassOutcome gated(Gate gate) {
  return with({.state = State::Stale, .action = ActionKind::update, .gate = gate});
}
PassOutcome broken(ErrorKind kind) {
  auto out = in_sync();
  out.error = Error{.kind = kind, .message = "it failed"};
  return out;
}

ExitCode applied(std::vector<PassOutcome> outcomes, bool invalid = false) {
  return exit_of_apply(outcomes, invalid);
}
ExitCode planned(std::vector<PassOutcome> outcomes, bool detailed = false, bool invalid = false) {
  return exit_of_plan(outcomes, invalid, detailed);
}

std::vector<PassOutcome> list(PassOutcome a, PassOutcome b) {
  std::vector<PassOutcome> out;
  out.push_back(std::move(a));
  out.push_back(std::move(b));
  return out;
}

TEST(ExitCode, NumbersAreThoseOfTheReadme) {
  EXPECT_EQ(static_cast<int>(ExitCode::done), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::failed), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::invalid), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::pending), 3);
}

TEST(ExitCode, InSyncAndNothingAtAllAreDone) {
  EXPECT_EQ(applied({}), ExitCode::done);
  EXPECT_EQ(applied({in_sync()}), ExitCode::done);
  EXPECT_EQ(planned({in_sync()}, true), ExitCode::done);
}

TEST(ExitCode, PatientGatesAreDoneAndAllOthersFail) {
  for (const auto gate :
       {Gate::Suspended, Gate::Observe, Gate::Hold, Gate::Window, Gate::WaitingRepair,
        Gate::WaitingPrune, Gate::AwaitingApproval, Gate::Unsupported}) {
    EXPECT_EQ(applied({gated(gate)}), ExitCode::done) << to_string(gate);
    EXPECT_EQ(planned({gated(gate)}, true), ExitCode::done) << to_string(gate);
  }
  for (const auto gate : {Gate::Conflict, Gate::NotPermitted, Gate::PlaceMissing,
                          Gate::NewerVersion, Gate::ResourceMissing, Gate::ExpectationUnmet,
                          Gate::NameTaken, Gate::LimitExceeded, Gate::Contested}) {
    EXPECT_EQ(applied({gated(gate)}), ExitCode::failed) << to_string(gate);
    EXPECT_EQ(planned({gated(gate)}), ExitCode::failed) << to_string(gate);
  }
}

TEST(ExitCode, PendingIsNoFailureOfAPlanAndOneOfAnApply) {
  EXPECT_EQ(planned({pending()}), ExitCode::done);
  EXPECT_EQ(planned({pending()}, true), ExitCode::pending);
  EXPECT_EQ(applied({pending()}), ExitCode::failed);
}

TEST(ExitCode, UnknownFailsAlsoBesideWhatIsDone) {
  PassOutcome unknown = with({.state = State::Unknown});
  unknown.status.plan.unreadable = Error{.kind = ErrorKind::transient, .message = "no answer"};
  EXPECT_EQ(planned(list(in_sync(), unknown), true), ExitCode::failed);
  EXPECT_EQ(planned(list(pending(), std::move(unknown)), true), ExitCode::failed)
      << "a failure counts before what is pending";
}

TEST(ExitCode, AnErrorFailsUnlessTheTargetIsLeftAloneByChoice) {
  EXPECT_EQ(applied({broken(ErrorKind::transient)}), ExitCode::failed);
  auto suspended = broken(ErrorKind::transient);
  suspended.status.plan.gates.emplace_back(Gate::Suspended, "suspend: true");
  EXPECT_EQ(applied({std::move(suspended)}), ExitCode::done);
}

TEST(ExitCode, SourceMissingFailsUnlessOptional) {
  EXPECT_EQ(applied({with({.state = State::SourceMissing})}), ExitCode::failed);
  EXPECT_EQ(applied({with({.state = State::SourceMissing, .optional = true})}), ExitCode::done);
}

TEST(ExitCode, InvalidInputCountsFirst) {
  EXPECT_EQ(applied({in_sync()}, true), ExitCode::invalid);
  EXPECT_EQ(applied({broken(ErrorKind::transient)}, true), ExitCode::invalid);
  EXPECT_EQ(planned({pending()}, true, true), ExitCode::invalid);
}

TEST(ExitCode, OfAStartSaysWhoseFaultItIs) {
  EXPECT_EQ(exit_of({.kind = ErrorKind::invalid}), ExitCode::invalid);
  EXPECT_EQ(exit_of({.kind = ErrorKind::not_found}), ExitCode::invalid);
  EXPECT_EQ(exit_of({.kind = ErrorKind::fenced}), ExitCode::failed);
  EXPECT_EQ(exit_of({.kind = ErrorKind::storage}), ExitCode::failed);
}

}  // namespace
}  // namespace lockstep::cli
