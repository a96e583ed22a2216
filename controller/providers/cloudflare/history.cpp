#include "providers/cloudflare/history.hpp"

#include <algorithm>
#include <charconv>

#include "providers/cloudflare/staging.hpp"

namespace lockstep::providers::cloudflare {

namespace {

// More than any answer seen; the body's size bounds the rest (S15).
constexpr std::size_t most_entries = 2000;
constexpr std::size_t most_shares = 100;

/// Ids stand in texts and in the ledger.
Result<std::string> read_id(const Fields& fields, std::string_view key) {
  TRY(const auto id, fields.text(key, 64));
  const bool plain = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
  if (id.empty() || !plain) return fail(fields.misfit(key, "an id"));
  return std::string(id);
}

/// Text that decides about no read: absent or odd, it is "".
std::string_view raw_text(const Fields& fields, std::string_view key) {
  const auto* found = fields.raw(key);
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::string shown(std::string_view text, const Confidential& hidden) {
  return hidden.clean(text, 120).text();
}

std::string_view annotation(const Fields& fields, std::string_view key) {
  const auto annotations = fields.maybe_object("annotations");
  if (!annotations || !*annotations) return {};
  return raw_text(**annotations, key);
}

std::string percent_text(double percent) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), percent);
  return {buffer.data(), error == std::errc() ? end : buffer.data()};
}

Result<std::vector<Share>> read_shares(const Fields& deployment) {
  TRY(const auto entries, deployment.objects("versions", most_shares));
  std::vector<Share> shares;
  for (const auto& entry : entries) {
    TRY(auto version, read_id(entry, "version_id"));
    TRY(const auto percent, entry.number("percentage"));
    shares.push_back({.version = std::move(version), .percent = percent});
  }
  return shares;
}

Result<Deployment> read_deployment(const Fields& entry, const Confidential& hidden) {
  Deployment out;
  TRY(out.id, read_id(entry, "id"));
  TRY(out.created, entry.time("created_on"));
  TRY(const auto strategy, entry.maybe_text("strategy"));
  out.by_percentage = strategy == "percentage";
  // Another strategy may divide traffic in a way that is not a list of versions at all.
  if (out.by_percentage || entry.raw("versions")) {
    TRY(out.shares, read_shares(entry));
  }
  out.author = shown(raw_text(entry, "author_email"), hidden);
  out.source = shown(raw_text(entry, "source"), hidden);
  const auto trigger = annotation(entry, "workers/triggered_by");
  out.effect = effect_of(trigger);
  // Cloudflare's own words are told whatever a value looks like; only other ones may repeat it.
  const bool own_word = out.effect != PlaceEvent::Effect::may_change;
  out.trigger = own_word ? std::string(trigger) : shown(trigger, hidden);
  return out;
}

PlaceEvent event_of(const Deployment& deployment) {
  return {.id = deployment.id,
          .version = deployment.version_text(),
          .at = deployment.created,
          .author = deployment.author,
          .trigger = deployment.trigger,
          .effect = deployment.effect};
}

bool is_secret(std::string_view type) {
  return type == "secret_text" || type == "secret_key";
}

}  // namespace

std::optional<std::string> Deployment::only_version() const {
  if (!by_percentage || shares.size() != 1 || shares[0].percent != 100) return std::nullopt;
  return shares[0].version;
}

std::string Deployment::version_text() const {
  if (const auto only = only_version()) return *only;
  std::string out;
  for (const auto& share : shares) {
    if (!out.empty()) out += '+';
    out += share.version + "@" + percent_text(share.percent);
  }
  return out;
}

Result<std::vector<Deployment>> read_deployments(const Answer& answer, const Purpose& purpose) {
  TRY(const auto result, Fields::of(answer.result(), purpose.answer(), "result"));
  TRY(const auto entries, result.objects("deployments", most_entries));
  std::vector<Deployment> out;
  std::set<std::string_view> ids;
  for (const auto& entry : entries) {
    TRY(auto deployment, read_deployment(entry, answer.hidden));
    out.push_back(std::move(deployment));
  }
  for (const auto& deployment : out) {
    if (!ids.insert(deployment.id).second) {
      return fail(result.misfit("deployments", "a list of different deployments"));
    }
  }
  return out;
}

Result<std::vector<Version>> read_versions(const Answer& answer, const Purpose& purpose) {
  TRY(const auto result, Fields::of(answer.result(), purpose.answer(), "result"));
  TRY(const auto entries, result.objects("items", most_entries));
  std::vector<Version> out;
  for (const auto& entry : entries) {
    Version version;
    TRY(version.id, read_id(entry, "id"));
    TRY(version.number, entry.number("number"));
    TRY(const auto metadata, entry.object("metadata"));
    TRY(version.created, metadata.time("created_on"));
    version.author = shown(raw_text(metadata, "author_email"), answer.hidden);
    version.attempt = attempt_in(annotation(entry, "workers/message"));
    out.push_back(std::move(version));
  }
  std::sort(out.begin(), out.end(),
            [](const Version& a, const Version& b) { return a.number > b.number; });
  return out;
}

