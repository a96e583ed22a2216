#include "cli/exit_code.hpp"

#include <algorithm>

#include "reconcile/summary.hpp"

namespace lockstep::cli {

namespace {

bool runs(const PlannedSecret& row) {
  return row.runs();
}

/// An error counts like an unreadable place: only a Target that is as a whole left alone by choice
/// is content with it.
bool content(const reconcile::PassOutcome& outcome, bool forget_pending) {
  auto plan = outcome.status.plan;
  if (outcome.error) plan.unreadable = outcome.error;
  if (forget_pending) {
    std::erase_if(plan.secrets, runs);
    if (plan.roll_out && plan.roll_out->runs()) plan.roll_out.reset();
  }
  return reconcile::is_content(plan);
}

bool pending(const reconcile::PassOutcome& outcome) {
  return outcome.status.plan.pending();
}

}  // namespace

ExitCode exit_of(const Error& error) {
  const bool input = error.kind == ErrorKind::invalid || error.kind == ErrorKind::not_found;
  return input ? ExitCode::invalid : ExitCode::failed;
}

ExitCode exit_of_apply(std::span<const reconcile::PassOutcome> outcomes, bool invalid_input) {
  if (invalid_input) return ExitCode::invalid;
  const bool all = std::ranges::all_of(outcomes, [](const auto& o) { return content(o, false); });
  return all ? ExitCode::done : ExitCode::failed;
}

ExitCode exit_of_plan(std::span<const reconcile::PassOutcome> outcomes, bool invalid_input,
                      bool detailed) {
  if (invalid_input) return ExitCode::invalid;
  const bool all = std::ranges::all_of(outcomes, [](const auto& o) { return content(o, true); });
  if (!all) return ExitCode::failed;
  return detailed && std::ranges::any_of(outcomes, pending) ? ExitCode::pending : ExitCode::done;
}

}  // namespace lockstep::cli
