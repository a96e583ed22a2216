#include "providers/fly/health.hpp"

#include "base/text.hpp"

namespace lockstep::providers::fly {

namespace {

Health waits(std::string why) {
  return {.verdict = Health::Verdict::waits, .why = std::move(why)};
}
Health failed(std::string why) {
  return {.verdict = Health::Verdict::failed, .why = std::move(why)};
}
Health healthy() {
  return {.verdict = Health::Verdict::healthy, .why = {}};
}

/// Whether a result is surely of this start, by Fly.io's own times; that of a check may have no
/// fractions of a second.
bool is_since_start(const CheckResult& check, const Machine& machine) {
  if (!check.updated_at || !machine.started_at) return false;
  return *check.updated_at >= std::chrono::floor<std::chrono::seconds>(*machine.started_at);
}

Health by_checks(const Machine& machine, Nanos up_for) {
  for (const auto& check : machine.checks) {
    if (check.status != "passing") return waits("check " + check.name + " is " + check.status);
  }
  if (machine.checks.size() < machine.check_count) {
    return waits(std::to_string(machine.checks.size()) + " of " +
                 count(machine.check_count, "check") + " answered");
  }
  for (const auto& check : machine.checks) {
    if (is_since_start(check, machine) || up_for >= check_settle_time) continue;
    return waits("check " + check.name + " has not answered since the start");
  }
  return healthy();
}

/// A machine that does not run any more.
Health at_rest(const Machine& machine) {
  if (!machine.exit) return waits("it is " + machine.state);
  if (machine.exit->requested || machine.exit->code == 0) return healthy();
  return failed("it ended with exit code " + std::to_string(machine.exit->code));
}

}  // namespace

Health judge(const Machine& machine, Nanos up_for) {
  if (machine.gone) return healthy();
  const auto& exit = machine.exit;
  // https://github.com/superfly/flyctl, internal/machine/leasable_machine.go
  const bool loops = exit && !exit->requested && exit->restarting && exit->restarts > 1;
  if (loops && exit->code != 0) {
    return failed("it crashes again and again (exit code " + std::to_string(exit->code) + ")");
  }
  if (machine.state == "failed") return failed("it is failed");
  if (machine.state == "stopped" || machine.state == "suspended") return at_rest(machine);
  if (machine.state != "started") return waits("it is " + machine.state);
  if (machine.check_count != 0) return by_checks(machine, up_for);
  if (up_for < smoke_time) return waits("it runs for less than 10 s");
  return healthy();
}

}  // namespace lockstep::providers::fly
