#include "reconcile/pass.hpp"

#include <algorithm>

#include "plan/claims.hpp"
#include "reconcile/incumbents.hpp"
#include "reconcile/summary.hpp"

namespace lockstep::reconcile {

PlaceId place_id(const DesiredTarget& target) {
  return {target.key.ns, target.place.key()};
}

TargetLabels labels_of(const DesiredTarget& target) {
  return {.ns = target.key.ns,
          .environment = target.environment,
          .target = target.key.name,
          .provider = std::string(provider_name(target.place.kind))};
}

Pass::Pass(const Services& services, CredentialHealth& health, SharedLooks& looks,
           const Desired& desired, const DesiredTarget& target, PassOptions options)
    : services_(services),
      health_(health),
      looks_(looks),
      desired_(desired),
      target_(target),
      options_(std::move(options)),
      attempt_(random_hex(services.random, 8)),
      place_{target.key.ns, target.place.key()} {}

CallContext Pass::context() const {
  return {.deadline = services_.clock.mono() + options_.longest_call, .attempt = attempt_};
}

WriteMode Pass::mode() const {
  return target_.policy.apply == api::Apply::Staged ? WriteMode::staged : WriteMode::live;
}

/// Of rival entries for one name at most one acts; that one is meant.
PlannedSecret* Pass::row(std::string_view name) {
  const auto acts = [&](const auto& r) { return r.name == name && r.runs(); };
  if (const auto it = std::ranges::find_if(plan_.secrets, acts); it != plan_.secrets.end())
    return &*it;
  const auto it = std::ranges::find(plan_.secrets, name, &PlannedSecret::name);
  return it == plan_.secrets.end() ? nullptr : &*it;
}

/// The entry behind a row that writes.
const DesiredSecret& Pass::desired(const PlannedSecret& row) const {
  return *std::ranges::find_if(target_.secrets, [&](const auto& secret) {
    return secret.name == row.name && claimant(secret.secret_set.name) == row.claimant;
  });
}

/// A refusal with the Credential that it is about: its token, rights or account are to be mended,
/// or its limit ends at a time.
Error Pass::with_credential(Error error) const {
  error = plan::with_limit(std::move(error), target_.credential, services_.clock.wall());
  const bool refusal = error.kind == ErrorKind::unauthorized ||
                       error.kind == ErrorKind::forbidden || error.kind == ErrorKind::not_found ||
                       error.code == "http_404" ||
                       (error.kind == ErrorKind::invalid && !error.code.empty() && !seen_);
  if (refusal && !target_.credential.empty()) {
    error.message = "Credential " + target_.credential + ": " + error.message;
  }
  return error;
}

Awaitable<PassOutcome> Pass::run() {
  auto steps = run_steps();
  auto status = co_await std::move(steps);
  if (!status) status = fail(with_credential(status.error()));
  if (!seen_ && !status) {
    plan_ = plan::unreadable(target_, status.error(), services_.clock.wall());
    plan_.gates.insert(plan_.gates.end(), gates_.begin(), gates_.end());
    plan_.holds = in_force(holds_, services_.clock.wall());
  }
  PassOutcome out;
  if (!status) out.error = status.error();
  out.before = before_ ? std::move(*before_) : plan_;
  out.machines = std::move(machines_);
  out.more = more_;
  out.awaited = std::move(awaited_);
  plan_.staged_version = record_.staged_version.value_or("");
  out.status.plan = std::move(plan_);
  out.status.reads = requests_;
  out.status.writes = writes_;
  out.status.names_written = names_written_;
  summarize(out, target_);
  co_return out;
}

Awaitable<Status> Pass::run_steps() {
  auto loading = services_.ledger.load(place_);
  CO_TRY(record_, co_await std::move(loading));
  saved_ = encode(record_);
  auto asking = services_.ledger.holds(place_);
  CO_TRY(holds_, co_await std::move(asking));
  auto settling = settle_rivals();
  CO_TRY_OK(co_await std::move(settling));
  const bool built = capabilities_of(target_.place.kind).built;
  if (!built) {
    plan_ = plan::unreadable(target_,
                             {.kind = ErrorKind::unsupported,
                              .message = std::string(to_string(target_.place.kind)) +
                                         " places are not built in this release"},
                             services_.clock.wall());
    co_return Status{};
  }
  auto observing = observe();
  if (auto seen = co_await std::move(observing); !seen) {
    auto learning = learn_unseen();
    CO_TRY_OK(co_await std::move(learning));
    co_return seen;
  }
  auto guarding = check_expectation();
  co_await std::move(guarding);
  auto resolving = resolve_values(services_, target_, record_);
  values_ = co_await std::move(resolving);
  make_plan();
  auto inquiring = ask_places();
  co_await std::move(inquiring);
  if (!waits_for_rival_) {
    record_ = plan::remember_claims(target_, plan_.secrets, *seen_, std::move(record_));
  }
  // What was seen is remembered even when a later step fails: the clock of a drift runs from here.
  if (remembers()) {
    auto saving = save();
    CO_TRY_OK(co_await std::move(saving));
    auto resigning = let_formers_resign();
    CO_TRY_OK(co_await std::move(resigning));
  }
  auto gating = close_late_gates();
  CO_TRY_OK(co_await std::move(gating));
  if (encode(record_) == saved_ && services_.ledger.fingerprinter()) {
    plan::settle_approvals(plan_, record_, *seen_, tokens_, options_.approved);
  }
  before_ = plan_;
  if (hears_plan_) hears_plan_(*before_);
  if (!remembers()) co_return Status{};
  auto acting = act();
  co_return co_await std::move(acting);
}

/// Of all Targets that name this place, or named it, the ledger's incumbent works.
Awaitable<Status> Pass::settle_rivals() {
  auto finding = find_incumbents(services_.ledger, target_, record_);
  CO_TRY(const auto incumbents, co_await std::move(finding));
  if (auto problem = plan::rival_problem(desired_, target_, incumbents.targets); !problem.empty()) {
    gates_.emplace_back(Gate::Conflict, std::move(problem));
    waits_for_rival_ = true;
    co_return Status{};
  }
  for (const auto& [id, former] : incumbents.elsewhere) {
    record_ = plan::inherit_claims(std::move(record_), id.ns, former);
    formers_.push_back(id);
  }
  record_.incumbent = incumbent_word(target_.key);
  co_return Status{};
}

/// A place has one memory, and the Target that works there keeps it: a rival's claims are not its.
bool Pass::remembers() const {
  return options_.write && !waits_for_rival_;
}

/// A claim that comes and goes while the place does not answer counts like any other (S2).
Awaitable<Status> Pass::learn_unseen() {
  if (!remembers()) co_return Status{};
  auto learning = learn_claims(services_.ledger, target_);
  co_return co_await std::move(learning);
}

/// After what they claimed is safe in our own record: a crash between the two repeats both.
Awaitable<Status> Pass::let_formers_resign() {
  for (const auto& former : std::exchange(formers_, {})) {
    auto resigning = resign(services_.ledger, former);
    CO_TRY_OK(co_await std::move(resigning));
  }
  co_return Status{};
}

Awaitable<Status> Pass::observe() {
  const ObjectKey credential{target_.key.ns, target_.credential};
  if (auto stopped = health_.stopped(credential, services_.clock.mono())) co_return fail(*stopped);
  if (options_.longest_call <= Nanos{}) {
    co_return fail(ErrorKind::transient,
                   "not asked: nothing answers any more with Credential " + target_.credential);
  }
  CO_TRY(provider_, services_.providers.find(target_.place.kind, desired_.credential_of(target_)));
  looks_.reads(target_, context().deadline);
  auto looking = provider_->observe(target_.place, record_, context());
  auto seen = co_await std::move(looking);
  health_.heard(credential, seen ? nullptr : &seen.error(), services_.clock.mono());
  const auto now = services_.clock.wall();
  if (seen && plan::predates_our_write(target_.place.kind, record_, *seen, now)) {
    seen = fail(ErrorKind::transient,
                "the answer does not show our last write: it is from before it, or somebody "
                "undid it at once; a minute after the write that is settled");
  }
  looks_.saw(desired_, target_, seen);
  if (!seen) co_return fail(seen.error());
  requests_ += seen->requests;
  seen_ = std::move(*seen);
  if (const auto* fingerprinter = services_.ledger.fingerprinter()) {
    for (const auto& secret : seen_->secrets) {
      if (secret.token.empty()) continue;
      tokens_[secret.name] = fingerprinter->of_evidence(place_, secret.name, secret.token);
    }
  }
  const auto before = record_;
  record_ =
      plan::digest_observation(target_.place.kind, std::move(record_), {*seen_, tokens_}, now);
  record_ = plan::digest_desires(target_, std::move(record_), *seen_, now);
  record_ = plan::digest_contest(target_.place.kind, std::move(record_), options_.retry_contested);
  report_drift(services_, target_, before, record_, remembers());
  co_return Status{};
}

plan::DiffInput Pass::diff_input() const {
  return {.target = target_,
          .record = record_,
          .observation = *seen_,
          .values = sights_,
          .gates = gates_,
          .now = services_.clock.wall(),
          .at_once = options_.at_once,
          .holds = holds_,
          .scope = scope_,
          .roll_out = options_.roll_out};
}

void Pass::make_plan() {
  for (const auto& [name, value] : values_) sights_[name] = value.sight;
  plan_ = plan::diff(diff_input());
  plan_.notes.insert(plan_.notes.end(), guard_notes_.begin(), guard_notes_.end());
  tell_missing();
}

/// What is read only when there is something to write, now or by a person's yes: resources that
/// must exist, and whether the place may be written at all.
Awaitable<Status> Pass::close_late_gates() {
  const auto writes = [yes = !options_.approved.empty()](const auto& r) {
    return (r.runs() && r.action != ActionKind::adopt) || (yes && r.gate == Gate::AwaitingApproval);
  };
  if (std::ranges::none_of(plan_.secrets, writes)) co_return Status{};
  auto requiring = missing_resources();
  CO_TRY_OK(co_await std::move(requiring));
  auto checking = provider_->check_write(target_.place, record_, mode(), context());
  CO_TRY(const auto check, co_await std::move(checking));
  requests_ += check.requests;
  scope_ = check.roll_out;
  if (!check.ok) gates_.emplace_back(check.gate, check.reason);
  auto notes = std::move(plan_.notes);
  make_plan();
  for (auto& note : notes) {
    if (std::ranges::find(plan_.notes, note) == plan_.notes.end())
      plan_.notes.push_back(std::move(note));
  }
  co_return Status{};
}

namespace {
void lacking(std::vector<std::string>& out, std::string_view what,
             const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  for (const auto& name : wanted) {
    if (std::ranges::find(there, name) == there.end())
      out.push_back(std::string(what) + " " + name);
  }
}
}  // namespace

Awaitable<Result<AccountResources>> Pass::existing(ObjectKey credential, AccountResources wanted) {
  if (auto stopped = health_.stopped(credential, services_.clock.mono())) co_return fail(*stopped);
  CO_TRY(auto* inspector, services_.providers.inspector(desired_.credentials.at(credential)));
  auto bounded = context();
  // Another Credential's silence, or a wait for its budget, must not hold this place up (S14).
  if (credential.name != target_.credential) {
    bounded.deadline = std::min(bounded.deadline, services_.clock.mono() + SharedLooks::patience);
  }
  auto looking = inspector->existing(std::move(wanted), bounded);
  auto there = co_await std::move(looking);
  health_.heard(credential, there ? nullptr : &there.error(), services_.clock.mono());
  co_return there;
}

Awaitable<Status> Pass::missing_resources() {
  for (const auto& requirement : target_.requires_) {
    AccountResources wanted{.ai_gateways = requirement.ai_gateways,
                            .d1_databases = requirement.d1_databases,
                            .kv_namespaces = requirement.kv_namespaces,
                            .r2_buckets = requirement.r2_buckets};
    auto looking = existing({target_.key.ns, requirement.credential_ref.name}, wanted);
    const auto there = co_await std::move(looking);
    if (!there) {
      // Unreadable warns and does not gate: nothing is known to be missing.
      plan_.notes.push_back("required resources could not be read with Credential " +
                            requirement.credential_ref.name + ": " + describe(there.error()));
      continue;
    }
    std::vector<std::string> missing;
    lacking(missing, "AI Gateway", wanted.ai_gateways, there->ai_gateways);
    lacking(missing, "D1 database", wanted.d1_databases, there->d1_databases);
    lacking(missing, "KV namespace", wanted.kv_namespaces, there->kv_namespaces);
    lacking(missing, "R2 bucket", wanted.r2_buckets, there->r2_buckets);
    for (const auto& what : missing) {
      gates_.emplace_back(Gate::ResourceMissing, what + " does not exist; Environment " +
                                                     target_.environment + " requires it");
    }
  }
  co_return Status{};
}

Awaitable<Status> Pass::save() {
  const auto text = encode(record_);
  if (text == saved_) co_return Status{};
  auto saving = services_.ledger.save(place_, record_);
  CO_TRY(record_.sequence, co_await std::move(saving));
  saved_ = encode(record_);
  co_return Status{};
}

}  // namespace lockstep::reconcile
