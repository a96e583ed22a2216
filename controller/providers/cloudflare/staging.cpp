#include "providers/cloudflare/staging.hpp"

#include <algorithm>

namespace lockstep::providers::cloudflare {

namespace {

constexpr std::string_view mark = "lockstep ";
constexpr std::size_t longest_message = 1000;

const Version* find(const std::vector<Version>& versions, std::string_view id) {
  const auto found = std::ranges::find(versions, id, &Version::id);
  return found == versions.end() ? nullptr : &*found;
}

/// The newest version below `staged` and above the deployed one that lockstep did not make; with
/// it, code that nobody deployed yet. A deployed version that is not listed is older than all.
const Version* foreign_below(const std::vector<Version>& versions, const Version& staged,
                             const std::string& deployed) {
  for (const auto& version : versions) {
    if (version.number >= staged.number) continue;
    if (version.id == deployed) return nullptr;
    if (version.attempt.empty()) return &version;
  }
  return nullptr;
}

/// The version that an attempt made. A later edit by someone else may inherit its message, so it is
/// the oldest one.
const Version* made_by(const std::vector<Version>& versions, std::string_view attempt) {
  const auto found = std::find_if(versions.rbegin(), versions.rend(),
                                  [&](const Version& one) { return one.attempt == attempt; });
  return found == versions.rend() ? nullptr : &*found;
}

std::set<std::string> open_attempts(const PlaceRecord& memory) {
  std::set<std::string> out;
  for (const auto& [name, known] : memory.names) {
    if (known.intent && known.intent->staged.value_or(false)) out.insert(known.intent->attempt);
  }
  return out;
}

/// What became of `staged`; nothing when the list does not show it and does not prove it older
/// than what is deployed.
std::optional<StagedFate> fate_of(const std::string& staged, const Deployment& active,
                                  const std::vector<Version>& versions) {
  StagedFate fate{.version = staged};
  const auto only = active.only_version();
  if (only == staged) {
    fate.live = true;
    return fate;
  }
  const auto* ours = find(versions, staged);
  const auto* deployed = only ? find(versions, *only) : nullptr;
  if (!ours && (!deployed || versions.size() < versions_asked)) return std::nullopt;
  if (deployed && (!ours || deployed->number > ours->number)) {
    // Made after ours, so over it: https://developers.cloudflare.com/workers/configuration/secrets/
    fate.live = true;
    fate.surely = false;
    return fate;
  }
  fate.surely = ours && versions.front().id == staged;
  return fate;
}

}  // namespace

std::string message_of(const std::string& attempt, const std::vector<Change>& changes,
                       const std::vector<std::size_t>& open) {
  constexpr std::size_t room_for_rest = 40;
  std::string text = std::string(mark) + attempt + ": ";
  std::size_t left = open.size();
  for (const auto op : {Change::Op::put, Change::Op::remove}) {
    std::string_view before = op == Change::Op::put ? "set "
                              : left < open.size()  ? "; removed "
                                                    : "removed ";
    for (const auto i : open) {
      if (changes[i].op != op) continue;
      if (text.size() + changes[i].name.size() + room_for_rest > longest_message) {
        return text + " and " + std::to_string(left) + " more";
      }
      text += std::string(before) + changes[i].name;
      before = ", ";
      --left;
    }
  }
  return text;
}

std::string attempt_in(std::string_view message) {
  if (!message.starts_with(mark)) return {};
  message.remove_prefix(mark.size());
  const auto end = message.find(':');
  if (end == std::string_view::npos || message.substr(0, end).contains(' ')) return {};
  return std::string(message.substr(0, end));
}

std::string tell(const Version& version) {
  const auto author = version.author.empty() ? "" : " by " + version.author;
  return "version " + version.id + author + " of " + to_rfc3339(version.created);
}

std::string deploy_command(const std::string& script, const std::string& version) {
  return "npx wrangler versions deploy " + version + "@100% --name " + script;
}

WriteCheck check_staged(const std::string& script, const std::vector<Deployment>& deployments,
                        const std::vector<Version>& versions,
                        const std::optional<std::string>& staged) {
  auto verdict = check_traffic(script, deployments, versions);
  if (!verdict.ok) return verdict;
  const auto only = *deployments.front().only_version();
  const auto& newest = versions.front();
  if (newest.id == only) return verdict;
  const auto* foreign = newest.id == staged ? foreign_below(versions, newest, only) : &newest;
  if (!foreign) return verdict;
  verdict.ok = false;
  verdict.reason = tell(*foreign) + " is not deployed (" + only +
                   " is), and a staged version would carry its code for whoever deploys it; deploy "
                   "it, or your code anew, first (`wrangler versions deploy --name " +
                   script + "`)";
  return verdict;
}

bool watches_versions(const PlaceRecord& memory) {
  return memory.staged_version || awaits_version(memory);
}

bool awaits_version(const PlaceRecord& memory) {
  return !open_attempts(memory).empty();
}

Staging read_staging(const std::string& script, const PlaceRecord& memory,
                     const std::vector<Deployment>& deployments,
                     const std::vector<Version>& versions) {
  Staging out;
  std::string newest = memory.staged_version.value_or("");
  const auto* known = find(versions, newest);
  for (const auto& attempt : open_attempts(memory)) {
    const auto* made = made_by(versions, attempt);
    if (!made) continue;
    out.attempts.insert(attempt);
    if (known && known->number > made->number) continue;
    known = made;
    newest = made->id;
  }
  if (newest.empty()) return out;
  out.fate = fate_of(newest, deployments.front(), versions);
  if (!out.fate || !out.fate->live) {
    out.note = waiting_note(script, newest, deployments, versions);
  }
  return out;
}

std::string waiting_note(const std::string& script, const std::string& staged,
                         const std::vector<Deployment>& deployments,
                         const std::vector<Version>& versions) {
  const auto text = "staged in version " + staged;
  const auto deploy = deploy_command(script, staged);
  const auto* ours = find(versions, staged);
  if (!ours) {
    return text + ", which Cloudflare does not list: whether it is live is not known (" + deploy +
           ")";
  }
  // While the newest version is not deployed: https://github.com/cloudflare/workers-sdk, 10215.
  const std::string refuses = "; until then Cloudflare refuses `wrangler secret put` here";
  if (versions.front().id != staged) {
    return text + "; " + tell(versions.front()) +
           " is newer and not deployed: look at it, then deploy it, or only what is staged: " +
           deploy + refuses;
  }
  const auto deployed = deployments.front().only_version();
  const auto* foreign = foreign_below(versions, *ours, deployed.value_or(""));
  if (deployed && foreign) {
    return text + ", which carries " + tell(*foreign) +
           ", which is not deployed: look at that before you deploy it: " + deploy + refuses;
  }
  return text + "; it goes live when someone deploys it: " + deploy +
         " (an ordinary deploy takes its secrets along)" + refuses;
}

void leave_out_own(Since& past, const std::vector<Deployment>& deployments,
                   const std::string& staged) {
  for (std::size_t i = 0; i < deployments.size(); ++i) {
    const auto& shares = deployments[i].shares;
    const bool has_ours = std::ranges::find(shares, staged, &Share::version) != shares.end();
    const bool only_ours = std::ranges::all_of(shares, [&](const Share& share) {
      if (share.version == staged) return true;
      if (i + 1 == deployments.size()) return false;
      const auto& before = deployments[i + 1].shares;
      return std::ranges::find(before, share.version, &Share::version) != before.end();
    });
    if (!has_ours || !only_ours || !deployments[i].by_percentage) continue;
    std::erase_if(past.events,
                  [&](const PlaceEvent& event) { return event.id == deployments[i].id; });
  }
}

}  // namespace lockstep::providers::cloudflare
