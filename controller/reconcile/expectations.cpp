// A place that must be guarded is looked at before anything is written into it.
#include "plan/expectation.hpp"
#include "reconcile/pass.hpp"

namespace lockstep::reconcile {

Awaitable<Result<Protection>> Pass::read_protection() {
  const auto* credential = desired_.credential_of(target_);
  if (!credential) co_return fail(ErrorKind::unsupported, "the Target has no Credential");
  CO_TRY(auto* reader, services_.providers.protections(*credential));
  auto reading = reader->protection(target_.place, context());
  auto found = co_await std::move(reading);
  health_.heard({target_.key.ns, target_.credential}, found ? nullptr : &found.error(),
                services_.clock.mono());
  co_return found;
}

/// Closes a gate for each thing that is not as the Target expects it. A protection that could not
/// be read closes it too: no secret goes where it is not known who can take it.
Awaitable<void> Pass::check_expectation() {
  if (!target_.expect) co_return;
  auto reading = read_protection();
  const auto found = co_await std::move(reading);
  if (!found) {
    gates_.emplace_back(Gate::ExpectationUnmet,
                        "the place's protection could not be read: " + describe(found.error()));
    co_return;
  }
  requests_ += found->requests;
  for (auto& text : plan::mismatches(*target_.expect, *found)) {
    gates_.emplace_back(Gate::ExpectationUnmet, std::move(text));
  }
  guard_notes_ = plan::notes(*target_.expect, *found);
}

}  // namespace lockstep::reconcile
