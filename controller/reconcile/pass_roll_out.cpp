// The last part of a pass: what is written becomes live, where that is a step of its own.
#include <algorithm>

#include "base/text.hpp"
#include "plan/roll_out.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::reconcile {

namespace {

/// A step updates a batch of machines and awaits their health, which takes minutes.
constexpr Nanos step_limit = std::chrono::minutes(10);
/// So many steps, then the pass ends and another begins: the place is looked at again, and the
/// outcome so far is told.
constexpr std::size_t most_steps = 4;

bool is_machine(const std::string& entry, const std::string& id) {
  return entry.starts_with(id + "/");
}

}  // namespace

/// Steps follow one another, each saved, until everything is live or a machine stops them. A
/// machine whose instance is still in the record runs the old set, so a crash between two steps, or
/// within one, needs no intent: the next pass looks and goes on with what is left.
Awaitable<Status> Pass::roll_out() {
  plan::settle_roll_out(diff_input(), plan_);
  if (more_ || !record_.roll_out_due) co_return Status{};
  const bool just_written = names_written_ != 0;
  if (!plan_.roll_out || record_.machines.empty()) {
    // Which machines run the old set was not told: the next pass takes all that run then.
    more_ = more_ || (just_written && record_.machines.empty());
    co_return Status{};
  }
  // Without the number of the app's secrets no update is sure; what tells it is a row of the plan.
  if (!plan_.roll_out->runs() || record_.evidence.version.empty()) co_return Status{};
  record_.roll_out_stopped.reset();
  if (!record_.roll_out_begun) {
    record_.roll_out_begun = services_.clock.wall();
    services_.log.info(
        "roll-out begins",
        {{"target", to_string(target_.key)}, {"place", place_.place}, {"attempt", attempt_}});
  }
  auto saving = save();
  CO_TRY_OK(co_await std::move(saving));
  bool done = false;
  for (std::size_t i = 0; i < most_steps && !done; ++i) {
    auto stepping = roll_out_step(done);
    CO_TRY_OK(co_await std::move(stepping));
  }
  more_ = more_ || !done;
  co_return Status{};
}

/// One step, and what is remembered of it. `done`: nothing is left to do, or a machine stopped it.
Awaitable<Status> Pass::roll_out_step(bool& done) {
  const CallContext limits{.deadline = services_.clock.mono() + step_limit, .attempt = attempt_};
  auto rolling = provider_->roll_out(target_.place, record_, limits);
  const auto step = co_await std::move(rolling);
  const ObjectKey credential{target_.key.ns, target_.credential};
  health_.heard(credential, step ? nullptr : &step.error(), services_.clock.mono());
  if (!step) co_return fail(step.error());
  record_step(*step);
  done = !step->machine.empty() || step->left.machines() == 0;
  if (step->machine.empty() && done) finish_roll_out();
  plan::settle_roll_out(diff_input(), plan_);
  auto saving = save();
  co_return co_await std::move(saving);
}

void Pass::record_step(const RolledOut& step) {
  requests_ += step.reads;
  writes_ += step.writes;
  scope_.reset();
  seen_->roll_out = step.left;
  machines_.insert(machines_.end(), step.updated.begin(), step.updated.end());
  for (const auto& id : step.updated) {
    std::erase_if(record_.machines, [&](const auto& entry) { return is_machine(entry, id); });
    services_.log.info("machine updated", {{"target", to_string(target_.key)},
                                           {"place", place_.place},
                                           {"machine", id},
                                           {"attempt", attempt_}});
  }
  if (step.machine.empty()) return;
  options_.roll_out = false;  // that yes is used up
  record_.roll_out_stopped =
      "machine " + step.machine + ": " +
      (step.error ? describe(*step.error) : std::string("it could not be updated"));
  services_.log.error("roll-out stopped", {{"target", to_string(target_.key)},
                                           {"place", place_.place},
                                           {"machine", step.machine},
                                           {"attempt", attempt_},
                                           {"error", *record_.roll_out_stopped}});
}

/// Every machine runs what was written and is healthy.
void Pass::finish_roll_out() {
  record_.roll_out_due.reset();
  record_.roll_out_begun.reset();
  std::erase(plan_.notes, seen_->liveness_note);
  for (auto& [name, known] : record_.names) known.staged = false;
  for (auto& row : plan_.secrets) {
    if (row.state != State::Staged) continue;
    row.state = State::InSync;
    row.reason = "live";
  }
  services_.log.info(
      "roll-out done",
      {{"target", to_string(target_.key)}, {"place", place_.place}, {"attempt", attempt_}});
}

}  // namespace lockstep::reconcile
