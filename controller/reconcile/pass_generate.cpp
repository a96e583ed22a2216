// Values that lockstep makes: no place that shall hold one may have the name already (S16).
#include <algorithm>

#include "reconcile/pass.hpp"

namespace lockstep::reconcile {

/// True when a value would be made for this row. What waits for a yes counts where somebody looks
/// or applies, because the plan must not ask for a yes to what is refused then; the controller,
/// which passes by all the time, asks no other place for it.
bool Pass::would_make(const PlannedSecret& row) const {
  const auto value = values_.find(row.name);
  if (value == values_.end() || !value->second.to_generate) return false;
  const bool person = !options_.write || options_.at_once;
  return row.runs() || (person && row.gate == Gate::AwaitingApproval);
}

/// Before a value is promised: is the name nowhere? A plan that says "create" is one that apply
/// keeps.
Awaitable<void> Pass::ask_places() {
  std::vector<const DesiredSecret*> secrets;
  for (const auto& row : plan_.secrets) {
    if (would_make(row)) secrets.push_back(&desired(row));
  }
  if (secrets.empty()) co_return;
  auto asking =
      looks_.ask(desired_, target_, secrets, services_.clock.mono() + SharedLooks::patience);
  auto answers = co_await std::move(asking);
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (answers[i].holds()) continue;
    auto refusing = refuse(*secrets[i], std::move(answers[i]));
    co_await std::move(refusing);
  }
  make_plan();
}

/// The value is not made, unless another pass made it meanwhile.
Awaitable<void> Pass::refuse(const DesiredSecret& secret, Nowhere answer) {
  auto resolving = not_to_generate(services_, target_, secret, answer.problem);
  values_[secret.name] = co_await std::move(resolving);
  if (values_[secret.name].sight.kind == plan::ValueSight::Kind::available) co_return;
  values_[secret.name].sight.needs_answer_of = answer.place;
  const auto& waits = answer.awaited;
  awaited_.insert(waits.begin(), waits.end());
  if (options_.write) {
    services_.log.write(
        waits.empty() ? LogLevel::warning : LogLevel::info, "secret not generated",
        {{"target", to_string(target_.key)}, {"name", secret.name}, {"why", answer.problem}});
  }
  not_made_[secret.name] = std::move(answer.problem);
}

/// Makes the value of a row that is about to be written, last thing before its intent. False: it
/// is not made, and the row says why.
Awaitable<bool> Pass::make_value(PlannedSecret& row, Mono until) {
  auto& resolved = values_.at(row.name);
  const auto& secret = desired(row);
  // Asked before, and again here: what lay between may have taken long. A fresh answer is kept.
  auto asking = looks_.ask(desired_, target_, {&secret}, until);
  auto answer = (co_await std::move(asking)).front();
  if (answer.holds()) {
    auto making = generate_value(services_, secret);
    auto made = co_await std::move(making);
    if (made) {
      resolved.value = std::move(*made);
    } else {
      answer.problem = describe(made.error());
    }
  }
  if (!answer.holds()) {
    auto refusing = refuse(secret, std::move(answer));
    co_await std::move(refusing);
  }
  if (resolved.value.empty()) {
    row.state = State::SourceUnavailable;
    row.action = ActionKind::none;
    row.reason = resolved.sight.problem;
    row.needs_answer_of = resolved.sight.needs_answer_of;
    tell_missing();
    co_return false;
  }
  row.fingerprint = services_.ledger.fingerprinter()->of_value(place_, row.name, resolved.value);
  co_return true;
}

/// A roll-out that goes without a name says so.
void Pass::tell_missing() {
  if (!plan_.roll_out || !plan_.roll_out->runs()) return;
  for (const auto& [name, why] : not_made_) {
    auto note = "the roll-out goes without " + name + ": " + why;
    if (std::ranges::find(plan_.notes, note) == plan_.notes.end()) {
      plan_.notes.push_back(std::move(note));
    }
  }
}

}  // namespace lockstep::reconcile
