#include "providers/cloudflare/worker.hpp"

#include "base/text.hpp"

namespace lockstep::providers::cloudflare {

namespace {

void put_names(Observation& seen, const std::vector<std::string>& names,
               const std::map<std::string, std::string>& taken) {
  for (const auto& name : names) {
    seen.secrets.push_back({.name = name, .token = {}, .updated_at = {}, .live = {}});
  }
  seen.taken = taken;
}

Error keeps_moving(const std::string& script) {
  return {.kind = ErrorKind::conflict,
          .message = "someone keeps deploying " + script + " while its secrets are read"};
}

}  // namespace

CloudflareWorkerProvider::CloudflareWorkerProvider(net::HttpClient& http, Clock& clock,
                                                   TokenSource token, CloudflareOptions options)
    : caller_(http, clock, std::move(token), std::move(options.base_url), bearer),
      account_(std::move(options.account_id)) {}

const Capabilities& CloudflareWorkerProvider::capabilities() const {
  return capabilities_of(PlaceKind::cloudflareWorker);
}

Result<std::string> CloudflareWorkerProvider::script_of(const Place& place) const {
  if (place.kind != PlaceKind::cloudflareWorker || place.parts.size() != 2) {
    return fail(ErrorKind::unsupported, place.key() + " is not a Worker");
  }
  if (place.parts[0] != account_) {
    return fail(ErrorKind::unsupported,
                place.key() + " is in another account than the Credential's " + account_);
  }
  return place.parts[1];
}

std::string CloudflareWorkerProvider::script_path(const std::string& script,
                                                  std::string_view rest) const {
  return "/accounts/" + percent_encode(account_) + "/workers/scripts/" + percent_encode(script) +
         std::string(rest);
}

Awaitable<Result<std::vector<Deployment>>> CloudflareWorkerProvider::deployments(
    std::string script, CallContext context) {
  const Purpose purpose{.operation = "deployments.list",
                        .doing = "reading the deployments of " + script};
  auto reading = get(caller_, script_path(script, "/deployments"), purpose, context);
  CO_TRY(const auto answer, co_await std::move(reading));
  co_return read_deployments(answer, purpose);
}

Awaitable<Result<std::vector<Version>>> CloudflareWorkerProvider::versions(std::string script,
                                                                           CallContext context,
                                                                           Values sent) {
  const Purpose purpose{.operation = "versions.list", .doing = "reading the versions of " + script};
  // Newest first, so the first page is enough.
  const auto query = "/versions?page=1&per_page=" + std::to_string(versions_asked);
  auto reading = get(caller_, script_path(script, query), purpose, context, std::move(sent));
  CO_TRY(const auto answer, co_await std::move(reading));
  co_return read_versions(answer, purpose);
}

Awaitable<Result<Bindings>> CloudflareWorkerProvider::bindings(std::string script,
                                                               CallContext context, Values sent) {
  const Purpose purpose{.operation = "settings.get", .doing = "reading the bindings of " + script};
  auto reading = get(caller_, script_path(script, "/settings"), purpose, context, std::move(sent));
  CO_TRY(const auto answer, co_await std::move(reading));
  co_return read_bindings(answer, purpose);
}

Awaitable<Result<Observation>> CloudflareWorkerProvider::observe(Place place,
                                                                 const PlaceRecord& memory,
                                                                 CallContext context) {
  CO_TRY(const auto script, script_of(place));
  auto reading = deployments(script, context);
  CO_TRY(auto history, co_await std::move(reading));
  Observation seen;
  seen.requests = 1;
  const auto active = evidence_of(history).event;
  // A version that is not deployed changes no names here, but a write whose outcome is open may.
  if (!active.empty() && active == memory.seen.event && !awaits_version(memory)) {
    put_names(seen, memory.seen_names, memory.seen_taken);
  } else {
    // Names and deployments come from two calls; they belong together when the deployment before
    // and after the names is the same.
    bool stood = false;
    for (int attempt = 0; attempt < 2 && !stood; ++attempt) {
      auto reading_names = bindings(script, context);
      CO_TRY(const auto names, co_await std::move(reading_names));
      auto reading_again = deployments(script, context);
      CO_TRY(auto later, co_await std::move(reading_again));
      seen.requests += 2;
      stood = evidence_of(later) == evidence_of(history);
      history = std::move(later);
      if (stood) put_names(seen, names.secrets, names.taken);
    }
    if (!stood) co_return fail(keeps_moving(script));
  }
  auto past = since(history, memory.evidence.event);
  if (watches_versions(memory) && !history.empty()) {
    auto reading_versions = versions(script, context);
    CO_TRY(const auto listed, co_await std::move(reading_versions));
    ++seen.requests;
    auto staging = read_staging(script, memory, history, listed);
    if (staging.fate) leave_out_own(past, history, staging.fate->version);
    seen.attempts = std::move(staging.attempts);
    seen.staged = std::move(staging.fate);
    seen.liveness_note = std::move(staging.note);
  }
  seen.at = caller_.clock().wall();
  seen.evidence = evidence_of(history);
  seen.events = std::move(past.events);
  seen.history_complete = past.complete;
  co_return seen;
}

Awaitable<Result<CloudflareWorkerProvider::Standing>> CloudflareWorkerProvider::standing(
    std::string script, const PlaceRecord& memory, WriteMode mode, CallContext context) {
  auto reading = deployments(script, context);
  CO_TRY(auto history, co_await std::move(reading));
  auto reading_versions = versions(script, context);
  CO_TRY(const auto newest, co_await std::move(reading_versions));
  const auto verdict_of = mode == WriteMode::staged ? check_staged : check;
  auto verdict = verdict_of(script, history, newest, memory.staged_version);
  verdict.requests = 2;
  co_return Standing{.deployments = std::move(history), .check = std::move(verdict)};
}

Awaitable<Result<WriteCheck>> CloudflareWorkerProvider::check_write(Place place,
                                                                    const PlaceRecord& memory,
                                                                    WriteMode mode,
                                                                    CallContext context) {
  CO_TRY(const auto script, script_of(place));
  auto reading = standing(script, memory, mode, context);
  CO_TRY(auto now, co_await std::move(reading));
  co_return std::move(now.check);
}

Awaitable<Result<RolledOut>> CloudflareWorkerProvider::roll_out(Place place, const PlaceRecord&,
                                                                CallContext) {
  co_return fail(ErrorKind::unsupported,
                 "a write to a " + std::string(to_string(place.kind)) + " needs no roll-out");
}

Awaitable<Result<Attribution>> CloudflareWorkerProvider::attribute(Place place, std::string,
                                                                   CallContext context) {
  CO_TRY(const auto script, script_of(place));
  auto reading = deployments(script, context);
  CO_TRY(const auto history, co_await std::move(reading));
  for (const auto& one : history) {
    if (one.effect == PlaceEvent::Effect::keeps_secrets) continue;
    Attribution out{.who = one.author, .when = one.created, .how = one.trigger};
    if (!one.source.empty()) out.how += (out.how.empty() ? "through " : " through ") + one.source;
    const auto version = one.only_version();
    if (!out.who.empty() || !version) co_return out;
    auto reading_versions = versions(script, context);
    CO_TRY(const auto newest, co_await std::move(reading_versions));
    for (const auto& candidate : newest) {
      if (candidate.id == *version) out.who = candidate.author;
    }
    co_return out;
  }
  co_return Attribution{};
}

}  // namespace lockstep::providers::cloudflare
