#include "sandbox/emulator_base.hpp"

namespace lockstep::sandbox {

namespace {

Outcome whole(Reply reply) {
  Outcome outcome;
  outcome.response = std::move(reply.response);
  outcome.delay = reply.takes;
  return outcome;
}

Outcome broken(Outcome::Kind kind, Nanos delay) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.delay = delay;
  return outcome;
}

}  // namespace

Outcome EmulatorBase::handle(const net::Request& request, Wall now) {
  if (hook_ && !in_hook_) {
    const auto hook = hook_;  // it may replace itself
    in_hook_ = true;
    hook(seen_.size(), request);
    in_hook_ = false;
  }
  const Fault fault = faults_ && !in_hook_ ? faults_(request) : Fault{};
  const Call call = parse_call(request);
  Outcome outcome = outcome_of(fault, call, now);
  const bool answered = outcome.kind == Outcome::Kind::answer;
  seen_.push_back({.method = request.method,
                   .path = call.path,
                   .write = call.writes(),
                   .stale = fault.kind == Fault::Kind::stale_read && !call.writes(),
                   .status = answered ? outcome.response.status : 0,
                   .at = now});
  return outcome;
}

Reply EmulatorBase::counted_answer(const Call& call, Wall now, bool stale) {
  auto reply = answer(call, now, stale);
  if (reply.throttled) ++throttled_;
  return reply;
}

Outcome EmulatorBase::outcome_of(const Fault& fault, const Call& call, Wall now) {
  switch (fault.kind) {
    case Fault::Kind::none:
      return whole(counted_answer(call, now, false));
    case Fault::Kind::status:
      return whole({.response = {.status = fault.status,
                                 .headers = fault.headers,
                                 .body = to_bytes(fault.body)},
                    .takes = fault.delay});
    case Fault::Kind::late_error:
      (void)counted_answer(call, now, false);
      [[fallthrough]];
    case Fault::Kind::error_body: {
      auto response = error_answer(call, fault.status);
      response.headers.insert(response.headers.end(), fault.headers.begin(), fault.headers.end());
      return whole({.response = std::move(response), .takes = fault.delay});
    }
    case Fault::Kind::cut_body: {
      auto outcome = whole(counted_answer(call, now, false));
      outcome.response.body.resize(outcome.response.body.size() / 2);
      outcome.cut = true;
      return outcome;
    }
    case Fault::Kind::reset:
      return broken(Outcome::Kind::reset_before, fault.delay);
    case Fault::Kind::lost_answer: {
      const auto reply = counted_answer(call, now, false);
      return broken(Outcome::Kind::lost_after, reply.takes + fault.delay);
    }
    case Fault::Kind::stale_read:
      return whole(counted_answer(call, now, true));
    case Fault::Kind::delay: {
      auto outcome = whole(counted_answer(call, now, false));
      outcome.delay += fault.delay;
      return outcome;
    }
  }
  return {};
}

}  // namespace lockstep::sandbox
