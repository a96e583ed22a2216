#include "providers/fly/health.hpp"

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

Health by_checks(const Machine& machine) {
  if (machine.checks.empty()) return waits("no check has answered");
  for (const auto& check : machine.checks) {
    if (check.status != "passing") return waits("check " + check.name + " is " + check.status);
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
  if (machine.check_count != 0) return by_checks(machine);
  if (up_for < smoke_time) return waits("it runs for less than 10 s");
  return healthy();
}

}  // namespace lockstep::providers::fly
