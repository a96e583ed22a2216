// Versions that hold secrets and are not deployed (`policy.apply: Staged`): pure readings, no
// calls.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/change.hpp"
#include "model/observation.hpp"
#include "model/record.hpp"
#include "providers/cloudflare/history.hpp"

namespace lockstep::providers::cloudflare {

/// How many versions are asked for; they are listed newest first.
inline constexpr std::size_t versions_asked = 100;

/// The annotation `workers/message` of a version that lockstep stages: `lockstep <attempt>: set A,
/// B; removed C`. Names only, at most 1,000 bytes, which is what Cloudflare keeps
/// (https://developers.cloudflare.com/api/resources/workers/).
std::string message_of(const std::string& attempt, const std::vector<Change>& changes,
                       const std::vector<std::size_t>& open);
/// The attempt in such a message; "" in any other.
std::string attempt_in(std::string_view message);

/// A version for people: `version v2 by bob@example.com of 2026-01-15T09:00:00Z`.
std::string tell(const Version& version);
/// What makes a version live: `npx wrangler versions deploy <id>@100% --name <script>`.
std::string deploy_command(const std::string& script, const std::string& version);

/// S8 for a staged write, which starts from the newest version: ok only when one version has all
/// traffic and lockstep staged every version after it, because whoever deploys the new version
/// deploys the code of those too.
WriteCheck check_staged(const std::string& script, const std::vector<Deployment>& deployments,
                        const std::vector<Version>& versions,
                        const std::optional<std::string>& staged);

/// True while the ledger has a staged version in mind, or a staged write whose outcome is open.
bool watches_versions(const PlaceRecord& memory);
/// True while the outcome of a staged write is open.
bool awaits_version(const PlaceRecord& memory);

/// What the versions say of our staged writes. `deployments` are the newest ones and not empty.
struct Staging {
  std::set<std::string> attempts;  ///< of open intents, whose version is there
  std::optional<StagedFate> fate;  ///< of our newest staged version
  std::string note;                ///< for people, while it is not live
};
Staging read_staging(const std::string& script, const PlaceRecord& memory,
                     const std::vector<Deployment>& deployments,
                     const std::vector<Version>& versions);

/// For people: that `staged` waits, how it goes live, and what else would go live with it.
std::string waiting_note(const std::string& script, const std::string& staged,
                         const std::vector<Deployment>& deployments,
                         const std::vector<Version>& versions);

/// Leaves out what only brought our own staged version to traffic, beside the versions that had it
/// before or in their place: no secret changed by it that lockstep did not change.
void leave_out_own(Since& past, const std::vector<Deployment>& deployments,
                   const std::string& staged);

}  // namespace lockstep::providers::cloudflare