Result<std::string> read_version_id(const Answer& answer, const Purpose& purpose) {
  TRY(const auto result, Fields::of(answer.result(), purpose.answer(), "result"));
  return read_id(result, "id");
}

Result<Bindings> read_bindings(const Answer& answer, const Purpose& purpose) {
  TRY(const auto result, Fields::of(answer.result(), purpose.answer(), "result"));
  TRY(const auto entries, result.objects("bindings", most_entries));
  Bindings out;
  std::set<std::string> names;
  for (const auto& entry : entries) {
    TRY(const auto name, entry.text("name"));
    TRY(const auto type, entry.text("type", 64));
    if (name.empty() || !names.emplace(name).second) {
      return fail(entry.misfit("name", "a name that is there once"));
    }
    if (is_secret(type)) {
      out.secrets.emplace_back(name);
    } else {
      out.taken.emplace(name, answer.hidden.clean(type).text());
    }
  }
  std::sort(out.secrets.begin(), out.secrets.end());
  return out;
}

PlaceEvent::Effect effect_of(std::string_view trigger) {
  if (trigger == "secret") return PlaceEvent::Effect::changes_secrets;
  if (trigger == "upload" || trigger == "version_upload" || trigger == "promotion" ||
      trigger == "deployment") {
    return PlaceEvent::Effect::keeps_secrets;
  }
  return PlaceEvent::Effect::may_change;
}

Since since(const std::vector<Deployment>& deployments, std::string_view event) {
  Since out;
  if (event.empty()) return out;
  const auto ours = std::find_if(deployments.begin(), deployments.end(),
                                 [&](const Deployment& one) { return one.id == event; });
  out.complete = ours != deployments.end();
  for (auto one = deployments.begin(); one != ours; ++one) out.events.push_back(event_of(*one));
  std::reverse(out.events.begin(), out.events.end());
  return out;
}

PlaceEvidence evidence_of(const std::vector<Deployment>& deployments) {
  if (deployments.empty()) return {};
  return {.event = deployments.front().id, .version = deployments.front().version_text()};
}

WriteCheck check_traffic(const std::string& script, const std::vector<Deployment>& deployments,
                         const std::vector<Version>& versions) {
  const auto refused = [](std::string reason) {
    return WriteCheck{.ok = false, .reason = std::move(reason)};
  };
  const std::string deploy = "`wrangler versions deploy --name " + script + "`";
  if (deployments.empty()) {
    return refused(script + " has no deployment; deploy it first, secrets come after (" + deploy +
                   ")");
  }
  const auto& active = deployments.front();
  if (!active.by_percentage) {
    return refused("the deployment of " + script +
                   " follows a strategy that lockstep does not know; give one version all traffic "
                   "first (" +
                   deploy + ")");
  }
  const auto only = active.only_version();
  if (!only) {
    return refused("traffic of " + script + " is split (" + active.version_text() +
                   "); give one version all of it first (" + deploy + ")");
  }
  if (versions.empty()) {
    return refused("Cloudflare lists no version of " + script + ", so it cannot be seen whether " +
                   *only + " is the newest; look again later or deploy it anew");
  }
  return {};
}

WriteCheck check(const std::string& script, const std::vector<Deployment>& deployments,
                 const std::vector<Version>& versions, const std::optional<std::string>& staged) {
  auto verdict = check_traffic(script, deployments, versions);
  if (!verdict.ok) return verdict;
  const auto only = *deployments.front().only_version();
  const auto& newest = versions.front();
  if (newest.id == only) return verdict;
  verdict.ok = false;
  if (newest.id == staged) {
    verdict.reason = "version " + newest.id + ", which lockstep staged at " +
                     to_rfc3339(newest.created) + ", is newer than the deployed " + only +
                     ", and a live write would ship it unasked; deploy it (" +
                     deploy_command(script, newest.id) + ") or set policy.apply: Staged again";
  } else {
    verdict.reason = tell(newest) + " is newer than the deployed " + only +
                     ", and a write of secrets would ship it; deploy or discard it first "
                     "(`wrangler versions deploy --name " +
                     script + "`)";
  }
  return verdict;
}

void take_evidence(Applied& applied, const PlaceEvidence& before,
                   const std::vector<Deployment>& after) {
  const auto fresh = since(after, before.event);
  if (!fresh.complete || fresh.events.empty()) return;
  const auto how_many = [&](PlaceEvent::Effect effect) {
    return std::count_if(fresh.events.begin(), fresh.events.end(),
                         [&](const PlaceEvent& one) { return one.effect == effect; });
  };
  const auto changes = how_many(PlaceEvent::Effect::changes_secrets);
  const bool alone = fresh.events.size() == 1;
  const bool untold = alone && fresh.events.front().trigger.empty();
  const bool ours = changes == 1 && how_many(PlaceEvent::Effect::may_change) == 0;
  if (!ours && !untold) return;
  applied.evidence = evidence_of(after);
  applied.evidence_is_ours = true;
  applied.presumed = !alone || untold;
}

}  // namespace lockstep::providers::cloudflare
