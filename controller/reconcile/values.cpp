#include "reconcile/values.hpp"

#include "api/format.hpp"
#include "base/json.hpp"
#include "plan/claims.hpp"

namespace lockstep::reconcile {

namespace {

using Kind = plan::ValueSight::Kind;

ResolvedValue without_value(Kind kind, std::string problem) {
  ResolvedValue out;
  out.sight.kind = kind;
  out.sight.problem = std::move(problem);
  return out;
}

ResolvedValue with_value(const Services& services, const DesiredTarget& target,
                         const DesiredSecret& secret, Secret value) {
  if (value.empty() && !secret.allow_empty) {
    return without_value(Kind::missing, "source \"" + secret.source_name + "\" has an empty " +
                                            secret.source_key + "; what is live stays");
  }
  if (auto problem = value_problem(secret, target.place.kind, value.expose()); !problem.empty()) {
    return without_value(Kind::invalid, std::move(problem));
  }
  ResolvedValue out;
  out.sight.kind = Kind::available;
  out.sight.size = value.size();
  if (const auto* fingerprinter = services.ledger.fingerprinter()) {
    out.sight.fingerprint = fingerprinter->of_value(place_id(target), secret.name, value);
  }
  out.value = std::move(value);
  return out;
}

/// What the source has now, past what it read earlier: another Target's pass may just have made it.
Awaitable<Result<std::optional<Secret>>> read_afresh(const Services& services,
                                                     const DesiredSecret& secret) {
  services.source.refresh();
  auto reading = services.source.get(
      {.ns = secret.id.ns, .secret = secret.source_secret, .key = secret.source_key});
  co_return co_await std::move(reading);
}

/// What an entry that lockstep generates deserves while its source has no value.
Awaitable<ResolvedValue> not_generated_yet(const Services& services, const DesiredTarget& target,
                                           const DesiredSecret& secret) {
  auto before = services.ledger.generated(secret.id);
  const auto known = co_await std::move(before);
  if (!known) co_return without_value(Kind::unavailable, describe(known.error()));
  if (*known) {
    auto rereading = read_afresh(services, secret);
    auto made_meanwhile = co_await std::move(rereading);
    if (made_meanwhile && *made_meanwhile) {
      co_return with_value(services, target, secret, std::move(**made_meanwhile));
    }
    co_return without_value(Kind::missing, "it was generated before and source \"" +
                                               secret.source_name + "\" lost it; restore " +
                                               secret.source_key + " there");
  }
  if (!services.source.writable(secret.id.ns, secret.source_secret)) {
    co_return without_value(Kind::unavailable,
                            "source \"" + secret.source_name +
                                "\" cannot keep a generated value; stand a keyring "
                                "in for Secret " +
                                secret.source_secret);
  }
  ResolvedValue out;
  out.sight.kind = Kind::available;
  out.to_generate = true;
  co_return out;
}

/// S19: why the value may not reach this place; "" when it may. The first line of defence needs no
/// other document; the second holds what the documents that are there say.
Awaitable<std::string> guarded_problem(const Services& services, const DesiredTarget& target,
                                       SourceKey key) {
  if (target.place.kind != PlaceKind::dotenvFile) co_return "";
  if (!services.local_file_problem) co_return "no value of a Secret may reach a local file here";
  auto asking = services.local_file_problem(key);
  if (auto problem = co_await std::move(asking); !problem.empty()) co_return problem;
  if (!services.shares) co_return "";
  for (const auto& guarded : target.guarded) {
    auto comparing = services.shares(key, guarded);
    const auto shared = co_await std::move(comparing);
    if (!shared) co_return describe(shared.error());
    if (!*shared) continue;
    co_return "what stands in for Secret " + key.ns + "/" + key.secret +
        " on this machine also stands in for Secret " + to_string(guarded) +
        ", whose Environment needs approval; its values must not reach a local file: give " +
        "each its own in lockstep.local.yaml";
  }
  co_return "";
}

Awaitable<ResolvedValue> resolve(const Services& services, const DesiredTarget& target,
                                 const DesiredSecret& secret) {
  if (secret.kind == ValueKind::literal || secret.kind == ValueKind::variable) {
    co_return with_value(services, target, secret, Secret(secret.text));
  }
  const SourceKey key{.ns = secret.id.ns, .secret = secret.source_secret, .key = secret.source_key};
  auto guarding = guarded_problem(services, target, key);
  if (auto problem = co_await std::move(guarding); !problem.empty()) {
    co_return without_value(Kind::unavailable, std::move(problem));
  }
  auto reading = services.source.get(key);
  auto read = co_await std::move(reading);
  if (!read) co_return without_value(Kind::unavailable, describe(read.error()));
  if (*read) co_return with_value(services, target, secret, std::move(**read));
  if (secret.kind == ValueKind::generate) {
    auto pending = not_generated_yet(services, target, secret);
    co_return co_await std::move(pending);
  }
  const auto why = services.source.why_missing(key);
  co_return without_value(Kind::missing, "source \"" + secret.source_name + "\" has no " +
                                             secret.source_key + (why.empty() ? "" : ": " + why) +
                                             "; what is live stays");
}

}  // namespace

std::string value_problem(const DesiredSecret& secret, PlaceKind kind, std::string_view value) {
  if (capabilities_of(kind).utf8_only && !is_utf8(value)) {
    return "the value is not UTF-8, which " + std::string(to_string(kind)) +
           " cannot carry unchanged";
  }
  if (value.empty()) return "";
  if (auto problem = api::format_problem(secret.format, value)) return "the value " + *problem;
  return "";
}

Awaitable<ResolvedValues> resolve_values(const Services& services, const DesiredTarget& target,
                                         const PlaceRecord& record) {
  ResolvedValues out;
  for (const auto& secret : target.secrets) {
    if (secret.kind == ValueKind::external || secret.kind == ValueKind::absent) continue;
    if (!plan::works_here(target, record, secret)) continue;
    auto resolving = resolve(services, target, secret);
    out[secret.name] = co_await std::move(resolving);
  }
  co_return out;
}

Awaitable<ResolvedValue> not_to_generate(const Services& services, const DesiredTarget& target,
                                         const DesiredSecret& secret, std::string why) {
  auto rereading = read_afresh(services, secret);
  auto there = co_await std::move(rereading);
  if (there && *there) co_return with_value(services, target, secret, std::move(**there));
  co_return without_value(Kind::unavailable, std::move(why));
}

Awaitable<Result<Secret>> generate_value(const Services& services, const DesiredSecret& secret) {
  auto rereading = read_afresh(services, secret);
  CO_TRY(auto there, co_await std::move(rereading));
  if (there) co_return std::move(*there);
  auto keeping = services.source.put_if_absent(
      {.ns = secret.id.ns, .secret = secret.source_secret, .key = secret.source_key},
      services.generate(secret.generate, services.random));
  CO_TRY(auto kept, co_await std::move(keeping));
  const auto* fingerprinter = services.ledger.fingerprinter();
  auto remembering =
      services.ledger.remember_generated(secret.id, fingerprinter->of_secret(secret.id, kept));
  CO_TRY_OK(co_await std::move(remembering));
  services.log.info("secret generated", {{"namespace", secret.id.ns}, {"key", secret.source_key}});
  co_return kept;
}

}  // namespace lockstep::reconcile
