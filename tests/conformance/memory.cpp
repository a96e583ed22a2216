// What a pass keeps in the ledger around the calls of a provider, reduced to one place: enough for
// plan::digest_observation to judge what was seen.
#include <algorithm>

#include "base/digest.hpp"
#include "scene.hpp"

namespace lockstep::conformance {

using O = Receipt::Outcome;

std::string Scene::seal(std::string_view name, std::string_view value) const {
  const std::string_view parts[] = {name, value};
  return hmac_sha256_hex(Secret("conformance"), parts);
}

std::map<std::string, std::string> Scene::tokens_of(const Observation& seen) const {
  std::map<std::string, std::string> out;
  for (const auto& secret : seen.secrets) {
    if (!secret.token.empty()) out[secret.name] = seal(secret.name, secret.token.expose());
  }
  return out;
}

Result<Observation> Scene::look() {
  auto seen = observe();
  if (!seen) return seen;
  const auto kind = world_->place().kind;
  const auto now = world_->sim.clock().wall();
  if (plan::predates_our_write(kind, memory_, *seen, now)) {
    return fail(ErrorKind::protocol, "the read is older than our last write");
  }
  memory_ = plan::digest_observation(kind, std::move(memory_), {*seen, tokens_of(*seen)}, now);
  return seen;
}

void Scene::intend(const Observation& seen, const std::vector<Wanted>& wanted) {
  const auto tokens = tokens_of(seen);
  ++attempt_;
  for (const auto& one : wanted) {
    const auto* there = seen.find(one.name);
    const auto token = tokens.find(one.name);
    memory_.names[one.name].intent =
        Intent{.remove = !one.value,
               .fingerprint = one.value ? seal(one.name, *one.value) : "",
               .attempt = "attempt-" + std::to_string(attempt_),
               .started = world_->sim.clock().wall(),
               .was_there = there != nullptr,
               .token_before = token == tokens.end() ? "" : token->second,
               .updated_before = there ? there->updated_at : std::nullopt,
               .place_before = seen.evidence,
               .staged = mode == WriteMode::staged};
  }
}

Result<Applied> Scene::write(const Observation& seen, const std::vector<Wanted>& wanted) {
  intend(seen, wanted);
  auto applied = apply(wanted);
  if (applied) {
    take_in(*applied);
    return applied;
  }
  for (auto& [name, known] : memory_.names) known.intent.reset();
  std::erase_if(memory_.names, [](const auto& entry) { return !plan::is_ours(entry.second); });
  return applied;
}

void Scene::take_in(const Applied& applied) {
  bool any_done = false;
  for (const auto& receipt : applied.receipts) {
    if (receipt.outcome == O::unknown) continue;  // the intent stays: the next look decides
    auto& known = memory_.names.at(receipt.name);
    const bool done = receipt.outcome == O::done || receipt.outcome == O::unchanged;
    if (done && !applied.evidence_is_ours) continue;
    any_done |= done;
    const auto intent = *std::exchange(known.intent, std::nullopt);
    if (done ? intent.remove : !plan::is_ours(known)) {
      memory_.names.erase(receipt.name);
      continue;
    }
    if (!done) continue;
    known.written = true;
    known.written_at = world_->sim.clock().wall();
    known.fingerprint = intent.fingerprint;
    known.token = receipt.token.empty() ? "" : seal(receipt.name, receipt.token.expose());
    known.updated_at = receipt.updated_at;
    known.answered_at = receipt.answered_at;
    known.presumed = applied.presumed || receipt.presumed;
    known.staged = applied.staged;
    known.drift_state = State::InSync;
    known.drift_since.reset();
  }
  if (!any_done) return;
  memory_.evidence = applied.evidence;
  memory_.presumed = applied.presumed;
  memory_.machines = applied.machines;
  memory_.staged_version.reset();
  if (applied.staged_version.empty()) return;
  memory_.staged_version = applied.staged_version;
  memory_.seen = {};
}

bool Scene::needs_write(const Wanted& wanted) const {
  const auto known = memory_.names.find(wanted.name);
  const bool ours = known != memory_.names.end() && plan::is_ours(known->second);
  if (!wanted.value) return ours;
  return !ours || known->second.drift_state != State::InSync ||
         known->second.fingerprint != seal(wanted.name, *wanted.value);
}

std::size_t Scene::converge(const std::vector<Wanted>& wanted, std::size_t most) {
  std::size_t wrote = 0;
  for (std::size_t round = 0; round < most; ++round) {
    const auto seen = look();
    if (!seen) {
      wait(plan::settle_time);
      continue;
    }
    std::vector<Wanted> left;
    for (const auto& one : wanted) {
      if (needs_write(one)) left.push_back(one);
    }
    if (left.empty()) return wrote;
    const auto before = writes();
    (void)write(*seen, left);
    if (writes() != before) ++wrote;
  }
  ADD_FAILURE() << "does not converge in " << most << " rounds";
  return wrote;
}

std::optional<State> Scene::state(const std::string& name) const {
  const auto known = memory_.names.find(name);
  if (known == memory_.names.end() || !plan::is_ours(known->second)) return std::nullopt;
  return known->second.drift_state;
}

Certainty Scene::certainty(const std::string& name) const {
  return plan::certainty_of(world_->place().kind, memory_.names.at(name));
}

}  // namespace lockstep::conformance
